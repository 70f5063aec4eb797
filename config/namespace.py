"""The prefix by which several cities share one Kafka and one Redis without meeting.

Inside the system every topic, group and key has one name, whatever the city: state, dead letters
and the archive know no prefix. It is put on where a client speaks to a server and taken off where
it answers, and nowhere else (`tests/test_namespace.py` holds that).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from config.errors import ConfigError
from config.names import RAW_PREFIX

LONGEST_LABEL: Final = 32
LONGEST_TOPIC: Final = 249  # what Kafka takes
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_VARIABLE: Final = "GRIDPULSE_PREFIX"


@dataclass(frozen=True, slots=True)
class Namespace:
    """Names as servers know them.

    A prefix is one word and a dot, and no name inside has a dot but those of raw topics. So no
    prefix is the beginning of another, nor of a name without one.

    Parameters
    ----------
    prefix : str
        Empty: names are the same on both sides.

    Examples
    --------
    >>> east = Namespace("east.")
    >>> east.outer("raw.dust"), east.inner("east.raw.dust"), east.owns("raw.dust")
    ('east.raw.dust', 'raw.dust', False)
    """

    prefix: str = ""

    def outer(self, name: str) -> str:
        """Give the name of a topic, group or key as a server knows it."""
        return self.prefix + name

    def inner(self, name: str) -> str:
        """Give the name of a topic or key as the system knows it."""
        return name.removeprefix(self.prefix)

    def owns(self, name: str) -> bool:
        """Tell whether a name that a server gave is one of ours."""
        return name.startswith(self.prefix)


NO_PREFIX: Final = Namespace()


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that could meet other names.

    Raises
    ------
    ConfigError
        One sentence.
    """
    label = prefix.removesuffix(".")
    if not prefix:
        return
    if label == prefix or not _LABEL.fullmatch(label):
        msg = (
            f"environment: {_VARIABLE} is {prefix!r}; expected small letters, digits and '-' with"
            " a dot at the end, such as 'dongcheng.'"
        )
        raise ConfigError(msg)
    if len(label) > LONGEST_LABEL:
        msg = (
            f"environment: {_VARIABLE} has {len(label)} characters before its dot; expected at"
            f" most {LONGEST_LABEL}"
        )
        raise ConfigError(msg)
    if prefix == RAW_PREFIX:
        msg = (
            f"environment: {_VARIABLE} {prefix!r} is the beginning of the raw topics of a city"
            " without a prefix; expected another"
        )
        raise ConfigError(msg)


def check_topics(names: Iterable[str]) -> None:
    """Refuse names that Kafka does not take.

    Raises
    ------
    ConfigError
        Names the first that is too long.
    """
    for name in names:
        if len(name) > LONGEST_TOPIC:
            msg = (
                f"topic {name} has {len(name)} characters and Kafka takes {LONGEST_TOPIC}:"
                f" shorten {_VARIABLE} or the name of the feed"
            )
            raise ConfigError(msg)
