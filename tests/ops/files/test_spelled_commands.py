"""One table in all its spellings gives one result, whichever command reads it.

Each command gets some of the spellings; together they get every value of every choice. With
SPELLING_EXAMPLES each gets so many more at random (`make soak`).
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from typer.testing import CliRunner

from models.feeds.raw import RawMessage
from ops.cli import application
from ops.files import replay_file
from tests.ops.files.spellings import (
    CHOICES,
    MOMENTS,
    PLAIN,
    ZONE,
    apart,
    rows_above,
    spelled,
    spellings,
    table,
    town,
)

ASIDE = "ROWS_OF_UNITS"  # beside the settings, for `run`
TIME = "COLUMN_OF_TIME"
MORE = int(os.environ.get("SPELLING_EXAMPLES", "0"))  # at random, for each command
SELF = ("out", "seconds")  # of the run and of the file, not of what it says
FEW: int = 5  # values of a choice that are drawn; more are taken in turn
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
    read = (account["read"], account["used"])
    units = int(env[ASIDE])
    assert read == (len(MOMENTS) + units, len(MOMENTS)), words
    if isinstance(found.get("unplaced"), int):
        found["unplaced"] -= units
    if units and "unused" in found:  # the row of units is no case
        assert found["unused"].pop("no-case") == units
    return {
        name: value
        for name, value in found.items()
        if name not in SELF and (name != "rows" or isinstance(value, list))
    }


def by_note(out: Path, columns: list[str]) -> dict[str, list[str]]:
    """Give the added columns by the note of the row, so that no order of rows counts."""
    text = out.read_text(encoding="utf-8")
    head = text.split("\n", 1)[0]
    separator = max(",;\t|", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    added = {row["note"].split(",")[0]: [row[name] for name in columns] for row in rows}
    assert not any(added.pop("", []))  # the row of units
    return added


def scored(env: dict[str, str], file: Path, out: Path) -> object:
    given = ("--out", out, "--timezone", ZONE, "--value", "value", "--time", env[TIME])
    run(env, "score", file, *given)
    return by_note(out, ["anomaly_score", "onset_score"])


def counted(env: dict[str, str], file: Path, out: Path) -> object:
    run(env, "counts", file, "--out", out, "--timezone", ZONE, "--period", env[TIME])
    found = by_note(out, ["expected", "p_value", "alarm", "drop"])
    # Sums of one row more or less differ in the last digit.
    return {note: [f"{float(cell or 'nan'):.9g}" for cell in row] for note, row in found.items()}


def scanned(env: dict[str, str], file: Path, out: Path) -> object:
    given = ("--days", 7, "--time", env[TIME], "--timezone", ZONE, *DRAWS)
    return run(env, "scan", file, "--out", out, *given)


def published(env: dict[str, str], file: Path, feed: str, mapping: str) -> object:
    said = run(env, "replay", feed, file, "--mapping", mapping)
    assert all(fed == feed for fed, _ in Published.messages)
    sent = [(m.ts_ms, m.key, json.loads(m.value)) for _, m in Published.messages]
    assert [ms for ms, _, _ in sent] == sorted(ms for ms, _, _ in sent)
    return said, sorted(sent, key=str)


CASES = ("--mapping", "as-cases")
DRAWS = ("--replicates", 49)
COMMANDS: dict[str, Callable[[dict[str, str], Path, Path], Any]] = {
    "score": scored,
    "counts": counted,
    "scan": scanned,
    "scan of cases": lambda env, file, out: run(env, "scan", file, "--out", out, *CASES, *DRAWS),
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


EXAMPLES = {  # of each command, by what one costs
    "score": 6,
    "counts": 3,
    "scan": 4,
    "scan of cases": 4,
    "kpi": 7,
    "cases": 7,
    "train": 2,
    "backtest": 2,
    "replay of readings": 8,
    "replay of cases": 8,
}
WITHOUT_MAPPING = frozenset({"score", "counts", "scan"})  # a mapping names one column of a time


def result(env: dict[str, str], command: str, spelling: dict[str, str]) -> Any:
    rows, name = table(spelling), "time"
    if spelling["clock"] == "apart" and command in WITHOUT_MAPPING:
        order = "forward" if spelling["order"] == "shuffled" else spelling["order"]
        rows, name = apart(table(spelling | {"date": "iso utc", "order": order})), "date"
    with tempfile.TemporaryDirectory() as folder:
        file = spelled(Path(folder), rows, spelling)
        told = env | {TIME: name, ASIDE: str(rows_above(spelling))}
        return COMMANDS[command](told, file, Path(folder) / "out")


def tried(command: str) -> list[dict[str, str]]:
    """Give the spellings that a command gets: the values of each choice in turn, or drawn."""
    names = list(EXAMPLES)
    first = sum(EXAMPLES[name] for name in names[: names.index(command)])
    drawn = random.Random(command)
    return [
        {
            choice: values[at % len(values)] if len(values) > FEW else drawn.choice(values)
            for choice, values in CHOICES.items()
        }
        for at in range(first, first + EXAMPLES[command])
    ]


def test_together_the_commands_get_every_value_of_every_choice() -> None:
    got = [spelling for command in COMMANDS for spelling in tried(command)]
    for choice, values in CHOICES.items():
        assert {spelling[choice] for spelling in got} == set(values)
    parted = [each for name in WITHOUT_MAPPING for each in tried(name) if each["clock"] == "apart"]
    assert parted


@pytest.mark.parametrize("command", COMMANDS)
def test_every_spelling_gives_one_result(env: dict[str, str], command: str) -> None:
    plain = result(env, command, PLAIN)
    assert SAID.get(command, "") in str(plain)
    for spelling in tried(command):
        assert result(env, command, spelling) == plain, spelling


@pytest.mark.skipif(not MORE, reason="only where SPELLING_EXAMPLES asks for it")
@pytest.mark.parametrize("command", COMMANDS)
def test_any_spelling_gives_one_result(env: dict[str, str], command: str) -> None:
    plain = result(env, command, PLAIN)

    # To shrink a failure would take minutes; what differs is said by the spelling anyway.
    @settings(
        max_examples=MORE,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(spelling=spellings)
    def gives_the_same(spelling: dict[str, str]) -> None:
        assert result(env, command, spelling) == plain, spelling

    gives_the_same()
