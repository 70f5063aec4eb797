"""An array of a raw message has a largest length, in every make in which one can be sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.feeds.cloud_event import MOST_ELEMENTS, WHOLE
from models.feeds.decode import WireDecoder, WireReading
from models.messages.dead_letters import Reason

READING = b'{"sensor":"S","metric":"pm10","value":1,"ts":1709251200}'
HALF = b'{"sensor":"S","metric":"pm10","value":null}'
AROUND = (
    b'{"specversion":"1.0","id":"1","source":"//gw","type":"reading","data":',
    b"}",
)


def array(elements: list[bytes]) -> bytes:
    return b"[" + b",".join(elements) + b"]"


MAKES: dict[str, Callable[[int], bytes]] = {
    "an array": lambda n: array([READING] * n),
    "with a bad element": lambda n: array([HALF, *[READING] * (n - 1)]),
    "in an envelope": lambda n: array([READING] * n).join(AROUND),
    "of envelopes": lambda n: array([READING.join(AROUND)] * n),
    "envelopes of arrays": lambda n: array([array([READING] * (n // 2)).join(AROUND)] * 2),
}


@pytest.mark.parametrize("make", MAKES)
def test_an_array_is_read_up_to_its_largest_length_and_not_beyond(make: str) -> None:
    write, decoder = MAKES[make], WireDecoder(WireReading)
    bad = make == "with a bad element"
    full = decoder.decode([write(MOST_ELEMENTS)])
    assert len(full.rows) == MOST_ELEMENTS - bad
    assert len(full.broken) == bad
    over = decoder.decode([write(MOST_ELEMENTS + 2), READING])
    assert [(row.sensor, row.value) for row in over.rows] == [("S", 1.0)]
    [broken] = over.broken
    assert (broken.record, broken.element) == (0, WHOLE)
    assert broken.fault.reason is Reason.TOO_LARGE
    assert str(MOST_ELEMENTS) in broken.fault.detail


def test_nor_is_an_array_that_is_no_sound_json() -> None:
    decoder = WireDecoder(WireReading)
    broken = [READING] * (MOST_ELEMENTS - 1) + [READING.replace(b"1,", b"NaN,")]
    assert len(decoder.decode([array(broken)]).rows) == MOST_ELEMENTS - 1
    over = decoder.decode([array([READING, READING, *broken])])
    assert not over.rows
    assert [one.element for one in over.broken] == [WHOLE]
