"""What each process may do on Kafka: the ACLs that a cluster with an authorizer must grant.

Made from what the agents declare and from `programs.PROGRAMS`, so that it cannot fall behind the
code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from config.names import RAW_PREFIX
from config.namespace import NO_PREFIX, Namespace
from config.settings import Settings
from models.messages.topics import TOPICS
from ops.kafka.programs import PROGRAMS
from ops.kafka.topic_docs import parties

RAW: Final = f"{RAW_PREFIX}*"  # every topic that begins so: an ACL of pattern PREFIXED
_EVERY_INTERNAL: Final = tuple(sorted(TOPICS))


@dataclass(frozen=True, kw_only=True)
class Access:
    """What one process needs.

    Attributes
    ----------
    process : str
    reads, writes, describes : tuple of str
        Topics with the operation `Read`, `Write` or `Describe`; each of the first two implies the
        third. A name that ends in `*` is a prefix.
    groups : tuple of str
        Consumer groups with the operation `Read`.
    creates : bool
        Whether it needs `Create` on the cluster.
    """

    process: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    creates: bool = False


def accesses(settings: Settings) -> list[Access]:
    """List what each process needs, with the consumer groups that the settings name."""
    programs = {program.name: program for program in PROGRAMS}
    ingest, worker = programs.pop("ingest"), programs.pop("worker")
    agents = [party for party in parties() if party.name.startswith("agent ")]
    return [
        Access(
            process="ingest",
            reads=_named(ingest.reads),
            writes=_named(ingest.writes),
            # The identity of every street topic is part of where ingest stands.
            describes=_rest(
                (t.name for t in TOPICS.values() if t.level == "street"), ingest.writes
            ),
            groups=(settings.ingest_group,),
        ),
        _worker(
            settings,
            agents_read=[t for a in agents for t in a.reads],
            agents_write=[*worker.writes, *(t for a in agents for t in a.writes)],
        ),
        Access(process="gridpulse replay", writes=(RAW,)),
        *(
            Access(process=program.name, reads=_named(program.reads), writes=_named(program.writes))
            for program in programs.values()
        ),
        Access(
            process="gridpulse doctor, gridpulse topics check", describes=(RAW, *_EVERY_INTERNAL)
        ),
        Access(process="gridpulse topics create", describes=(RAW, *_EVERY_INTERNAL), creates=True),
    ]


def _worker(settings: Settings, agents_read: list[str], agents_write: list[str]) -> Access:
    used = {*agents_read, *agents_write}
    return Access(
        process="worker",
        reads=_named(agents_read),
        writes=_named(agents_write),
        describes=_rest(_EVERY_INTERNAL, used),  # checked at the start
        groups=(settings.worker_group,),
    )


def _named(topics: Iterable[str]) -> tuple[str, ...]:
    """Name each topic once, and those of the feeds by their prefix."""
    return tuple(sorted({RAW if topic.startswith(RAW_PREFIX) else topic for topic in topics}))


def _rest(topics: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(topics) - set(known)))


def markdown(rows: Iterable[Access], names: Namespace = NO_PREFIX) -> str:
    """Write the table of `docs/operations.md`, with topics as Kafka knows them."""
    lines = [
        "| process | `Read` on topics | `Write` on topics | `Describe` on topics besides | more |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        more = [f"`Read` on group `{group}`" for group in row.groups]
        more += ["`Create` on the cluster"] if row.creates else []
        cells = [_cell(topics, names) for topics in (row.reads, row.writes, row.describes)]
        cells.append(", ".join(more))
        lines.append(f"| {row.process} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(topics: tuple[str, ...], names: Namespace) -> str:
    if set(_EVERY_INTERNAL) <= set(topics) and not names.prefix:
        return f"`{RAW}` and every topic of [topics](topics.md)"
    return ", ".join(f"`{names.outer(topic)}`" for topic in topics)


if __name__ == "__main__":
    given = Settings.from_env()
    print(markdown(accesses(given), given.namespace))
