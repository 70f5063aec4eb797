"""How names compare: departments, streets, categories, sensors and series of all sources.

A name that was typed on two machines may differ in what nobody sees: composed and decomposed
letters (Unicode NFC and NFD), blanks around it, marks without width. Case is a difference, unless a
register says not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar
from unicodedata import normalize

V = TypeVar("V")

# What pages and spreadsheets leave behind: no width, left to right, soft hyphen, byte order mark.
_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202c\u2060\u00ad\ufeff"))


def seen(text: str) -> str:
    r"""Give a text without the marks that nobody sees.

    Examples
    --------
    >>> seen("\u200e2024\u200e-03")
    '2024-03'
    """
    return text.translate(_UNSEEN)


def tidy(name: str) -> str:
    r"""Give a name as it is compared: NFC, without blanks around it.

    Examples
    --------
    >>> tidy(" Cafe\u0301 ") == "Caf\u00e9"
    True
    """
    return name.strip() if name.isascii() else normalize("NFC", seen(name)).strip()


def folded(name: str) -> str:
    """Give a name as it is compared where case is not a difference."""
    return normalize("NFC", tidy(name).casefold())


class NameIndex(Mapping[str, V]):
    """Values by name; names compare by `tidy`, or by `folded` where case is not a difference.

    Parameters
    ----------
    values : mapping of str to object
    ignores_case : bool

    Examples
    --------
    >>> NameIndex({"Water": "water"}, ignores_case=True).get(" WATER ")
    'water'
    """

    def __init__(self, values: Mapping[str, V], *, ignores_case: bool = False) -> None:
        self._key = folded if ignores_case else tidy
        self._values = {self._key(name): value for name, value in values.items()}

    def __getitem__(self, name: str) -> V:
        return self._values[self._key(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
