"""How the rates of the hotline are printed."""

from __future__ import annotations

from config.catalog import Catalog
from models.hotline.rates import DEFINITIONS, GroupOfCalls, Rate
from ops.analysis.code_names import named, names_of
from ops.hotline.rates import HotlineRates
from ops.output import Column, print_table, say


def print_rates(found: HotlineRates, catalog: Catalog, by: str, lang: str, *, wide: bool) -> None:
    """Print one row a group, ranked, then the definitions and what became of the lines."""
    names = names_of(by, catalog, lang)
    columns = [Column(name="rank", is_number=True), Column(name=by, is_key=True)]
    columns += [Column(name=name, is_number=True) for name in ("score", "calls", *DEFINITIONS)]
    groups = [*found.groups, found.whole]
    rows = [_row(group, named(group.group, names)) for group in groups]
    print_table(columns, rows, title=f"{found.whole.calls} calls", wide=wide)
    lines = [text[lang] for text in DEFINITIONS.values()]
    lines.append(found.account.as_text())
    say({}, "\n".join(lines), as_json=False)


def _row(group: GroupOfCalls, name: str) -> tuple[object, ...]:
    rates = (_share(group.rates[key]) for key in DEFINITIONS)
    score = "–" if group.score is None else f"{group.score:.1f}"
    return ("–" if group.rank is None else group.rank, name, score, group.calls, *rates)


def _share(rate: Rate) -> str:
    return "–" if rate.value is None else f"{rate.value:.1%}"
