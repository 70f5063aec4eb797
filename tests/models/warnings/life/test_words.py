"""Answers to commands word for word, in both languages, as `words.json` has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from models.messages import commands as ask
from models.messages.commands import CloseCause, Role
from models.messages.warnings import LifeState
from models.warnings.life import words
from models.warnings.life.words import Text
from tests.models.warnings.life.life_things import X, after, warning

WORDS: Final[dict[str, Text]] = json.loads(
    (Path(__file__).parent / "words.json").read_text("utf-8")
)
RECORD = after(warning())
CHANGED = after(ask.Acknowledge(), ask.Comment(), record=RECORD)
ANSWERS: Final[dict[str, Callable[[], Text]]] = {
    "done": lambda: words.done(CHANGED.warning),
    "unknown": lambda: words.unknown(X),
    "forbidden": lambda: words.forbidden(Role.VIEWER, ask.Acknowledge()),
    "stale": lambda: words.stale(0, CHANGED),
    "stale by one": lambda: words.stale(1, CHANGED),
    "stale by something forgotten": lambda: words.stale(9, CHANGED),
    "closed": lambda: words.closed(CloseCause.FALSE_ALARM),
    "not in this state": lambda: words.not_in(LifeState.SHELVED, ask.Reopen()),
    "acknowledged": words.acknowledged,
    "top": words.top,
    "still standing": words.still_standing,
    "never shown": words.never_shown,
    "not closed": words.not_closed,
    "by design": words.by_design,
    "too red": words.too_red,
    "no end": lambda: words.no_end(480),
    "no words": words.no_words,
    "no cause named": words.no_cause_named,
    "no cause": words.no_cause,
    "nobody": lambda: words.nobody(Role.SYSTEM),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_given_word_for_word(name: str) -> None:
    assert ANSWERS[name]() == WORDS[name]


def test_every_answer_has_its_words_and_every_name_both_languages() -> None:
    assert WORDS.keys() == ANSWERS.keys()
    for names in (words.STATES, words.CHANGES, words.ROLES, words.CAUSES):
        assert all(set(text) == {"zh", "en"} and all(text.values()) for text in names.values())


def test_what_the_others_did_since_is_told_from_the_next_revision_on() -> None:
    assert [each.revision for each in words.unseen(0, CHANGED)] == [1, 2]
    assert [each.revision for each in words.unseen(1, CHANGED)] == [2]
    assert words.unseen(2, CHANGED) == []
