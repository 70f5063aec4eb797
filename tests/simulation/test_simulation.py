"""The simulation itself: it replays to the bit, finds faults of the line, and tells of them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.simulation import __main__ as command
from tests.simulation import run
from tests.simulation.check_warnings import check_warnings
from tests.simulation.loop import SimLoop
from tests.simulation.quiet import silence, silenced
from tests.simulation.run import Outcome, simulate
from tests.simulation.world import World

HOURS: Final = 6.0


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with silenced():
        yield


def test_a_seed_replays_to_the_bit_in_another_process_of_python() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--first", "3", "--seeds", "2"]
    command += ["--hours", "3", "--jobs", "1", "--verbose"]
    said = [
        subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()[:2]
        for hash_seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0] == [
        f"seed {one.seed}: {one.digest} {one.counts}" for one in (simulate(3, 3), simulate(4, 3))
    ]


def test_seeds_differ() -> None:
    assert len({simulate(seed, 1).digest for seed in range(4)}) == 4


def test_a_failing_seed_is_told_with_the_command_that_replays_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def attempt(seed: int, hours: float, _: Sequence[str]) -> Outcome:
        problems = ["a pane is missing"] if seed == 8 else []
        return Outcome(seed=seed, hours=hours, digest="", problems=problems, counts={"deaths": 1})

    monkeypatch.setattr(command, "attempt", attempt)
    monkeypatch.setattr(command, "settle_in", silence)
    assert command.main(["--first", "7", "--seeds", "2", "--hours", "3", "--jobs", "1"]) == 1
    said = capsys.readouterr().out
    assert "a pane is missing" in said
    assert "-m tests.simulation --first 8 --seeds 1 --hours 3 --jobs 1" in said
    assert "deaths 2" in said
    assert said.endswith("failed: [8]\n")


def test_what_a_seed_raises_is_a_problem_of_that_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def simulate(seed: int, hours: float, _: Sequence[str]) -> Outcome:
        msg = "out of order"
        raise ValueError(msg)

    monkeypatch.setattr("tests.simulation.run.simulate", simulate)
    [problem] = run.attempt(3, 1.0).problems
    assert "out of order" in problem


def test_a_fault_that_is_not_known_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--seeds", "1", "--faults", "full disk", "--faults", "full moon"])
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "no fault is called 'full moon'; there are: kill worker, kill ingest," in said


def test_a_full_disk_ends_a_worker_only_once_there_is_room_again() -> None:
    """Until then the archive is kept back and tried again, and the other agents go on."""
    world = World(0, 3.0, ["full disk"])
    try:
        world.run()
    finally:
        world.close()
    assert world.disk.done["write to a full disk"] > 1
    assert world.deaths
    assert [
        why for _, _, why in world.deaths if "the archive can be written again" not in why
    ] == []
    assert list(check_warnings(world)) == []


def test_a_pause_ends_at_its_time_and_can_be_cut_short() -> None:
    loop = SimLoop(Random(1))
    said: list[tuple[str, float]] = []

    async def sleep(name: str, delay_s: float) -> None:
        try:
            await loop.pause(delay_s)
        except asyncio.CancelledError:
            name += " was cancelled"
            raise
        finally:
            said.append((name, loop.time()))

    loop.create_task(sleep("short", 1.0))
    long = loop.create_task(sleep("long", 5.0))
    loop.call_later(2.0, long.cancel)
    loop.run_until(10.0)
    loop.close()
    assert said == [("short", 1.0), ("long was cancelled", 2.0)]
    assert long.cancelled()


def test_what_a_step_raises_is_a_problem_of_the_world() -> None:
    loop = SimLoop(Random(1))
    loop.call_soon(lambda: 1 // 0)
    loop.run_until(1.0)
    loop.close()
    [problem] = loop.problems
    assert "ZeroDivisionError" in problem
