"""The bulletin as a document: one page of HTML, Chinese first, and the same as PDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from models.bulletin.figures import Bulletin, WarningLine
from models.bulletin.sentence_words import AGAINST, LEVELS
from models.bulletin.sentences import percent, period_text, situation
from models.cases.indicators.ranking import GroupRank
from models.messages.commands import Role
from models.messages.warnings import Reason
from models.warnings.life.words import ROLES
from ops.bulletin.figures_json import indicators
from ops.bulletin.names import CodeNames
from ops.bulletin.words import DEFINITIONS, ENDED_BY, TITLES, WORDS
from ops.document import definitions, document, heading, numbered, paragraph, table, write_documents

_MOST_WARNINGS: Final = 40
_MOST_DUE: Final = 40


def page(found: Bulletin, catalog: Catalog, langs: Sequence[str]) -> str:
    """Write the bulletin as HTML, one part a language in the order given."""
    parts = [
        f'<article lang="{lang}">{"".join(_Part(found, catalog, lang).all())}</article>'
        for lang in langs
    ]
    title = f"{catalog.city.name[langs[0]]} {TITLES[found.period.span][langs[0]]}"
    return document(f"{title} {found.period.first}", langs[0], parts)


def write_bulletin(
    found: Bulletin, catalog: Catalog, langs: Sequence[str], out: Path
) -> list[Path]:
    """Write the bulletin as HTML and PDF; gives the files."""
    name = f"bulletin-{found.period.span.value}-{found.period.first.isoformat()}"
    if len(langs) == 1:
        name = f"{name}.{langs[0]}"
    return write_documents(out, {name: page(found, catalog, langs)})


class _Part:
    """The bulletin in one language."""

    def __init__(self, found: Bulletin, catalog: Catalog, lang: str) -> None:
        self.found, self.lang, self.words = found, lang, WORDS[lang]
        self.city, self.zone_name = catalog.city.name[lang], catalog.city.timezone
        self.zone = ZoneInfo(self.zone_name)
        self.names = CodeNames(catalog, found.period.last)

    def all(self) -> Iterator[str]:
        """Write all of it."""
        found, words = self.found, self.words
        title = TITLES[found.period.span][self.lang]
        yield heading(f"{self.city} {title} {period_text(found, self.lang)}", 1)
        yield paragraph(
            words["head"].format(
                period=period_text(found, self.lang),
                at=self.time(found.at_ms),
                zone=self.zone_name,
                over="" if found.is_over else words["not-over"],
            )
        )
        yield heading(words["situation"])
        yield numbered(situation(found, self.lang))
        yield paragraph(words["coverage"].format(**asdict(found.coverage)))
        yield from self.numbers()
        yield from self.warnings()
        yield from self.readings()
        yield from self.places("streets", found.streets)
        yield from self.places("departments", found.departments)
        yield from self.due()
        yield heading(words["definitions"])
        yield definitions(titles[self.lang] for titles in DEFINITIONS.values())

    def time(self, ms: int, form: str = "%Y-%m-%d %H:%M") -> str:
        """Write a moment in local time."""
        return f"{datetime.fromtimestamp(ms / 1000, self.zone):{form}}"

    def numbers(self) -> Iterator[str]:
        """Write the figures, with those of earlier periods beside them."""
        words, found = self.words, self.found
        yield heading(words["numbers"])
        table_of = indicators(found)
        if not table_of:
            yield paragraph(words["none"])
            return
        against = [AGAINST[found.period.span][name][self.lang] for name in found.earlier]
        head = [words[name] for name in ("indicator", "value", "numerator", "denominator")]
        rows = []
        for name, one in table_of.items():
            numerator, denominator = one["numerator"], one["denominator"]
            is_count = denominator is None
            value = str(numerator) if is_count else percent(numerator, denominator)
            row = [DEFINITIONS[name][self.lang][0], value, numerator]
            aim = words["no-target"] if one["target"] is None else f"≥ {100 * one['target']:g} %"
            row += ["–" if is_count else denominator, aim]
            rows.append([*row, *(self._earlier(name, is_count=is_count))])
        yield table([*head, words["target"], *against], rows)

    def _earlier(self, name: str, *, is_count: bool) -> Iterator[str]:
        for each in self.found.earlier.values():
            if each.counts is None:
                yield self.words["missing"]
            else:
                yield str(getattr(each.counts, name)) if is_count else "–"

    def warnings(self) -> Iterator[str]:
        """Write the warnings by level, and then each."""
        words, found = self.words, self.found
        yield heading(words["warnings"])
        if not found.warnings:
            yield paragraph(words["none"])
            return
        columns = ("level", "count", "standing", "unacknowledged")
        counts = [
            Counter(each.level for each in some)
            for some in (found.raised, found.standing, found.unacknowledged)
        ]
        rows = [
            (name[self.lang], *(count[level] for count in counts))
            for level, name in sorted(LEVELS.items(), reverse=True)
        ]
        yield table((words[name] for name in columns), rows)
        titles = ("level", "warning", "place", "raised", "ended", "acknowledged")
        shown = found.warnings[:_MOST_WARNINGS]
        lines = (self._warning(each) for each in shown)
        yield table((words[name] for name in titles), lines, has_numbers=False)
        yield from self._rest(len(found.warnings) - len(shown))

    def _warning(self, line: WarningLine) -> tuple[str, ...]:
        words, lang = self.words, self.lang
        carried = words["carried"] if line.raised_ms < self.found.raised_from_ms else ""
        ended = words["stands"]
        if line.ended_ms is not None:
            why = ENDED_BY.get(Reason(line.ended_by), {}).get(lang, line.ended_by)
            ended = f"{self.time(line.ended_ms, '%m-%d %H:%M')} {why}"
        who = words["somebody"] if line.is_acknowledged else words["nobody"]
        if line.acknowledged_by:
            who = ROLES[Role(line.acknowledged_by)][lang]
        raised = self.time(line.raised_ms, "%m-%d %H:%M") + carried
        return LEVELS[line.level][lang], line.title[lang], line.place[lang], raised, ended, who

    def readings(self) -> Iterator[str]:
        """Write the readings, metric by metric."""
        words, lang, found = self.words, self.lang, self.found
        yield heading(words["readings"])
        if not found.readings:
            yield paragraph(words["none"])
            return
        against = [AGAINST[found.period.span][name][lang] for name in found.earlier]
        columns = ("max", "where", "when", "hours", "departures", "worst")
        rows = []
        for one in found.readings:
            worst = one.worst and f"{one.worst.observed:.0f} / {one.worst.expected:.0f}"
            means = (one.earlier.get(name) for name in found.earlier)
            earlier = (words["missing"] if mean is None else f"{mean:.1f}" for mean in means)
            row = [f"{one.title[lang]} ({one.unit})", f"{one.mean:.1f}", *earlier, f"{one.max:.0f}"]
            row += [one.max_place[lang], self.time(one.max_ms, "%m-%d %H:%M")]
            row += [f"{one.hours}/{found.coverage.hours}", str(one.departures), worst or "–"]
            rows.append(row)
        head = [words["metric"], words["mean"], *against, *(words[name] for name in columns)]
        yield table(head, rows)
        yield paragraph(words["expected-note"])

    def places(self, name: str, ranked: Iterable[GroupRank]) -> Iterator[str]:
        """Write the groups in their rank, those with few cases last and without one."""
        words = self.words
        name_of = self.names.street if name == "streets" else self.names.department
        rows = [
            (
                name_of(place.group)[self.lang],
                place.n,
                place.successes,
                percent(place.successes, place.n),
                f"{100 * place.low:.0f}–{100 * place.high:.0f} %",
                words["small"] if place.is_small else at,
            )
            for at, place in enumerate(ranked, start=1)
        ]
        yield heading(words[name])
        if not rows:
            yield paragraph(words["none"])
            return
        columns = ("group", "due", "kept", "share", "interval", "rank")
        yield table((words[name] for name in columns), rows)
        yield paragraph(words["rank-note"])

    def due(self) -> Iterator[str]:
        """Write what is due next."""
        words, due, lang = self.words, self.found.due, self.lang
        yield heading(words["tomorrow"].format(day=self.found.due_day.isoformat()))
        if self.found.cases is None or not self.found.coverage.case_days:
            yield paragraph(words["none"])
            return
        yield paragraph(words["due-count"].format(total=due.total, held=due.held))
        shown = due.first[:_MOST_DUE]
        if shown:
            columns = ("case", "category", "street", "department", "limit")
            rows = (
                (
                    each.case,
                    self.names.category(each.category)[lang],
                    self.names.street(each.street)[lang],
                    self.names.department(each.department)[lang],
                    self.time(each.due_ms or 0),
                )
                for each in shown
            )
            yield table((words[name] for name in columns), rows, has_numbers=False)
        yield from self._rest(due.total - len(shown))

    def _rest(self, rest: int) -> Iterator[str]:
        if rest:
            yield paragraph(self.words["more"].format(rest=rest))
