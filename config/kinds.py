"""The kinds of feeds and of rules: plug-ins, each found by lying in a folder of `models`.

Here is what configuration asks of a kind, each thing once; what the rest of the house asks of it
is added by the contracts that derive from these: `models.feeds.kinds.contract.FeedKind` and
`models.rules.contract.RuleKind`. Nothing imports a kind by name, so that a new one needs no edit
elsewhere.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Final

from config.catalog import Feed, Rule
from config.discovery import modules_of
from config.documents import Document
from config.levels import check_levels, check_rarity

FEEDS: Final = "models.feeds.kinds"
RULES: Final = "models.rules.kinds"


class ConfiguredFeedKind:
    """What the loader asks of a kind of feed.

    Attributes
    ----------
    name : str
        As in the field `kind` of a feed's file; the name of its folder.
    feed : type of Feed
        Model of a feed's file.
    watched_by : tuple of str
        Kinds of rules that may watch such a feed, beside those that say so of themselves.
    sources : tuple of str
        Whom a rule of kind `silence` may watch there, as its `metric`.
    mapping_needs : tuple of str
        Fields that a mapping of a table to such a feed has to give.
    topics : tuple of models.messages.topic.Topic
        Topics that the kind brings along.
    """

    name: ClassVar[str]
    feed: ClassVar[type[Feed]] = Feed
    watched_by: ClassVar[tuple[str, ...]] = ("silence",)
    sources: ClassVar[tuple[str, ...]] = ("feed",)
    mapping_needs: ClassVar[tuple[str, ...]] = ()
    topics: ClassVar[tuple[Any, ...]] = ()

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check what looks beyond one field; raises ConfigError."""


class ConfiguredRuleKind:
    """What the loader asks of a kind of rule.

    Attributes
    ----------
    name : str
        As in the field `kind` of a rule's file; the name of its module.
    rule : type of Rule
        Model of a rule's file.
    watches : tuple of str
        Kinds of feeds that it may watch, beside those that say so of themselves.
    """

    name: ClassVar[str]
    rule: ClassVar[type[Rule]]
    watches: ClassVar[tuple[str, ...]] = ()

    def check_rule(self, rule: Rule, feed: Feed, file: Document) -> None:
        """Check what looks beyond one field; raises ConfigError."""
        del feed
        check_levels(rule, file)
        check_rarity(rule, file)


@cache
def known_feed_kinds() -> dict[str, ConfiguredFeedKind]:
    """All kinds of feeds by name, in the order of their names."""
    return {name: module.KIND for name, module in modules_of(FEEDS, only_folders=True)}


@cache
def known_rule_kinds() -> dict[str, ConfiguredRuleKind]:
    """All kinds of rules by name, in the order of their names."""
    return {name: module.KIND for name, module in modules_of(RULES)}


def may_watch(rule_kind: str, feed_kind: str) -> bool:
    """Tell whether a rule of a kind may watch a feed of a kind: either may say so."""
    watched_by = known_feed_kinds()[feed_kind].watched_by
    return rule_kind in watched_by or feed_kind in known_rule_kinds()[rule_kind].watches
