"""One matter as the hotline's assessment has it; no person is in it, and none may come in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from models.messages.bounds import CellCode, TimeMs

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{32,64}$")]  # a keyed digest, never a number


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call to the hotline, or a matter that patrol found by itself.

    Attributes
    ----------
    case : str
    ts : int
        When it came in, epoch milliseconds.
    source : {"hotline", "patrol"}
    category, cell : str
        Class, and the cell it is about.
    caller : str
        Keyed digest of who called: 32 to 64 hexadecimal digits; empty for patrol.
    department, departments : str, int
        To whom it was sent first, and to how many in all; empty and 0 before it was sent.
    by_street : bool
        The street dealt with it itself (小循环), without the district.
    answered_ms : int or None
        When somebody spoke to the caller.
    solved, satisfied : bool or None
        What the caller said when asked afterwards; None where nobody asked or nobody answered.
    """

    case: Annotated[str, Meta(min_length=1, max_length=64)]
    ts: TimeMs
    source: Literal["hotline", "patrol"] = "hotline"
    category: Annotated[str, Meta(min_length=1, max_length=32)]
    cell: CellCode
    caller: Digest | Literal[""] = ""
    department: Annotated[str, Meta(max_length=64)] = ""
    departments: Annotated[int, Meta(ge=0, le=99)] = 0
    by_street: bool = False
    answered_ms: TimeMs | None = None
    solved: bool | None = None
    satisfied: bool | None = None
