"""The kinds of feeds: each is a folder of `models/feeds/kinds`, found by being there.

What a kind is to the whole house says `models.feeds.kinds.contract.FeedKind`; here is what
configuration asks of it. Kinds are plug-ins: nothing imports one by name, so that a new kind needs
no edit elsewhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any, Protocol

from config.catalog import Feed
from config.documents import Document

PACKAGE = "models.feeds.kinds"


class ConfiguredKind(Protocol):
    """What the loader asks of a kind.

    Attributes
    ----------
    name : str
        As in the field `kind` of a feed's file; the name of its folder.
    feed : type of Feed
        Model of a feed's file.
    watched_by : tuple of str
        Kinds of rules that may watch such a feed.
    sources : tuple of str
        Whom a rule of kind `silence` may listen to there, as its `metric`.
    mapping_needs : tuple of str
        Fields that a mapping of a table to such a feed has to give.
    topics : tuple of models.messages.topic.Topic
        Topics that the kind brings along.
    """

    name: str
    feed: type[Feed]
    watched_by: tuple[str, ...]
    sources: tuple[str, ...]
    mapping_needs: tuple[str, ...]
    topics: tuple[Any, ...]

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check what looks beyond one field; raises ConfigError."""
        ...


@cache
def kinds() -> dict[str, ConfiguredKind]:
    """All kinds by name, in the order of their names."""
    package = importlib.import_module(PACKAGE)
    found = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)
    return {name: importlib.import_module(f"{PACKAGE}.{name}").KIND for name in found}
