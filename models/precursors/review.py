"""What people made of the precursors that were offered: nothing is ever switched on by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Literal

import msgspec

from models.precursors.mining import Precursor

Verdict = Literal["offered", "accepted", "rejected"]


class Offer(msgspec.Struct, kw_only=True):
    """One precursor and what people made of it.

    Attributes
    ----------
    id : str
        Of signal and rule: the same in every mining.
    figures : dict
        Of the newest mining that found it (`models.precursors.mining.Precursor`).
    found_ms : int
        When that was, wall clock.
    verdict : str
    who, why : str
        Role and reason; empty while it is only offered.
    decided_ms : int
    """

    id: str
    figures: dict[str, str | int | float]
    found_ms: int
    verdict: Verdict = "offered"
    who: str = ""
    why: str = ""
    decided_ms: int = 0


def merged(known: Iterable[Offer], found: Iterable[Precursor], now_ms: int) -> list[Offer]:
    """Put a new mining over what is known: figures are renewed, a verdict stands.

    What is not found any more and was never decided goes.
    """
    offers = {offer.id: offer for offer in known}
    newest = {}
    for each in found:
        name = f"{each.signal}>{each.rule}"
        old = offers.get(name, Offer(id=name, figures={}, found_ms=now_ms))
        newest[name] = msgspec.structs.replace(old, figures=asdict(each), found_ms=now_ms)
    decided = {name: offer for name, offer in offers.items() if offer.verdict != "offered"}
    return list({**newest, **{n: o for n, o in decided.items() if n not in newest}}.values())


def decided(
    offers: Iterable[Offer], name: str, verdict: Verdict, who: str, why: str, now_ms: int
) -> list[Offer]:
    """Note a verdict; raises KeyError where nothing of that name was offered."""
    table = {offer.id: offer for offer in offers}
    table[name] = msgspec.structs.replace(
        table[name], verdict=verdict, who=who, why=why, decided_ms=now_ms
    )
    return list(table.values())
