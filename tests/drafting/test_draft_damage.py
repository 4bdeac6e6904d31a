"""Drafts from samples with torn rows, missing headers and files that come again."""

import pytest

from dangol.drafting.samples import SampleError


def test_rows_in_the_place_of_a_header_are_not_quoted(draft_of):
    header = "Member,Town,Item,Shop\n"
    rows = "Kim Seojun,Busan,pan,north\nLee Minji,Daegu,pot,south\n"
    files = {"a_2026-11-29.csv": header + rows, "a_2026-11-30.csv": rows}
    with pytest.raises(SampleError, match="header is missing") as caught:
        draft_of(files)
    assert "Seojun" not in str(caught.value)


def test_a_torn_row_of_a_small_file_does_not_hide_its_delimiter(draft_of):
    header = "Receipt;Item;Qty;Price;Amount;Card\n"
    rows = "1;Bread;2;0,45;0,90;\n2;Coffee;3;2,60;7,80;K1;x\n3;Cake;1;1,20;1,20;\n"
    files = {
        "till_2026-11-29.csv": header + rows.replace(";x", ""),
        "till_2026-11-30.csv": header + rows,
    }
    assert draft_of(files, entity="order_lines").contract.streams[0].format.delimiter == ";"


def test_a_torn_row_does_not_hide_the_key(draft_of):
    rows = "".join(f"A-{n // 2},p{n % 2},1,100,2026-11-29\n" for n in range(300))
    header = "Order No,SKU,Qty,Price,Ordered\n"
    draft = draft_of({"orders_2026-11-29.csv": f"{header}{rows},p1,1,100,2026-11-29\n"})
    keys = [each for each in draft.contract.streams[0].columns if each.is_key]
    assert [(each.name, each.required) for each in keys] == [("order_no", True), ("sku", True)]


def test_a_word_among_numbers_does_not_change_their_type(draft_of):
    rows = "".join(f"A-{n},1,p1,{n % 5 + 1},100,2026-11-29\n" for n in range(300))
    header = "Order No,Line,SKU,Qty,Price,Ordered\n"
    draft = draft_of({"orders_2026-11-29.csv": f"{header}{rows}A-x,1,p1,three,100,2026-11-29\n"})
    assert draft.types()["qty"] == "BIGINT"


def test_a_list_without_changes_is_looked_at_once(draft_of):
    members = "Member No,E-mail,Joined\nm1,a@example.com,2026-01-05\nm2,b@example.com,2026-01-06\n"
    files = {f"members_2026-11-{day}.csv": members for day in (28, 29)}
    notes = draft_of(files, entity="contact_records").notes
    assert "- members_2026-11-29.csv: the same content as members_2026-11-28.csv, so it" in notes
    assert "twice" not in notes
