"""The close-out report: lines for the screen, a page as HTML, and the same as PDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from models.events.close_out import CloseOutCounts
from ops.document import definitions, document, heading, paragraph, table, write_documents
from ops.events.close_out import DEFINITIONS, CloseOutReport, as_builtins, rounded
from ops.events.close_out_words import WORDS

LANGUAGES: Final = ("zh", "en")
_COLUMNS: Final = ("filed", "closed", "closed_of_filed", "open", "overdue", "closed_late")


def summary(report: CloseOutReport, lang: str) -> list[str]:
    """Say the close-out in a few lines."""
    live, words = report.found.live, WORDS[lang]
    share = words["share"].format(percent=percent(live), closed=live.closed, filed=live.filed)
    lines = [
        f"{report.event.title[lang]} · {report.event.tag}",
        words["counts"].format(**as_builtins(live), objects=len(report.event.objects)),
        share,
        words["parts"].format(**as_builtins(live)),
    ]
    if report.event.printed is not None and report.differs:
        lines.append(words["printed"].format(note=report.event.printed.note[lang]))
    lines.append(words["exercise"].format(**as_builtins(report.found.exercise)))
    lines.append(
        words["others"].format(cases=report.cases, others=sum(report.found.others.values()))
    )
    return lines


def percent(counts: CloseOutCounts) -> str:
    """Write the share of closed cases; a dash where none was filed.

    Examples
    --------
    >>> percent(CloseOutCounts(filed=3447, closed=3350)), percent(CloseOutCounts())
    ('97.19 %', '–')
    """
    value = rounded(counts.percent)
    return "–" if value is None else f"{value:.2f} %"


def page(report: CloseOutReport, catalog: Catalog, lang: str) -> str:
    """Write the whole report as one HTML page that needs no other file."""
    words, event = WORDS[lang], report.event
    title = f"{event.title[lang]} {words['title']}"
    parts = [
        heading(title, 1),
        paragraph(_head(report, catalog, lang)),
        *(paragraph(line) for line in summary(report, lang)[1:]),
        *_tables(report, catalog, lang),
        heading(words["definitions"]),
        definitions((words[name], text[lang]) for name, text in DEFINITIONS.items()),
        heading(words["source"]),
        paragraph(event.source),
    ]
    return document(title, lang, parts)


def write_report(report: CloseOutReport, catalog: Catalog, out: Path) -> list[Path]:
    """Write the report in both languages as HTML and PDF; gives the files."""
    name = f"{report.event.name}-close-out"
    return write_documents(
        out, {f"{name}.{lang}": page(report, catalog, lang) for lang in LANGUAGES}
    )


def _head(report: CloseOutReport, catalog: Catalog, lang: str) -> str:
    zone = ZoneInfo(catalog.city.timezone)
    begin, end, at = (
        f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}"
        for ms in (*report.live_ms, report.at_ms)
    )
    return WORDS[lang]["head"].format(begin=begin, end=end, at=at, city=catalog.city.name[lang])


def _tables(report: CloseOutReport, catalog: Catalog, lang: str) -> Iterable[str]:
    """Write one table a grouping, with names beside the codes."""
    titles = {
        "object": {each.id: each.title[lang] for each in report.event.objects},
        "kind": {name: title[lang] for name, title in report.event.kinds.items()},
        "street": {street.code: street.name[lang] for street in catalog.streets},
        "category": {
            code: category.title[lang]
            for feed in catalog.feeds_of("cases")
            for code, category in feed.categories.items()
        },
    }
    for by in ("kind", "object", "street", "category", "day"):
        yield heading(WORDS[lang][f"by_{by}"])
        yield _table(report.found.by[by], titles.get(by, {}), lang)


def _table(groups: Mapping[str, CloseOutCounts], titles: Mapping[str, str], lang: str) -> str:
    rows = (
        (titles.get(group, group), *(_cell(counts, name) for name in _COLUMNS))
        for group, counts in groups.items()
    )
    return table((WORDS[lang][name] for name in ("group", *_COLUMNS)), rows)


def _cell(counts: CloseOutCounts, name: str) -> str:
    return percent(counts) if name == "closed_of_filed" else str(getattr(counts, name))
