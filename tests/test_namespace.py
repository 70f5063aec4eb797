"""No topic name and no Redis key goes round the prefix: servers are called in a few places only."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("config", "models", "streams", "dashboards", "ops")
# Where a client of a server is made, and every name put on it or taken off.
DOORS = {
    "from_url": {"config/redis_client.py"},
    "Redis": {"config/redis_client.py"},
    "KafkaAdminClient": {"ops/kafka/clients.py"},
    "KafkaConsumer": {"ops/kafka/clients.py"},
    "KafkaProducer": {"ops/kafka/clients.py"},
    "Consumer": {"streams/ingest/run.py"},
    "Producer": {"streams/producer.py", "streams/ingest/run.py", "streams/ingest/servers.py"},
    "AdminClient": {"streams/ingest/servers.py"},
    "AIOKafkaConsumer": {"streams/host/gaps.py"},
    "AIOKafkaProducer": set[str](),
    "AIOKafkaAdminClient": set[str](),
}
# Names of topics and groups on the way out.
OUTWARD = {
    "partitions_for_topic": {"ops/kafka/topic_reader.py"},
    "list_topics": {"streams/ingest/servers.py"},
    "create_topics": {"ops/kafka/topics.py"},
    "app_id": {"config/settings.py"},
}


@cache
def trees() -> dict[str, list[ast.AST]]:
    """All nodes of each file."""
    paths = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return {
        path.relative_to(ROOT).as_posix(): list(ast.walk(ast.parse(path.read_text())))
        for path in paths
    }


@cache
def uses() -> dict[str, set[str]]:
    """By name: the files that call it, hand it on or have it as a default, or read the setting."""
    found: dict[str, set[str]] = {}
    for file, nodes in trees().items():
        for node in nodes:
            for name in map(_name, _used(node)):
                found.setdefault(name, set()).add(file)
    return found


def _used(node: ast.AST) -> list[ast.AST | None]:
    if isinstance(node, ast.Call):
        return [node.func, *node.args]
    if isinstance(node, ast.arguments):
        return [*node.defaults, *node.kw_defaults]
    return [node] if _name(node) == "app_id" else []


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(("call", "files"), sorted((DOORS | OUTWARD).items()))
def test_servers_are_called_where_the_prefix_is_put_on(call: str, files: set[str]) -> None:
    assert uses().get(call, set()) <= files


def test_the_search_finds_a_client_where_one_is_made() -> None:
    assert uses()["from_url"] == {"config/redis_client.py"}
    assert uses()["KafkaProducer"] == {"ops/kafka/clients.py"}
    assert uses()["Consumer"] == {"streams/ingest/run.py"}


def test_keys_are_written_in_one_file() -> None:
    key = re.compile(r"""["'](gp:|raw\.)""")
    found = {
        file
        for file, nodes in trees().items()
        for node in nodes
        if isinstance(node, ast.Constant | ast.JoinedStr)
        and key.match(ast.unparse(node).removeprefix("f"))
    }
    assert found == {"config/names.py"}
