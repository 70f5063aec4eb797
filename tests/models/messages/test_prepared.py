"""Types of messages are ready before threads use them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from models.messages.prepared import prepare_types
from tests.dashboards import factory
from tests.dashboards.small_city import small_grid

_THREADS = """
import sys, threading
from models.messages.prepared import prepare_types
from models.situation.snapshot import Snapshot

prepare_types()
data = open(sys.argv[1], "rb").read()
sys.setswitchinterval(1e-6)
ready = threading.Barrier(6)

def read():
    ready.wait()
    Snapshot.from_bytes(data)

threads = [threading.Thread(target=read) for _ in range(6)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def test_threads_may_be_the_first_to_read_a_snapshot(tmp_path: Path) -> None:
    # Without `prepare_types` this process ends with a segmentation fault, nearly each time.
    file = tmp_path / "snapshot"
    file.write_bytes(factory.snapshot(small_grid()).to_bytes())
    command = [sys.executable, "-c", _THREADS, str(file)]
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
