"""Precursors from the archive, and the file of what people made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from config.catalog import Catalog
from config.errors import NothingUsed
from models.precursors.mining import LEAST_DAYS, Onset, Precursor, mine
from models.precursors.review import Offer
from models.timing.units import DAY_MS, HOUR_MS
from ops.analysis.archive import connect
from ops.files.kept_list import read_list, write_list

_FILE: Final = Path("models") / "precursors.json"
_STREET: Final = 9  # digits of its code
# The first active signal after more than six hours without one: what lasts began once.
_SIGNALS: Final = f"""
    SELECT kind, feed, metric, subject, left(area, {_STREET}) AS street, start_ms FROM signals
    WHERE active AND length(area) >= {_STREET} QUALIFY start_ms - lag(start_ms, 1, 0) OVER (
        PARTITION BY kind, feed, metric, subject, street ORDER BY start_ms) > {6 * HOUR_MS}
"""
_WARNINGS: Final = f"""
    SELECT rule, left(any_value(area), {_STREET}), min(raised_ms) FROM warnings
    WHERE length(area) >= {_STREET} GROUP BY id, rule
"""
_SPAN: Final = """
    SELECT min(start_ms), max(start_ms) FROM
    (SELECT start_ms FROM panes UNION ALL SELECT start_ms FROM case_panes)
"""


def mined(archive: Path, catalog: Catalog, within_h: float) -> list[Precursor]:
    """Mine the whole archive.

    Raises
    ------
    NothingUsed
        The archive spans fewer than `LEAST_DAYS` days.
    """
    with connect(archive) as connection:
        first_ms, last_ms = connection.execute(_SPAN).fetchone()
        if first_ms is None or last_ms - first_ms < LEAST_DAYS * DAY_MS:
            msg = f"the archive {archive} spans fewer than {LEAST_DAYS} days: nothing can be tested"
            raise NothingUsed(msg)
        signals = connection.execute(_SIGNALS).fetchall()
        raised = connection.execute(_WARNINGS).fetchall()
    warnings = [Onset(*row) for row in raised]
    onsets = [Onset(_name(row), row[4], row[5]) for row in signals]
    sources = {_name(row): (row[1], row[2]) for row in signals}

    def is_own(signal: str, rule: str) -> bool:
        """Tell whether a rule watches the feed and metric that the signal is of."""
        return sources[signal] == _source_of(catalog, rule)

    span, within_ms = (first_ms, last_ms + 1), round(within_h * HOUR_MS)
    return mine(onsets, warnings, span, is_own=is_own, within_ms=within_ms)


def _name(row: tuple[Any, ...]) -> str:
    kind, feed, metric, subject = row[:4]
    return "/".join(part for part in (feed, kind, metric, subject) if part)


def _source_of(catalog: Catalog, name: str) -> tuple[str, str]:
    rule = catalog.rules.get(name)
    return ("", "") if rule is None else (rule.feed, getattr(rule, "metric", ""))


def read_offers(archive: Path) -> list[Offer]:
    """Read what was offered and decided; raises InputError where the file is damaged."""
    return read_list(archive / _FILE, Offer, "list of precursors")


def write_offers(archive: Path, offers: list[Offer]) -> None:
    """Write them."""
    write_list(archive / _FILE, offers)


def offer_lines(offers: list[Offer]) -> Iterator[str]:
    """Tell each offer in a line, with what it rests on."""
    for offer in offers:
        one = offer.figures
        yield (
            f"{offer.id}: {offer.verdict}"
            + (f" by {offer.who}: {offer.why}" if offer.who else "")
            + f"\n    {one['support']} of {one['warnings']} warnings preceded, lead "
            f"{one['lead_h']:.1f} h in the median; {one['followed']} of {one['signals']} signals "
            f"followed ({100 * float(one['precision']):.0f} %, 95 %: {100 * float(one['low']):.0f}–"
            f"{100 * float(one['high']):.0f} %; by chance {100 * float(one['by_chance']):.0f} %), "
            f"p {one['p_value']:.3g}, q {one['q_value']:.3g}"
        )
