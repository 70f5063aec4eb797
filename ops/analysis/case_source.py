"""Cases to look at, from a file or the archive, with the rules by which they are judged."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from config.catalog import Catalog, Feed
from config.mapping import Mapping as TableMapping
from config.settings import Settings
from models.cases.admission import Admission, admit
from models.cases.coverage import recorded_in
from models.cases.history import FOLDER
from models.cases.plausibility import LATEST_MS, latest_of
from models.cases.rulebook import Rulebook, rulebook_of
from models.cases.state import CaseState, Practice
from models.cases.timeline import Step
from models.feeds.kinds.cases.categories import CategoryList
from models.feeds.place import gazetteer
from models.messages.dead_letters import Reason
from ops.analysis.case_history import Histories, Question, read_history
from ops.files.account import InputAccount
from ops.files.case_files import CaseFile, read_cases
from ops.files.choices import Choices
from streams.sinks.archive_files import day_files


@dataclass(frozen=True, kw_only=True)
class CaseSource:
    """All cases of a file, or some of the archive.

    Attributes
    ----------
    histories : dict of str to list of Step
        By the number of the case; cells and categories as ingest would give them.
    read : CaseFile
        What became of the rows of the file.
    unplaced : mapping of str to int
        Cases without a place in the city, by reason.
    rules : Rulebook
    recorded : Practice
        What the whole table records; of the archive, what the city records.
    latest_ms : int
        Last possible event time.
    timezone : str
        Local time of the cases.
    """

    histories: Histories
    read: CaseFile
    unplaced: Mapping[str, int]
    rules: Rulebook
    recorded: Practice
    latest_ms: int
    timezone: str

    def states(self, histories: Iterable[Iterable[Step]]) -> list[CaseState]:
        """Judge cases as the stream does."""
        practice = self.rules.practice.within(self.recorded)
        return [self.rules.judged(steps, self.latest_ms, practice) for steps in histories]


def cases_of_file(
    file: Path,
    catalog: Catalog,
    mapping: TableMapping | None,
    choices: Choices | None = None,
) -> CaseSource:
    """Read a file of cases.

    Raises
    ------
    InputError
        The file cannot be used.
    NothingUsed
        No row of it can.
    """
    choices = choices or Choices()
    timezone = choices.timezone or (mapping or catalog.city).timezone
    read = read_cases(file, mapping, timezone, choices)
    feed = cases_feed(catalog, mapping)
    admission = admit(read.steps, None if feed is None else CategoryList(feed), gazetteer(catalog))
    _account_refused(read, admission)
    times = (step.ts_ms for steps in admission.steps.values() for step in steps)
    return CaseSource(
        histories=admission.steps,
        read=read,
        unplaced=admission.unplaced,
        rules=rulebook_of(catalog, timezone),
        recorded=recorded_in(admission.steps.values()),
        latest_ms=latest_of(times, round(time.time() * 1000)),
        timezone=timezone,
    )


def cases_of_archive(
    settings: Settings,
    catalog: Catalog,
    question: Question | None = None,
    case: str | None = None,
) -> CaseSource:
    """Read the cases of the archive, or those that a question fits; ingest has judged them.

    Raises
    ------
    InputError
        There is no archive, or no such case in it.
    """
    histories = read_history(settings.archive_dir, question, case)
    account = InputAccount(settings.archive_dir / FOLDER, sum(map(len, histories.values())))
    _, broken = day_files(settings.archive_dir, FOLDER)
    if broken:
        first = f"{broken[0].parent.name}/{broken[0].name}"
        account.note(f"{len(broken)} files of the archive are no Parquet, left out: {first} …")
    timezone = catalog.city.timezone
    rules = rulebook_of(catalog, timezone)
    is_whole = question is None and case is None
    times = (step.ts_ms for steps in histories.values() for step in steps)
    now_ms = round(time.time() * 1000)
    return CaseSource(
        histories=histories,
        read=CaseFile(account),
        unplaced={},
        rules=rules,
        recorded=recorded_in(histories.values()) if is_whole else rules.practice,
        latest_ms=latest_of(times, now_ms) if is_whole else LATEST_MS,
        timezone=timezone,
    )


def cases_feed(catalog: Catalog, mapping: TableMapping | None) -> Feed | None:
    """Give the feed whose categories judge a table: the mapping's, else the city's only one."""
    if mapping is not None:
        return catalog.feeds.get(mapping.feed)
    feeds = catalog.feeds_of("cases")
    return feeds[0] if len(feeds) == 1 else None


def _account_refused(read: CaseFile, admission: Admission) -> None:
    """Set aside the rows whose category the feed refuses in all their events."""
    if not admission.refused:
        return
    refused = np.zeros(read.account.read, dtype=bool)
    used = np.zeros(read.account.read, dtype=bool)
    for case, rows in read.rows.items():
        places = set(admission.refused.get(case, ()))
        for at, row in enumerate(rows):
            (refused if at in places else used)[row] = True
    reason = Reason.UNKNOWN_CATEGORY.value
    read.account.set_aside(reason, refused & ~used)
    read.unused[reason] += sum(map(len, admission.refused.values()))
    read.account.require_used()
