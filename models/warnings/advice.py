"""What stands beside a suggestion: how often its rule was right, the last times, what is near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from config.catalog import Catalog, Text
from models.messages.audit import AuditEntry
from models.messages.street_summaries import WatchedCase
from models.messages.warnings import CityWarning
from models.warnings.places import stations
from models.warnings.suggestions import (
    Outcome,
    Precision,
    lies_in,
    linked,
    past_outcomes,
    precisions,
)


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside a suggestion.

    Attributes
    ----------
    precision : Precision or None
        Of the rule; None where nobody judged any of its warnings.
    past : list of Outcome
        What became of the last warnings of the rule at this place.
    linked : list of str
        Ids of other warnings that stand within its area.
    cases : list of WatchedCase or None
        The most pressing open cases there; None where no snapshot is known.
    sites : dict of str to Text
        Other places there that are measured, such as risk sources: `<feed>/<cell>` → name.
    """

    precision: Precision | None
    past: list[Outcome]
    linked: list[str]
    cases: list[WatchedCase] | None
    sites: dict[str, Text]


def advise(
    catalog: Catalog,
    warning: CityWarning,
    warnings: Mapping[str, CityWarning],
    entries: Sequence[AuditEntry],
    watched: Iterable[WatchedCase] | None,
) -> Advice:
    """Gather what is known.

    Parameters
    ----------
    catalog : Catalog
    warning : CityWarning
    warnings : mapping of str to CityWarning
        All that are known, by id.
    entries : sequence of AuditEntry
        Of all warnings.
    watched : iterable of WatchedCase or None
        The most pressing open cases of the district; None: no snapshot is known.
    """
    cases = None
    if watched is not None:
        cases = [case for case in watched if lies_in(case.cell, warning.area)]
    return Advice(
        precision=precisions(entries).get(warning.rule),
        past=past_outcomes(warning, entries),
        linked=[each.id for each in linked(warning, warnings)],
        cases=cases,
        sites=dict(_sites(catalog, warning)),
    )


def _sites(catalog: Catalog, warning: CityWarning) -> Iterator[tuple[str, Text]]:
    """Name the sensors of other feeds within the area of a warning."""
    for feed in catalog.feeds.values():
        for cell, title in stations(catalog, feed).items() if feed.name != warning.feed else ():
            if lies_in(cell, warning.area):
                yield f"{feed.name}/{cell}", title
