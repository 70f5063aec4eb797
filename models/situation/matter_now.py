"""How a supervised matter stands, as the snapshot holds it and the wall and commands show it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from config.catalog import Text
from models.messages.matters import WatchedObject


class Definition(NamedTuple):
    """What a figure of a matter is.

    Attributes
    ----------
    title : dict of str to str
        Name on the wall, by language.
    meaning : str
        Its definition, one sentence: numerator, denominator, over which time.
    unit : str
    decimals : int
    """

    title: Text
    meaning: str
    unit: str = ""
    decimals: int = 0


class MatterRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure of one group; `value` None is unknown, never zero.

    Attributes
    ----------
    by, group : str
        Dimension (`all`, `street`, `unit`, …, or the name of a second grid) and member.
    code : str
        Of its `Definition`.
    numerator, denominator : float or None
        What a rate was made of; None of a plain count.
    low, high : float or None
        Bounds of an interval; None where there is none.
    """

    by: str
    group: str
    code: str
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None


class MatterNow(msgspec.Struct, frozen=True, kw_only=True):
    """How the matter of a feed stands.

    Attributes
    ----------
    now_ms : int
        Event time up to which all street partitions have told.
    rows : list of MatterRow
        Of the whole first, then by group.
    key : list of str
        Codes of the figures that are shown first.
    names : dict
        Titles of groups that the matter itself declares, by `<dimension>:<code>`.
    watched : list of WatchedObject
        The worst, the largest value first.
    refused : dict of str to int
        Records that the streets refused, by reason.
    """

    feed: str
    kind: str
    title: dict[str, str]
    now_ms: int
    rows: list[MatterRow] = []
    key: list[str] = []
    names: dict[str, dict[str, str]] = {}
    watched: list[WatchedObject] = []
    refused: dict[str, int] = {}

    def figure(self, code: str, by: str = "all", group: str = "") -> MatterRow | None:
        """Give one figure; None where the matter does not have it."""
        rows = (row for row in self.rows if (row.by, row.group, row.code) == (by, group, code))
        return next(rows, None)
