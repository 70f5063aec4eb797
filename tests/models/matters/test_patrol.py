"""Supervisors on patrol: positions kept shortly and without names, cells seen, silent beats."""

from __future__ import annotations

from typing import Any

import pytest

from models.matters.divided import DividedGrid
from models.timing.units import HOUR_MS
from tests.models.matters.line import dongcheng, run, sent

GRID = dongcheng().grid_at(max(street.valid_from for street in dongcheng().streets))
BEATS = DividedGrid(dongcheng().grids["beats"], GRID).part_of
CELLS = sorted(BEATS)


def position(post: str, ts: str, cell: str = CELLS[0], **more: Any) -> dict[str, Any]:
    return {"post": post, "ts": ts, "cell": cell, **more}


def test_who_is_on_patrol_who_is_free_and_which_cells_were_seen() -> None:
    rows = [position("S-001", f"2009-03-02T09:{n:02d}", CELLS[n]) for n in range(0, 12, 2)]
    rows += [position("S-002", "2009-03-02T09:10", CELLS[400], free=False)]
    found = run("patrol", sent(rows))
    assert [found.value(code) for code in ("posts", "free", "seen")] == [2, 1, 7]
    duty = found.row("on_duty")
    assert (duty.numerator, duty.denominator) == (2, 400)
    assert found.value("seen", "beats", BEATS[CELLS[0]]) == 6
    free = next(layer for layer in found.snapshot.layers if layer.id == "free.now")
    assert free.values[GRID.codes.tolist().index(int(CELLS[10]))] == 1, "where the nearest is"


def test_a_position_is_forgotten_and_so_is_what_a_shift_saw() -> None:
    rows = [position("S-001", "2009-03-02T13:00"), position("S-002", "2009-03-02T14:30", CELLS[1])]
    found = run("patrol", sent(rows))
    assert (found.value("posts"), found.value("seen")) == (1, 1)


def test_a_beat_that_was_heard_and_is_not_any_more_warns_within_its_shift() -> None:
    rows = [position("S-001", "2009-03-02T09:00")]
    other = next(cell for cell in CELLS if BEATS[cell] != BEATS[CELLS[0]])
    rows += [position("S-002", f"2009-03-02T{hour:02d}:30", other) for hour in range(9, 13)]
    found = run("patrol", sent(rows))
    assert [(w.subject, w.why) for w in found.matter.watched] == [(BEATS[CELLS[0]], "silent")]
    assert found.rules() == {"patrol-silent"}
    assert found.value("silent") == 1
    night = run("patrol", sent(rows), settled_ms=12 * HOUR_MS)
    assert night.value("silent") == 0, "no shift, no silence"


@pytest.mark.parametrize("post", ["王小明", "13812345678", "110101199003071234"])
def test_a_person_is_no_post_and_is_not_kept(post: str) -> None:
    found = run("patrol", sent([position(post, "2009-03-02T09:00")]))
    ((code, _),) = found.why()
    assert code == "personal-data"
    assert found.dead[0].data == b""
    assert found.snapshot.matters == []
