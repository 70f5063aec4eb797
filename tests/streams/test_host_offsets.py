"""Where to read on: never past a record that is there, never back before one that is safe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.host.offsets import Extent, Resume, Saved, resume

offsets = st.integers(0, 2**40)
extents = st.tuples(offsets, offsets).map(lambda pair: Extent(min(pair), max(pair)))


@given(offsets, extents)
def test_no_record_that_is_there_is_passed(saved: int, extent: Extent) -> None:
    start = resume(Saved(saved), extent)
    assert extent.first <= start.offset <= extent.end
    assert start.offset <= max(saved, extent.first)
    assert start.gone == max(0, extent.first - saved) * (not start.is_new_topic)


@given(extents)
def test_without_a_checkpoint_the_topic_is_read_from_its_beginning(extent: Extent) -> None:
    assert resume(None, extent) == Resume(extent.first)


@given(offsets, extents)
def test_another_topic_of_the_same_name_is_read_from_its_beginning(
    saved: int, extent: Extent
) -> None:
    assert resume(Saved(saved, topic_id=7), extent) == Resume(extent.first, is_new_topic=True)


@given(extents)
def test_the_very_end_is_a_place_to_go_on_from(extent: Extent) -> None:
    assert resume(Saved(extent.end), extent) == Resume(extent.end)
