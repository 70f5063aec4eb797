"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def missing(what: str) -> None:
    """Skip because something cannot be had here; fail where CI promises it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true promises it")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        missing(f"no real data in {folder}")
    return folder
