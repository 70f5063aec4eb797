"""What an archive agent was given is on the disk before the checkpoint that covers it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from config import names
from config.settings import Settings
from ops.analysis.archive import connect, days
from streams.agents.archive import WAIT_MS, spec
from streams.host.archive_hold import RETRY_S, MustReadAgain
from streams.host.offsets import Extent
from streams.host.partition import Partition
from streams.host.processor import Compact, Record
from streams.sinks.archive import ArchiveSink
from tests.models.archive.messages import pane
from tests.streams.agents.district import dongcheng
from tests.streams.test_host_partition import Bench

ARCHIVE = spec(dongcheng(), Settings())
HELD = {topic: Extent(0, 100) for topic in ARCHIVE.topics}


@pytest.fixture
async def bench(redis_url: str) -> AsyncIterator[Bench]:
    async with Redis.from_url(redis_url) as redis:
        yield Bench(redis)


async def opened(bench: Bench, folder: Path) -> Partition:
    bench.archiver = ArchiveSink(folder)
    return await bench.partition(HELD, ARCHIVE)


def rows(folder: Path) -> list[tuple[int]]:
    with connect(folder) as connection:
        found: list[tuple[int]] = connection.execute("SELECT sum FROM panes ORDER BY 1").fetchall()
        return found


async def waited(partition: Partition) -> None:
    await partition.tick(1)
    await partition.tick(1 + WAIT_MS)


async def test_rows_that_wait_survive_the_worker(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    first = await opened(bench, folder)
    await first.take(Record(names.PANES, 0, 0, pane({0: 1})))
    await first.checkpoint()
    await first.take(Record(names.PANES, 0, 1, pane({1: 2})))  # and dies
    second = await opened(bench, folder)
    assert second.positions[names.PANES] == 1
    await second.take(Record(names.PANES, 0, 1, pane({1: 2})))
    await waited(second)
    await second.checkpoint()
    assert rows(folder) == [(1,), (2,)]
    third = await opened(bench, folder)
    await waited(third)
    await third.checkpoint()
    assert days(folder)[0].files == 1, "what is a part does not wait any more"


async def test_an_archive_that_cannot_be_written_keeps_its_partition_back(
    bench: Bench, tmp_path: Path
) -> None:
    """Nothing ends, nothing is forgotten, and it is told until the archive can be written."""
    blocked = tmp_path / "archive"
    blocked.write_text("a file where the folder should be")
    first = await opened(bench, blocked)
    await first.take(Record(names.PANES, 0, 0, pane({0: 1})))
    await waited(first)
    await first.checkpoint()
    told = bench.health.problems()["archive/0"]
    assert told.startswith("the archive cannot be written: ") and str(blocked) in told
    failed = ("gridpulse_failures_total", {"agent": "archive", "what": "archive"})
    assert bench.health.registry.get_sample_value(*failed) == 1

    await first.take(Record(names.PANES, 0, 1, pane({1: 2})))  # passed over
    assert first.positions[names.PANES] == 1
    bench.now_s += RETRY_S - 1
    await first.tick(2)
    assert bench.health.registry.get_sample_value(*failed) == 1
    bench.now_s += 1
    await first.tick(3)
    assert bench.health.registry.get_sample_value(*failed) == 2
    await first.finish()
    third = await opened(bench, blocked)
    assert third.positions[names.PANES] == 0  # no checkpoint says that it was read

    await third.take(Record(names.PANES, 0, 0, pane({0: 1})))
    await waited(third)
    await third.checkpoint()
    blocked.unlink()
    bench.now_s += RETRY_S
    with pytest.raises(MustReadAgain, match="archive/0 reads what it passed over"):
        await third.tick(4)
    fourth = await opened(bench, blocked)
    for offset in (0, 1):
        await fourth.take(Record(names.PANES, 0, offset, pane({offset: offset + 1})))
    await waited(fourth)
    await fourth.checkpoint()
    assert rows(blocked) == [(1,), (2,)]


async def test_a_compaction_that_fails_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "panes" / "day=2016-04-01"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"{name}.parquet").write_bytes(b"no parquet")
    await ArchiveSink(tmp_path).carry_out(Compact("panes", "2016-04-01"))
    assert len(list(folder.iterdir())) == 2
