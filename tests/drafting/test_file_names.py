"""What the names of files say about their stream."""

import pytest

from dangol.drafting.file_names import read_names
from dangol.drafting.samples import SampleError


@pytest.mark.parametrize(
    ("names", "pattern", "stream"),
    [
        (["orders_2026-01-05.csv"], r"orders_{date}\.csv(\.gz)?", "orders"),
        (["orders_20260105.csv.gz"], r"orders_{date}\.csv(\.gz)?", "orders"),
        (["orders_2026-01-05_r1.csv", "orders_2026-01-06.csv"], r"orders_{date}\.csv(\.gz)?",
         "orders"),
        (["items-2026-03-16-2026-03-17.csv"], r"items-{from}-{to}\.csv(\.gz)?", "items"),
        (["kpi_2026-03.csv"], r"kpi_{month}\.csv(\.gz)?", "kpi"),
        (["seoul_sales_20260105.csv", "busan_sales_20260105.csv"],
         r"{part}_sales_{date}\.csv(\.gz)?", "sales"),
        (["till_seoul_20260105_0700.csv", "till_seoul_20260105_0900.csv",
          "till_busan_20260105_0700.csv"],
         r"till_{part}_{date}_{part}\.csv(\.gz)?", "till"),
        (["till_seoul_20260105_0712.csv", "till_busan_20260105_0713.csv"],
         r"till_{part}_{date}_{exported}\.csv(\.gz)?", "till"),
        (["orders_20260101_093015.csv"], r"orders_{date}_{exported}\.csv(\.gz)?", "orders"),
        (["orders_20260101_093015.csv", "orders_20260102_100001.csv"],
         r"orders_{date}_{exported}\.csv(\.gz)?", "orders"),
        (["orders_20260101_093015.csv", "orders_20260101_100001.csv"],
         r"orders_{date}_{exported}\.csv(\.gz)?", "orders"),
        (["orders_20260101093015.csv"], r"orders_{date}{exported}\.csv(\.gz)?", "orders"),
        (["orders_2026-01-01T0930Z.csv"], r"orders_{date}{exported}\.csv(\.gz)?", "orders"),
        (["orders_2026-01-01_09-30-15.csv"], r"orders_{date}_{exported}\.csv(\.gz)?", "orders"),
        (["orders_2026-01-01_1767225600.csv", "orders_2026-01-02_1767312000.csv"],
         r"orders_{date}_{exported}\.csv(\.gz)?", "orders"),
        (["orders_2026-01-01_20260102T013000Z.csv"],
         r"orders_{date}_{exported}\.csv(\.gz)?", "orders"),
        (["till_20260105_0700.csv", "till_20260106_0700.csv"],
         r"till_{date}_{exported}\.csv(\.gz)?", "till"),
        (["orders_20260105_0001.csv", "orders_20260105_0002.csv"],
         r"orders_{date}_{part}\.csv(\.gz)?", "orders"),
        (["a_20260105_093000_r1.csv", "a_20260106_093000.csv"],
         r"a_{date}_{exported}\.csv(\.gz)?", "a"),
        (["till_20260105_old-town.csv", "till_20260105_harbour_r1.csv"],
         r"till_{date}_{part}\.csv(\.gz)?", "till"),
        (["Export (1).csv"], r"Export \(1\)\.csv(\.gz)?", "export"),
        (["report_00012345.csv"], r"report_\d{8}\.csv(\.gz)?", "report"),
        (["Kasse_05.03.2026.txt"], r"Kasse_\d{2}[-_.]\d{2}[-_.]\d{4}\.txt(\.gz)?", "kasse"),
        (["주문내역_20260105.csv"], r"주문내역_{date}\.csv(\.gz)?", ""),
        (["a_2026-01-05.zip!orders.csv"], r"a_{date}\.zip!orders\.csv(\.gz)?", "orders"),
        (["a_2026-01-06.zip!orders_2026-01-05.csv"],
         r"a_[0-9_.-]+\.zip!orders_{date}\.csv(\.gz)?", "orders"),
    ],
)  # fmt: skip
def test_patterns(names, pattern, stream):
    found = read_names(names)
    assert (found.pattern, found.stream) == (pattern, stream)


def test_pages_are_counted_and_shops_are_not():
    assert read_names(["o_2026-01-05_p1.json", "o_2026-01-05_p2.json"]).parts_are_counted
    assert not read_names(["o_2026-01-05_seoul.csv", "o_2026-01-05_busan.csv"]).parts_are_counted


def test_names_without_anything_in_common_are_refused():
    with pytest.raises(SampleError, match=r"differ too much for one stream: a_b_c\.csv, d\.csv"):
        read_names(["a_b_c.csv", "d.csv"])
