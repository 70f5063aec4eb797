"""How a supervised matter stands, for `gridpulse feeds`: the read model of the wall, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog, Text
from config.errors import InputError, NothingUsed
from config.settings import Settings
from models.feeds.kinds.contract import kind_of
from models.messages.matters import WatchedObject
from models.situation.matter_now import Definition, MatterNow, MatterRow
from models.situation.snapshot import Snapshot
from models.warnings.places import place_of
from ops.files.account import InputAccount

ALL: Final = "all"


def of_snapshot(snapshot: Snapshot | None, catalog: Catalog, feed: str) -> MatterNow:
    """Give how a matter stands by a snapshot.

    Raises
    ------
    InputError
        The city has no such feed, or it follows no matter.
    NothingUsed
        Nothing was heard of it yet.
    """
    require_matter(catalog, feed)
    found = [] if snapshot is None else [one for one in snapshot.matters if one.feed == feed]
    if not found:
        msg = f"nothing was heard of feed {feed} yet: is a worker running, and was anything sent?"
        raise NothingUsed(msg)
    return found[0]


def of_file(
    file: Path, settings: Settings, catalog: Catalog, feed: str
) -> tuple[MatterNow, InputAccount]:
    """Give how a matter stands after the raw messages of a file, by the live code path.

    Also what became of the messages.

    Raises
    ------
    InputError
        There is no such file or feed.
    NothingUsed
        Nothing of the file could be used.
    """
    from ops.backtest.backtest import Backtest
    from ops.files.sources import open_source

    require_matter(catalog, feed)
    backtest = Backtest(catalog, settings, feed, settled_ms=0)
    source = open_source(file, None, feed, catalog)
    backtest.run(source.messages())
    account = source.account(backtest.refused.why)
    account.require_used()
    return of_snapshot(backtest.snapshot, catalog, feed), account


def require_matter(catalog: Catalog, feed: str) -> None:
    """Refuse a feed that is not there, or of which there are other commands.

    Raises
    ------
    InputError
        With the feeds there are.
    """
    known = [one.name for one in catalog.feeds.values() if kind_of(one).definitions]
    if feed not in known:
        city = catalog.city.name["en"]
        msg = f"{city} follows no matter {feed!r}; it follows {', '.join(known) or 'none'}"
        raise InputError(msg)


def matter_values(now: MatterNow, catalog: Catalog, by: str = "") -> dict[str, Any]:
    """Give a matter as plain values, each figure with its definition; `by` leaves others out."""
    definitions = kind_of(catalog.feeds[now.feed]).definitions
    return {
        "feed": now.feed,
        "kind": now.kind,
        "title": now.title,
        "as_of": _moment(now.now_ms, catalog),
        "rows": [
            _row_values(row, definitions[row.code], now, catalog)
            for row in now.rows
            if row.by in (ALL, by) or not by
        ],
        "watched": [_watched_values(one, catalog) for one in now.watched],
        "refused": now.refused,
    }


def _row_values(
    row: MatterRow, definition: Definition, now: MatterNow, catalog: Catalog
) -> dict[str, Any]:
    return {
        "by": row.by,
        "group": row.group,
        "name": title_of(row.by, row.group, now, catalog)["en"],
        "code": row.code,
        "value": row.value,
        "unit": definition.unit,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "low": row.low,
        "high": row.high,
        "definition": definition.meaning,
    }


def _watched_values(one: WatchedObject, catalog: Catalog) -> dict[str, Any]:
    since = {"since": _moment(one.since_ms, catalog)} if one.since_ms else {}
    fields = {"object": one.subject, "cell": one.cell, "why": one.why, "value": one.value}
    return fields | since | {"state": one.state, "who": one.who, "parts": one.parts}


def title_of(by: str, group: str, now: MatterNow, catalog: Catalog) -> Text:
    """Name a group; a code that nobody named stands for itself."""
    if by == ALL:
        return catalog.city.name
    if by == "street":
        return place_of(catalog, group)
    if by in catalog.grids and group in catalog.grids[by].parts:
        return catalog.grids[by].parts[group].title
    return now.names.get(f"{by}:{group}", {"zh": group, "en": group})


def matter_lines(now: MatterNow, catalog: Catalog) -> Iterator[str]:
    """Tell a matter in lines: its key figures with what they were made of, and who is watched."""
    definitions = kind_of(catalog.feeds[now.feed]).definitions
    yield f"{now.title['zh']} {now.title['en']} ({now.feed}, as of {_moment(now.now_ms, catalog)})"
    for row in now.rows:
        if row.by == ALL:
            yield f"  {_line(row, definitions[row.code])}"
    for one in now.watched:
        where = f" in {one.cell}" if one.cell else ""
        yield f"  ! {one.why}: {one.subject}{where} {one.state} {one.value:g}".rstrip()
    for reason, n in sorted(now.refused.items()):
        yield f"  refused: {n} × {reason}"


def _line(row: MatterRow, definition: Definition) -> str:
    title = f"{definition.title['zh']} {definition.title['en']}"
    if row.value is None:
        return f"{title}: unknown — {definition.meaning}"
    value = f"{title}: {row.value:,.{definition.decimals}f}{definition.unit}"
    if row.low is not None and row.high is not None:
        value += f" [{row.low:,.{definition.decimals}f}, {row.high:,.{definition.decimals}f}]"
    if row.denominator is not None and row.numerator is not None:
        value += f" ({row.numerator:,g}/{row.denominator:,g})"
    return f"{value} — {definition.meaning}"


def _moment(at_ms: int, catalog: Catalog) -> str:
    zone = ZoneInfo(catalog.city.timezone)
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).isoformat(timespec="minutes")
