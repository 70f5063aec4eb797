"""`docs/tutorial-new-feed.md`, followed literally: its files written, its commands run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "tutorial-new-feed.md").read_text("utf-8")
FENCED = re.compile(r"```(\w+)\n(.*?)```", re.S)


def blocks(language: str) -> list[str]:
    return [text for name, text in FENCED.findall(PAGE) if name == language]


def said(command: str, folder: Path) -> str:
    """Run a command of the page in a folder that holds a copy of the configuration."""
    program, *arguments = shlex.split(command)
    assert program == "gridpulse"
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "GRIDPULSE_CONFIG_DIR": str(folder / "config"),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_matter_is_one_file_and_no_code(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config" / "city", tmp_path / "config" / "city")
    named = re.findall(r"`(config/city/dongcheng/(?:feeds|rules)/[\w-]+\.yaml)`", PAGE)
    feed, rule = blocks("yaml")
    (messages,) = blocks("json")
    listing, show, backtest = blocks("sh")
    (tmp_path / named[0]).write_text(feed, "utf-8")
    (tmp_path / "fountains.jsonl").write_text(messages, "utf-8")
    assert "fountains" in said(listing, tmp_path)
    shown = said(show, tmp_path)
    promised = re.search(r"It says, among other figures: (.*?)\n", PAGE)
    assert promised is not None
    sent = len(messages.splitlines())
    assert f"fountains.jsonl: {sent} rows read, {sent - 1} used" in shown
    for figure in re.findall(r"`([^`]+)`", promised.group(1)):
        assert figure in shown
    (tmp_path / named[1]).write_text(rule, "utf-8")
    said(backtest, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [(w["rule"], w["area"]) for w in report["warnings"]] == [("fountain-worse", "110101006")]
