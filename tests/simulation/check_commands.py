"""After a run: every command has one answer, every change is in the audit, and none is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from config import names
from models.messages.audit import AuditEntry
from models.messages.command_results import CommandResult
from models.messages.commands import Command
from models.messages.warnings import CityWarning
from tests.simulation.readable import readable
from tests.simulation.world import World

K = TypeVar("K")
M = TypeVar("M")


def check_commands(world: World, changes: Mapping[tuple[str, int], CityWarning]) -> Iterator[str]:
    """Give what is wrong, one sentence each."""
    problems: list[str] = []
    audit = _once(
        "audit entry",
        (
            ((each.warning, each.revision), each)
            for each in readable(world.broker.values(names.AUDIT), names.AUDIT, AuditEntry)
        ),
        problems,
    )
    results = _once(
        "answer",
        (
            (each.id, each)
            for each in readable(world.broker.values(names.RESULTS), names.RESULTS, CommandResult)
        ),
        problems,
    )
    yield from problems
    yield from _unaudited(changes, audit)
    yield from _unanswered(world, results, audit)


def _once(what: str, pairs: Iterator[tuple[K, M]], problems: list[str]) -> dict[K, M]:
    """Keep the first of each key; another that says something else is a problem."""
    found: dict[K, M] = {}
    for key, message in pairs:
        if found.setdefault(key, message) != message:
            problems.append(f"{what} {key} has two contents")
    return found


def _unaudited(
    changes: Mapping[tuple[str, int], CityWarning], audit: Mapping[tuple[str, int], AuditEntry]
) -> Iterator[str]:
    for key in sorted(changes.keys() ^ audit.keys()):
        yield f"change {key} stands in {'the audit' if key in audit else '`warnings`'} alone"
    for key in sorted(changes.keys() & audit.keys()):
        change, entry = changes[key], audit[key]
        if (change.change, change.state) != (entry.change, entry.state):
            yield f"change {key} is another one in the audit"
    for warning, revision in sorted(changes):
        if revision and (warning, revision - 1) not in changes:
            yield f"revision {revision - 1} of {warning} is missing"


def _unanswered(
    world: World,
    results: Mapping[str, CommandResult],
    audit: Mapping[tuple[str, int], AuditEntry],
) -> Iterator[str]:
    done = {entry.command: entry for entry in audit.values() if entry.command}
    asked = {
        command.id
        for command in readable(world.broker.values(names.COMMANDS), names.COMMANDS, Command)
    }
    for command in sorted(asked ^ results.keys()):
        yield f"command {command} was {'not answered' if command in asked else 'never sent'}"
    for name, result in sorted(results.items()):
        entry = done.get(name)
        if (result.refusal is None) is not (entry is not None):
            yield f"command {name} was answered {result.refusal or 'done'} and the audit disagrees"
        elif entry is not None and (entry.warning, entry.revision) != (
            result.warning,
            result.revision,
        ):
            yield f"command {name} made another revision than its answer says"
