"""Lists that people decide on, kept as a file of JSON in the archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from config.errors import InputError
from streams.whole_files import write_whole

Entry = TypeVar("Entry", bound=msgspec.Struct)


def read_list(file: Path, entry: type[Entry], what: str) -> list[Entry]:
    """Read a list; empty where there is no file yet.

    Parameters
    ----------
    what : str
        What the list is, in an error text.

    Raises
    ------
    InputError
        The file is damaged.
    """
    if not file.is_file():
        return []
    try:
        entries: list[Entry] = msgspec.json.decode(
            file.read_bytes(),
            type=list[entry],  # type: ignore[valid-type] # a type known when it runs
        )
    except msgspec.MsgspecError as error:
        msg = f"{file} is no {what}: {error}"
        raise InputError(msg) from None
    return entries


def write_list(file: Path, entries: Sequence[msgspec.Struct]) -> None:
    """Write a list as a whole."""
    write_whole(file, msgspec.json.format(msgspec.json.encode(entries)))
