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
