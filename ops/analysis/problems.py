"""New problems from a file of reports, and the queue of what people make of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from config.catalog import Catalog
from config.errors import InputError, NothingUsed
from models.feeds.place import Places, gazetteer
from models.feeds.row_errors import RowErrors
from models.grid.codes import street_code
from models.matters.kind import zone_of
from models.new_problems.discovery import ProblemFinder
from models.new_problems.growth import ProblemReport
from models.new_problems.review import Reviewed, with_found
from models.new_problems.segment import words
from models.timing.calendar import EPOCH
from models.timing.days import number_of
from ops.files.kept_list import read_list, write_list

_FILE: Final = Path("models") / "problems.json"


class _Row(msgspec.Struct):
    """A report, as one line of a file."""

    case: str
    ts: int  # epoch milliseconds
    text: str
    category: str = ""
    cell: str = ""
    lon: float | None = None
    lat: float | None = None


def reports_of(file: Path, catalog: Catalog) -> tuple[list[ProblemReport], dict[str, int]]:
    """Read reports, in the order of their days; gives also what was set aside, by reason.

    Texts stay where they are: only their words go further. A class that the city does not list
    gives its words too, so that unlisted classes can grow into a proposal.

    Raises
    ------
    InputError
        There is no such file.
    NothingUsed
        No line is a report.
    """
    if not file.is_file():
        msg = f"{file}: no such file"
        raise InputError(msg)
    decode, zone = msgspec.json.Decoder(_Row).decode, zone_of(catalog)
    feeds = catalog.feeds_of("cases")
    listed = {code for feed in feeds for code in feed.categories if code != feed.other_category}
    listed_or_other = listed | {feed.other_category for feed in feeds}
    found, aside = [], {"bad-line": 0, "no-words": 0}
    with file.open("rb") as lines:
        for line in lines:
            try:
                row = decode(line)
                day = number_of(row.ts, zone)[0]
            except (msgspec.MsgspecError, OverflowError, ValueError, OSError):
                aside["bad-line"] += 1
                continue
            known = row.category in listed
            is_own = row.category not in listed_or_other  # the sender's own word for its class
            mine = words(row.text) | (words(row.category) if is_own else frozenset())
            if not mine:
                aside["no-words"] += 1
                continue
            found.append(
                ProblemReport(
                    case=row.case,
                    day=day,
                    category=row.category if known else "",
                    street=_street(row, catalog),
                    words=mine,
                )
            )
    if not found:
        msg = f"{file} holds no report: expected lines as {_EXAMPLE}"
        raise NothingUsed(msg)
    return sorted(found, key=lambda report: report.day), aside


_EXAMPLE: Final = (
    '{"case": "1", "ts": 1235959200000, "text": "…", "category": "E0102", "cell": "…"}'
)


def _street(row: _Row, catalog: Catalog) -> str:
    if row.cell.isdigit() and len(row.cell) == 15:
        return street_code(row.cell)
    if row.lon is None or row.lat is None:
        return ""
    import numpy as np

    at = np.array([row.ts], np.int64)
    places = Places([None], [row.lon], [row.lat])
    cell = int(gazetteer(catalog).find(places, at, RowErrors(1))[0])
    return street_code(str(cell)) if cell > 0 else ""


def find(archive: Path, reports: list[ProblemReport]) -> list[Reviewed]:
    """Look for new problems among reports, and put them into the queue."""
    finder = ProblemFinder()
    for _ in finder.run(reports):
        pass
    queue = with_found(read_queue(archive), finder.problems)
    write_queue(archive, queue)
    return queue


def read_queue(archive: Path) -> list[Reviewed]:
    """Read the queue; raises InputError where the file is damaged."""
    return read_list(archive / _FILE, Reviewed, "queue of problems")


def write_queue(archive: Path, queue: list[Reviewed]) -> None:
    """Write the queue."""
    write_list(archive / _FILE, queue)


def queue_lines(queue: list[Reviewed], catalog: Catalog) -> Iterator[str]:
    """Tell each proposal: since when, how many, where, by which words, and its verdict."""
    from models.warnings.places import place_of

    for each in sorted(queue, key=lambda one: -one.problem.first_day):
        one, place = each.problem, ""
        if one.streets:
            top, n = next(iter(one.streets.items()))
            name = place_of(catalog, top) if top else {"zh": "不明", "en": "unknown"}
            place = f", most in {name['zh']} {name['en']} ({n})"
        yield f"{one.id}: {' '.join(one.words)}"
        yield (
            f"    since {_date(one.first_day)}, {one.reports} reports in the week up to "
            f"{_date(one.last_day)}{place}; {_verdict(each)}"
        )


def _verdict(each: Reviewed) -> str:
    match each.verdict:
        case "named":
            return f"class {each.category} {each.title.get('zh', '')} from {_date(each.since_day)}"
        case "merged":
            return f"part of {each.into}"
        case "dismissed":
            return f"dismissed: {each.why}"
    return "waits for a verdict"


def class_lines(each: Reviewed) -> Iterator[str]:
    """Give what a city's own files need, so that senders may use the class of a named problem."""
    zh, en = each.title["zh"], each.title["en"]
    yield "feeds/cases.yaml, under categories:"
    yield f"  {each.category}: {{title: {{zh: {zh}, en: {en}}}}}"
    yield "registry/categories.yaml, under entries:"
    yield f"  - code: {each.category}"
    yield "    kind: event"
    yield f"    title: {{zh: {zh}, en: {en}}}"
    yield f"    valid_from: {_date(each.since_day)}"
    yield "    source: named from reports by gridpulse problems"


def values_of(queue: list[Reviewed], aside: dict[str, int] | None = None) -> dict[str, Any]:
    """Give the queue as plain values."""
    said = {"problems": msgspec.to_builtins(queue)}
    return said if aside is None else said | {"set_aside": aside}


def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()
