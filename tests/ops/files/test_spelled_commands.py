"""One table in all its spellings gives one result, whichever command reads it."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import pytest
from hypothesis import Phase, given, settings
from typer.testing import CliRunner

from models.feeds.raw import RawMessage
from ops.cli import application
from ops.files import replay_file
from tests.ops.files.spellings import MOMENTS, PLAIN, ZONE, spelled, spellings, table, town

CASE = "东直门 3, “x”"


class Published:
    """Takes what `replay` publishes, in place of a broker."""

    messages: ClassVar[list[tuple[str, RawMessage]]] = []

    def __init__(self, *_: object) -> None:
        self.messages.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Keep what came."""

    def require(self, feed: str) -> None:
        """Have a topic for every feed."""

    def publish(self, feed: str, message: RawMessage) -> None:
        self.messages.append((feed, message))

    def flush(self) -> None:
        """Have sent everything."""


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A town that knows the table, and no broker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay_file, "RawPublisher", Published)
        yield town(tmp_path_factory.mktemp("town"))


def run(env: dict[str, str], *words: object) -> dict[str, Any]:
    result = CliRunner().invoke(application(), [*map(str, words), "--json"], env=env)
    assert result.exception is None, (words, result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    account = found.pop("input")
    assert (account["read"], account["used"]) == (len(MOMENTS), len(MOMENTS)), words
    return {name: value for name, value in found.items() if name not in ("out", "seconds")}


def by_note(out: Path, columns: list[str]) -> dict[str, list[str]]:
    """Give the added columns by the note of the row, so that no order of rows counts."""
    text = out.read_text(encoding="utf-8")
    head = text.split("\n", 1)[0]
    separator = max(",;\t|", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    return {row["note"].split(",")[0]: [row[name] for name in columns] for row in rows}


def scored(env: dict[str, str], file: Path, out: Path) -> object:
    given = ("--out", out, "--timezone", ZONE, "--value", "value", "--time", "time")
    run(env, "score", file, *given)
    return by_note(out, ["anomaly_score", "onset_score"])


def counted(env: dict[str, str], file: Path, out: Path) -> object:
    run(env, "counts", file, "--out", out, "--timezone", ZONE, "--period", "time")
    return by_note(out, ["expected", "p_value", "alarm", "drop"])


def scanned(env: dict[str, str], file: Path, out: Path) -> object:
    given = ("--days", 7, "--time", "time", "--timezone", ZONE)
    return run(env, "scan", file, "--out", out, *given)


def published(env: dict[str, str], file: Path, feed: str, mapping: str) -> object:
    said = run(env, "replay", feed, file, "--mapping", mapping)
    assert all(fed == feed for fed, _ in Published.messages)
    sent = [(m.ts_ms, m.key, json.loads(m.value)) for _, m in Published.messages]
    assert [ms for ms, _, _ in sent] == sorted(ms for ms, _, _ in sent)
    return said, sorted(sent, key=str)


CASES = ("--mapping", "as-cases")
COMMANDS: dict[str, Callable[[dict[str, str], Path, Path], Any]] = {
    "score": scored,
    "counts": counted,
    "scan": scanned,
    "scan of cases": lambda env, file, out: run(env, "scan", file, "--out", out, *CASES),
    "kpi": lambda env, file, _: run(env, "kpi", file, *CASES, "--by", "street"),
    "cases": lambda env, file, _: run(env, "cases", "show", CASE, "--file", file, *CASES),
    "train": lambda env, file, _: run(env, "train", "cases", file, *CASES, "--dry-run"),
    "backtest": lambda env, file, _: run(
        env, "backtest", "noise", file, "--mapping", "as-readings"
    ),
    "replay of readings": lambda env, file, _: published(env, file, "noise", "as-readings"),
    "replay of cases": lambda env, file, _: published(env, file, "cases", "as-cases"),
}
SAID = {  # what shows that a result is one
    "kpi": "'group': '990001001",
    "cases": "closed",
    "train": f"'cases': {len(MOMENTS)}",
    "backtest": f"'readings_in': {len(MOMENTS)}",
    "replay of readings": f"'messages': {len(MOMENTS)}",
    "replay of cases": f"'messages': {2 * len(MOMENTS)}",
}


def result(env: dict[str, str], command: str, spelling: dict[str, str]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = spelled(Path(folder), table(spelling), spelling)
        return COMMANDS[command](env, file, Path(folder) / "out")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_spelling_gives_one_result(env: dict[str, str], command: str) -> None:
    plain = result(env, command, PLAIN)
    assert SAID.get(command, "") in str(plain)

    # To shrink a failure would take minutes; what differs is said by the spelling anyway.
    @settings(max_examples=3, deadline=None, phases=[Phase.generate])
    @given(spelling=spellings)
    def gives_the_same(spelling: dict[str, str]) -> None:
        assert result(env, command, spelling) == plain, spelling

    gives_the_same()
