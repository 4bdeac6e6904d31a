"""What customers write and say to customer care, and the answers.

Sentences are separated by ``|``. ``{product}`` is what was bought.
"""

from __future__ import annotations

SUBJECTS = {
    "delivery": (
        "배송 문의|배송 언제 오나요?|배송이 안 와요|오배송 문의|배송지 변경 요청|Re: 배송 안내",
        "Where is my order?|Delivery question|Late delivery|Wrong address|Re: Your order",
    ),
    "quality": (
        "불량 상품 문의|{product} 하자|상품 문의|다른 상품이 왔어요|{product} 상태 문의",
        "Defective {product}|Wrong item|Question about {product}|Item missing",
    ),
    "price": (
        "쿠폰 적용 문의|결제 금액이 달라요|가격 문의|할인 문의|현금영수증 요청|적립금 문의",
        "Coupon not applied|Wrong amount charged|Price question|Receipt please",
    ),
    "staff": (
        "상담 불만|직원 응대 관련|칭찬합니다|통화 후 문의|답변이 없어요",
        "About your staff|No answer from you|Thank you|Complaint about service",
    ),
    "app": (
        "앱 오류|로그인이 안 돼요|결제 오류|앱이 자꾸 꺼져요|본인인증 문의|비밀번호 문의",
        "App problem|Cannot log in|Payment error|Language setting|Password reset",
    ),
    "refund": (
        "환불 요청|반품 신청|환불 언제 되나요?|교환 문의|카드 취소 문의|취소 요청합니다",
        "Refund request|Return|When do I get my money?|Exchange|Please cancel",
    ),
    "packaging": (
        "포장 파손|박스 파손 문의|파손되어 왔어요|포장 관련 건의",
        "Damaged box|Broken on arrival|Packaging feedback",
    ),
}
"""Subjects of tickets in Korean and English."""

REQUESTS = {
    "delivery": (
        """주문한 상품이 언제 도착하나요?|배송 조회가 이틀째 멈춰 있습니다. 확인 부탁드립니다
        배송 완료라고 뜨는데 못 받았습니다|배송지를 회사로 바꿀 수 있을까요?
        일부 상품만 왔습니다. 나머지는 언제 오나요?|다른 집 물건이 왔습니다
        공동현관 비밀번호를 바꿔 적었습니다. 수정해 주세요|새벽배송인데 아직 안 왔습니다""",
        """When will my order arrive?|Tracking has not moved for two days, please check
        It says delivered but I did not get anything|Can you change the address to my office?
        Only a part of the order came, where is the rest?|I received a neighbour's box""",
    ),
    "quality": (
        """{product} 불량이 왔습니다. 교환되나요?|주문한 것과 다른 상품이 왔어요
        {product} 하나가 빠져 있습니다|설명과 다른데 확인해 주세요|사용하자마자 고장 났습니다
        {product} 날짜가 지난 것 같습니다|이거 정품 맞나요?|{product} 보관 방법이 궁금합니다""",
        """The {product} is defective, can you exchange it?|I got a different item
        One {product} is missing from the box|It does not match the description, please check
        Is the {product} halal?|How should I store the {product}?""",
    ),
    "price": (
        """쿠폰을 썼는데 할인이 안 됐습니다|결제 금액이 화면이랑 다릅니다|적립금이 안 들어왔어요
        어제보다 값이 내렸는데 차액 환불되나요?|현금영수증 번호를 바꾸고 싶습니다
        무료배송인데 배송비가 붙었습니다|{product} 할인 언제 또 하나요?""",
        """I used a coupon but got no discount|I was charged more than the screen said
        Can I get a receipt in English?|It is cheaper today, can you refund the difference?
        I paid for shipping although it should be free""",
    ),
    "staff": (
        """상담원 연결이 안 됩니다|지난번 답변을 아직 못 받았습니다|직원 응대가 불쾌했습니다
        친절하게 도와주신 분께 감사 인사 전하고 싶습니다|통화하다가 끊겼습니다. 다시 연락 주세요""",
        """I cannot reach anybody|I am still waiting for your last answer
        The person I spoke to was rude|I want to thank the person who helped me
        Do you have somebody who speaks English?""",
    ),
    "app": (
        """앱이 실행하자마자 꺼집니다|로그인하면 오류가 납니다|결제 버튼이 안 눌려요
        본인인증 문자가 안 옵니다|비밀번호를 바꿨는데도 안 들어가져요|장바구니가 비어 있습니다
        아이디가 두 개인데 합칠 수 있나요?""",
        """The app closes when I open it|I cannot log in|The payment button does nothing
        I do not get the SMS with the code|My foreign card is refused
        I have two accounts, can you merge them?""",
    ),
    "refund": (
        """환불 부탁드립니다|반품 신청했는데 언제 가져가시나요?|{product} 교환하고 싶습니다
        취소했는데 카드 승인이 그대로입니다|환불 금액이 모자랍니다|단순 변심도 반품되나요?
        아직 출고 전이면 취소해 주세요""",
        """Please refund my order|When will somebody pick up the return?
        I want to exchange the {product}|I cancelled but my card was still charged
        The refund is too low|Please cancel if it has not been sent""",
    ),
    "packaging": (
        """박스가 찌그러져서 왔습니다. 사진 첨부합니다|{product} 터져서 왔어요
        아이스팩이 다 녹아서 왔습니다. 먹어도 되나요?|선물 포장 되나요?
        포장재를 좀 줄여주실 수 있나요?""",
        """The box was crushed, see the picture|The {product} leaked everywhere
        The ice packs had melted, is it safe to eat?|Can you wrap it as a gift?""",
    ),
}
"""What a ticket asks, in Korean and English."""

MANNERS = {
    "angry": (
        """정말 화가 나서 글 남깁니다|도대체 일을 어떻게 하시는 겁니까?|벌써 세 번째 문의입니다
        참다 참다 씁니다|이런 식이면 곤란하죠""",
        """오늘 중으로 답변 주세요|책임자 연락 바랍니다|해결 안 되면 신고하겠습니다
        더는 못 기다립니다""",
        "This is my third message|I am really angry|How can this happen?",
        "Answer today|I want to speak to a manager|Solve this now or I close my account",
    ),
    "unhappy": (
        "안녕하세요|문의드립니다|조금 난감하네요|기다리다가 글 남겨요",
        "빠른 확인 부탁드립니다|답변 기다릴게요|확인하고 연락 주세요ㅠㅠ",
        "Hello|Hi, I have a problem|I am a bit disappointed",
        "Please check soon|Waiting for your reply|Please let me know",
    ),
    "so-so": (
        "안녕하세요|수고하십니다|문의드립니다|안녕하세요 문의가 있어요",
        "확인 부탁드립니다|답변 부탁드려요|감사합니다",
        "Hello|Hi there|Good morning",
        "Thank you|Please let me know|Thanks in advance",
    ),
    "content": (
        "안녕하세요~|늘 잘 이용하고 있습니다|수고 많으십니다|안녕하세요 ^^",
        "감사합니다|좋은 하루 되세요|수고하세요~|천천히 답 주셔도 돼요",
        "Hello|Hi, happy customer here|Hope you are well",
        "Thank you very much|Have a nice day|No hurry",
    ),
}
MANNERS["delighted"] = MANNERS["content"]
MANNERS["sarcastic"] = MANNERS["angry"]
"""How a ticket begins and ends, in Korean and then in English."""

ANSWERS = {
    "delivery": (
        "택배사에 확인하니 오늘 중 도착 예정입니다|배송 기사님께 연락드려 다시 확인하겠습니다",
        "The carrier says that it arrives today|We have asked the driver to check again",
    ),
    "quality": (
        "불편을 드려 죄송합니다. 새 상품을 보내드리겠습니다|사진을 보내주시면 바로 확인하겠습니다",
        "We are sorry. A new one is on its way|Please send us a picture and we will check",
    ),
    "price": (
        "확인 결과 차액을 적립금으로 넣어드렸습니다|쿠폰을 다시 발급해 드렸습니다",
        "We have credited the difference as points|We have issued the coupon again",
    ),
    "staff": (
        "불편을 드려 죄송합니다. 담당자에게 전달하겠습니다|소중한 말씀 감사합니다",
        "We are sorry and will pass this on|Thank you for telling us",
    ),
    "app": (
        "앱을 지우고 다시 설치해 보시겠어요?|개발팀에 전달했으며 다음 업데이트에 고쳐집니다",
        "Could you install the app again?|Our developers know of it, an update is coming",
    ),
    "refund": (
        "반품 접수되었습니다. 카드사에 따라 3~5일 걸립니다|환불 처리했습니다",
        "Your return is registered, the refund takes 3 to 5 days|We have refunded you",
    ),
    "packaging": (
        "파손에 대해 사과드립니다. 다시 보내드리겠습니다|물류팀에 전달하겠습니다",
        "We are sorry for the damage and will send it again|We will tell our warehouse",
    ),
}
"""What an agent answers, in Korean and English."""

CLOSING_WORDS = (
    "처리가 끝나 문의를 마무리합니다. 감사합니다|해결되었다니 다행입니다. 좋은 하루 되세요",
    "Everything is settled, so we close this request|Glad that it is solved. Have a good day",
)
FOLLOW_UPS = (
    "네 확인했습니다|아직 해결이 안 됐어요|사진 첨부합니다|언제쯤 될까요?|감사합니다",
    "Okay, thank you|It is not solved yet|Here is the picture|When will it be done?",
)
GOOD_COMMENTS = (
    "친절한 답변 감사합니다|빨리 해결해 주셔서 좋았어요|감사합니다 ^^|역시 단골마트",
    "Thank you for the quick help|Very kind|Solved in one message|Great service",
)
BAD_COMMENTS = (
    "답변이 너무 늦어요|해결된 게 없는데 종료하셨네요|복붙 답변 그만하세요|사과도 없네요",
    "Too slow|Nothing is solved|Copy-paste answers|Nobody read my message",
)

CALLS = {
    "delivery": """배송 지연 문의|배송 완료로 뜨나 미수령|배송지 변경 요청|일부 상품 누락 문의
        새벽배송 미도착 문의""",
    "quality": "{product} 불량 접수|오배송 접수|{product} 사용법 문의|{product} 재입고 문의",
    "price": "쿠폰 미적용 문의|이중 결제 문의|적립금 누락 문의|매장·온라인 가격 차이 문의",
    "staff": "매장 직원 응대 불만|상담 지연 불만|지난 상담 건 재문의",
    "praise": "직원 칭찬 접수|상담원 칭찬 접수|매장 칭찬 접수",
    "app": "앱 로그인 불가|본인인증 오류|결제 오류 문의|앱 사용법 문의|계정 통합 요청",
    "refund": "환불 지연 문의|반품 수거 요청|교환 요청|카드 취소 확인 요청|영수증 없는 환불 문의",
    "packaging": "포장 파손 접수|냉동품 해동 접수|과대포장 개선 요청",
}
"""What a call was about, as an agent notes it; people who liked the staff praise it."""

CALLER_MANNERS = {
    "angry": "고객 매우 격앙|욕설 있어 주의 안내|책임자 통화 요구|소비자원 언급",
    "unhappy": "고객 불만 표시|재문의 건이라 불편 호소|빠른 처리 요청",
    "so-so": "특이사항 없음|단순 문의|일반 응대",
    "content": "고객 차분함|친절히 응대 후 종료|단순 문의",
    "delighted": "고객이 감사 인사함|칭찬 메모 남김|이용 만족 표시",
}
CALLER_MANNERS["sarcastic"] = "비꼬는 말투, 불만 높음|칭찬하는 듯하나 불만 건"
CALL_RESULTS = (
    "안내 후 종결|처리 완료|해피콜 불필요|적립금 지급 후 종결",
    "담당 부서 이관|확인 후 재연락 예정|고객 재통화 예정|택배사 회신 대기",
)
"""How a call ended: solved, not solved."""
