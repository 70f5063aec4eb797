"""Files of cases → what is known of each case: through a mapping, or in a shape known by itself.

Known by themselves are JSON lines of case events as they go to a raw topic, and tables whose column
names leave no doubt: one row an event (`case`, `type`, `ts`), or one row a case (a number, when it
was opened, and where there is more: limit, closing, department, category, street).
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from config.errors import InputError
from config.mapping import CategorySource, MappedEvent, Mapping, TimeSource
from models.cases.timeline import Step
from models.feeds.clock import epoch_ms
from models.feeds.decode import WireCase, WireDecoder
from models.feeds.mapping.cells import NO_TIME
from models.feeds.mapping.columns import EventColumns
from models.messages.case_events import EventType
from ops.files.sources import read_mapped, tables_in

_JSON: Final = (".jsonl", ".jsonl.gz", ".ndjson")

# Column names that leave no doubt, in lower case without blanks and underscores.
_OBVIOUS: Final[Dict[str, tuple[str, ...]]] = {
    "case": ("case", "caseid", "caseno", "id", "number", "案件编号"),
    "reported": ("reported", "reportedat", "opened", "openedat", "open", "created", "createdat"),
    "filed": ("filed", "filedat", "立案时间"),
    "dispatched": ("dispatched", "dispatchedat", "派遣时间"),
    "disposed": ("disposed", "disposedat", "处置时间"),
    "verified": ("verified", "verifiedat", "核查时间"),
    "closed": ("closed", "closedat", "结案时间"),
    "due": ("due", "dueat", "limit", "deadline", "截止时间"),
    "category": ("category", "type", "class", "类别"),
    "department": ("department", "agency", "部门"),
    "source": ("source", "origin", "来源"),
    "beat": ("beat", "责任网格"),
    "area": ("street", "neighborhood", "neighbourhood", "area", "街道"),
}
_STEPS: Final = ("reported", "filed", "dispatched", "disposed", "verified", "closed")


@dataclass
class CaseFile:
    """Cases of a file.

    Attributes
    ----------
    steps : dict of str to list of Step
        By the number of the case, in no order.
    categories : dict of str to str
        What the file itself calls the class of a case; only where it has its own words for it.
    unused : dict of str to int
        Rows or events that could not be used, by reason.
    """

    steps: dict[str, list[Step]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    unused: dict[str, int] = field(default_factory=dict)


def read_cases(file: Path, mapping: Mapping | None, timezone: str) -> CaseFile:
    """Read a file of cases.

    Parameters
    ----------
    file : Path
    mapping : Mapping or None
        Which column is what; None where the file is of a shape known by itself.
    timezone : str
        Zone of times without an offset, where there is no mapping to name it.

    Raises
    ------
    InputError
        The file is missing or unreadable, holds no case, or its shape is not known.
    """
    if not file.exists():
        msg = f"there is no file {file}"
        raise InputError(msg)
    if mapping is not None:
        cases = _mapped(file, mapping)
    elif file.name.endswith(_JSON):
        cases = _events(file)
    else:
        cases = _mapped(file, _obvious(file, timezone))
    if not cases.steps:
        msg = f"{file} holds no case that can be used; rows left out: {cases.unused or 'none'}"
        raise InputError(msg)
    return cases


def _mapped(file: Path, mapping: Mapping) -> CaseFile:
    """Read through a mapping."""
    read = read_mapped(file, mapping)
    columns = read.columns
    if not isinstance(columns, EventColumns):
        msg = f"mapping {mapping.name} is one of readings; a mapping of cases is needed here"
        raise InputError(msg)
    reasons = {name: n for name, n in read.unmapped.reasons.items() if name != "missing-time"}
    cases = CaseFile(unused=reasons)
    codes = {} if mapping.category is None else mapping.category.codes
    own_words = {code: words for words, code in codes.items()}
    for index, case in enumerate(columns.case.tolist()):
        step = _step(columns, index)
        cases.steps.setdefault(case, []).append(step)
        if step.category in own_words:
            cases.categories.setdefault(case, own_words[step.category])
    return cases


def _step(columns: EventColumns, index: int) -> Step:
    due = int(columns.due_ms[index])
    lon, lat = float(columns.lon[index]), float(columns.lat[index])
    is_placed = bool(np.isfinite(lon) and np.isfinite(lat))
    return Step(
        int(columns.ts_ms[index]),
        EventType(columns.type[index]),
        category=columns.category[index],
        cell=columns.cell[index],
        department=columns.department[index],
        source=columns.source[index],
        due_ms=None if due == NO_TIME else due,
        lon=lon if is_placed else None,
        lat=lat if is_placed else None,
        beat=columns.beat[index],
        area=columns.area[index],
    )


def _events(file: Path) -> CaseFile:
    """Read JSON lines of case events."""
    try:
        with pa.input_stream(str(file), compression="detect") as stream:
            lines = [line for line in stream.read().split(b"\n") if line.strip()]
    except OSError as error:
        msg = f"{file} cannot be read: {error}"
        raise InputError(msg) from None
    decoded = WireDecoder(WireCase).decode(lines)
    times = epoch_ms([row.ts for row in decoded.rows])
    cases = CaseFile(unused={"no-event": len(decoded.broken)} if decoded.broken else {})
    for row, ts_ms in zip(decoded.rows, times.tolist(), strict=True):
        if not np.isfinite(ts_ms):
            cases.unused["unreadable-time"] = cases.unused.get("unreadable-time", 0) + 1
            continue
        cases.steps.setdefault(row.case, []).append(_wire_step(row, int(ts_ms)))
    return cases


def _wire_step(row: WireCase, ts_ms: int) -> Step:
    return Step(
        ts_ms,
        row.type,
        row.actor or "",
        row.role or "",
        row.department or "",
        row.category or "",
        row.cell or "",
        row.source or "",
        None if row.due is None else int(epoch_ms([row.due])[0]),
        row.lon,
        row.lat,
        row.beat or "",
        row.area or "",
    )


def _obvious(file: Path, timezone: str) -> Mapping:
    """Make a mapping from column names that leave no doubt."""
    tables_in(file)  # refuses what is no table
    plain = {_plain(name): name for name in reversed(_header(file))}
    found: dict[str, str] = {}
    for what, spellings in _OBVIOUS.items():
        for spelling in spellings:
            if spelling in plain:
                found[what] = plain[spelling]
                break
    steps = [step for step in _STEPS if step in found]
    if "case" not in found or not {"reported", "filed"} & set(steps):
        msg = (
            f"{file}: the columns {', '.join(plain.values())} do not tell by themselves what they "
            "are; name a mapping with --mapping, or call them case, opened, due, closed, …"
        )
        raise InputError(msg)
    opened = steps[0]
    times = steps if "filed" in steps else ["filed", *steps]
    laid_out = _as_mapping(found, times, opened)
    return Mapping.model_validate({**laid_out, "timezone": timezone})


def _as_mapping(found: dict[str, str], steps: Sequence[str], opened: str) -> dict[str, Any]:
    """Lay a mapping out; without a column of filing a case is on file once it is opened."""
    events = [
        MappedEvent.model_validate(
            {"type": step, "time": TimeSource(column=found.get(step, found[opened]))}
        )
        for step in steps
    ]
    return {
        "name": "the column names",
        "feed": "cases",
        "source": "the file itself",
        "case": found["case"],
        "events": tuple(events),
        "due": TimeSource(column=found["due"]) if "due" in found else None,
        "category": CategorySource(column=found["category"]) if "category" in found else None,
        "department": found.get("department"),
        "origin": found.get("source"),
        "beat": found.get("beat"),
        "area": found.get("area"),
    }


def _plain(name: str) -> str:
    return name.lower().replace(" ", "").replace("_", "").replace("-", "")


def _header(file: Path) -> list[str]:
    """Column names of a table."""
    try:
        if file.name.endswith(".parquet"):
            return [str(name) for name in pa.parquet.read_schema(file).names]
        with pa.input_stream(str(file), compression="detect") as stream:
            reader = pa.csv.open_csv(stream)
            return [str(name) for name in reader.schema.names]
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{file} cannot be read: {' '.join(str(error).split())}"
        raise InputError(msg) from None
