"""The table of rights in the documentation is what the code uses."""

from __future__ import annotations

from config.loader import load
from config.names import raw_topic
from config.settings import Settings
from models.messages.topics import TOPICS
from ops.kafka.acls import RAW, accesses, markdown
from streams.agents import discover
from tests.conftest import ROOT


def test_the_documented_table_is_the_code_s() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert markdown(accesses(Settings())) in page, (
        "put what `python -m ops.kafka.acls` prints into docs/operations.md"
    )


def test_a_worker_may_read_and_write_what_its_agents_do_and_nothing_raw() -> None:
    settings = Settings(app_id="town")
    worker = next(access for access in accesses(settings) if access.process == "worker")
    agents = discover(load(settings), settings)
    assert set(worker.reads) == {topic for agent in agents for topic in agent.topics}
    assert {topic for agent in agents for topic in agent.sends} <= set(worker.writes)
    assert set(worker.reads) | set(worker.writes) | set(worker.describes) == set(TOPICS)
    assert RAW not in worker.reads + worker.writes
    assert worker.groups == ("town",)


def test_nobody_but_ingest_and_the_senders_touches_the_raw_topics() -> None:
    rows = accesses(Settings())
    assert [row.process for row in rows if RAW in row.reads] == ["ingest"]
    writers = {row.process for row in rows if RAW in row.writes}
    assert writers == {"gridpulse replay", "gridpulse dead-letters", "wall"}  # reported cases
    assert raw_topic("dust").startswith(RAW.removesuffix("*"))
