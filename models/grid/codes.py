"""Cell codes: 6 district + 3 street + 3 community + 3 cell digits (DB11/T 2157-2023)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CELL_DIGITS: Final = 15
COMMUNITY_DIGITS: Final = 12
STREET_DIGITS: Final = 9
DISTRICT_DIGITS: Final = 6
# A cell code as an integer // this = the code of its community, street, district.
COMMUNITY_DIVISOR: Final = 10**3
STREET_DIVISOR: Final = 10**6
DISTRICT_DIVISOR: Final = 10**9


@dataclass(frozen=True)
class CellCode:
    """The parts of a cell code.

    Examples
    --------
    >>> code = CellCode.parse("110101006012034")
    >>> code.district, code.street, code.community, code.cell
    ('110101', '110101006', '110101006012', '110101006012034')
    """

    cell: str

    @classmethod
    def parse(cls, text: str) -> CellCode:
        """Check a code.

        Raises
        ------
        ValueError
            Not 15 ASCII digits, a district that begins with 0, or a street, community or cell
            numbered 000.
        """
        if not is_digits(text, CELL_DIGITS):
            msg = f"a cell code has {CELL_DIGITS} digits and does not begin with 0, got {text!r}"
            raise ValueError(msg)
        for name, at in (("street", 6), ("community", 9), ("cell", 12)):
            if text[at : at + 3] == "000":
                msg = f"{name} numbers begin at 001, got 000 in {text!r}"
                raise ValueError(msg)
        return cls(text)

    @property
    def district(self) -> str:
        """First 6 digits."""
        return self.cell[:DISTRICT_DIGITS]

    @property
    def street(self) -> str:
        """First 9 digits."""
        return self.cell[:STREET_DIGITS]

    @property
    def community(self) -> str:
        """First 12 digits."""
        return self.cell[:COMMUNITY_DIGITS]

    @property
    def number(self) -> int:
        """The whole code as an integer, as `Grid.codes` holds it."""
        return int(self.cell)


def is_digits(text: str, digits: int) -> bool:
    """Tell whether a text is that many ASCII digits, the first of them not 0.

    Examples
    --------
    >>> is_digits("110101", 6), is_digits("010101", 6), is_digits("１10101", 6)
    (True, False, False)
    """
    return len(text) == digits and text.isascii() and text.isdigit() and text[0] != "0"


def street_code(code: str) -> str:
    """Street of a cell, community or street code, 9 digits; shorter codes come back as they are.

    Examples
    --------
    >>> street_code("110101006012034"), street_code("")
    ('110101006', '')
    """
    return code[:STREET_DIGITS]


def community_code(code: str) -> str:
    """Community of a cell code, 12 digits; shorter codes come back as they are."""
    return code[:COMMUNITY_DIGITS]


def district_code(code: str) -> str:
    """District of any code, 6 digits."""
    return code[:DISTRICT_DIGITS]


def is_within(code: str, area: str) -> bool:
    """Tell whether a place is an area or lies in it, by their codes.

    Examples
    --------
    >>> is_within("110101006012034", "110101006"), is_within("110101", "110101006")
    (True, False)
    """
    return code.startswith(area)


def street_of(cell: int) -> int:
    """Street of a cell code as an integer.

    Examples
    --------
    >>> street_of(110101006012034)
    110101006
    """
    return cell // STREET_DIVISOR


def community_of(cell: int) -> int:
    """Community of a cell code as an integer.

    Examples
    --------
    >>> community_of(110101006012034)
    110101006012
    """
    return cell // COMMUNITY_DIVISOR


class AreaKind(StrEnum):
    """Kinds of area that a code may name."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    CELL = "cell"


DIGITS: Final = {
    AreaKind.DISTRICT: DISTRICT_DIGITS,
    AreaKind.STREET: STREET_DIGITS,
    AreaKind.COMMUNITY: COMMUNITY_DIGITS,
    AreaKind.CELL: CELL_DIGITS,
}


def kind_of(code: str) -> AreaKind:
    """Tell what kind of area a code names.

    Raises
    ------
    ValueError
        No kind of area has a code of that length.

    Examples
    --------
    >>> kind_of("110101006")
    <AreaKind.STREET: 'street'>
    """
    for kind, digits in DIGITS.items():
        if len(code) == digits:
            return kind
    wanted = ", ".join(f"{digits} ({kind})" for kind, digits in DIGITS.items())
    msg = f"not a valid area code: {code!r}, expected {wanted} digits"
    raise ValueError(msg)
