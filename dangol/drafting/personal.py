"""Decides which columns say something about a person: by name, and by the shape of their values.

In doubt a column is personal. Nothing that is written down quotes a value of such a column.
"""

from __future__ import annotations

import re

from dangol.drafting.meanings import simplified
from dangol.drafting.profile import Profile

PSEUDONYMOUS = frozenset({"customer_id"})
_BY_MEANING = frozenset({
    "email", "phone", "city", "region", "birth_date", "birth_year", "gender", "language",
})  # fmt: skip
_HARMLESS = frozenset({
    "order_id", "order_line_id", "product_id", "product_name", "category", "brand", "department",
    "manufacturer_id", "package_size", "quantity", "unit_price", "net_amount", "gross_amount",
    "discount_amount", "tax_amount", "order_total", "store_id", "ordered_at", "time_of_day",
    "order_status", "currency", "refund_id", "refund_amount", "refunded_at", "campaign_id",
    "campaign_type", "start_date", "end_date", "message_id", "channel", "sent_at", "response_id",
    "response_type", "response_date", "coupon_id", "promotion_id", "week", "display_location",
    "advert_location", "country", "joined_at",
})  # fmt: skip
_NAMES = re.compile(
    r"mail(?!er)|phone|mobile|tele?fon|handy|^tel$|fax|firstname|lastname|fullname|surname|"
    r"forename|familyname|givenname|middlename|nickname|username|customername|membername|"
    r"buyername|contactname|recipient|shippingname|billingname|billing|shipping(?!method|amount|"
    r"cost|fee|price|total)|address|street|postal|postcode|zip|birth|dob|gender|sex$|^age|age$|"
    r"income|marital|nationality|passport|ssn|nationalid|taxid|iban|accountno|accountnumber|card|"
    r"ipaddress|^ip$|useragent|device|cookie|visitor|latitude|longitude|^lat$|^lng$|^lon$|"
    r"note|memo|comment|message|remark|feedback|bemerkung|notiz|^name$|name$|vorname|nachname|"
    r"anschrift|strasse|straße|plz|geburt|geschlecht|kunde|clerk|cashier|staff|employee|seller$|"
    r"salesperson|operator|bediener|kassierer|mitarbeiter|verkäufer|agent$|author|owner|"
    r"이름|성명|고객명|회원명|주문자|구매자|수령|수취|받는|보내는|예금주|입금자|담당자|대표자|주소|우편|생년|생일|"
    r"나이|연령|성별|주민|여권|계좌|카드번호|이메일|메일|휴대|전화|연락처|핸드폰|팩스|메모|비고|메시지|요청사항|"
    r"문의|의견|후기|리뷰|결혼|직업|아이피"
)
_NOT_PERSONS = re.compile(
    r"(product|item|lineitem|store|shop|branch|campaign|brand|category|department|file|vendor|"
    r"plan|coupon|channel|method|event|company|supplier|warehouse|location|discount)(code)?name$|"
    r"(상품|제품|품목|매장|지점|점포|브랜드|카테고리|캠페인|메뉴|옵션|쿠폰|창고|거래처)명$"
)
_TOKENS = frozenset({"ip", "lat", "lng", "lon", "ssn", "dob", "tel", "fax", "age", "sex", "pan"})
_IDENTITY = re.compile(
    r"user|visitor|anonymous|requester|submitter|assignee|individual|subject|respondent|subscriber|"
    r"person|profile|contact|token|session|account|euid|leid|고객|회원"
)
_NUMBERS = re.compile(
    r"birth|^age|age$|income|zip|postal|phone|mobile|card|latitude|longitude|^lat|^lon|^lng|생년|나이|연령|우편"
)
_CATEGORIES = re.compile(
    r"status|state$|type$|kind|method|category|group|class|currency|unit|channel|source|event|flag|"
    r"size|color|colour|option|grade|tier|level|mode|carrier|platform|language|"
    r"상태|구분|유형|방법|수단|분류|단위|통화|등급|여부|옵션|색상|사이즈|규격|경로|채널"
)
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_PHONE = r"(?:\+|\(?0)\d{1,4}\)?(?:[-. ]?\(?\d{2,4}\)?){2,3}"
_KOREAN_MOBILE = r"(?:\+?82[- .]?)?\(?0?\)?1[016789][- .]?\d{3,4}[- .]?\d{4}"
_RESIDENT = r"\d{6}-?[1-8]\d{6}"
_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민"
    "진나지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국은편용"
)
_KOREAN_NAME = rf"[{_SURNAMES}][가-힣*]{{1,3}}"
_LATIN_NAME = r"[A-ZÀ-Þ][a-zß-ÿ'\x{2019}-]+(?: [A-ZÀ-Þ]\.?)?(?: [A-ZÀ-Þ][a-zß-ÿ'\x{2019}-]+){1,2}"
_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}"
_CODE = r"[\w#/.:+-]*\d[\w#/.:+-]*|[A-Z0-9_-]{1,12}"


def classify(
    profile: Profile, place: int, header: str, meaning: str, sql_type: str
) -> tuple[str, str]:
    """Classify a column.

    Parameters
    ----------
    place
        Of the column in the profile.
    meaning
        As of `dangol.drafting.meanings`, or empty.

    Returns
    -------
    tuple of (str, str)
        ``public``, ``pseudonymous``, ``personal`` or ``sensitive``, and why; the reason is empty
        for public columns.
    """
    shapes = _shapes(profile, place)
    if shapes["resident"]:
        return "sensitive", "values look like resident registration numbers"
    if shapes["email"]:
        return "personal", "values look like e-mail addresses"
    if shapes["address"] > 0.5:
        return "personal", "values look like IP addresses"
    if shapes["mobile"] > 0.2 and meaning not in {"order_id", "product_id", "coupon_id"}:
        return "personal", "values look like phone numbers"
    if meaning in PSEUDONYMOUS:
        return "pseudonymous", "it identifies a customer by its name"
    if meaning in _BY_MEANING:
        return "personal", "by its name"
    if shapes["korean_name"] > 0.6 and meaning not in {"product_name", "category", "store_id"}:
        return "personal", "values look like names of people"
    if meaning in _HARMLESS:
        return "public", ""
    if sql_type != "VARCHAR":
        name = simplified(header)
        if sql_type != "BOOLEAN" and _NUMBERS.search(name):
            return "personal", "by its name"
        if sql_type == "BIGINT" and "id" in name and _IDENTITY.search(name):
            return "pseudonymous", "it may identify a person by its name"
        return "public", ""
    if _says_person(header) and not (simplified(header) == "name" and shapes["code"] > 0.95):
        return "personal", "by its name"
    if shapes["phone"] > 0.5:
        return "personal", "values look like phone numbers"
    if shapes["latin_name"] > 0.5:
        return "personal", "values may be names of people"
    if _is_category(header, shapes):
        return "public", ""
    if shapes["code"] > 0.95:
        if _IDENTITY.search(simplified(header)) or shapes["distinct"] * 5 > shapes["filled"]:
            return "pseudonymous", "it may identify a person: nothing says that it does not"
        return "public", ""
    if shapes["filled"] == 0:
        return "personal", "it is empty in the samples, so its values are unknown"
    return "personal", "it may be free text: nothing says that it is harmless"


def _says_person(header: str) -> bool:
    name = simplified(header)
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", header)}
    is_person = bool(_NAMES.search(name)) or bool(words & _TOKENS)
    return is_person and not _NOT_PERSONS.search(name)


def _is_category(header: str, shapes: dict[str, float]) -> bool:
    """Return whether a column is one of a few short words by its name, and has such values."""
    few = shapes["distinct"] <= max(10, shapes["filled"] / 10)
    return bool(_CATEGORIES.search(simplified(header))) and few and shapes["longest"] <= 40


def _shapes(profile: Profile, place: int) -> dict[str, float]:
    """Return the shares of values of each shape."""
    column = f"c{place}"

    def share(pattern: str) -> str:
        literal = pattern.replace("'", "''")
        return f"coalesce(avg(cast(regexp_full_match(trim({column}), '{literal}') as integer)), 0)"

    row = profile.one(
        f"""
        select count({column}), count(distinct {column}), coalesce(max(length({column})), 0),
            count(*) filter (regexp_matches({column}, '{_EMAIL}')),
            count(*) filter (regexp_full_match(trim({column}), '{_RESIDENT}')
                and contains({column}, '-')),
            {share(_KOREAN_MOBILE)}, {share(_PHONE)}, {share(_KOREAN_NAME)}, {share(_LATIN_NAME)},
            {share(_CODE)}, {share(_ADDRESS)}
        from sample
        """
    )
    names = ("filled", "distinct", "longest", "email", "resident", "mobile", "phone",
             "korean_name", "latin_name", "code", "address")  # fmt: skip
    return dict(zip(names, row, strict=True))
