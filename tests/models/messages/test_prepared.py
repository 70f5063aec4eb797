"""Types of messages are ready before threads use them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from models.messages.prepared import prepare_types
from tests.dashboards import factory
from tests.dashboards.common.books import warning
from tests.dashboards.small_city import small_grid

_SNAPSHOT = """
from models.messages.prepared import prepare_types
from models.situation.snapshot import Snapshot

prepare_types()
read = Snapshot.from_bytes
"""
_RECEIVER = """
from ops.processes.receiver import Receiver

receiver = Receiver("secret")
read = lambda body: receiver.take("id", "0", "", body)
"""
_THREADS = """
import sys, threading

data = open(sys.argv[1], "rb").read()
sys.setswitchinterval(1e-6)
ready = threading.Barrier(6)

def run():
    ready.wait()
    read(data)

threads = [threading.Thread(target=run) for _ in range(6)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        (_SNAPSHOT, factory.snapshot(small_grid()).to_bytes()),
        (_RECEIVER, msgspec.json.encode({"data": warning(0)})),
    ],
    ids=["wall", "receiver"],
)
def test_threads_may_be_the_first_to_read(tmp_path: Path, reader: str, data: bytes) -> None:
    # Without `prepare_types` this process ends with a segmentation fault, nearly each time.
    file = tmp_path / "data"
    file.write_bytes(data)
    command = [sys.executable, "-c", reader + _THREADS, str(file)]
    assert subprocess.run(command, check=False, timeout=120).returncode == 0


def test_types_that_are_defined_later_are_prepared_too() -> None:
    before = prepare_types()
    made = msgspec.defstruct("Made", [("number", int)])
    assert prepare_types() == before + 1
    assert msgspec.json.decode(b'{"number": 1}', type=made) == made(1)


def test_a_type_that_nothing_can_be_read_into_is_passed_over() -> None:
    before = prepare_types()
    made = msgspec.defstruct("Odd", [("either", dict[bytes, int] | list[int] | tuple[int, int])])
    assert prepare_types() == before
    del made
