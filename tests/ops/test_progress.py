"""Commands on files show how far they are where somebody looks, and nothing of it elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.cli import main

DAYS = [f"2024-01-{day:02}" for day in range(1, 29)]
FILES = {
    "series.csv": ["time,value", *(f"{day},{n % 7}" for n, day in enumerate(DAYS))],
    "counts.csv": ["series,period,count", *(f"a,{day},{n % 3}" for n, day in enumerate(DAYS))],
    "points.csv": ["date,x,y", *(f"{day},{n % 5 * 1000},{n % 3}" for n, day in enumerate(DAYS))],
    "raw.jsonl": [
        '{"sensor": "a", "metric": "pm10", "value": 1, "ts": 1772323200, '
        '"lon": 116.41, "lat": 39.93}',
    ],
}
COMMANDS = [
    ("score", "series.csv", "--out"),
    ("counts", "counts.csv", "--out"),
    ("scan", "points.csv", "--out"),
    ("backtest", "dust", "raw.jsonl", "--report"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_bar_is_shown_on_a_terminal_only(
    command: tuple[str, ...],
    is_terminal: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, lines in FILES.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORCE_COLOR" if is_terminal else "NO_COLOR", "1")
    with pytest.raises(SystemExit) as ended:
        main([*command, "out"])
    told = capsys.readouterr()
    assert ended.value.code == 0, told.err
    assert ("━" in told.err) is is_terminal
    assert "━" not in told.out
