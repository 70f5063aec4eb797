"""Who asks on the command line."""

from __future__ import annotations

import getpass

import msgspec

from config.errors import InputError
from models.messages.commands import Actor


def actor_of(given: str) -> str:
    """Give who asks: the name that was given, else the user of this machine.

    Raises
    ------
    InputError
        It is longer than a record of what was done may hold.

    Examples
    --------
    >>> actor_of("li")
    'li'
    """
    name = given or getpass.getuser()
    try:
        return msgspec.convert(name, type=Actor)
    except msgspec.ValidationError:
        msg = f"--actor: expected a name of at most 64 characters, got {len(name)}"
        raise InputError(msg) from None
