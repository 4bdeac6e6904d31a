"""What must be found nowhere: a made-up value of each kind of personal data, and the secrets.

None of them can occur by chance, and none is a real person's. Every row of the members has one of
each kind, every other row of the exports some, with something before or after it that tells rows
apart; so whichever row is shown, it is found.
"""

PERSONAL = {
    "name in Hangul": "독고빛나래",
    "name in Latin letters": "Quillon Hartzvexley",
    "e-mail address": "zq7391.reader@post",
    "member number": "zm4417.card@club",
    "telephone number": "010-0550-7391",
    "street and number": "가온누리로 7391번길",
    "city": "달무리새내시",
    "postal code": "QX93 7ZZ-118",
    "date of birth": "1907-11-23",
    "resident number": "071123-3917738",
    "card number": "4000-0012-7391-5508",
    "bank account": "110-4370-918273",
    "IP address": "2001:db8:7e57:c4a4",
    "device": "7c0ffee5-9d1e-4aaf-b0b0",
    "free text": 'my neighbour Zorvath said "<never>" & opened it',
    "age in words": "thirteen dozen moons",
}
"""By kind: a date of birth is a whole one, the others are parts of a value."""

FILE_NAME = "복숭아빛독고한솔"
"""A name in the name of a file that no contract describes."""

CREDENTIALS = {"webhook": "xyzzy-7391-plugh-hook", "mail password": "tiger-lily-7391-plover"}

HASHED = ("", "club_member:", "customer:", "shop:", "club:")
"""What stands before an identifier where one is hashed."""

PEOPLE = 140


def value_of(kind, number):
    """Return a person's value of a kind."""
    canary = PERSONAL[kind]
    if kind == "date of birth":
        return canary
    if kind in {"e-mail address", "member number"}:
        return f"p{number}.{canary}.example"
    if kind == "name in Hangul":
        return f"{canary}{number}"
    return f"{canary} {number}"


def identifiers(number):
    """Return what somebody could try to find a person's hash by."""
    kinds = ("member number", "e-mail address", "telephone number", "resident number")
    return [value_of(kind, number) for kind in kinds]
