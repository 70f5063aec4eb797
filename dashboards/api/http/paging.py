"""Keyset pages: a cursor holds the key of the last item, so newcomers shift nothing."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import Any, Final, Literal, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from dashboards.api.http.problems import Problem

Item = TypeVar("Item")

MOST: Final = 10_000
_USUAL: Final = 100


class PageQuery(BaseModel):
    """Which page; the questions of lists derive from it. Another name is refused.

    A misspelt filter would else show everything and look like an answer.
    """

    model_config = ConfigDict(extra="forbid")

    after: str = Field(
        "", max_length=1_000, description="`next` of the page before; empty: the first page."
    )
    limit: int | None = Field(
        None, ge=1, le=MOST, description=f"At most so many items; else {_USUAL}, or {MOST:,} rows."
    )
    format: Literal["json", "csv", "parquet"] = "json"

    @property
    def most(self) -> int:
        """At most so many items: an export is whole where nothing else is asked."""
        return self.limit or (_USUAL if self.format == "json" else MOST)

    def key(self, kind: object) -> Any:
        """Read the cursor as a key of a type; None on the first page, `Problem` 404 for another."""
        return key_of(self.after, kind)


def newest_first(found: list[tuple[int, Item]], most: int) -> tuple[list[Item], int | None]:
    """Give the first page, the newest first, and the key of its last item where more follow.

    Examples
    --------
    >>> newest_first([(1, "a"), (3, "c"), (2, "b")], 2), newest_first([(1, "a")], 2)
    ((['c', 'b'], 2), (['a'], None))
    """
    found = sorted(found, key=lambda pair: -pair[0])
    page = found[:most]
    return [item for _, item in page], page[-1][0] if len(page) < len(found) else None


def cursor(key: object | None) -> str | None:
    """Write the key of the last item as a cursor; None where there is no further page.

    Examples
    --------
    >>> cursor((1, "a"))
    'WzEsImEiXQ'
    """
    if key is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def key_of(text: str, kind: object) -> Any:
    """Read a cursor.

    Raises
    ------
    Problem
        404: it is not of this list.
    """
    if not text:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(data, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        detail = "after: there is no such page of this list; begin without it"
        raise Problem(HTTPStatus.NOT_FOUND, detail) from None
