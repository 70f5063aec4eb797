"""A dead letter holds the bytes of what was refused, whatever stands beside it in its message."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.feeds.intake import Intake
from models.feeds.place import Gazetteer
from models.feeds.seen import MemorySeen
from tests.models.feeds.conftest import make_feed
from tests.models.feeds.town import NOW_MS, make_grid, raw, reading, rows

PLACES = Gazetteer([(0, make_grid())])
_NUMBERS = count()


def intake() -> Intake:
    return Intake(make_feed("readings"), PLACES, MemorySeen(), partition=0, partitions=1)


def wrapped(data: Any) -> dict[str, Any]:
    """A CloudEvent of its own."""
    number = next(_NUMBERS)
    return {"specversion": "1.0", "id": str(number), "source": "s", "type": "t", "data": data}


good = st.builds(lambda value: reading(value=value), st.integers(0, 900))
bad = st.one_of(
    st.builds(lambda value: reading(value=value), st.integers(-900, -6)),
    st.just(reading(metric="co")),
    st.sampled_from([7, "text", None, [], {}, {"value": 1}, [[]], "[1, 2]"]),
)
plain = st.one_of(good, bad)
inside = plain.filter(lambda data: data != [[]])  # of an array inside only what is bad is kept
both = st.builds(lambda row, data: row | wrapped(data), good, inside)
word = st.builds(lambda row: row | {"note": "specversion", "more": {"specversion": 1}}, good)
element = st.one_of(plain, st.builds(wrapped, inside), both, word)
separator = st.sampled_from([",", " , ", ",\n\t", " ,"])


def refused_alone(one: Any) -> bool:
    return bool(intake().take(raw(json.dumps([one]).encode()), NOW_MS).rejected)


def values(*messages: Any) -> list[int]:
    return [row[3] for row in rows(intake().take(raw(*messages), NOW_MS))]


@given(st.lists(st.one_of(good, both, word), min_size=1, max_size=8), st.sampled_from([7, {}, []]))
@settings(max_examples=60)
def test_what_an_element_is_does_not_depend_on_its_neighbours(
    elements: list[Any], odd: Any
) -> None:
    alone = [value for one in elements for value in values(one)]
    assert values(elements) == values([*elements, odd]) == values(*elements) == alone


@given(st.lists(element, min_size=1, max_size=30), separator, st.booleans())
@settings(max_examples=60)
def test_the_letters_of_an_array_hold_exactly_what_was_refused(
    elements: list[Any], between: str, escaped: bool
) -> None:
    texts = [json.dumps(one, ensure_ascii=escaped) for one in elements]
    value = f"[ {between.join(texts)} ]".encode()
    taken = intake().take(raw(value), NOW_MS)
    found: list[Any] = []
    for letter in taken.rejected:
        held = json.loads(letter.data)
        found += held if letter.counts else [held]
        if not letter.counts and letter.index >= 0:
            assert held == elements[letter.index] or held == elements[letter.index].get("data")
    assert found == [one for one in elements if refused_alone(one)]
