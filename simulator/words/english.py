"""What customers write in English: sentences by topic and mood, and the words around them.

Sentences are separated by ``|``. ``{product}`` is what was bought, in lower case; ``{days}`` is a
number of days.
"""

from __future__ import annotations

CORES = {
    "delivery": (
        """The delivery was way too slow|It took {days} days to arrive
        The package was left in the rain|The driver left it at the wrong door
        Tracking did not move for a whole day
        It came much later than promised|Nobody told me about the delay
        I ordered because I was in a hurry and ended up at the corner shop
        Dawn delivery that comes at noon is not dawn delivery""",
        """Delivery was average|It arrived on the promised day, not earlier
        {days} days is okay I guess|Not fast but not slow either|I wish I could choose the time
        Delivery took a while but everything was there|Only the delivery fee bothers me""",
        """Super fast delivery|Ordered in the evening and it came the next day
        It was at my door before I woke up|The driver was careful and sent a photo
        Arrived earlier than expected|On time even on a rainy day
        Delivery is always reliable here|Tracking messages were very clear""",
    ),
    "quality": (
        """The {product} is really poor quality|It looks nothing like the picture
        One of them was defective|The quality is not what it used to be
        I would not buy this {product} again|What I received is not what was described
        A part was missing|You get what you pay for, sadly
        I am not sure anyone checks what you send""",
        """The {product} is okay, nothing special|Quality matches the price
        A bit worse than in the picture but usable|My last {product} from here was better
        It is hit or miss|I expected a little more|Fine if you need it quickly""",
        """The {product} is excellent quality|Better than in the pictures
        Third time I buy this {product}|My family loves it|I only buy my {product} here now
        Not a single flaw|Best {product} I have found in Korea
        I did not expect much and was really surprised""",
    ),
    "quality of food": (
        """The {product} was not fresh|It tasted strange|I had to throw half of it away
        It was almost past its date|Bland and disappointing""",
        """The taste is average|Tasty but a small portion|A bit too sweet for me
        The kids ate half of it""",
        """The {product} was so fresh|Delicious, gone in one day|The kids love it
        Long date left on it|Tastes like home""",
    ),
    "quality of clothes": (
        """Runs far too small|It shrank after one wash|Loose threads everywhere
        The colour is totally different|The fabric is very thin""",
        """Order one size up|The fabric is average|Nice fit but the colour is a bit off""",
        """The fit is perfect|True to size|Soft and solid fabric|Colour is exactly as shown
        Friends ask me where I got it""",
    ),
    "quality of beauty": (
        """My skin broke out|The scent is too strong|It irritated my skin|The cap was broken""",
        """Mild but I see no effect|The scent is a matter of taste|It is used up quickly""",
        """Gentle and moisturising|I love the subtle scent|My skin feels so calm now
        Someone asked me what I use""",
    ),
    "price": (
        """The price went up again|More expensive than anywhere else|The coupon did not work
        They raise the price and then call it a sale|Not worth the money
        It went on sale a few days after I bought it|Smaller pack, same price
        The free shipping limit is too high""",
        """Price is so-so|Only worth it on sale|Same price as everywhere else
        A bit cheaper would be nice|Okay with a coupon|Fair for what it is""",
        """Great price|Amazing value for money|Much cheaper than my local shop
        Got it half price with a coupon|Stocked up during the sale
        The points are a nice bonus|Cannot beat this price for {product}""",
    ),
    "staff": (
        """The staff were rude|They kept saying they do not know|Nobody apologised
        I waited forever on the phone|All I got was a copy-paste answer
        Every person told me something else|They made me feel like a burden
        Nobody could help me in English""",
        """Service was okay|Not friendly but they did their job|Friendly but slow to answer
        The wait was a bit long|They explained it but I did not fully understand""",
        """The staff were so kind|They answered right away|They helped me until the end
        Patient with my bad Korean|Quick and precise answers|They really took care of me
        Service with a smile""",
    ),
    "app": (
        """The app keeps crashing|Payment froze three times|It logs me out all the time
        Slower since the update|My whole cart disappeared|The coupon page does not open
        Search is useless|Too many notifications|No English in half of the app""",
        """The app works but is slow|Search works, sorting does not
        The screens are crowded but you get used to it|Payment works, loading is long
        The website is better than the app""",
        """The app is easy to use|Paid in one tap|The buy again button is brilliant
        Search got much better|Everything on one screen|Faster since the update
        Coupons are applied by themselves""",
    ),
    "refund": (
        """Still waiting for my refund|I had to ask for the return three times
        They want me to pay for the return|The card was never credited
        No exchange because it is out of stock|They keep changing the refund rules""",
        """Refund came after a few days|The return form is a bit complicated
        Exchange was okay but I paid the shipping|The return went through, that is all""",
        """Refund on the same day|The return was picked up the next morning
        They exchanged it without any fuss|One photo and I got my money back
        Returns are so easy here""",
    ),
    "packaging": (
        """The box was crushed|It leaked all over the box|No padding at all
        The ice packs had melted|A huge box for one tiny thing|It arrived broken
        The box was soaking wet""",
        """Packaging was average|The box was dented but the content is fine
        Well packed but a lot of waste|Less plastic please""",
        """Very well packed|Plenty of ice packs|Everything was wrapped one by one
        Paper packaging, easy to recycle|Pretty enough for a gift|Nothing was broken""",
    ),
}
"""For each topic, sentences in a bad, a neutral and a good mood."""

SARCASM = {
    "delivery": """Lightning fast, only {days} days|Thanks for teaching me patience
        My grandchildren will enjoy the rest of the order""",
    "quality": """Love how the {product} looks nothing like the picture|My bin is very happy with it
        Oh great, a surprise instead of a {product}""",
    "price": "What a sale, I only paid more than last week|Coupons are for looking at, I see",
    "staff": "Loved being put on hold, nice music|Great, another copy of the same answer",
    "app": "Third payment worked, I felt like a lottery winner|The app crashed and saved me money",
    "refund": "Enjoy the interest on my money|Returning things is my new hobby, thanks",
    "packaging": "I did not know {product} comes as a puzzle|Who needs padding anyway, right",
}
"""Sarcastic praise."""

FRAMES = {
    "angry": (
        """Worst shop ever|Seriously?|I am so angry|Zero stars if I could|Unbelievable
        This is a joke|I never write reviews but this is too much|Avoid""",
        """Never again|I want my money back|I will tell everyone|Do better
        Closing my account|An apology would be the least|What a waste of money""",
        "!!!|😡|🤬|smh|wtf|🙄",
        "Worst ever|Do not buy|Never again|Terrible|Waste of money",
    ),
    "unhappy": (
        """Disappointed|Not happy this time|Hmm|I expected more|Not great|Sadly not what I hoped for
        Meh""",
        """I will buy elsewhere next time|Please improve this|Not sure I will order again
        Please pay more attention|Be warned|Hope it gets better""",
        "...|:(|😞|😕|ugh",
        "Disappointed|Not great|Meh|Expected more|Hmm",
    ),
    "so-so": (
        "It is okay|So-so|Average|Not bad|Neither good nor bad|Mixed feelings|Fine I guess",
        """Maybe I will try again|Fifty-fifty about buying again|Okay for the price
        We will see next time|Good enough""",
        "...|:/|🙂|😐",
        "Okay|Average|So-so|Not bad|Fine",
    ),
    "content": (
        """Good|Happy with it|I like it|Works for me|Good shop|As always good|Nice
        Bought it again""",
        """Will buy again|Thanks|Recommended|See you next time|Keep it up|Thank you so much""",
        "!|:)|👍|😊|👌",
        "Good|Happy|Nice|Recommended|As expected|Good buy",
    ),
    "delighted": (
        """Wow|Love it|Amazing|Best shop in Korea|I am so happy|Perfect|Just perfect
        Five stars are not enough""",
        """Already ordered again|I told all my friends|Customer for life|Highly recommended
        You made my day|Do not change a thing|10/10""",
        "!!!|😍|❤️|🔥|👍👍|🥰",
        "Perfect|Love it|Amazing|Best ever|Wow|10/10",
    ),
    "sarcastic": (
        "Oh wow|Great job|Well done|Bravo|How lovely",
        "Thanks a lot|Can't wait to never come back|Keep up the good work|Five stars, in my dreams",
        "👏|🙃|lol|:)|...",
        "Bravo|Oh wow|Well done|Great job",
    ),
}
"""For each temper: openings, closings, sentence endings, and titles."""
