"""Lists from which people's names are combined. Any resemblance to a real person is accidental."""

from __future__ import annotations

SURNAMES = tuple(
    tuple(entry.split("/"))
    for entry in (
        "김/Kim/215,이/Lee/147,박/Park/84,최/Choi/47,정/Jung/43,강/Kang/24,조/Cho/21,윤/Yoon/21,장/Jang/20,"
        "임/Lim/17,한/Han/15,오/Oh/15,서/Seo/15,신/Shin/15,권/Kwon/14,황/Hwang/14,안/Ahn/14,송/Song/14,"
        "전/Jeon/11,홍/Hong/11,유/Yoo/13,고/Ko/9,문/Moon/9,양/Yang/9,손/Son/9,배/Bae/8,백/Baek/8,허/Heo/7,"
        "남궁/Namgung/1,황보/Hwangbo/1,제갈/Jegal/1,선우/Sunwoo/1"
    ).split(",")
)
"""Hangul, a common spelling, and bearers per thousand people (census of 2015, rounded)."""

VARIANTS = {
    "Lee": "Yi",
    "Park": "Pak",
    "Choi": "Choe",
    "Jung": "Jeong",
    "Kang": "Gang",
    "Kim": "Gim",
}
"""Another spelling of the same name, used by some people or some of the time."""

FIRST_SYLLABLES = tuple(
    tuple(entry.split("/"))
    for entry in (
        "민/Min,서/Seo,지/Ji,현/Hyun,수/Su,은/Eun,도/Do,하/Ha,예/Ye,준/Jun,성/Sung,영/Young,유/Yu,재/Jae,"
        "태/Tae,혜/Hye,승/Seung,소/So,주/Ju,경/Kyung,동/Dong,상/Sang,정/Jung,미/Mi,진/Jin"
    ).split(",")
)
SECOND_SYLLABLES = tuple(
    tuple(entry.split("/"))
    for entry in (
        "준/jun,우/woo,호/ho,민/min,현/hyun,석/seok,훈/hoon,수/su,빈/bin,율/yul,서/seo,연/yeon,은/eun,"
        "아/ah,진/jin,영/young,희/hee,경/kyung,지/ji,원/won,윤/yoon,인/in,혁/hyuk,림/rim,슬/seul"
    ).split(",")
)
"""Hangul and Latin. A given name is one of each."""

COUNTRIES = (
    ("CN", "zh-CN", 30, "Wei Chen,Fang Liu,Min Zhang,Lei Wang,Jing Huang,Xia Zhao,Hao Sun,Yan Xu"),
    ("VN", "vi-VN", 18, "Anh Nguyen,Linh Tran,Minh Pham,Huong Le,Duc Vo,Trang Bui,Nam Dang,Lan Do"),
    ("US", "en-US", 14, "James Smith,Emily Johnson,Michael O'Neil,Sarah Garcia,David Lee,Anna Novak,Jose Alvarez,Zoë Müller"),
    ("TH", "th-TH", 8, "Somchai Suksai,Malee Thongdee,Niran Boonmee,Siriporn Chaiya,Anong Prasert,Kitti Rattana,Ploy Srisuk,Arthit Wong"),
    ("UZ", "uz-UZ", 7, "Aziz Karimov,Dilnoza Rashidova,Bekzod Yusupov,Malika Tursunova,Jasur Aliyev,Nodira Umarova,Timur Saidov,Gulnora Nazarova"),
    ("PH", "en-PH", 6, "Maria Santos,Jose Reyes,Ana Cruz,Mark Bautista,Grace Ocampo,Paolo Mendoza,Liza del Rosario,Ramon dela Cruz"),
    ("JP", "ja-JP", 6, "Haruto Sato,Yui Suzuki,Ren Takahashi,Aoi Tanaka,Sota Ito,Hina Watanabe,Daiki Yamamoto,Mei Nakamura"),
    ("FR", "fr-FR", 4, "Chloé Lefèvre,Léo Moreau,Inès Gauthier,Hugo de la Tour,Zélie Noël,Noé Garçon,Maëlle Petit,Théo François"),
    ("DE", "de-DE", 4, "Jürgen Weiß,Anke Schröder,Björn Krüger,Heike von Berg,Lars Jäger,Ute Böhm,Sören Groß,Käthe Schäfer"),
    ("RU", "ru-RU", 3, "Ivan Petrov,Olga Ivanova,Dmitri Sokolov,Elena Volkova,Sergei Orlov,Irina Lebedeva,Pavel Morozov,Anna Zaitseva"),
)  # fmt: skip
"""Country, locale, weight among foreign customers, and first and last names, which are mixed."""

NAMES_OF_A_COUNTRY = len(COUNTRIES[0][3].split(","))
"""One value per row."""

STORES = tuple(
    f"Dangol Mart {place}"
    for place in (
        "Gangnam,Hongdae,Jamsil,Nowon,Sillim,Jongno,Bundang,Suwon,Ilsan,Suji,Pyeongtaek,Gimpo,Haeundae,"
        "Gwangalli,Saha,Songdo,Bupyeong,Suseong,Dongseong-ro,Changwon,Yuseong,Chungjang-ro,Ulsan,Cheonan,"
        "Jeonju,Pohang,Cheongju,Yeosu,Incheon Airport,Jeju"
    ).split(",")
)
"""The shops by number. The last two are duty-free and sell in dollars."""
