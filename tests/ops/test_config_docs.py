"""The reference of the configuration is made from the models, whole and up to date."""

from __future__ import annotations

from pydantic import BaseModel

from config.place import City
from ops import config_docs


def test_the_page_is_as_it_would_be_made_now() -> None:
    made = config_docs.page()
    assert config_docs.PAGE.read_text(encoding="utf-8") == made, "run `python -m ops.config_docs`"


def test_every_field_is_described() -> None:
    assert config_docs.undescribed() == []


def test_a_field_says_its_bounds_its_default_and_what_it_is() -> None:
    (line,) = (row for row in config_docs.page().splitlines() if row.startswith("| `cell_m` |"))
    assert line == "| `cell_m` | number, ≥ 10, ≤ 2000 | `100` | Side of a synthetic cell, metres. |"


def test_a_field_without_words_is_named() -> None:
    class Bare(BaseModel):
        silent: int

    assert config_docs._described(Bare) == {"silent": ""}
    assert config_docs._described(City)["timezone"].startswith("IANA")
