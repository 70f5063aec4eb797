"""The command line itself: version, help, completion, errors without escape sequences."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from config.errors import InputError
from ops import cli
from ops.output import Column, print_table


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
