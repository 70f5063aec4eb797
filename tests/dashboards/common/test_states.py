"""The states of a panel that has nothing to show."""

from __future__ import annotations

import pytest

from config.errors import ServerUnavailable
from dashboards.common.states import away
from tests.dashboards.page import parts, words

GONE = ServerUnavailable("the disk is gone\u202e")


@pytest.mark.parametrize("key", ["history.away", "figure.away", "letters.away"])
def test_what_cannot_be_read_is_said_in_one_language_and_why_stands_apart(key: str) -> None:
    said = words(away(key, GONE), "zh")
    assert "读不到，请稍后再试。" in said
    assert not any("a" <= letter <= "z" for letter in said)
    (why,) = (part for part in parts(away(key, GONE)) if "told" in getattr(part, "className", ""))
    assert (why.lang, why.children) == ("en", "the disk is gone\\u202e")
