"""One question to the archive, in a small DuckDB of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import duckdb

from config.errors import ServerUnavailable

_CONFIG: Final = {"threads": 1, "memory_limit": "512MB"}  # a server asks beside its other work


def asked(text: str, given: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Ask; values only ever go in as parameters.

    Raises
    ------
    ServerUnavailable
        The files cannot be read, perhaps because they are being written anew.
    """
    try:
        with duckdb.connect(config=dict(_CONFIG)) as connection:
            rows: list[tuple[Any, ...]] = connection.execute(text, dict(given)).fetchall()
            return rows
    except duckdb.Error as error:
        why = " ".join(str(error).split())
        msg = f"the archive cannot be read just now: {why}; try again"
        raise ServerUnavailable(msg) from None
