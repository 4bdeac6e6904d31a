"""Where people live. Regions and districts are real; roads and numbers are made up."""

from __future__ import annotations

REGIONS = (
    ("서울특별시", "Seoul", "04", ("강남구", "마포구", "송파구", "노원구", "관악구", "종로구")),
    ("경기도", "Gyeonggi-do", "13", ("성남시 분당구", "수원시 팔달구", "고양시 일산동구", "용인시 수지구", "평택시", "김포시")),
    ("부산광역시", "Busan", "48", ("해운대구", "수영구", "사하구", "동래구")),
    ("인천광역시", "Incheon", "21", ("연수구", "부평구", "중구", "서구")),
    ("대구광역시", "Daegu", "41", ("수성구", "달서구", "중구")),
    ("경상남도", "Gyeongsangnam-do", "51", ("창원시 성산구", "김해시", "진주시")),
    ("대전광역시", "Daejeon", "34", ("유성구", "서구", "중구")),
    ("광주광역시", "Gwangju", "61", ("서구", "북구", "광산구")),
    ("울산광역시", "Ulsan", "44", ("남구", "울주군")),
    ("충청남도", "Chungcheongnam-do", "31", ("천안시 서북구", "아산시")),
    ("전북특별자치도", "Jeonbuk", "54", ("전주시 완산구", "익산시")),
    ("경상북도", "Gyeongsangbuk-do", "37", ("포항시 북구", "구미시", "경주시")),
    ("충청북도", "Chungcheongbuk-do", "28", ("청주시 흥덕구", "충주시")),
    ("전라남도", "Jeollanam-do", "58", ("여수시", "순천시")),
    ("강원특별자치도", "Gangwon", "24", ("춘천시", "원주시", "강릉시")),
    ("제주특별자치도", "Jeju", "63", ("제주시", "서귀포시")),
    ("세종특별자치시", "Sejong", "30", ("한솔동", "도담동")),
)  # fmt: skip
"""Name, English name, the first two digits of its postcodes, and some of its districts."""

ROADS = (
    "새벽로",
    "단골로",
    "느티나무길",
    "달빛길",
    "한빛로",
    "시장길",
    "은하수로",
    "솔밭길",
    "강변로",
    "햇살길",
)
ROADS_ENGLISH = ("Saebyeok-ro", "Dangol-ro", "Neutinamu-gil", "Dalbit-gil", "Hanbit-ro", "Sijang-gil", "Eunhasu-ro", "Solbat-gil", "Gangbyeon-ro", "Haetsal-gil")  # fmt: skip

REGION_WEIGHTS = (19, 27, 6, 6, 5, 5, 3, 3, 2, 4, 4, 4, 4, 4, 4, 2, 2)
"""The share of people in each region, in per cent, roughly."""
