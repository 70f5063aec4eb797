from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.grid.codes import CellCode, community_of, street_of

PART = st.integers(1, 999)


@given(st.integers(100000, 999999), PART, PART, PART)
def test_a_code_comes_apart_as_it_was_put_together(
    district: int, street: int, community: int, cell: int
) -> None:
    code = CellCode.parse(f"{district}{street:03d}{community:03d}{cell:03d}")
    assert code.district == str(district)
    assert code.street == f"{district}{street:03d}"
    assert code.community == f"{district}{street:03d}{community:03d}"
    assert street_of(code.number) == int(code.street)
    assert community_of(code.number) == int(code.community)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("11010100601203", "15 digits"),
        ("1101010060120345", "15 digits"),
        ("11010100601203x", "15 digits"),
        ("010101006012034", "does not begin with 0"),
        ("１10101006012034", "15 digits"),
        (" 110101006012034"[:15], "15 digits"),
        ("110101000012034", "street numbers begin at 001"),
        ("110101006000034", "community numbers begin at 001"),
        ("110101006012000", "cell numbers begin at 001"),
        ("", "15 digits"),
    ],
)
def test_what_is_no_code_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        CellCode.parse(text)


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert CellCode.parse(text).cell == text
