"""The rates of the hotline from a file of calls: read, checked, counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from config.catalog import Catalog
from config.errors import InputError, NothingUsed
from models.feeds.diagnosis import DECODE_ERRORS
from models.grid.codes import street_code
from models.hotline.calls import Call
from models.hotline.rates import DEFINITIONS, CallBook, GroupOfCalls, month_of
from models.timing.calendar import EPOCH
from models.timing.zone import Zone, zone_of
from ops.files.account import InputAccount
from ops.files.raw_lines import raw_values

BY: Final = ("street", "department", "category", "month")
_DECODE: Final = msgspec.json.Decoder(Call).decode


@dataclass(frozen=True, kw_only=True)
class HotlineRates:
    """What a file of calls comes to.

    Attributes
    ----------
    whole : GroupOfCalls
        All calls together.
    groups : list of GroupOfCalls
        By what was asked, ranked.
    account : InputAccount
        What became of the lines of the file.
    """

    whole: GroupOfCalls
    groups: list[GroupOfCalls]
    account: InputAccount

    def to_builtins(self) -> dict[str, Any]:
        """Give all figures as plain values."""
        return {
            "rows": [_plain(group) for group in self.groups],
            "all": _plain(self.whole),
            "definitions": DEFINITIONS,
            "input": self.account.to_builtins(),
        }


def _plain(group: GroupOfCalls) -> dict[str, Any]:
    rates = {
        name: {"numerator": r.numerator, "denominator": r.denominator, "value": r.value}
        for name, r in group.rates.items()
    }
    return {
        "group": group.group,
        "calls": group.calls,
        "score": group.score,
        "rank": group.rank,
        "rates": rates,
    }


def rates_of_file(
    file: Path, catalog: Catalog, by: str = "street", month: str | None = None
) -> HotlineRates:
    """Count a file of calls, JSON lines or an array as `models.hotline.calls.Call` has them.

    Parameters
    ----------
    file : Path
    catalog : Catalog
        Its responsibility list and the plan of its hotline.
    by : {"street", "department", "category", "month"}
    month : str, optional
        Only calls of it, `YYYY-MM`; repeats and patrol findings before it still count.

    Raises
    ------
    InputError
        The city has no plan for a hotline, or there is no such file.
    NothingUsed
        No line of it can be used.
    """
    if catalog.hotline is None:
        msg = f"{catalog.city.name['en']} has no hotline.yaml: nothing says how calls are judged"
        raise InputError(msg)
    calls, account = _read(file)
    zone = zone_of(catalog.city.timezone)
    book = CallBook(calls, catalog.hotline, _owner(catalog, zone))
    if month is not None:
        book.calls = [each for each in book.calls if _month(each, zone) == month]
    if not book.calls:
        msg = f"{file}: none of {len(calls)} calls is of {month}"
        raise NothingUsed(msg)
    groups = book.groups(_group(by, zone))
    whole = book.of("all", book.calls)
    return HotlineRates(whole=whole, groups=groups, account=account)


def _read(file: Path) -> tuple[list[Call], InputAccount]:
    """Read the lines; one that is not a call is set aside with its reason, and loses no other."""
    calls: list[Call] = []
    wrong: dict[int, str] = {}
    for row, value in enumerate(raw_values(file)):
        try:
            calls.append(_DECODE(value))
        except (*DECODE_ERRORS, UnicodeDecodeError) as error:
            wrong[row] = _reason(str(error))
    account = InputAccount(file, len(calls) + len(wrong), wrong)
    account.require_used()
    return calls, account


def _reason(error: str) -> str:
    """Say why a line was set aside, without what stood in it."""
    if "$.caller" in error:
        return "caller is no digest of 32 to 64 hexadecimal digits: names and numbers are refused"
    return re.sub(r"'[^']*'", "…", error)


def _owner(catalog: Catalog, zone: Zone) -> Callable[[str, str, int], str]:
    def owner(category: str, cell: str, at_ms: int) -> str:
        day = EPOCH + timedelta(days=zone.day_at(at_ms))
        found = catalog.registry.owner(category, street_code(cell), day)
        return "" if found is None else found.department

    return owner


def _month(call: Call, zone: Zone) -> str:
    return month_of(EPOCH + timedelta(days=zone.day_at(call.ts)))


def _group(by: str, zone: Zone) -> Callable[[Call], str]:
    groups: dict[str, Callable[[Call], str]] = {
        "street": lambda call: street_code(call.cell),
        "department": lambda call: call.department,
        "category": lambda call: call.category,
        "month": lambda call: _month(call, zone),
    }
    return groups[by]
