"""The inputs themselves, and a configuration that has their mappings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.settings import PREFIX
from ops.cli import application
from tests.conftest import ROOT, missing

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def tries() -> Path:
    """Folder of the inputs beside the project."""
    folder = ROOT.parent / "shared" / "tries"
    if not folder.is_dir():
        missing(f"no inputs to try in {folder}")
    return folder


@pytest.fixture(scope="session")
def town(tries: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the configuration of Dongcheng with the mappings of the inputs."""
    folder = tmp_path_factory.mktemp("config")
    shutil.copytree(ROOT / "config" / "city" / "dongcheng", folder / "city" / "dongcheng")
    mappings = folder / "city" / "dongcheng" / "mappings"
    for file in tries.glob("*.yaml"):
        (mappings / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def run(town: Path) -> Run:
    """Run a command as a user would; gives the JSON it prints."""

    def running(*arguments: object, exit_code: int = 0) -> dict[str, Any]:
        env = {f"{PREFIX}CONFIG_DIR": str(town), f"{PREFIX}CITY": "dongcheng"}
        words = [*map(str, arguments), "--json"]
        result = CliRunner().invoke(application(), words, env=env)
        assert (result.exit_code, bool(result.exception)) == (exit_code, exit_code != 0), (
            result.output,
            result.exception,
        )
        found: dict[str, Any] = json.loads(result.stdout) if result.stdout else {}
        return found | {"error": str(result.exception or "")}

    return running
