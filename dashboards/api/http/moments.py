"""Times and areas as they stand in questions."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AwareDatetime, BeforeValidator, Field

from models.messages.bounds import LATEST_MS

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*")


def _text(value: object) -> object:
    """Refuse what is not a text of a time: a bare number would be taken for seconds since 1970."""
    if isinstance(value, str) and not _RFC_3339.fullmatch(value):
        msg = "expected a time as RFC 3339, such as 2026-04-16T12:00:00+08:00"
        raise ValueError(msg)
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_text)]
Code = Annotated[str, Field(pattern="^[0-9]{6,15}$")]


def ms_of(moment: Moment | None) -> int:
    """Epoch milliseconds of a moment; 0 where none is given."""
    return 0 if moment is None else min(round(moment.timestamp() * 1000), LATEST_MS)
