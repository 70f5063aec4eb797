"""The habits of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from config import names
from tests.conftest import ROOT

PACKAGES = ("config", "models", "streams", "dashboards", "ops")
MAY_IMPORT = {
    "config": {"config"},
    "models": {"config", "models"},
    "streams": {"config", "models", "streams"},
    "dashboards": {"config", "models", "dashboards"},
    "ops": set(PACKAGES),
}
# A catalog gives a city's grid: geometry that knows nothing of configuration lies below both.
BELOW_CONFIG = "models.grid"
# What a pure room has no business with: servers, files, clocks, logs.
IMPURE = {
    "aiokafka", "confluent_kafka", "faust", "httpx", "logging", "redis", "requests", "socket",
    "structlog", "subprocess", "threading", "time",
}  # fmt: skip

# Lines.
LONGEST_FILE = 300
MEDIAN_FUNCTION, LONG_FUNCTION = 6, 18  # half of all functions, and nine of ten
# What takes long to import.
HEAVY = {
    "confluent_kafka", "dash", "duckdb", "faust", "httpx", "kafka", "msgspec", "numpy", "pandas",
    "plotly", "pyarrow", "pydantic", "redis", "scipy", "shapely",
}  # fmt: skip


def sources(package: str) -> Iterator[Path]:
    return (ROOT / package).rglob("*.py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    foreign = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imported(path)
        if name.split(".")[0] in PACKAGES and name.split(".")[0] not in MAY_IMPORT[package]
        if not (package == "config" and name.startswith(BELOW_CONFIG))
    }
    assert foreign == set()


def test_what_config_stands_on_does_not_know_it() -> None:
    above = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "models" / "grid").rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] in PACKAGES and not name.startswith(BELOW_CONFIG)
    }
    assert above == set()


def test_models_are_pure() -> None:
    impure = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources("models")
        for name in imported(path)
        if name.split(".")[0] in IMPURE
    }
    assert impure == set()


def test_models_do_not_ask_for_the_time() -> None:
    asking = re.compile(r"\bdatetime\.now\(|\butcnow\(|\bdate\.today\(|time\.time\(")
    assert [str(path) for path in sources("models") if asking.search(path.read_text())] == []


def literals(path: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_only_one_module_knows_the_digits_of_codes() -> None:
    cutting = re.compile(r"\b(cell|code|area|street)\[:(6|9|12)\]|// 10\*\*[69]\b")
    elsewhere = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sources(package)
        if path != ROOT / "models" / "grid" / "codes.py" and cutting.search(path.read_text())
    ]
    assert elsewhere == []


def test_redis_keys_and_headers_stand_in_one_place() -> None:
    elsewhere = {
        f"{path.relative_to(ROOT)}: {text!r}"
        for package in PACKAGES
        for path in sources(package)
        if path != ROOT / "config" / "names.py"
        for text in literals(path)
        if re.fullmatch(r"gp:[a-z:]+|gp-[a-z]+", text) or text == names.RAW_PREFIX
    }
    assert elsewhere == set()


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sources(package)
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listing.stdout.split()


def test_no_data_is_committed() -> None:
    assert [
        name for name in tracked() if re.search(r"\.(csv|csv\.gz|parquet|log|aof)$", name)
    ] == []


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def test_no_file_is_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for package in PACKAGES
        for path in sources(package)
    }
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_most_functions_are_short() -> None:
    lengths = [
        lines_of(node)
        for package in PACKAGES
        for path in sources(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert median(lengths) <= MEDIAN_FUNCTION
    assert quantiles(lengths, n=10)[-1] <= LONG_FUNCTION


def test_the_command_line_starts_without_what_commands_need() -> None:
    """Only then does it answer at once: what a command needs is imported when it is called."""
    asked = "import sys, ops.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert loaded >= {"ops", "typer"}
    assert loaded & HEAVY == set()
