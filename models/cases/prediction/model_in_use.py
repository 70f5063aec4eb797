"""Which prediction of breaches is in use: the newest published one, else that of the archive."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from models.cases.prediction.breach import BreachModel
from models.messages.case_models import CaseModel
from models.messages.envelope import malformed
from models.messages.signing import check_signature
from models.timing.bounds import AHEAD_MS

_FIELD: Final = b"model"  # of a checkpoint; those of a feed begin with its name and a slash


class ModelInUse:
    """The model of one street partition.

    Parameters
    ----------
    filed : BreachModel or None
        Of the archive: used until one is published, and after that was taken back.
    key : str
        `Settings.model_key`; empty accepts unsigned models.

    Attributes
    ----------
    current : BreachModel or None
    """

    def __init__(self, filed: BreachModel | None, key: str) -> None:
        self.current = self._filed = filed
        self._key = key
        self._changes: dict[bytes, bytes | None] = {}

    def replace(self, message: CaseModel, newest_ms: int) -> None:
        """Use a published model from now on.

        Parameters
        ----------
        message : CaseModel
        newest_ms : int
            When it was published, or the event clock if that is later; 0 unknown. No honest
            training ended after that.

        Raises
        ------
        MalformedMessage
            It cannot be used; the one in use stays.
        """
        check_signature(message, self._key)
        try:
            model = BreachModel.from_json(message.model)
        except ValueError as error:
            raise malformed(CaseModel.NAME, str(error)) from error
        if newest_ms and model.trained_until_ms > newest_ms + AHEAD_MS:
            raise malformed(CaseModel.NAME, "its training ended after it was published")
        if self.current is not None and model.trained_until_ms < self.current.trained_until_ms:
            raise malformed(CaseModel.NAME, "trained on older history than the model in use")
        self.current = model
        self._changes[_FIELD] = message.model

    def remove(self) -> None:
        """Take the published model back."""
        self.current = self._filed
        self._changes[_FIELD] = None

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the field of the checkpoint, where it changed since the last call."""
        changes, self._changes = self._changes, {}
        return changes

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave; a model that was published outranks the archive's."""
        if _FIELD in fields:
            with suppress(ValueError):  # of another version: the next training brings one
                self.current = BreachModel.from_json(fields[_FIELD])
