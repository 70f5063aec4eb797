"""The command line itself: version, help, completion, errors without escape sequences."""

from __future__ import annotations

import base64

import pytest
from typer.testing import CliRunner

from config.errors import InputError
from models.messages.dead_letters import Reason, Rejected
from ops import cli
from ops.cli import application
from ops.output import Column, print_table, say


def test_version_and_help_in_both_spellings() -> None:
    runner = CliRunner()
    assert runner.invoke(cli.application(), ["--version"]).stdout == "gridpulse 0.1.0\n"
    short, long = (runner.invoke(cli.application(), ["kpi", option]) for option in ("-h", "--help"))
    assert short.exit_code == 0
    assert short.stdout == long.stdout
    assert "--debug" in runner.invoke(cli.application(), ["-h"]).stdout


def test_completion_can_be_installed() -> None:
    assert "--install-completion" in CliRunner().invoke(cli.application(), ["-h"]).stdout


def test_an_error_shows_control_characters_instead_of_sending_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        msg = "no case \x1b]0;owned\x07 here"
        raise InputError(msg)

    monkeypatch.setattr(cli, "application", lambda: lambda given, standalone_mode: refuse())
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "gridpulse: no case \\x1b]0;owned\\x07 here\n"


HOSTILE = "[link=http://x]\x1b[2Jname[/x]"


def test_a_table_takes_markup_and_escapes_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([Column(name="department")], [(HOSTILE,)])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert r"[link=http://x]\x1b[2Jname[/x]" in shown


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_of_a_result_acts_on_a_terminal(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "x\x1b[2J\x9b2J\u202e"
    say({"column": hostile}, f"column {hostile}\nread", as_json=as_json)
    shown = capsys.readouterr().out
    assert "[2J" in shown
    assert not {letter for letter in shown if not (letter.isprintable() or letter == "\n")}


@pytest.mark.parametrize("options", [[], ["--json"], ["--wide"]])
def test_nothing_of_a_dead_letter_acts_on_a_terminal(
    options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = f"{HOSTILE}\x9b2J\u202e"
    data = base64.b64encode(hostile.encode()).decode()
    letter = Rejected(
        reason=Reason.WRONG_SHAPE, detail=hostile, topic="raw.dust", partition=0, offset=1,
        data_b64=data,
    )  # fmt: skip
    monkeypatch.setattr("ops.kafka.dead_letters.read", lambda settings, topic: [letter])
    result = CliRunner().invoke(application(), ["dead-letters", "show", *options])
    assert result.exit_code == 0, result.exception
    assert "2Jname" in result.stdout.replace("\n", "")
    assert not set(result.stdout) & set("\x1b\x9b\u202e")


def test_a_narrow_table_wraps_and_loses_no_letter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.output._IN_A_PIPE", 40)
    print_table([Column(name="case", is_key=True), Column(name="why")], [("2026-" + "7" * 60, "x")])
    shown = capsys.readouterr().out
    assert shown.count("7") == 60
    assert max(map(len, shown.splitlines())) <= 40
    print_table([Column(name="case", is_key=True)], [("2026-" + "7" * 60,)], wide=True)
    assert "2026-" + "7" * 60 in capsys.readouterr().out


def test_csv_holds_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([Column(name="who"), Column(name="n")], [("=cmd()", -3)], as_csv=True)
    assert capsys.readouterr().out == "who,n\n'=cmd(),-3\n"
