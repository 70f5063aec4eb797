"""Names that are too wide are shortened by a rule, and say so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboards.common.fitting import ELLIPSIS, fitting, named, shortened, width_em
from tests.dashboards.page import parts

names = st.text(st.characters(categories=("L", "N", "Zs")), min_size=1, max_size=60)


@given(names, st.floats(2.0, 12.0))
def test_a_name_has_room_or_says_that_something_is_missing(name: str, room_em: float) -> None:
    shown = fitting(name, room_em)
    assert width_em(shown) <= room_em
    spaced = " ".join(name.split())  # any space may become a plain one
    whole = shown == name or shown in name or shown in spaced
    assert whole or shown.endswith(ELLIPSIS) or "." in shown


@given(names, st.integers(3, 40))
def test_a_name_shortened_in_its_middle_keeps_both_ends(name: str, most: int) -> None:
    shown = shortened(name, most)
    assert len(shown) <= most
    if ELLIPSIS not in name:
        first, _, last = shown.partition(ELLIPSIS)
        assert name.startswith(first)
        assert name.endswith(last)


def test_a_title_holds_the_whole_name_in_each_language_and_nothing_that_acts() -> None:
    shown = named({"zh": "城市管理综合行政执法局\x1b", "en": "Department of Public Works"}, 5)
    titles = [part.title for part in parts(shown) if getattr(part, "title", None)]
    assert titles == ["城市管理综合行政执法局\\x1b / Department of Public Works"]
