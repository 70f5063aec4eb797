"""YAML files that would hang or crash a reader are refused in one sentence."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from config import documents
from config.documents import read_document
from config.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    file = folder / "city.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_nested_aliases_are_refused_before_they_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_MOST_VALUES", 20_000)  # of half a million, in less time
    levels = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    began_s = time.monotonic()
    with pytest.raises(ConfigError, match="once its aliases are followed"):
        read_document(written(tmp_path, "\n".join(levels)))
    assert time.monotonic() - began_s < 30  # 9⁹ values would take hours


@pytest.mark.parametrize(
    "text",
    [
        'name: !!python/object/apply:os.system ["ls"]',
        "name: !!python/name:os.system",
        "name: !city {code: 1}",
        "name: !!set {x, y}",
        "name: !!binary aGk=",
    ],
)
def test_a_tag_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"city.yaml:2: name: "):
        read_document(written(tmp_path, f"code: '110101'\n{text}\n"))


def test_a_field_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a text"):
        read_document(written(tmp_path, "? [1, 2]\n: 3\n"))
