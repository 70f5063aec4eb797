"""Decodes rows in which no data of a person may stand: what holds any never becomes a row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from models.feeds.decode import Decoded, W, WireDecoder
from models.feeds.diagnosis import PersonalData
from models.matters.personal import personal_in

_AS_SENT = msgspec.json.Decoder(dict[str, Any]).decode


class PrivateDecoder(WireDecoder[W]):
    """Decodes as `WireDecoder`, after a look at every field of every object, read or not.

    Parameters
    ----------
    kind : type
        Of the rows.
    known : collection of str
        Codes of declared lists, which are not data of a person, whatever they look like.
    """

    def __init__(self, kind: type[W], known: Collection[str]) -> None:
        super().__init__(kind)
        self._known = frozenset(known)
        typed = self._one

        def checked(data: bytes) -> W:
            row = typed(data)
            why = personal_in(_AS_SENT(data), self._known)
            if why is not None:
                raise PersonalData(why)
            return row

        self._one = checked

    def _decode_other(self, record: int, value: bytes, out: Decoded[W]) -> None:
        """Take an array or an envelope apart, so that each object is looked at."""
        self._decode_items(record, value, out)
