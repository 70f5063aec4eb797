"""The groups of a matter as a table."""

from __future__ import annotations

from config.catalog import Catalog
from config.errors import InputError
from models.feeds.kinds.contract import kind_of
from models.situation.matter_now import MatterNow, MatterRow
from ops.analysis.matters import ALL, title_of
from ops.output import Column, print_table


def print_by(now: MatterNow, catalog: Catalog, by: str) -> None:
    """Print the figures of the members of a dimension, a row each.

    Raises
    ------
    InputError
        The matter has no such dimension.
    """
    rows = [row for row in now.rows if row.by == by]
    if not rows:
        known = sorted({row.by for row in now.rows} - {ALL})
        msg = f"{now.feed} has no figures by {by!r}; it has them by {', '.join(known) or 'nothing'}"
        raise InputError(msg)
    codes = list(dict.fromkeys(row.code for row in rows))
    definitions = kind_of(catalog.feeds[now.feed]).definitions
    columns = [Column(name=by, is_key=True)]
    columns += [Column(name=definitions[code].title["en"], is_number=True) for code in codes]
    found = {(row.group, row.code): row for row in rows}
    print_table(
        columns,
        [
            (
                title_of(by, group, now, catalog)["en"],
                *(_cell(found.get((group, code)), definitions[code].decimals) for code in codes),
            )
            for group in dict.fromkeys(row.group for row in rows)
        ],
    )


def _cell(row: MatterRow | None, decimals: int) -> str:
    return "–" if row is None or row.value is None else f"{row.value:,.{decimals}f}"
