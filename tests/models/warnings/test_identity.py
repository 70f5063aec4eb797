"""Names of warnings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.warnings.identity import national_id, warning_id

PATTERN = re.compile(r"\d{14}_\d{14}_\d")


@given(st.integers(0, 4_000_000_000_000), st.integers(0, 9))
def test_the_national_identifier_has_31_characters(at_ms: int, kind: int) -> None:
    made = national_id("110101", at_ms, kind, agency="001", unit="002", ext="03")
    assert len(made) == 31
    assert PATTERN.fullmatch(made)
    assert made.startswith("11010100100203_")


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "11010"},
        {"region": "11010x"},
        {"region": "11010１"},
        {"kind": 10},
        {"agency": "1"},
        {"unit": ""},
        {"ext": "003"},
    ],
)
def test_a_part_of_the_wrong_form_is_refused(wrong: dict[str, object]) -> None:
    given_parts: dict[str, object] = {"region": "110101", "raised_ms": 0, "kind": 1} | wrong
    with pytest.raises(ValueError, match="digits"):
        national_id(**given_parts)  # type: ignore[arg-type]


def test_different_beginnings_have_different_names() -> None:
    assert warning_id("a", "110101001", 0) != warning_id("a", "110101001", 1000)
    assert warning_id("a", "110101001", 0) != warning_id("a", "110101002", 0)


def test_names_known_by_heart() -> None:
    assert warning_id("dust-local", "110101001", 1_397_000_700_999) == (
        "dust-local.110101001.20140408T234500Z"
    )
    assert national_id("110101", 1_397_000_700_000, 9) == "11010100000000_20140409074500_9"
    parts = {"agency": "001", "unit": "002", "ext": "03"}
    assert national_id("110101", 0, 0, **parts) == "11010100100203_19700101080000_0"


@pytest.mark.parametrize(
    ("name", "part", "length"),
    [("region", "1101011", 6), ("agency", "00a", 3), ("unit", "0000", 3), ("ext", "1", 2)],
)
def test_a_part_is_refused_by_name_and_length(name: str, part: str, length: int) -> None:
    parts: dict[str, str] = {"region": "110101"} | {name: part}
    said = f"^{name} should be {length} digits, got '{part}'$"
    with pytest.raises(ValueError, match=said):
        national_id(parts.pop("region"), 0, 1, **parts)


@pytest.mark.parametrize("kind", [-1, 10])
def test_a_kind_is_one_digit(kind: int) -> None:
    with pytest.raises(ValueError, match=f"^kind should be 1 digits, got '{kind}'$"):
        national_id("110101", 0, kind)
