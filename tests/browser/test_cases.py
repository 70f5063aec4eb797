"""What the wall tells of cases: the loop, what is overdue and whose it is, repeats, rankings."""

from __future__ import annotations

import msgspec
import pytest

from models.situation.snapshot import Snapshot
from tests.browser.conftest import Screen, Wall

pytestmark = pytest.mark.browser

# How far the marks of the intervals reach out of their lines, in px.
STRAY = """() => [...document.querySelectorAll('.interval')].map((line) => {
  const box = line.getBoundingClientRect();
  const marks = [...line.querySelectorAll('.band, .at')].map((m) => m.getBoundingClientRect());
  return Math.max(...marks.map((m) => Math.max(box.left - m.left, m.right - box.right)));
})"""


# Figures that have less room than they need: names may be cut, figures never.
CUT = """() => [...document.querySelectorAll(':is(.rankings, .overdue) .figure')].filter((cell) => {
  const text = document.createRange();
  text.selectNodeContents(cell);
  const [need, have] = [text.getBoundingClientRect(), cell.getBoundingClientRect()];
  return need.left < have.left || need.right > have.right
    || getComputedStyle(cell).textOverflow === 'ellipsis';
}).map((cell) => cell.innerText)"""


def rows(screen: Screen, table: str) -> list[list[str]]:
    """Cells of a table's body as they are read."""
    screen.page.locator(f"{table} tr").first.wait_for()
    cells: list[list[str]] = screen.page.evaluate(
        """(table) => [...document.querySelectorAll(`${table} tr`)].map((row) =>
          [...row.cells].map((cell) => cell.innerText.trim()))""",
        table,
    )
    return cells


def test_both_ends_of_the_rankings_stand_there_with_their_n(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        screen.page.keyboard.press("5")
        screen.page.wait_for_selector("#ranking-street tr > :nth-child(4)")
        streets = rows(screen, "#ranking-street")
        assert [(row[0], row[1], row[3]) for row in streets] == [
            ("东华门街道", "90 %", "420"),
            ("景山街道", "83 %", "420"),
            ("东四街道", "54 %", "420"),
            ("朝阳门街道", "47 %", "420"),
        ]
        departments = rows(screen, "#ranking-department")
        assert [row[0] for row in departments] == ["生态环境局", "住房和城市建…", "城管执法局"]
        shortened = screen.page.locator("#ranking-department [title]").nth(1)
        assert "住房和城市建设委员会" in (shortened.get_attribute("title") or "")
        assert departments[0][1] == "100 %"
        assert max(screen.page.evaluate(STRAY)) <= 3
        assert screen.page.evaluate(CUT) == []


def test_each_overdue_case_names_the_department_that_has_it(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        screen.page.keyboard.press("2")
        assert [row[2] for row in rows(screen, "#overdue")] == ["城管执法局"] * 3
        screen.page.locator("#language").click()
        assert [row[2] for row in rows(screen, "#overdue")] == ["Urban Enforcement"] * 3


def test_the_loop_tells_open_overdue_and_dwell_of_each_step(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(f"{wall.url}/?lang=en")
        screen.page.keyboard.press("2")
        loop = rows(screen, "#funnel")
        assert [row[0] for row in loop] == [
            "To file", "To dispatch", "In hand", "To verify", "To close",
        ]  # fmt: skip
        assert loop[2][1:] == ["902", "37", "7 h", "5.5 h"]


def test_open_cases_come_with_what_is_overdue_and_what_may_be_a_repeat(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        side = screen.page.locator("#headline-open_cases .tile-side")
        assert side.inner_text().split("\n") == ["超时 40", "疑似重复 12", "15:05"]


def test_without_rankings_it_is_said_and_nothing_moves(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        screen.page.keyboard.press("5")
        screen.page.locator("#ranking-street tr").nth(3).wait_for()
        before = screen.page.locator(".rankings").bounding_box()
    with wall.writing(msgspec.structs.replace(busy, rankings={})):
        nothing = screen.page.locator("#ranking-street").filter(has_text="件数太少，不排名")
        nothing.wait_for(timeout=30_000)
        assert screen.page.locator(".rankings").bounding_box() == before
