"""Names beside codes: streets, departments and classes, in the language that was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from config.catalog import Catalog
from ops.analysis.case_source import cases_feed


def names_of(by: str, catalog: Catalog, lang: str) -> Mapping[str, str]:
    """Give the names of the codes of a dimension; empty where it has none."""
    if by == "street":
        return {street.code: street.name[lang] for street in catalog.streets}
    if by == "department":
        return {one.code: one.title[lang] for one in catalog.registry.departments}
    feed = cases_feed(catalog, None) if by == "category" else None
    return {} if feed is None else {c.code: c.title[lang] for c in feed.categories.values()}


def named(code: str, names: Mapping[str, str]) -> str:
    """Write a code with its name.

    Examples
    --------
    >>> named("0301", {"0301": "工地扬尘"}), named("9", {})
    ('0301 工地扬尘', '9')
    """
    return f"{code} {names[code]}" if names.get(code) else code
