"""Text from outside cannot act on a terminal, a page or a spreadsheet."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from models.printable import printable, printable_json, spreadsheet_safe


@given(st.text())
def test_no_control_or_direction_character_passes(text: str) -> None:
    shown = printable(text)
    assert all(unicodedata.category(letter) != "Cc" for letter in shown)
    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
    )


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert printable(text) == text
    assert printable(printable(text)) == printable(text)


@given(st.text())
def test_json_stays_the_same_and_nothing_in_it_acts(text: str) -> None:
    shown = printable_json(json.dumps([text], ensure_ascii=False))
    assert json.loads(shown) == [text]
    assert printable(shown) == shown


def test_a_formula_becomes_a_text_and_a_number_stays_one() -> None:
    assert spreadsheet_safe("=1+1") == "'=1+1"
    assert spreadsheet_safe("@SUM(A1)") == "'@SUM(A1)"
    assert spreadsheet_safe("-12.5") == "-12.5"
    assert spreadsheet_safe("+8613800000000") == "+8613800000000"
