"""The warnings of a period: how high each rose, how it ended, and who acknowledged it."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any, Final

import msgspec

from models.bulletin.figures import WarningLine
from models.messages.warnings import WarningChange
from ops.analysis.archive import connect
from ops.bulletin.names import CodeNames

# All changes up to the moment of those warnings that were open at some time of the period.
_CHANGES: Final = """
    SELECT id, rule, area, change, reason, raised_ms, cleared_ms, level, peak_level, details
    FROM warnings WHERE updated_ms < $end AND raised_ms < $end AND id IN (
        SELECT id FROM warnings WHERE updated_ms < $end GROUP BY id
        HAVING arg_max(cleared_ms, (updated_ms, revision)) = 0
            OR arg_max(cleared_ms, (updated_ms, revision)) >= $start
    )
    ORDER BY id, revision
"""


def warnings_of(
    archive: Path, names: CodeNames, start_ms: int, end_ms: int
) -> tuple[WarningLine, ...]:
    """Give the warnings that were open at some time of [start, end), as they stood at its end."""
    with connect(archive) as connection:
        given = {"start": start_ms, "end": end_ms}
        rows = connection.execute(_CHANGES, given).fetchall()
    lines = [_line(list(changes), names) for _, changes in groupby(rows, key=lambda row: row[0])]
    return tuple(sorted(lines, key=lambda line: (-line.level, line.raised_ms, line.id)))


def _line(changes: list[tuple[Any, ...]], names: CodeNames) -> WarningLine:
    name, rule, area, _, _, raised_ms, cleared_ms, *_ = changes[-1]
    role = _acknowledged_by(changes)
    acknowledged = {change[3] for change in changes} & {WarningChange.ACKNOWLEDGED.value}
    return WarningLine(
        id=name,
        level=max(max(change[7], change[8] or 0) for change in changes),
        title=names.rule(rule),
        place=names.place(area),
        raised_ms=raised_ms,
        ended_ms=cleared_ms or None,
        ended_by=_ended_by(changes) if cleared_ms else "",
        is_acknowledged=bool(acknowledged or role),
        acknowledged_by=role,
    )


def _ended_by(changes: list[tuple[Any, ...]]) -> str:
    """Give the reason of the first change after which it was not open again."""
    ends = next(at for at in range(len(changes), -1, -1) if at == 0 or not changes[at - 1][6])
    return str(changes[ends][4])


def _acknowledged_by(changes: list[tuple[Any, ...]]) -> str:
    """Give the role that acknowledged it last; archives of old days do not say it."""
    for change in reversed(changes):
        mark = (msgspec.json.decode(change[9]).get("life") or {}).get("acknowledged")
        if mark:
            return str(mark["role"])
    return ""
