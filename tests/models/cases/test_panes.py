"""Counted panes: closed once, corrected later, forgotten at last."""

from __future__ import annotations

from models.cases.panes import KEPT_PANES, CasePanes
from models.messages.frames import IDLE

HOUR = 3_600_000
NOW = 10**6 * HOUR
KEY = (110101001001001, "E0102", "filed")


def test_a_pane_closes_when_the_watermark_passes_its_end() -> None:
    panes = CasePanes(HOUR)
    panes.count(10 * HOUR + 5, KEY)
    panes.count(10 * HOUR + 9, KEY)
    assert panes.advance(11 * HOUR - 1, NOW) == [(9 * HOUR, 0, [], [])]
    assert panes.advance(11 * HOUR, NOW) == [(10 * HOUR, 0, [(*KEY, 2)], [])]
    assert panes.advance(11 * HOUR, NOW) == []


def test_only_the_last_of_many_empty_panes_is_told() -> None:
    panes = CasePanes(HOUR)
    panes.count(0, KEY)
    assert [pane.start_ms for pane in panes.advance(10 * HOUR, NOW)] == [0, 9 * HOUR]


def test_a_late_event_corrects_its_pane_whole() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    panes.advance(HOUR, NOW)
    panes.count(7, KEY)
    assert panes.advance(HOUR, NOW) == [(0, 1, [(*KEY, 2)], [])]
    assert panes.closed == 1


def test_an_event_in_a_pane_told_as_empty_has_a_revision_of_its_own() -> None:
    """Found by the simulation: revision 0 of a pane was once empty and once not."""
    panes = CasePanes(HOUR)
    panes.advance(10 * HOUR, NOW)
    panes.count(9 * HOUR, KEY)
    assert panes.advance(10 * HOUR, NOW) == [(9 * HOUR, 1, [(*KEY, 1)], [])]
    assert panes.closed == 1


def test_without_a_watermark_nothing_closes_and_idle_closes_all() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    assert panes.advance(None, NOW) == []
    assert panes.advance(IDLE, NOW) == [(0, 0, [(*KEY, 1)], [])]
    assert panes.advance(IDLE, NOW) == []


def test_a_partition_without_new_cases_says_that_it_is_idle_and_that_it_is_not() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    first = panes.advance(HOUR, NOW)
    for watermark in (IDLE, HOUR + 5, IDLE):
        assert panes.advance(watermark, NOW) == first, "the same revision: nothing was corrected"
        assert panes.advance(watermark, NOW) == []
    assert panes.closed == 1


def test_an_hour_that_is_not_over_stays_open_while_nothing_comes() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    assert panes.advance(IDLE, HOUR - 1) == []
    assert panes.advance(IDLE, HOUR) == [(0, 0, [(*KEY, 1)], [])]
    assert panes.claim_ms(IDLE) == IDLE


def test_a_quiet_feed_with_an_open_hour_is_no_further_than_that() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    panes.count(HOUR + 5, KEY)
    assert panes.advance(IDLE, HOUR + 6) == [(0, 0, [(*KEY, 1)], [])]
    assert panes.claim_ms(IDLE) == HOUR, "else the second hour could be judged without this street"
    assert panes.claim_ms(HOUR + 7) == HOUR + 7
    assert panes.advance(IDLE, 2 * HOUR) == [(HOUR, 0, [(*KEY, 1)], [])]
    assert panes.claim_ms(IDLE) == IDLE


def test_idleness_is_told_by_an_empty_pane_where_that_was_the_last() -> None:
    panes = CasePanes(HOUR)
    empty = panes.advance(5 * HOUR, NOW)
    assert panes.advance(IDLE, NOW) == empty == [(4 * HOUR, 0, [], [])]


def test_who_never_heard_of_a_time_has_nothing_to_say_of_it() -> None:
    panes = CasePanes(HOUR)
    assert panes.advance(IDLE, NOW) == []
    assert panes.advance(HOUR, NOW) == [(0, 0, [], [])]


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
    assert [pane.active_sources for pane in again.advance(HOUR, NOW)] == [[beat, department]]


def test_who_spoke_is_told_also_of_panes_that_are_closed_for_good_at_once() -> None:
    """A worker that catches up closes weeks in one step."""
    panes = CasePanes(HOUR)
    beat = ("beats", "110101001", "07")
    panes.count(5, KEY, [beat])
    first, *_ = panes.advance(3 * KEPT_PANES * HOUR, NOW)
    assert first == (0, 0, [(*KEY, 1)], [beat])


def test_old_panes_are_gone_and_their_events_counted() -> None:
    panes = CasePanes(HOUR)
    panes.count(0, KEY)
    panes.advance((KEPT_PANES + 1) * HOUR, NOW)
    panes.count(0, KEY)
    assert panes.too_late == 1
    assert panes.advance((KEPT_PANES + 1) * HOUR, NOW) == []
    assert panes.pane_bytes(0) is not None, "while there are few, a rewind may open it again"
    for hour in range(1, KEPT_PANES + 1):
        panes.count((KEPT_PANES + hour) * HOUR, KEY)
    panes.advance(3 * KEPT_PANES * HOUR, NOW)
    assert panes.pane_bytes(0) is None


def test_a_restored_pane_goes_on_with_its_revision() -> None:
    panes = CasePanes(HOUR)
    panes.count(5, KEY)
    panes.advance(HOUR, NOW)
    data = panes.pane_bytes(0)
    assert data is not None
    again = CasePanes(HOUR)
    again.closed_end = panes.closed_end
    again.restore([(0, data)])
    again.count(6, KEY)
    assert again.advance(HOUR, NOW) == [(0, 1, [(*KEY, 2)], [])]
