"""Finds out what columns mean by their names, in English and Korean, and names them in English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

_TABLE = Path(__file__).with_name("synonyms.yml")
_UNIT = re.compile(r"[(\[\uff08][^)\]\uff09]*[)\]\uff09]\s*$")
_WORDS = {
    "주문": "order", "상품": "product", "제품": "product", "품목": "item", "고객": "customer",
    "회원": "member", "구매자": "buyer", "수령인": "recipient", "수취인": "recipient",
    "번호": "number", "코드": "code", "아이디": "id", "명": "name", "이름": "name", "성명": "name",
    "일자": "date", "일시": "time", "날짜": "date", "시간": "time", "월": "month", "년도": "year",
    "금액": "amount", "단가": "unit_price", "가격": "price", "수량": "quantity", "할인": "discount",
    "합계": "total", "배송": "shipping", "결제": "payment", "취소": "cancel", "환불": "refund",
    "반품": "return", "매장": "store", "지점": "branch", "점포": "store", "매출": "sales",
    "판매": "sales", "전화": "phone", "휴대폰": "mobile", "연락처": "phone", "이메일": "email",
    "주소": "address", "우편": "postal", "상태": "status", "구분": "type", "유형": "type",
    "방법": "method", "수단": "method", "비고": "note", "메모": "memo", "메시지": "message",
    "포인트": "points", "등급": "grade", "쿠폰": "coupon", "브랜드": "brand", "옵션": "option",
    "카테고리": "category", "분류": "category", "생년월일": "birth_date", "성별": "gender",
    "나이": "age", "가입": "joined", "발송": "sent", "담당자": "clerk", "사유": "reason",
    "세액": "tax", "부가세": "vat", "공급가액": "net_amount", "거래": "transaction",
    "처": "partner",
    "순번": "sequence", "통화": "currency", "국가": "country", "지역": "region", "도시": "city",
}  # fmt: skip


_SALES = frozenset({"order_id", "quantity", "unit_price"})
_OF_SALES = frozenset({"location", "branch", "지점"})
_OF_GOODS = frozenset({"description", "item", "product", "상품"})


def simplified(header: str) -> str:
    """Return a header as names are compared here: letters and digits only, without a unit."""
    text = unicodedata.normalize("NFKC", header).casefold()
    text = _UNIT.sub("", text) or text
    return "".join(each for each in text if each.isalnum())


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, int]]:
    """Return, for each simplified name, its meaning and its rank among the meaning's names."""
    listed: dict[str, list[str]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    found: dict[str, tuple[str, int]] = {}
    for meaning, names in listed.items():
        for rank, name in enumerate(names):
            found.setdefault(simplified(str(name)), (meaning, rank))
    return found


def meanings_of(headers: Sequence[str]) -> dict[str, str]:
    """Find the meanings of a stream's columns.

    Parameters
    ----------
    headers
        The file's own names; of nested records, paths.

    Returns
    -------
    dict of str to str
        From header to meaning; a meaning is that of one column at most.
    """
    table = _table()
    best: dict[str, tuple[int, int, str]] = {}
    for place, header in enumerate(headers):
        tail = header.rsplit(".", 1)[-1]
        for penalty, name in ((0, header), (1000, tail)):
            if "." not in header and penalty:
                continue
            known = table.get(simplified(name))
            if known is None or (penalty and simplified(tail) in {"id", "name", "code", "date"}):
                continue
            candidate = (known[1] + penalty, place, header)
            if known[0] not in best or candidate < best[known[0]]:
                best[known[0]] = candidate
            break
    found = {header: meaning for meaning, (_, _, header) in best.items()}
    # what a description or a location is about, only the other columns say
    present = set(found.values())
    vague: set[str] = set()
    if not _SALES & present:
        vague |= _OF_SALES
        if "product_id" not in present:
            vague |= _OF_GOODS
    return {each: name for each, name in found.items() if simplified(each) not in vague}


def known_meaning(header: str) -> str:
    """Return what a header usually means, or empty."""
    found = _table().get(simplified(header)) or _table().get(simplified(header.rsplit(".", 1)[-1]))
    return found[0] if found else ""


def our_names(headers: Sequence[str]) -> list[str]:
    """Return a snake_case name of ours for each header, each of them once."""
    names: list[str] = []
    for place, header in enumerate(headers, 1):
        name = _snake(header) or f"column_{place}"
        while name in names or name in {"_extra", "_load_id", "_file", "_row", "_place"}:
            name = f"{name}_{place}"
        names.append(name)
    return names


def _snake(header: str) -> str:
    text = unicodedata.normalize("NFKC", header)
    text = _UNIT.sub("", text) or text
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    words = re.findall(r"[a-z0-9]+|[가-힣]+", text.lower())
    if not text.isascii() and any(re.search("[^a-z0-9가-힣\\W_]", each) for each in text.lower()):
        folded = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
        words = re.findall(r"[a-z0-9]+|[가-힣]+", folded) or words
    name = "_".join(_translated(word) for word in words).strip("_")
    name = re.sub(r"_+", "_", name)[:60].strip("_")
    if not name:
        return ""
    return name if name[0].isalpha() else f"n_{name}"


def _translated(word: str) -> str:
    """Return a Korean word in English, part by part; empty where a part is not known."""
    if word.isascii():
        return word
    parts: list[str] = []
    rest = word
    while rest:
        known = next(
            (each for each in sorted(_WORDS, key=len, reverse=True) if rest.startswith(each)), None
        )
        if known is None:
            meaning = known_meaning(word)
            return meaning
        parts.append(_WORDS[known])
        rest = rest[len(known) :]
    return "_".join(dict.fromkeys(parts))
