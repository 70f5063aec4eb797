"""Whose warning an anomaly belongs to: the street's where it is local, the district's if regional.

A sandstorm raises every cell at once; one warning of the district says so, and no street opens its
own beside it. What is merely seasonal warns nobody. Where too few others reported to tell
local from regional, the place speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from models.messages.anomalies import Anomaly

STREET_DIGITS = 9
DISTRICT_DIGITS = 6


def scope_of(area: str) -> str:
    """Give `regional` for a district's code and `local` for a street's."""
    return "regional" if len(area) == DISTRICT_DIGITS else "local"


def scope_of_anomaly(anomaly: Anomaly) -> str:
    """Give the scope that counts for warnings: with nobody to compare with, it is local."""
    evidence = anomaly.evidence
    return "local" if evidence.scope == "none" and evidence.region is None else evidence.scope


def by_area(anomalies: Iterable[Anomaly]) -> dict[str, list[Anomaly]]:
    """Hand each anomaly to its street and its district, active only where its scope says so.

    A cell whose departure turned from local to regional has thereby returned to normal for its
    street: the street gets it as inactive.
    """
    areas: dict[str, list[Anomaly]] = {}
    for anomaly in anomalies:
        code = anomaly.cell
        scopes = {code[:STREET_DIGITS]: "local", code[:DISTRICT_DIGITS]: "regional"}
        for area, scope in scopes.items():  # a district itself is only regional
            belongs = anomaly.active and scope_of_anomaly(anomaly) == scope
            seen = anomaly if belongs else msgspec.structs.replace(anomaly, active=False)
            areas.setdefault(area, []).append(seen)
    return areas
