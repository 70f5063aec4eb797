"""How a benchmark tells its figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def tell(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a table of rows that have the same numbers, then one line of JSON."""
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(f"{value:,}" for value in row.values()))
    Console().print(table)
    print(json.dumps(rows))
