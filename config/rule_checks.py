"""Checks of what a rule says of other files: its response plan, other rules, streets."""

from __future__ import annotations

from config.catalog import Catalog, Rule
from config.documents import Document


def check_references(catalog: Catalog, rule: Rule, file: Document) -> None:
    """Check that what a rule names exists; raises ConfigError."""
    if rule.plan and rule.plan not in catalog.plans:
        known = ", ".join(catalog.plans) or "none"
        wrong = f"expected the name of a file in plans/ ({known}), found {rule.plan!r}"
        raise file.error(["plan"], wrong)
    for number, area in enumerate(rule.applies.areas):
        if not any(area.startswith(street.code) for street in catalog.streets):
            wrong = f"{area} lies in no street of streets.yaml"
            raise file.error(["applies", "areas", number], wrong)
    if rule.standing is None:
        return
    if not rule.standing.names:
        raise file.error(["standing"], "expected rules under every, any or none")
    for name in rule.standing.names:
        if name not in catalog.rules or name == rule.name:
            known = ", ".join(each for each in catalog.rules if each != rule.name)
            raise file.error(["standing"], f"expected other rules ({known}), found {name!r}")
        other = catalog.rules[name].standing
        if other is not None:
            wrong = f"{name} waits for other rules itself; name those instead"
            raise file.error(["standing"], wrong)
