"""Trained models are signed, so that not everybody who may write to their topic may judge a city.

The signature is HMAC-SHA256 over the whole message, its tag and version included, with an empty
signature in it. Without a key nothing is signed and everything is accepted.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TypeVar

import msgspec

from models.messages.envelope import Message, encode, malformed


class SignedMessage(Message, frozen=True, kw_only=True):
    """A message that says who made it.

    Attributes
    ----------
    signature : bytes
        32 bytes, of the key `GRIDPULSE_MODEL_KEY`; empty where there was none.
    """

    signature: bytes = b""


S = TypeVar("S", bound=SignedMessage)


def sign(message: S, key: str) -> S:
    """Sign a message; with an empty key it stays unsigned."""
    return msgspec.structs.replace(message, signature=_signature(message, key) if key else b"")


def check_signature(message: SignedMessage, key: str) -> None:
    """Make sure that a message was signed with a key; an empty key accepts all.

    Raises
    ------
    MalformedMessage
        It was not signed, or with another key, or was changed since.
    """
    if not key:
        return
    if not message.signature:
        raise malformed(
            message.NAME, "it is not signed, expected a signature by GRIDPULSE_MODEL_KEY"
        )
    if not hmac.compare_digest(message.signature, _signature(message, key)):
        raise malformed(message.NAME, "its signature is not by this city's GRIDPULSE_MODEL_KEY")


def _signature(message: SignedMessage, key: str) -> bytes:
    data = encode(msgspec.structs.replace(message, signature=b""))
    return hmac.new(key.encode(), data, hashlib.sha256).digest()
