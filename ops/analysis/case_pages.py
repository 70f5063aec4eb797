"""The archive of cases by pages, for the API: DuckDB finds them, the rules of the stream judge."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from config.catalog import Catalog
from config.settings import Settings
from dashboards.common.case_book import (
    CaseKey,
    CaseNow,
    CaseQuestion,
    CaseStep,
    CaseTimeline,
)
from models.archive.datasets import CASES
from models.cases.history import COLUMNS, FOLDER, step_of_row
from models.cases.rulebook import rulebook_of
from models.cases.state import ENDED, CaseState
from models.cases.timeline import Step, in_order
from models.messages.case_events import EventType
from ops.analysis.asked import asked
from streams.sinks.archive_files import day_files

_QUOTED: Final = ", ".join(f'"{name}"' for name in COLUMNS)
_ENDING: Final = [
    each.value for each in (EventType.CLOSED, EventType.REJECTED, EventType.CANCELLED)
]
_FILES: Final = (
    "(SELECT * FROM read_parquet($files, union_by_name = true) "
    f"UNION ALL BY NAME {CASES.no_rows()})"
)
_KNOWN_FOR_S: Final = 30.0


class CasePages:
    """Finds cases in the archive.

    Parameters
    ----------
    settings : Settings
        `archive_dir`.
    catalog : Catalog
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._archive = settings.archive_dir
        self._rules = rulebook_of(catalog)
        self._newest: tuple[float, int] = (0.0, 0)

    def find(self, question: CaseQuestion) -> tuple[list[CaseNow], CaseKey | None]:
        """See `dashboards.common.case_book.Cases`."""
        found, following = self._page(question)
        return [each.case for each in self._told(found, question.as_of_ms)], following

    def timelines(self, question: CaseQuestion) -> list[CaseTimeline]:
        """See `dashboards.common.case_book.Cases`."""
        return self._told(self._page(question)[0], question.as_of_ms)

    def _page(self, question: CaseQuestion) -> tuple[list[CaseKey], CaseKey | None]:
        """Find the numbers of a page, and when each case began."""
        where, given = _conditions(question)
        steps, known = _steps(question.as_of_ms)
        order = "ASC" if question.oldest_first else "DESC"
        text = f"""
            SELECT min(ts_ms) AS opened_ms, "case" FROM {_FILES} WHERE {steps}
            GROUP BY "case" HAVING {where}
            ORDER BY opened_ms {order}, "case" LIMIT {int(question.limit) + 1}
        """
        found = self._ask(text, given | known)
        keys: list[CaseKey] = [(int(opened), case) for opened, case in found]
        page = keys[: question.limit]
        return page, page[-1] if len(keys) > len(page) else None

    def _told(self, keys: Sequence[CaseKey], as_of_ms: int) -> list[CaseTimeline]:
        """Read the steps of cases and judge them."""
        if not keys:
            return []
        known, given = _steps(as_of_ms)
        wanted = f'"case" IN (SELECT unnest($cases)) AND {known}'
        text = f"SELECT {_QUOTED} FROM {_FILES} WHERE {wanted}"
        rows = self._ask(text, {"cases": [case for _, case in keys], **given})
        steps: dict[str, list[Step]] = {case: [] for _, case in keys}
        feeds: dict[str, str] = {}
        for values in rows:
            row = dict(zip(COLUMNS, values, strict=True))
            steps[row["case"]].append(step_of_row(row))
            feeds[row["case"]] = row["feed"]
        states = [self._rules.judged(each) for each in steps.values()]
        limits = [limit.close_ms for limit in self._rules.limits(states)]
        now_ms = as_of_ms or self._newest_ms()
        return [
            _timeline(case, feeds.get(case, ""), in_order(steps[case]), state, due_ms, now_ms)
            for case, state, due_ms in zip(steps, states, limits, strict=True)
        ]

    def _newest_ms(self) -> int:
        """Time of the newest event of any case; asked for at most every half minute."""
        at_s, newest_ms = self._newest
        if time.monotonic() - at_s > _KNOWN_FOR_S or not newest_ms:
            latest_ms = time.time_ns() // 1_000_000
            text = f"SELECT max(ts_ms) FROM {_FILES} WHERE ts_ms <= $latest"
            newest_ms = next((int(ms or 0) for (ms,) in self._ask(text, {"latest": latest_ms})), 0)
            self._newest = (time.monotonic(), newest_ms)
        return newest_ms

    def _ask(self, text: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Ask; without a file of cases there is nothing to find."""
        files = [str(file) for file in day_files(self._archive, FOLDER)[0]]
        return asked(text, {"files": files, **given}) if files else []


def _steps(as_of_ms: int) -> tuple[str, dict[str, Any]]:
    """Write which steps are known at a time; 0: all."""
    return ("ts_ms <= $as_of", {"as_of": as_of_ms}) if as_of_ms else ("true", {})


def _conditions(question: CaseQuestion) -> tuple[str, dict[str, Any]]:
    """Write what a case has to fit; values only ever go in as parameters."""
    given: dict[str, Any] = {}
    parts = ["true"]

    def any_of(name: str, values: frozenset[str], test: str) -> None:
        if values:
            names = [f"{name}{at}" for at in range(len(values))]
            given.update(zip(names, sorted(values), strict=True))
            parts.append("bool_or(" + " OR ".join(test.format(f"${n}") for n in names) + ")")

    any_of("area", question.areas, "starts_with(cell, {})")
    any_of("within", question.within, "starts_with(cell, {})")
    any_of("department", question.departments, "department = {}")
    any_of("own", question.own_departments, "department = {}")
    any_of("category", question.categories, "category = {}")
    if question.number:
        parts.append('contains("case", $number)')
        given["number"] = question.number
    if question.cases:
        parts.append('"case" IN (SELECT unnest($cases))')
        given["cases"] = list(question.cases)
    if question.is_open is not None:
        ends = "arg_max(type, ts_ms) IN (SELECT unnest($ending))"
        parts.append(f"NOT {ends}" if question.is_open else ends)
        given["ending"] = _ENDING
    if question.since_ms:
        parts.append("min(ts_ms) >= $since")
        given["since"] = question.since_ms
    if question.until_ms:
        parts.append("min(ts_ms) < $until")
        given["until"] = question.until_ms
    if question.after is not None:
        beyond = ">" if question.oldest_first else "<"
        same = 'min(ts_ms) = $opened AND "case" > $last'
        parts.append(f"(min(ts_ms) {beyond} $opened OR ({same}))")
        given["opened"], given["last"] = question.after
    return " AND ".join(parts), given


def _timeline(
    case: str, feed: str, steps: list[Step], state: CaseState, due_ms: int | None, now_ms: int
) -> CaseTimeline:
    is_open = state.stage not in ENDED
    now = CaseNow(
        case=case,
        feed=feed,
        stage=state.stage.value,
        is_open=is_open,
        is_held=state.held,
        is_overdue=is_open and not state.held and due_ms is not None and due_ms < now_ms,
        category=state.category,
        unlisted=state.unlisted,
        department=state.department,
        cell=state.cell,
        source=state.source,
        opened_ms=min((step.ts_ms for step in steps), default=0),
        updated_ms=max((step.ts_ms for step in steps), default=0),
        closed_ms=state.closed_ms,
        due_ms=due_ms,
        lon=state.lon,
        lat=state.lat,
        events=[tag.event for tag in state.events],
        flags=sorted(state.flags),
    )
    return CaseTimeline(case=now, steps=[_step(at, s, state) for at, s in enumerate(steps)])


def _step(at: int, step: Step, state: CaseState) -> CaseStep:
    return CaseStep(
        ts_ms=step.ts_ms,
        type=step.type.value,
        actor=step.actor,
        role=step.role,
        department=step.department,
        flags=[flag.value for index, flag in state.quality_flags if index == at],
    )
