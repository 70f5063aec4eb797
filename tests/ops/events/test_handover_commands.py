"""Hand-overs from the command line, against the agent `handover` on the embedded broker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from config import names
from config.errors import InputError
from config.settings import Settings
from models.messages.commands import Role
from models.messages.handovers import HandoverNote
from ops.events.handovers import as_text, handover_command
from ops.kafka.topics import create
from ops.processes.embedded import embedded_broker
from streams.agents.handover import HandoverProcessor
from tests.ops.warnings.test_commands import Agent, gridpulse, one
from tests.streams.agents.district import dongcheng

EVENT = "olympics-2008"
NOTE = HandoverNote(
    id="n1", event=EVENT, revision=0, text="两件未结", writer="li", writer_role=Role.OPERATOR,
    written_ms=1218124800000,
)  # fmt: skip


def answer(*arguments: str, status: int = 0) -> dict[str, Any]:
    ended = gridpulse("handover", *arguments, "--json", "--wait", "30")
    assert ended.exit_code == status, ended.output
    result: dict[str, Any] = json.loads(ended.stdout)["result"]
    return result


def listed(*arguments: str) -> list[tuple[str, str, str]]:
    notes = json.loads(gridpulse("handover", "list", "--json", *arguments).stdout)["notes"]
    return [(each["id"], each["writer"], each["signer"]) for each in notes]


@pytest.mark.broker
def test_a_note_is_written_and_another_person_signs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded_broker(tmp_path) as brokers:
        settings = Settings(brokers=brokers)
        create(settings, [one(name) for name in (names.COMMANDS, names.RESULTS, names.AUDIT)])
        monkeypatch.setenv("GRIDPULSE_BROKERS", brokers)
        unheard = ("write", EVENT, "-m", "two are open", "--actor", "li", "--id", "n1")
        ended = gridpulse("handover", *unheard, "--wait", "0.1")
        assert (ended.exit_code, "--id n1 asks for it again" in ended.stdout) == (1, True)
        with Agent(settings, "handover", HandoverProcessor(dongcheng())).listening():
            assert answer(*unheard)["note"] == "n1"
            taken = answer("write", EVENT, "-m", "gas", "--actor", "zhao", "--id", "n1", status=1)
            assert taken["refusal"] == "invalid"
            assert answer("write", "picnic", "-m", "x", status=1)["refusal"] == "unknown"
            assert answer("sign", "n1", "--actor", "li", status=1)["refusal"] == "forbidden"
            assert answer("write", EVENT, "-m", "more", "--actor", "li", "--id", "n2")["note"]
            assert answer("sign", "n1", "-m", "taken", "--actor", "wang")["note"] == "n1"
        assert listed() == [("n2", "li", ""), ("n1", "li", "wang")]
        assert listed("--open") == [("n2", "li", "")]
        assert listed("--event", "picnic") == []
        shown = gridpulse("handover", "list", "--lang", "en").stdout
        assert "li (operator) → wang (operator)" in shown
        assert "not signed" in shown


def test_a_list_says_who_waits_and_that_there_is_none() -> None:
    assert as_text([NOTE], "Asia/Shanghai", "zh").splitlines() == [
        "n1  2008-08-08 00:00  olympics-2008  li (operator) → 未签收",
        "  两件未结",
    ]
    assert as_text([], "Asia/Shanghai", "en") == "no note"


@pytest.mark.parametrize("wrong", [{"role": "king"}, {"id": "x" * 65}, {"text": "x" * 2001}])
def test_wrong_parts_are_refused_with_a_sentence(wrong: dict[str, str]) -> None:
    parts = {"event": EVENT, "text": "t", "role": "operator", "actor": "li", "id": ""}
    assert handover_command(parts).id != handover_command(parts).id
    with pytest.raises(InputError, match="not a valid command"):
        handover_command(parts | wrong)
