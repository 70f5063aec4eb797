"""`docs/topics.md` and `docs/asyncapi.yaml`, made from the types, the topics and the agents.

`python -m ops.kafka.topic_docs` writes both; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Final

import msgspec
from ruamel.yaml import YAML

from config import names
from config.loader import load
from config.settings import Settings
from models.messages.columns import Header
from models.messages.envelope import Message, header_of
from models.messages.topic import Topic
from models.messages.topics import TOPICS, struct_of
from models.timing.units import DAY_MS, HOUR_MS
from ops.kafka.programs import PROGRAMS, Program
from streams.agents import discover
from streams.host.processor import AgentSpec

DOCS: Final = Path(__file__).parents[2] / "docs"
_PARTITIONS: Final = {
    "street": "GRIDPULSE_STREET_PARTITIONS",
    "district": "GRIDPULSE_DISTRICT_PARTITIONS",
    "one": "1",
}


def parties() -> list[Program]:
    """Everything that reads or writes topics: the agents by their specs, and the programs."""
    settings = Settings()
    agents = discover(load(settings), settings)
    return [*PROGRAMS, *map(_of_agent, agents)]


def _of_agent(spec: AgentSpec) -> Program:
    sends = tuple(dict.fromkeys((*spec.sends, names.DEAD_LETTERS)))
    return Program(f"agent {spec.name}", spec.topics, sends)


def markdown(parties: Iterable[Program]) -> str:
    """Write the page of the topics."""
    every = list(parties)
    lines = [
        "# Topics",
        "",
        "Made from the types by `python -m ops.kafka.topic_docs`; do not edit. "
        "`asyncapi.yaml` beside it says the same for programs, with every field. On Kafka each "
        "name begins with `GRIDPULSE_PREFIX`, where that is set.",
        "",
        "Every value on a topic inside the system begins with eight characters: `GP`, the tag of "
        "its type, and its version in two digits. Then comes the payload: JSON, MessagePack, or "
        "columns (length of the header as u32, header in MessagePack, then the columns one after "
        "another, little endian). A record of another tag or version, or one that is cut off, "
        "becomes a dead letter. To read a JSON topic: `kafka-console-consumer … | cut -c9- | jq`.",
        "",
        "`raw.<feed>` takes JSON from outside, without an envelope: see [mappings](mappings.md) "
        "and the feeds of the city. It is kept for 30 days, in `GRIDPULSE_RAW_PARTITIONS` "
        "partitions.",
        "",
    ]
    for topic in TOPICS.values():
        lines += _section(topic, every)
    return "\n".join(lines)


def _section(topic: Topic, parties: list[Program]) -> list[str]:
    writers = ", ".join(p.name for p in parties if topic.name in p.writes) or "nobody yet"
    readers = ", ".join(p.name for p in parties if topic.name in p.reads) or "people"
    return [
        f"## {topic.name}",
        "",
        topic.about,
        "",
        "| | |",
        "|---|---|",
        f"| key | {topic.key} |",
        f"| partitions | `{_PARTITIONS[topic.level]}` |",
        f"| kept | {_kept(topic)} |",
        f"| written by | {writers} |",
        f"| read by | {readers} |",
        *(f"| carries | {_carried(struct_of(kind))} |" for kind in topic.types),
        "",
    ]


def _kept(topic: Topic) -> str:
    if topic.is_compacted:
        return "the newest of each key (compacted)"
    days, hours = divmod(topic.kept_ms, DAY_MS)
    return f"{days} days" if days else f"{hours // HOUR_MS} hour"


def _carried(struct: type[Message]) -> str:
    layout = "columns" if issubclass(struct, Header) else _ENCODINGS[struct.ENCODING]
    summary = (struct.__doc__ or "").splitlines()[0].rstrip(".")
    return f"`{header_of(struct).decode()}` {struct.NAME}, {layout}: {summary}"


_ENCODINGS: Final = {"json": "JSON", "msgpack": "MessagePack"}
_CONTENT_TYPES: Final = {"json": "application/json", "msgpack": "application/msgpack"}


def asyncapi(parties: Iterable[Program]) -> str:
    """Write the description of the topics in AsyncAPI 3.0."""
    structs = _structs()
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gridpulse topics",
            "version": "1",
            "description": "Made from the types by `python -m ops.kafka.topic_docs`.",
        },
        "defaultContentType": "application/octet-stream",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": dict(_operations(parties)),
        "components": {
            "messages": {struct.TAG: _message(struct) for struct in structs},
            "schemas": {name: schemas[name] for name in sorted(schemas)},
        },
    }
    text = StringIO()
    yaml = YAML()
    yaml.width = 100
    yaml.dump(document, text)
    return text.getvalue()


def _structs() -> list[type[Message]]:
    kinds = dict.fromkeys(struct_of(kind) for topic in TOPICS.values() for kind in topic.types)
    return list(kinds)


def _channel(topic: Topic) -> dict[str, Any]:
    tags = [struct_of(kind).TAG for kind in topic.types]
    return {
        "address": topic.name,
        "description": topic.about,
        "messages": {tag: {"$ref": f"#/components/messages/{tag}"} for tag in tags},
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": _configuration(topic)}},
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    return {
        "cleanup.policy": ["compact" if topic.is_compacted else "delete"],
        "retention.ms": topic.kept_ms,
    }


def _operations(parties: Iterable[Program]) -> Iterator[tuple[str, dict[str, Any]]]:
    for party in parties:
        for action, topics in (("receive", party.reads), ("send", party.writes)):
            for topic in topics:
                if topic in TOPICS:
                    name = f"{party.name} {action} {topic}".replace(" ", "-")
                    channel = {"$ref": f"#/channels/{topic}"}
                    yield name, {"action": action, "channel": channel}


def _message(struct: type[Message]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": struct.__name__,
        "title": struct.NAME,
        "summary": (struct.__doc__ or "").splitlines()[0],
        "x-header": header_of(struct).decode(),
        "contentType": _CONTENT_TYPES[struct.ENCODING],
        "payload": {"$ref": f"#/components/schemas/{struct.__name__}"},
    }
    if issubclass(struct, Header):
        described["contentType"] = "application/x-gridpulse-columns"
        described["x-columns"] = dict(struct.COLUMNS)
    return described


def pages() -> dict[Path, str]:
    """Both files, by their place."""
    every = parties()
    return {DOCS / "topics.md": markdown(every), DOCS / "asyncapi.yaml": asyncapi(every)}


if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")
        print(f"wrote {file}")
