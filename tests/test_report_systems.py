"""`docs/report-systems.md` has a row for every system, and what a row names exists."""

from __future__ import annotations

import re
import shlex
from typing import Any, Final

import pytest
import typer

from dashboards import rooms
from dashboards.common.pages import find_pages
from ops.cli import application
from tests.conftest import ROOT

PAGE: Final = (ROOT / "docs" / "report-systems.md").read_text()
COLUMNS: Final = ("#", "system", "served by", "command", "page", "state")
STATES: Final = ("works", "partly: ", "not yet: ")
NOTHING: Final = "–"


def rows() -> dict[int, dict[str, str]]:
    found = {}
    for line in re.findall(r"^\| \d+ \|.*\|$", PAGE, re.M):
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == len(COLUMNS), line
        found[int(cells[0])] = dict(zip(COLUMNS, cells, strict=True))
    return found


ROWS: Final = rows()


def test_every_system_has_one_row() -> None:
    assert list(ROWS) == list(range(1, 28))
    assert len(re.findall(r"^\| \d+ \|", PAGE, re.M)) == 27


def missing(command: str) -> str | None:
    """Give the word or option of a command line that is not there; None where all are."""
    found: Any = typer.main.get_command(application())
    words = shlex.split(command)[1:]
    while words and hasattr(found, "commands"):
        name = words.pop(0)
        if name not in found.commands:
            return name
        found = found.commands[name]
    if hasattr(found, "commands"):
        return "(a command of the group)"
    known = {option for parameter in found.params for option in parameter.opts}
    return next((word for word in words if word.startswith("-") and word not in known), None)


@pytest.mark.parametrize("number", ROWS)
def test_what_a_row_names_is_there(number: int) -> None:
    row = ROWS[number]
    assert row["state"].startswith(STATES)
    for path in re.findall(r"`([\w./-]+)`", row["served by"]):
        assert (ROOT / path).exists(), f"row {number}: {path}"
    for command in re.findall(r"`(gridpulse [^`]+)`", row["command"]):
        assert missing(command) is None, f"row {number}: {command}"


@pytest.mark.parametrize("number", ROWS)
def test_what_works_can_be_shown_and_what_does_not_says_why(number: int) -> None:
    row = ROWS[number]
    if row["state"].startswith("not yet"):
        assert row["command"] == row["page"] == NOTHING
    else:
        assert row["served by"] != NOTHING
        assert "`gridpulse " in row["command"]
        pages = re.findall(r"`([^`]+)`", row["page"])
        assert set(pages) <= {page.path for page in find_pages(rooms)}
        assert pages or "on no page" in row["state"]


@pytest.mark.parametrize(
    "command", ["gridpulse nothing", "gridpulse kpi --colour", "gridpulse event"]
)
def test_a_command_that_is_not_there_is_noticed(command: str) -> None:
    assert missing(command) is not None
