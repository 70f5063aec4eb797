"""The real tables of cases as `gridpulse` itself reads them; each is read once for all tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ops.analysis.kpi import CaseTable, load_table
from ops.cities import catalog_of
from tests.real_cases import Table


@cache
def loaded(table: Table, folder: Path) -> CaseTable:
    """Read a real table with its mapping.

    Parameters
    ----------
    folder : Path
        Folder of the shared data.
    """
    _, catalog = catalog_of(table.mapping, {})
    mapping = catalog.mapping(table.mapping)
    return load_table(folder / "cases" / table.file, catalog, mapping)
