"""The quick reader of YAML gives what ruamel.yaml gives, or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.documents import _any_document
from config.errors import ConfigError
from config.plain_yaml import plain
from tests.conftest import ROOT

FILE = Path("city.yaml")
CITIES = sorted((ROOT / "config" / "city").rglob("*.yaml"))
PIECES = (
    "a", "b", "中", "0", "-1", "1.5", "1.", ".5", "1e3", "0x1", "010", "1_0", "+1", "0b1", ".inf",
    "true", "Yes", "~", "null", "<<", "=", "2024-01-02", "2024-13-01", "2024-01-02T03:04:05Z",
    "08:00", "'", '"', "\\n", "\\", "|", ">", "|-", "[", "]", "{", "}", ",", ":", " ", "  ", "\n",
    "\n  ", "\n    ", "\n- ", "- ", ": ", "a: ", "\na: ", "\nb: ", "\n  c: ", "#", " # d", "&x",
    "*x", "!t", "!!str ", "?", "? ", "%", "---", "\n---\n", "\n...\n", "@", "`", "\t", "\u2028",
    "\ufeff", "x" * 130, '"a":', "a:b", "http://c",
)  # fmt: skip
TEXTS = st.text(st.characters(max_codepoint=0xD7FF), max_size=8)  # JSON writes the rest in pairs
SCALARS = st.none() | st.booleans() | st.integers(-99, 10**9) | st.dates() | TEXTS


def assert_same(text: str) -> bool:
    """Tell whether the quick reader gave something; what it gave is what the other one gives."""
    found = plain(text)
    if found is None:
        return False
    wanted = _any_document(FILE, text)
    assert repr(found.data) == repr(wanted.data)  # 1 is not 1.0, nor is True
    assert found.lines == wanted.lines
    return True


@pytest.mark.parametrize("file", CITIES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_of_the_cities_is_read_alike(file: Path) -> None:
    was_plain = assert_same(file.read_text(encoding="utf-8"))
    assert was_plain or file.parent.name == "plans", "aliases stand in plans alone"


@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
@example("a: |\n  b\n  c\n\n# d\ne: >-\n  f\n  g\n")
@example("a: \"b\\\n  c\"\nd: 'e\n\n  f'\n")
@example("a: b\n c\n\n d # e\n")
@example("? a\n: - b\n  -\n    c\n  - - d\n")
@settings(max_examples=300)
def test_whatever_is_written_is_read_alike(text: str) -> None:
    for each in (text, f"a: {text}", f"a:\n  b: {text}\nc: 1\n"):
        assert_same(each)


@given(
    st.dictionaries(
        TEXTS,
        st.recursive(
            SCALARS,
            lambda some: st.lists(some, max_size=4) | st.dictionaries(TEXTS, some),
            max_leaves=12,
        ),
    )
)
@settings(max_examples=100)
def test_json_is_read_as_json_is(data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=1, default=str)  # in quotes every character stands as a code
    assert assert_same(text)
    found = plain(text)
    assert found is not None
    assert found.data == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n", "a: &x {b: 1}\nc: {<<: *x}\n", "a: !t 1\n", "a: !!str 1\n",
        "a: 010\n", "a: 1_000\n", "a: 2024-13-01\n", "a: 2024-01-02T03:04:05Z\n", "a: 1e3\n",
        "a: 1\na: 2\n", "1: a\ntrue: b\n", "? [b]\n: 1\n", "~: 1\n", "%YAML 1.1\n---\na: yes\n",
        "a: 1\n---\nb: 2\n", "a: |#\n", "a: |2\n   b\n",
        "a: 1\n...\n", "- a\n", "a\n", "", "a: [\n", "a: 'b\n", "a:\tb\n", "a: b\u2028c\n",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_other_reader(text: str) -> None:
    assert plain(text) is None


def test_words_of_older_yaml_are_texts() -> None:
    found = plain("a: yes\nb: off\nc: 08:30\nd: true\n")
    assert found is not None
    assert found.data == {"a": "yes", "b": "off", "c": "08:30", "d": True}


def test_a_file_that_nests_too_deep_is_no_crash() -> None:
    text = "a: " + "[" * 100_000
    assert plain(text) is None
    with pytest.raises((ConfigError, RecursionError)):
        _any_document(FILE, "a: " + "[" * 3_000)
