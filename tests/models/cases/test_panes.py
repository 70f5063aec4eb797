"""Counted panes: closed once, corrected later, forgotten at last."""

from __future__ import annotations

from models.cases.panes import KEPT_PANES, CasePanes
from models.feeds.frame import IDLE

HOUR = 3_600_000
KEY = (110101001001001, "E0102", "filed")


def test_a_pane_closes_when_the_watermark_passes_its_end() -> None:
    panes = CasePanes(HOUR)
    panes.count(10 * HOUR + 5, KEY)
    panes.count(10 * HOUR + 9, KEY)
    assert panes.advance(11 * HOUR - 1) == [(9 * HOUR, 0, [], [])]
    assert panes.advance(11 * HOUR) == [(10 * HOUR, 0, [(*KEY, 2)], [])]
    assert panes.advance(11 * HOUR) == []


def test_only_the_last_of_many_empty_panes_is_told() -> None:
    panes = CasePanes(HOUR)
    panes.count(0, KEY)
    assert [pane.start_ms for pane in panes.advance(10 * HOUR)] == [0, 9 * HOUR]


def test_a_late_event_corrects_its_pane_whole() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    panes.advance(HOUR)
    panes.count(7, KEY)
    assert panes.advance(HOUR) == [(0, 1, [(*KEY, 2)], [])]
    assert panes.closed == 1


def test_an_event_in_a_pane_that_was_empty_is_its_first_telling() -> None:
    panes = CasePanes(HOUR)
    panes.advance(10 * HOUR)
    panes.count(3 * HOUR, KEY)
    assert panes.advance(10 * HOUR) == [(3 * HOUR, 0, [(*KEY, 1)], [])]


def test_without_a_watermark_nothing_closes_and_idle_closes_all() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    assert panes.advance(None) == []
    assert panes.advance(IDLE) == [(0, 0, [(*KEY, 1)], [])]
    assert panes.advance(IDLE) == []


def test_who_spoke_in_a_pane_is_told_once_and_kept_over_a_restart() -> None:
    panes = CasePanes(HOUR)
    beat, department = ("beats", "110101001", "07"), ("departments", "110101", "water")
    panes.count(5, KEY, [department])
    panes.count(6, KEY, [beat, department])
    panes.count(HOUR, KEY)
    data = panes.pane_bytes(0)
    assert data is not None
    again = CasePanes(HOUR)
    again.restore([(0, data)])
    assert [pane.voices for pane in again.advance(HOUR)] == [[beat, department]]


def test_who_spoke_is_told_also_of_panes_that_are_forgotten_at_once() -> None:
    """A worker that catches up closes weeks in one step."""
    panes = CasePanes(HOUR)
    beat = ("beats", "110101001", "07")
    panes.count(5, KEY, [beat])
    first, *_ = panes.advance(3 * KEPT_PANES * HOUR)
    assert first == (0, 0, [(*KEY, 1)], [beat])
    assert panes.pane_bytes(0) is None


def test_old_panes_are_gone_and_their_events_counted() -> None:
    panes = CasePanes(HOUR)
    panes.count(0, KEY)
    panes.advance((KEPT_PANES + 1) * HOUR)
    panes.count(0, KEY)
    assert panes.too_late == 1
    assert panes.pane_bytes(0) is None
    assert panes.advance((KEPT_PANES + 1) * HOUR) == []


def test_a_restored_pane_goes_on_with_its_revision() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    panes.advance(HOUR)
    data = panes.pane_bytes(0)
    assert data is not None
    again = CasePanes(HOUR)
    again.closed_end = panes.closed_end
    again.restore([(0, data)])
    again.count(6, KEY)
    assert again.advance(HOUR) == [(0, 1, [(*KEY, 2)], [])]
