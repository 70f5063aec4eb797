"""The worked example of docs/mappings.md does what the page says."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from config.loader import load
from config.settings import Settings
from ops.files.sources import read_mapped
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "mappings.md").read_text(encoding="utf-8")


def test_the_worked_example_works(tmp_path: Path) -> None:
    table, mapping = re.findall(r"^```(?:yaml)?\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[:2]
    town = tmp_path / "city" / "example"
    shutil.copytree(ROOT / "config" / "city" / "example", town)
    (town / "mappings").mkdir(exist_ok=True)
    (town / "mappings" / "noise-csv.yaml").write_text(mapping, encoding="utf-8")
    (tmp_path / "noise-2026.csv").write_text(table, encoding="utf-8")
    catalog = load(Settings(config_dir=tmp_path, city="example"))
    mapped = read_mapped(tmp_path / "noise-2026.csv", catalog.mapping("noise-csv"))
    messages = [json.loads(message.value) for message in mapped.messages()]
    assert [(m["sensor"], m["metric"], m["value"]) for m in messages] == [
        ("M1", "laeq", 48.3),
        ("M1", "laeq", 51.0),
    ]
    assert messages[0]["ts"] == 1774994400000  # 00:00 in Berlin, summer time
    assert mapped.lost == {"missing-value": 1}
