"""The situation in five sentences: each made of the figures, and each says what is missing."""

from __future__ import annotations

from collections import Counter

from models.bulletin.figures import Bulletin, ReadingFigures
from models.bulletin.period import Against
from models.bulletin.sentence_words import (
    AGAINST,
    JOIN,
    LEVEL_COUNT,
    LEVELS,
    PERIODS,
    SENTENCES,
)
from models.cases.indicators.ranking import wilson

_HEADLINE = "pm10"  # the metric of which the fifth sentence speaks, where there is one


def situation(found: Bulletin, lang: str) -> list[str]:
    """Say the situation in five sentences, in `zh` or `en`.

    The first says how the cases stand, or that nothing is known; then come the comparison with
    earlier periods, limits, warnings, and readings with what is due next.
    """
    return [
        _cases(found, lang),
        _comparison(found, lang),
        _limits(found, lang),
        _warnings(found, lang),
        f"{_readings(found, lang)}{JOIN[lang]}{_due(found, lang)}",
    ]


def percent(numerator: int, denominator: int) -> str:
    """Write a share; a dash where there is nothing to divide by.

    Examples
    --------
    >>> percent(2, 3), percent(0, 0)
    ('66.7 %', '–')
    """
    return f"{100 * numerator / denominator:.1f} %" if denominator else "–"


def _cases(found: Bulletin, lang: str) -> str:
    words, coverage = SENTENCES[lang], found.coverage
    period = period_text(found, lang)
    if coverage.is_empty:
        return words["empty"].format(period=period)
    if not coverage.case_days or found.cases is None:
        return words["no-cases"].format(period=period)
    part = ""
    if coverage.case_days < coverage.days:
        part = words["part"].format(have=coverage.case_days, days=coverage.days)
    counts = {name: getattr(found.cases, name) for name in found.cases.__struct_fields__}
    return words["cases"].format(period=period, part=part, **counts)


def _comparison(found: Bulletin, lang: str) -> str:
    words = SENTENCES[lang]
    if not found.coverage.case_days or found.cases is None:
        return words["nothing-to-compare"]
    parts, missing = [], []
    for against, earlier in found.earlier.items():
        name = AGAINST[found.period.span][against][lang]
        if earlier.counts is None:
            missing.append(name)
            continue
        more, before = found.cases.filed - earlier.counts.filed, earlier.counts.filed
        way = "same" if not more else "more" if more > 0 else "less"
        share = f" ({more / before:+.0%})" if before and more else ""
        note = ""
        if not earlier.is_whole:
            note = words["only"].format(have=earlier.case_days, days=earlier.period.days)
        parts.append(
            words[way].format(name=name, more=abs(more), before=before, share=share, note=note)
        )
    if missing:
        parts.append(words["missing"].format(names=words["comma"].join(missing)))
    unequal = "" if found.is_over else words["not-over"]
    return words["comparison"].format(parts=words["semicolon"].join(parts), unequal=unequal)


def _limits(found: Bulletin, lang: str) -> str:
    words, cases = SENTENCES[lang], found.cases
    if cases is None or not found.coverage.case_days:
        return words["no-limits"]  # what stood long ago says nothing of this period
    change = words["stock"].format(before=cases.open_before, open=cases.open)
    if not cases.due:
        return words["none-due"].format(change=change)
    low, high = wilson(cases.closed_in_time, cases.due)
    return words["due"].format(
        due=cases.due,
        kept=cases.closed_in_time,
        share=percent(cases.closed_in_time, cases.due),
        interval=f"{100 * low:.1f}–{100 * high:.1f} %",
        change=change,
    )


def _warnings(found: Bulletin, lang: str) -> str:
    words, coverage = SENTENCES[lang], found.coverage
    watched = {"have": coverage.reading_hours, "hours": coverage.hours}
    if not found.warnings:
        if not coverage.reading_days and not coverage.case_days:
            return words["not-watched"]
        return words["no-warnings"].format(**watched)
    levels = Counter(each.level for each in found.raised)
    named = words["comma"].join(
        LEVEL_COUNT[lang].format(level=LEVELS[level][lang], count=levels[level])
        for level in sorted(levels, reverse=True)
    )
    return words["warnings"].format(
        raised=len(found.raised),
        levels=f" ({named})" if named else "",
        before=len(found.warnings) - len(found.raised),
        standing=len(found.standing),
        unacknowledged=len(found.unacknowledged),
    )


def _readings(found: Bulletin, lang: str) -> str:
    words = SENTENCES[lang]
    chosen = headline(found)
    if chosen is None:
        return words["no-readings"]
    text = words["readings"].format(
        title=chosen.title[lang],
        mean=f"{chosen.mean:.0f}",
        max=f"{chosen.max:.0f}",
        unit=chosen.unit,
        place=chosen.max_place[lang],
        hours=chosen.hours,
        of=found.coverage.hours,
    )
    before = chosen.earlier.get(Against.BEFORE)
    if before is not None:
        name = AGAINST[found.period.span][Against.BEFORE][lang]
        text += words["mean-before"].format(name=name, before=f"{before:.0f}")
    departed = max(found.readings, key=lambda each: each.departures)
    if departed.worst is None:
        return text + words["no-departure"]
    return text + words["departure"].format(
        title=departed.title[lang],
        count=departed.departures,
        observed=f"{departed.worst.observed:.0f}",
        expected=f"{departed.worst.expected:.0f}",
        unit=departed.unit,
    )


def headline(found: Bulletin) -> ReadingFigures | None:
    """Give the metric of which the sentences speak: PM10, else the one with most readings."""
    named = [each for each in found.readings if each.metric == _HEADLINE]
    return max(named or found.readings, key=lambda each: each.readings, default=None)


def _due(found: Bulletin, lang: str) -> str:
    words = SENTENCES[lang]
    if found.cases is None or not found.coverage.case_days:
        return words["due-unknown"]
    return words["due-next"].format(total=found.due.total, held=found.due.held)


def period_text(found: Bulletin, lang: str) -> str:
    """Name the period by its dates."""
    period = found.period
    text = period.first.isoformat()
    if period.days > 1:
        text = PERIODS[lang].format(first=text, last=period.last.isoformat())
    return text
