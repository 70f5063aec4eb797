"""A trained prediction of breaches, on its way to the running workers."""

from __future__ import annotations

from models.messages.signing import SignedMessage


class CaseModel(SignedMessage, frozen=True, kw_only=True):
    """A prediction of breaches; the newest of a street partition replaces the older.

    Attributes
    ----------
    model : bytes
        `models.cases.prediction.breach.BreachModel.to_json`.
    """

    TAG = "CMOD"
    NAME = "case model"

    model: bytes
