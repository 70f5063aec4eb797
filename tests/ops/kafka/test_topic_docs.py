"""The pages about the topics say what the types, the topics and the agents say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import streams.agents
from config import names
from models.messages.topics import TOPICS, struct_of
from ops.kafka.programs import PROGRAMS
from ops.kafka.topic_docs import markdown, pages, parties
from tests.conftest import ROOT

MADE = pages()
AGENTS = [
    file
    for file in sorted(Path(streams.agents.__path__[0]).glob("[!_]*.py"))
    if file.stem != "streets"  # declares what its kinds declare
]


@pytest.mark.parametrize("file", MADE, ids=lambda file: file.name)
def test_pages_are_as_they_would_be_made_now(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == MADE[file], (
        "run `python -m ops.kafka.topic_docs` and commit what it writes"
    )


def test_every_topic_has_writers_and_readers_or_says_so() -> None:
    every = parties()
    written = {topic for party in every for topic in party.writes}
    read = {topic for party in every for topic in party.reads}
    assert set(TOPICS) - written == set()
    assert set(TOPICS) - read == set()
    text = markdown(every)
    assert all(f"\n## {topic}\n" in text for topic in TOPICS)


def sent(file: Path) -> set[str]:
    """Topics that the effects of an agent's module name."""
    calls = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))
    return {
        str(getattr(names, call.args[0].id))
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Send"
        if isinstance(call.args[0], ast.Name)
    }


@pytest.mark.parametrize("file", AGENTS, ids=lambda file: file.stem)
def test_an_agent_declares_every_topic_it_sends_to(file: Path) -> None:
    agent = next(p for p in parties() if p.name == f"agent {file.stem.replace('_', '-')}")
    assert sent(file) | {names.DEAD_LETTERS} == set(agent.writes)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_asyncapi_describes_every_type_and_every_reference_leads_somewhere() -> None:
    document = YAML(typ="safe").load((ROOT / "docs" / "asyncapi.yaml").read_text("utf-8"))
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == set(TOPICS)
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert isinstance(found, dict)
    for topic in TOPICS.values():
        for struct in map(struct_of, topic.types):
            schema = document["components"]["schemas"][struct.__name__]
            assert set(schema["properties"]) == set(struct.__struct_fields__)
    actions = {each["action"] for each in document["operations"].values()}
    assert actions == {"send", "receive"}


def test_programs_name_real_topics() -> None:
    named = {topic for program in PROGRAMS for topic in (*program.reads, *program.writes)}
    assert named - set(TOPICS) == {"raw.<feed>"}
