"""The figures as tables for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table


def tables(found: dict[str, Any]) -> Iterator[Table]:
    """Give a table for every part that was worked out."""
    if "counts" in found:
        yield from _counts(found["counts"])
    if "clusters" in found:
        yield _chance(found["clusters"]["chance"])
        yield _power(found["clusters"]["found_by_density"])
    for part, record in (("readings", "stations"), ("dense", "dense network")):
        if part in found:
            yield _alarms(record, found[part])
            yield _rises(record, found[part])
    if "bound" in found:
        yield _bound(found["bound"])
    if "series" in found:
        yield _series(found["series"])
    if "public" in found:
        yield _public(found["public"])


def _made(title: str, *columns: str) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    return table


def _counts(counts: dict[str, Any]) -> Iterator[Table]:
    heads = ("false alarms", "found", "in week 1", "delay, weeks")
    title = f"outbreaks in {counts['series']} simulated series"
    table = _made(title, "method", *heads, *heads)
    for name, by_rate in counts["methods"].items():
        table.add_row(name, *(cell for row in by_rate.values() for cell in _cells(row)))
    table.add_row("gridpulse counts, its `alarm`", *_cells(counts["as_shipped"]), *[""] * 4)
    yield table
    history = _made("false alarms a week by weeks of history", "weeks", "false alarms")
    for span, rate in counts["false_alarms_by_history"].items():
        history.add_row(span, f"{rate:.2%}")
    yield history


def _cells(row: dict[str, float]) -> list[str]:
    shares = [row["found"], row["found_in_first_week"]]
    return [
        f"{row['false_alarms']:.2%}",
        *(f"{share:.1%}" for share in shares),
        f"{row['delay_weeks']:.2f}",
    ]


def _chance(chance: dict[str, Any]) -> Table:
    title = f"signals in {chance['analyses']} analyses of shuffled dates"
    table = _made(title, "recurrence interval, days", "should", "does", "ratio")
    for interval, row in chance["by_recurrence_interval_days"].items():
        table.add_row(interval, f"{row['should']:.4f}", f"{row['does']:.4f}", f"{row['ratio']:.2f}")
    return table


def _power(rows: list[dict[str, Any]]) -> Table:
    extras = list(rows[0]["found"])
    title = "extra cases within 300 m and 3 days that signal at 100 days and more"
    table = _made(title, "cases a year there", "tries", *(f"{extra} cases" for extra in extras))
    for row in rows:
        shares = ["" if share is None else f"{share:.0%}" for share in row["found"].values()]
        span = f"{row['cases_a_year_from']}-{row['cases_a_year_to'] - 1}"
        table.add_row(span, str(row["tries"]), *shares)
    return table


def _bound(bound: dict[str, Any]) -> Table:
    title = "the most that can be found of a step at one station"
    heads = ("found", "alarms a sensor-month for 85 %", "hours that alarm then")
    table = _made(title, "rise", *heads)
    for name, row in bound.items():
        shares = (f"{row['found']:.0%}", f"{row['hours_for_wanted']:.0%}")
        table.add_row(name, shares[0], f"{row['alarms_for_wanted']:.1f}", shares[1])
    return table


def _alarms(record: str, found: dict[str, Any]) -> Table:
    title = f"{record}: alarms at a threshold of {found['threshold']:.2f}"
    table = _made(title, "when", "local, a sensor-month", "regional, a month")
    for name, rate in found["false_alarms_per_sensor_month"].items():
        table.add_row(name, f"{rate:.2f}", f"{found['regional_alarms_per_month'][name]:.2f}")
    return table


def _rises(record: str, found: dict[str, Any]) -> Table:
    title = f"{record}: dust laid over it, {found['tries']} tries each"
    heads = ("found in 2 h", "found and local", "labelled regional", "the same in every hour")
    table = _made(title, "what", *heads)
    for name, row in found["events"].items():
        keys = ("found", "found_local", "regional", "regional_in_every_hour")
        table.add_row(name, *(f"{row[key]:.0%}" for key in keys))
    return table


def _series(series: dict[str, Any]) -> Table:
    table = _made("series of many makes", "method", "PR area", "edges blurred", "ROC area")
    for name, by_make in series.items():
        table.add_row(name, *(f"{value:.3f}" for value in by_make["all"]))
    return table


def _public(public: dict[str, Any]) -> Table:
    table = _made("public labelled series", "measure", "method", "figure", "90 % interval")
    for measure, by_method in public.items():
        for method, row in by_method.items():
            cells = (f"{row['all']:.3g}", f"{row['low']:.3g} to {row['high']:.3g}")
            table.add_row(measure, method, *cells)
    return table
