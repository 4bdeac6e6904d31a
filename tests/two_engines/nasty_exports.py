"""A small company's deliveries in three nights, with everything in which the engines differ.

Clocks change on 2017-03-12 and, on the second night, on 2017-11-05. Households and products have
names in Hangul, in Turkish, outside the basic plane, and with several kinds of spaces; spends tie;
averages end in exact halves; catalogues are incomplete; a correction removes all rows of a day,
another those of the company's first day; files come late, twice and out of order; ids differ only
by what a spreadsheet does.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

NIGHTS = [date(2017, 11, 4), date(2017, 11, 5), date(2017, 11, 6)]

_TILL = (
    "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,"
    "coupon_match_disc,week,transaction_timestamp"
)
_MEMBERS = (
    "household_id,age,income,home_ownership,marital_status,household_size,household_comp,kids_count"
)
_PRODUCTS = "product_id,manufacturer_id,department,brand,product_category,product_type,package_size"
_PROMOTIONS = "product_id,store_id,display_location,mailer_location,week"
_CAMPAIGNS = "campaign_id,campaign_type,start_date,end_date"
_SENDS = "campaign_id,household_id,sent_date"
_COUPONS = "coupon_upc,product_id,campaign_id"
_REDEMPTIONS = "household_id,coupon_upc,campaign_id,redemption_date"

_FIRST_NIGHT = {
    # the day that leaves the last 365 days on the second night, and the one after it
    "grocer_till/transactions_2016-11-05.csv": f"""{_TILL}
한글가구,s1,a1,사과,1,10.00,,,,45,2016-11-05T15:00:00Z
İstanbul,s1,a2,p2,2,5.00,1.00,0.50,0.25,45,2016-11-05T16:00:00Z
""",
    "grocer_till/transactions_2016-11-06.csv": f"""{_TILL}
ß,s2,a3,p2,1,0.01,,,,45,2016-11-06T15:00:00Z
""",
    # clocks skip from two to three at 07:00 UTC; midnight on the wall is 05:00, then 04:00 UTC
    "grocer_till/transactions_2017-03-12.csv": f"""{_TILL}
1,s1,b1,사과,1,8.37,0.00,0.00,0.00,11,2017-03-12T04:59:59Z
1,s1,b2,p2,1,0.00,,,,11,2017-03-12T05:00:00Z
10,s1,b3,p2,3,2.50,0.10,,,11,2017-03-12T06:59:59Z
2,s1,b4,p3,3,2.50,,,,11,2017-03-12T07:00:00Z
2,s1,b5,p3,3,-2.50,,,,11,2017-03-13T03:59:59Z
2,s1,b6,p3,0,0.00,,,,11,2017-03-13T04:00:00Z
""",
    "grocer_till/transactions_2017-08-01.csv": f"""{_TILL}
한글가구,s1,c1,사과,1,4.00,,,,31,2017-08-01T15:00:00Z
한글가구,s1,c1,p2,1,4.00,,,,31,2017-08-01T15:00:00Z
한글가구,s1,c1,p3,1,4.00,,,,31,2017-08-01T15:00:00Z
한글가구,s1,c1,p4,1,4.00,,,,31,2017-08-01T15:00:00Z
한글가구,s1,c1,unknown,250,4.37,,,,31,2017-08-01T15:00:00Z
👤,s 3,c2,p5,101,0.69,0.01,0.68,0.00,31,2017-08-02T03:59:59Z
👤,s 3,c3,p6,100,8.00,0.00,0.00,0.00,31,2017-08-02T03:59:59Z
""",
    # a correction on the second night removes all rows of this day
    "grocer_till/transactions_2017-11-02.csv": f"""{_TILL}
한글가구,s1,d1,사과,1,1.01,,,,44,2017-11-02T15:00:00Z
1,s1,d2,p2,1,1.02,,,,44,2017-11-02T15:00:00Z
only here,s9,d3,p7,1,9.99,,,,44,2017-11-02T15:00:00Z
""",
    "grocer_till/transactions_2017-11-03.csv": f"""{_TILL}
한글가구,s1,e1,p8,1,0.05,,,,44,2017-11-03T15:00:00Z
한글가구,s1,e2,p8,1,0.06,,,,44,2017-11-03T16:00:00Z
1,s1,e3,사과,1,3.33,,,,44,2017-11-03T17:00:00Z
""",
    "grocer_till/transactions_2017-11-04.csv": f"""{_TILL}
1,s1,f1,사과,1,2.22,,,,44,2017-11-04T15:00:00Z
10,s1,f2,p9,1,4.185,,,,44,2017-11-04T15:00:00Z
10,s1,f3,p9,1,4.18,,,,44,2017-11-04T15:00:00Z
İstanbul,s2,f4,p2,1,1234567890123.45,0.05,,,44,2017-11-04T15:00:00Z
""",
    "grocer_loyalty/members_2017-11-03.csv": f"""{_MEMBERS}
한글가구,45-54,50-74K,Homeowner,Married,2,2 Adults No Kids,0
1,미입력,,Renter, n/a ,,1 Adult Kids,3+
İstanbul,\u300065+\u3000,UNDEFİNED,-,Unmarried,5+,없음,0
silent,19-24,Under 15K,Unknown,.,1,,
""",
    "grocer_loyalty/members_2017-11-04.csv": f"""{_MEMBERS}
한글가구,45-54,,,Married,2,2 Adults No Kids,0
1,35-44,Level\u00a0\u200b4,,,,,-
""",
    # departments tie in spend; one brand has two spellings that differ in one byte
    "grocer_catalogue/products_2017-11-01.csv": f"""{_PRODUCTS}
사과,69,\u3000청과\u3000,National,과일,사과류,1 KG
p2,2,GROCERY,Private,,CANNED,\u00a0
p3,2,grocery,Private,SOUP,none,--
p4,,Null,PRIVATE,ß,0,
p5,5,👗,National,Ä,Ä,10 OZ
p6,6,,National,ㅎ,한,
p8,8,ﾄｲﾚ,National,🧻,TISSUE,
p9,9,MISC,National,\u3000없음,,
""",
    "grocer_catalogue/promotions_2017-11-04.csv": f"""{_PROMOTIONS}
사과,s1,0,A,44
p2,s1,7,0,44
p2,s1,7,0,44
p3,s 3,,,44
""",
    "grocer_campaigns/campaigns_2017-10-01.csv": f"""{_CAMPAIGNS}
8,Type A,2017-10-01,2017-11-05
13,\u3000TypeB ,2017-10-01,2017-10-31
""",
    "grocer_campaigns/sends_2017-10-01.csv": f"""{_SENDS}
8,한글가구,2017-10-01
8,1,2017-10-01
13,1,2017-10-01
13,never ordered,2017-10-01
8,İstanbul,2017-11-05
""",
    "grocer_campaigns/coupons_2017-10-01.csv": f"""{_COUPONS}
100,사과,8
100,p2,8
200,p2,13
""",
    "grocer_campaigns/redemptions_2017-11-03.csv": f"""{_REDEMPTIONS}
한글가구,100,8,2017-11-03
1,200,13,2017-11-03
1,100,8,2017-11-03
""",
}  # fmt: skip

_SECOND_NIGHT = {
    # the hour from one to two comes twice: 05:30 and 06:30 UTC are both half past one
    "grocer_till/transactions_2017-11-05.csv": f"""{_TILL}
1,s1,g1,사과,1,1.00,,,,45,2017-11-05T05:30:00Z
1,s1,g2,사과,1,1.00,,,,45,2017-11-05T06:30:00Z
1,s1,g3,사과,1,1.00,,,,45,2017-11-06T04:59:59Z
👤,s2,g4,p3,1,0.03,,,,45,2017-11-06T05:00:00Z
""",
    "grocer_till/transactions_2017-11-02_r1.csv": f"{_TILL}\n",
    # a late file, and lines of an earlier file again with another price
    "grocer_till/transactions_2017-10-10.csv": f"""{_TILL}
late,s1,h1,p5,1,7.77,,,,41,2017-10-10T15:00:00Z
""",
    "grocer_till/transactions_2017-11-04_s1.csv": f"""{_TILL}
1,s1,e3,사과,1,6.66,,,,44,2017-11-03T17:00:00Z
1,s1,f1,사과,1,2.23,,,,44,2017-11-04T15:00:00Z
""",
    "grocer_loyalty/members_2017-11-05.csv": f"""{_MEMBERS}
한글가구,,75-99K,\u3000Homeowner,,,\u200b,
new\u3000one,25-34,,,,,,1
""",
    "grocer_campaigns/sends_2017-10-01_r1.csv": f"""{_SENDS}
8,한글가구,2017-10-01
13,1,2017-10-02
""",
    "grocer_campaigns/redemptions_2017-11-05.csv": f"""{_REDEMPTIONS}
한글가구,100,8,2017-11-03
한글가구,100,8,2017-11-05
""",
}  # fmt: skip

_THIRD_NIGHT = {
    "grocer_till/transactions_2017-11-06.csv": f"""{_TILL}
한글가구,s1,i1,p4,1,2.00,,,,45,2017-11-06T15:00:00Z
01,7,i2,7.0,1,1.00,,,,45,2017-11-06T15:00:00Z
1.0,07,i3,7E0,1,1.00,,,,45,2017-11-06T15:00:00Z
""",
    # the empty day gets rows again, one of which has moved to another day
    "grocer_till/transactions_2017-11-02_r2.csv": f"""{_TILL}
한글가구,s1,d1,사과,1,1.01,,,,44,2017-11-02T15:00:00Z
1,s1,d2,p2,1,1.03,,,,44,2017-11-01T15:00:00Z
""",
    # the company's first day loses its rows
    "grocer_till/transactions_2016-11-05_r1.csv": f"{_TILL}\n",
    "grocer_catalogue/products_2017-11-06.csv": f"""{_PRODUCTS}
사과,69,청과,Private,과일,사과류,1 KG
unknown,1,GROCERY,National,SOUP,,
""",
    "grocer_catalogue/promotions_2017-11-04_r1.csv": f"""{_PROMOTIONS}
사과,s1,0,A,44
""",
}  # fmt: skip

EXPORTS = dict(zip(NIGHTS, (_FIRST_NIGHT, _SECOND_NIGHT, _THIRD_NIGHT), strict=True))


def deliver(landing: Path, night: date) -> None:
    """Land the files for a night."""
    for name, text in EXPORTS[night].items():
        file = landing / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
