"""The source: whatever Redis holds or does, a snapshot or the reason there is none."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from config.names import SNAPSHOT, SNAPSHOT_VERSION
from dashboards.common.source import SnapshotSource, Trouble, decode
from models.grid.grid import Grid
from models.situation.snapshot import FORMAT, Snapshot
from ops.processes.ports import free_port
from tests.dashboards import factory


def put(url: str, data: bytes, version: str = "1") -> None:
    with Redis.from_url(url) as client:
        client.mset({SNAPSHOT: data, SNAPSHOT_VERSION: version})


def test_a_snapshot_comes_back_as_it_was_written(redis_url: str, grid: Grid) -> None:
    source = SnapshotSource.at(redis_url)
    first, second = factory.snapshot(grid, 1), factory.snapshot(grid, 2)
    factory.write(redis_url, first)
    assert source.read() == first
    factory.write(redis_url, second)
    assert source.read() == second


def test_an_unchanged_version_is_decoded_once(redis_url: str, grid: Grid) -> None:
    source = SnapshotSource.at(redis_url)
    factory.write(redis_url, factory.snapshot(grid))
    assert source.read() is source.read()


def test_an_empty_redis_is_no_error(redis_url: str) -> None:
    assert SnapshotSource.at(redis_url).read() is Trouble.EMPTY
    with Redis.from_url(redis_url) as client:
        client.set(SNAPSHOT_VERSION, "3")
    assert SnapshotSource.at(redis_url).read() is Trouble.EMPTY


def test_a_key_of_another_kind_is_no_error(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.lpush(SNAPSHOT_VERSION, "3")
    assert SnapshotSource.at(redis_url).read() is Trouble.REDIS


def test_broken_bytes_are_told_and_mend_themselves(redis_url: str, grid: Grid) -> None:
    source = SnapshotSource.at(redis_url)
    put(redis_url, b"\x93\x00")
    assert source.read() is Trouble.BROKEN
    factory.write(redis_url, factory.snapshot(grid, 2))
    assert isinstance(source.read(), Snapshot)


def test_no_server_is_told_and_found_again(redis_url: str, grid: Grid) -> None:
    nowhere = SnapshotSource.at(f"redis://127.0.0.1:{free_port()}/0")
    assert nowhere.read() is Trouble.REDIS
    source = SnapshotSource.at(redis_url)
    factory.write(redis_url, factory.snapshot(grid))
    assert isinstance(source.read(), Snapshot)


@pytest.mark.parametrize("rest", [{}, {"anything": [1, 2]}, {"version": "text"}])
def test_another_format_is_told_from_broken_bytes(rest: dict[str, object]) -> None:
    other = {"format": FORMAT + 1} | rest
    assert decode(msgspec.msgpack.encode(other)) is Trouble.FORMAT
    same = {"format": FORMAT} | rest
    assert decode(msgspec.msgpack.encode(same)) is Trouble.BROKEN


def test_a_whole_snapshot_of_another_format_is_refused(grid: Grid) -> None:
    other = msgspec.structs.replace(factory.snapshot(grid), format=FORMAT + 1)
    assert decode(other.to_bytes()) is Trouble.FORMAT


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert decode(data) in (Trouble.BROKEN, Trouble.FORMAT)
