"""One partition's megabytes hold no other partition up."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from streams.ingest.budget import SLICE_BYTES, slices


def test_sixteen_messages_of_a_megabyte_let_the_other_partition_go_on_after_four() -> None:
    zeros = b"[" + b"0," * 499_999 + b"0]"
    turns = list(slices({"hostile": [zeros] * 16, "honest": [b"{}"]}))
    assert [where for where, _ in turns] == ["hostile", "honest", *["hostile"] * 3]
    assert [len(records) for _, records in turns] == [4, 1, 4, 4, 4]


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.lists(st.binary(max_size=9), min_size=1, max_size=20)
    )
)
def test_nothing_is_lost_or_passes_another_of_its_partition(
    batches: dict[str, list[bytes]],
) -> None:
    turns = list(slices(batches, most_bytes=12))
    for where, records in batches.items():
        assert [one for at, part in turns if at == where for one in part] == records
    for _, part in turns:
        assert part
        assert len(part) == 1 or sum(map(len, part)) <= 12


def test_a_record_larger_than_a_slice_goes_alone() -> None:
    large = bytes(SLICE_BYTES + 1)
    turns = list(slices({"a": [b"1", large, b"2"]}))
    assert [[len(one) for one in part] for _, part in turns] == [[1], [SLICE_BYTES + 1], [1]]
    assert [where for where, _ in groupby(where for where, _ in turns)] == ["a"]
