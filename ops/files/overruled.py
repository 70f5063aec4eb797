"""What a user names overrules what a mapping says; without a mapping, it is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from config.catalog import Feed
from config.errors import InputError
from config.mapping import MappedMetric, Mapping, SensorSource, TimeSource
from ops.files.choices import Choices
from ops.files.names import named

_OPENING: Final = ("reported", "filed")  # steps that say when a case began


def overruled(mapping: Mapping, choices: Choices, names: Sequence[str], file: Path) -> Mapping:
    """Put the columns, the zone and the form of times that a user named into a mapping.

    `--time` is when a reading was taken, or a case began; every step that stood in the column of
    its beginning moves with it. `--time-format` holds for all times: one program wrote them.

    Parameters
    ----------
    mapping : Mapping
    choices : Choices
    names : sequence of str
        Columns of the file.
    file : Path
        For the sentences.

    Raises
    ------
    InputError
        The file has no such column, or the mapping has no use for it.
    """
    changes: dict[str, Any] = {} if mapping.case is None else _steps(mapping, choices, names, file)
    if mapping.case is None:
        changes |= _readings(mapping, choices, names, file)
    for role, name in (("lon", choices.lon), ("lat", choices.lat)):
        if name is not None:
            changes[role] = named(name, names, file)
    if choices.lon is not None or choices.lat is not None:
        changes |= {"cell": None, "places": {}}  # the place that was asked for, and no other
    if choices.timezone is not None:
        changes["timezone"] = choices.timezone
    return mapping.model_copy(update=changes) if changes else mapping


def readings_by_choice(
    choices: Choices, feed: Feed, names: Sequence[str], file: Path, zone: str
) -> Mapping:
    """Make a mapping of readings from what a user named: at least a time and a value.

    Raises
    ------
    InputError
        Something is missing or not there.
    """
    if choices.time is None or not choices.values:
        msg = f"{file}: say with --time and --value which columns are what, or with --mapping"
        raise InputError(msg)
    metrics = _metrics(choices, tuple(feed.metrics), names, file)
    sensor = (
        SensorSource(fixed=file.stem)
        if choices.series is None
        else SensorSource(column=named(choices.series, names, file))
    )
    made = Mapping(
        name="the options",
        feed=feed.name,
        source="the file itself",
        timezone=zone,
        time=TimeSource(column=named(choices.time, names, file), format=choices.time_format),
        sensor=sensor,
        metrics=metrics,
    )
    return overruled(made, choices, names, file)


def _readings(
    mapping: Mapping, choices: Choices, names: Sequence[str], file: Path
) -> dict[str, Any]:
    """Change when, of which sensor, and what."""
    changes: dict[str, Any] = {}
    if (time := _time(mapping.time, choices, names, file)) is not None:
        changes["time"] = time
    if choices.series is not None:
        changes["sensor"] = SensorSource(column=named(choices.series, names, file))
    if choices.values:
        chosen = _metrics(choices, tuple(mapping.metrics), names, file)
        changes["metrics"] = mapping.metrics | {
            metric: _in_its_unit(mapping.metrics[metric], made) for metric, made in chosen.items()
        }
    return changes


def _metrics(
    choices: Choices, known: Sequence[str], names: Sequence[str], file: Path
) -> dict[str, MappedMetric]:
    """Give the column of each metric that was named: METRIC=COLUMN, or COLUMN of the only one."""
    found: dict[str, MappedMetric] = {}
    for each in choices.values:
        metric, is_told, column = each.partition("=")
        if not is_told or metric not in known:
            if len(known) > 1:
                msg = f"--value {each}: expected METRIC=COLUMN, with one of {', '.join(known)}"
                raise InputError(msg)
            metric, column = known[0], each
        found[metric] = MappedMetric(column=named(column, names, file))
    return found


def _in_its_unit(known: MappedMetric, made: MappedMetric) -> MappedMetric:
    """Give a metric in another column: its unit is what the mapping says, it is no difference."""
    return known.model_copy(update={"column": made.column, "minus": None})


def _steps(mapping: Mapping, choices: Choices, names: Sequence[str], file: Path) -> dict[str, Any]:
    """Change when the steps of a case were."""
    for option, asked in (("--series", choices.series), ("--value", choices.values)):
        if asked:
            msg = f"{file}: a table of cases has no use for {option}"
            raise InputError(msg)
    opened = next((each.time for each in mapping.events if each.type in _OPENING), None)
    began = _time(opened, choices, names, file)
    times = (
        began if began is not None and each.time == opened else _formed(each.time, choices)
        for each in mapping.events
    )
    changes: dict[str, Any] = {
        "events": tuple(
            each.model_copy(update={"time": time})
            for each, time in zip(mapping.events, times, strict=True)
        )
    }
    if mapping.due is not None:
        changes["due"] = _formed(mapping.due, choices)
    return changes


def _time(
    known: TimeSource | None, choices: Choices, names: Sequence[str], file: Path
) -> TimeSource | None:
    """Give where a time stands after all; None where nothing was said."""
    if choices.time is not None and (known is None or known.column != choices.time):
        return TimeSource(column=named(choices.time, names, file), format=choices.time_format)
    return None if known is None else _formed(known, choices)


def _formed(known: TimeSource, choices: Choices) -> TimeSource:
    """Give a time that is read in the form that was named; its parts have none."""
    if choices.time_format is None or known.column is None:
        return known
    return TimeSource(column=known.column, format=choices.time_format)
