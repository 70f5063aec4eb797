"""One table in all its spellings reads as one: encoding × packing × make × dates × order."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import Phase, given, settings

from config.mapping import Mapping
from models.feeds.mapping.columns import ReadingColumns
from ops.files.case_files import read_cases
from ops.files.choices import Choices
from ops.files.counts_file import read_counts
from ops.files.points import points_of
from ops.files.series_file import read_series
from ops.files.sources import read_mapped
from tests.ops.files.spellings import (
    CASES,
    MOMENTS,
    PLAIN,
    READINGS,
    ZONE,
    rows_above,
    spelled,
    spellings,
    table,
)


# To shrink a failure would take minutes; what differs is said by the spelling anyway.
@settings(max_examples=30, phases=[Phase.generate])
@given(spelling=spellings)
def test_one_table_in_all_its_spellings_reads_as_one(spelling: dict[str, str]) -> None:
    rows = table(spelling)
    more = rows_above(spelling)
    at = [int(row["note"].split()[1].rstrip(",")) for row in rows]
    choices = Choices(time="time", values=("value",), period="time", timezone=ZONE)
    with tempfile.TemporaryDirectory() as folder:
        file = spelled(Path(folder), rows, spelling)
        series, counts = read_series(file, choices), read_counts(file, choices)
        points = points_of(file, None, ZONE, choices)
        readings = read_mapped(file, Mapping.model_validate(READINGS | {"name": "r"}))
        cases = read_cases(file, Mapping.model_validate(CASES | {"name": "c"}), ZONE)
    assert series.times is not None
    assert series.times.ms[more:].tolist() == [round(MOMENTS[k].timestamp() * 1000) for k in at]
    assert series.table.texts("note")[more:] == [row["note"] for row in rows]
    assert counts.axis.index[-len(rows) :].tolist() == at
    assert counts.axis.hour is not None
    clocks = [MOMENTS[k].astimezone(ZoneInfo(ZONE)) for k in range(len(MOMENTS))]
    assert counts.axis.hour[-len(rows) :].tolist() == [clock.hour for clock in clocks]
    assert points.day.tolist() == [(clocks[k].date() - date(1970, 1, 1)).days for k in at]
    moments_ms = [round(MOMENTS[k].timestamp() * 1000) for k in at]
    columns = readings.columns
    assert isinstance(columns, ReadingColumns)
    assert columns.ts_ms.tolist() == [moments_ms[row - more] for row in columns.row.tolist()]
    filed_ms = {case: steps[0].ts_ms for case, steps in cases.steps.items()}
    assert filed_ms == {row["note"]: ms for row, ms in zip(rows, moments_ms, strict=True)}
    for account in (series.account, counts.account, points.account, readings.rows, cases.account):
        assert (account.read, account.used) == (len(rows) + more, len(rows))
    numbers = [float(row["value"]) for row in table(PLAIN | {"order": spelling["order"]})]
    if spelling["order"] != "shuffled":
        assert series.numbers[more:, 0].tolist() == numbers
