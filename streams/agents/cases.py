"""Agent `cases`: events of cases in; counted panes, map layers and the state of the loop out.

One processor owns the cases of one street partition. What a case is stands in `models.cases`; here
is only what is decoded, encoded and sent where.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from config.catalog import Catalog
from config.errors import ConfigError
from config.names import (
    CASE_EVENTS,
    CASE_MODELS,
    DEAD_LETTERS,
    LATE,
    MODES,
    PANES,
    SUMMARIES,
    raw_topic,
)
from config.settings import Settings
from models.cases.closed_loop.answers import loop_panes
from models.cases.feed import CaseFeed, StateOfOtherVersion
from models.cases.panes import PaneUpdate
from models.cases.plausibility import LATEST_MS
from models.cases.prediction.breach import BreachModel
from models.cases.prediction.forecast import judge_open
from models.cases.prediction.model_in_use import ModelInUse
from models.cases.rulebook import Rulebook, rulebook_of
from models.cases.standing import LAYERS, case_summary, layer_rows, summary_message, totals
from models.cases.store import Outcome
from models.events.mode_history import ModeHistory
from models.feeds.street_feed import StreetFeeds
from models.messages.case_events import CaseBatch, CaseEvent
from models.messages.case_models import CaseModel
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import encode
from models.messages.modes import ModeChange
from models.messages.rewinds import Rewind
from models.messages.street_summaries import in_parts
from models.rules.questions import questions_of
from models.timing.pace import is_due
from models.timing.units import DAY_MS
from streams.breach_file import read_model
from streams.host.processor import AgentSpec, Effect, Record, Send

NAME: Final = "cases"
_MODES: Final = b"modes"
QUIET_MS: Final = 5000  # a summary comes this often even if nothing changed
SITUATION_MS: Final = 2000  # the long summary (indicators of all groups) at most this often


class CaseProcessor:
    """Cases of all feeds of kind `cases` at one street partition; see `Processor`."""

    def __init__(
        self,
        catalog: Catalog,
        rules: Rulebook,
        settings: Settings,
        partition: int,
        model: BreachModel | None = None,
    ) -> None:
        keep_finished_ms = round(settings.finished_days * DAY_MS)
        self._partition, self._partitions = partition, settings.street_partitions
        feeds = (CaseFeed(feed, rules, keep_finished_ms) for feed in catalog.feeds_of("cases"))
        self._feeds = StreetFeeds("cases", feeds, partition, self._partitions)
        self._rules, self._model = rules, ModelInUse(model, settings.model_key)
        self._district, self._key = catalog.city.code, catalog.city.code.encode()
        self._questions = questions_of(catalog)
        self._summary_ms = round(settings.summary_s * 1000)
        self._layers_sent_ms = dict.fromkeys(self._feeds.by_name, 0)
        self._situation_sent_ms = dict.fromkeys(self._feeds.by_name, 0)
        self._layers_due = set[str]()  # feeds that changed since their last layers
        self._situation_due = set[str]()  # … and since their last long summary
        self._is_switched = False  # whether the mode was, since the last checkpoint

    def apply(self, record: Record) -> Sequence[Effect]:
        """Apply the new events of a batch and send the panes that close or are corrected.

        A trained model is taken up at once: what it says changes no count.
        """
        if record.is_tombstone:
            self._model.remove()
            return self._judge_anew()
        batch = record.decode()
        if isinstance(batch, Rewind):
            return self._rewind(batch)
        if isinstance(batch, ModeChange):
            return self._switch_mode(batch)
        if isinstance(batch, CaseModel):
            self._model.replace(batch, self._newest_ms(record))
            return self._judge_anew()
        assert isinstance(batch, CaseBatch)
        feed = self._feeds.addressed(batch.NAME, batch.feed)
        refused = feed.apply(batch)
        before_ms, updates = feed.panes.closed_end, feed.advance(batch.origin.ingested_ms)
        self._feeds.unsaved.add(feed.name)
        if batch.events or updates:
            self._layers_due.add(feed.name)
            self._situation_due.add(feed.name)
        effects: list[Effect] = [_set_aside(batch, *one) for one in refused]
        return [*effects, *self._answers(feed, before_ms, updates), *self._panes(feed, updates)]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Go on with what is done in slices for all cases, and give the summaries that are due."""
        effects: list[Effect] = []
        for name, feed in self._feeds.by_name.items():
            feed.store.place_some()
            if self._model.current is not None:
                model, now = self._model.current, feed.store.now_ms
                judge_open(feed.store.table, model, self._rules.zone, now)
            every_ms = self._summary_ms if name in self._layers_due else QUIET_MS
            if is_due(self._layers_sent_ms[name], now_ms, every_ms):
                feed.store.flush()
                effects += self._layers(feed, now_ms)
                self._layers_sent_ms[name] = now_ms
                self._layers_due.discard(name)
            often_ms = max(SITUATION_MS, self._summary_ms)
            every_ms = often_ms if name in self._situation_due else QUIET_MS
            if is_due(self._situation_sent_ms[name], now_ms, every_ms):
                feed.store.flush()
                effects.append(self._situation(feed, now_ms))
                self._situation_sent_ms[name] = now_ms
                self._situation_due.discard(name)
        return effects

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return self._feeds.watermarks()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Fields that changed since the last call; None deletes a field."""
        fields: dict[bytes, bytes | None] = {}
        for name in sorted(self._feeds.unsaved):
            fields |= self._feeds.by_name[name].changes()
        self._feeds.unsaved.clear()
        if self._is_switched:
            fields[_MODES] = msgspec.msgpack.encode(self._rules.history)
            self._is_switched = False
        return fields | self._model.changes()

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the fields of a checkpoint.

        Raises
        ------
        ConfigError
            The checkpoint was written by another version.
        """
        self._model.restore(fields)
        if data := fields.get(_MODES):
            history = msgspec.msgpack.decode(data, type=ModeHistory)
            self._rules = self._rules.with_history(history)
        for feed in self._feeds.by_name.values():
            feed.store.rejudge(self._rules, LATEST_MS)  # nothing is in it yet
            try:
                feed.restore(fields)
            except StateOfOtherVersion as error:
                msg = (
                    f"{error}; delete the checkpoints of the agent {NAME}: it begins afresh from "
                    "the topics that are kept, and the archive has all history"
                )
                raise ConfigError(msg) from error
        self._layers_due.update(self._feeds.by_name)
        self._situation_due.update(self._feeds.by_name)

    def _rewind(self, order: Rewind) -> Sequence[Effect]:
        """Set the clock of a feed back, and hand that on."""
        further = self._feeds.rewind(order)
        if further is None:
            return ()
        self._layers_due.add(order.feed)
        self._situation_due.add(order.feed)
        return [Send(PANES, self._key, encode(further))]

    def _switch_mode(self, change: ModeChange) -> Sequence[Effect]:
        """Judge the cases that begin from a switch of the mode on by its clocks."""
        history = self._rules.history.with_switch(change.revision, change.at_ms, change.mode)
        if history is self._rules.history:
            return ()
        self._rules = self._rules.with_history(history)
        for feed in self._feeds.by_name.values():
            feed.store.rejudge(self._rules, change.at_ms)
            self._feeds.unsaved.add(feed.name)
            self._situation_due.add(feed.name)
        self._is_switched = True
        return ()

    def _newest_ms(self, record: Record) -> int:
        """When a model was published, or the event clock where a replay runs ahead of that."""
        if not record.published_ms:
            return 0
        return max(
            record.published_ms, *(feed.store.now_ms for feed in self._feeds.by_name.values()), 0
        )

    def _judge_anew(self) -> Sequence[Effect]:
        """Judge all open cases by the model that is in use now."""
        for feed in self._feeds.by_name.values():
            table = feed.store.table
            table.forget_judgements() if self._model.current else table.clear_judgements()
            self._situation_due.add(feed.name)
        return ()

    def _panes(self, feed: CaseFeed, updates: list[PaneUpdate]) -> list[Send]:
        where = self._partition, self._partitions
        panes = feed.panes.messages(updates, feed.name, where, feed.watermark.announced_ms)
        return [Send(PANES, self._key, encode(pane)) for pane in panes]

    def _answers(self, feed: CaseFeed, closed_ms: int, updates: list[PaneUpdate]) -> list[Send]:
        """Answer what rules ask, for each pane that closed."""
        first_ms = updates[0].start_ms if closed_ms < 0 and updates else closed_ms
        asked, where = self._questions.get(feed.name, ()), (self._partition, self._partitions)
        panes = loop_panes(feed, asked, first_ms, where, self._district)
        return [Send(PANES, self._key, encode(pane)) for pane in panes]

    def _layers(self, feed: CaseFeed, now_ms: int) -> list[Send]:
        cell, layer, value = layer_rows(feed.store)
        header = self._feeds.summary_header(
            feed,
            rows=len(cell),
            published_ms=now_ms,
            panes_closed=feed.panes.closed,
            layers=LAYERS,
            totals=totals(feed),
            today=feed.store.indicators.today,
        )
        event_ms = np.full(len(cell), feed.store.now_ms, dtype=np.int64)
        rows = {"cell": cell, "layer": layer, "value": value, "event_ms": event_ms}
        return [Send(SUMMARIES, self._key, data) for data in in_parts(header, rows)]

    def _situation(self, feed: CaseFeed, now_ms: int) -> Send:
        summary = case_summary(
            feed,
            self._rules,
            partition=self._partition,
            partitions=self._partitions,
            published_ms=now_ms,
            watermark_ms=feed.watermark.announced_ms,
            model=self._model.current,
        )
        return Send(SUMMARIES, self._key, summary_message(summary))


def _set_aside(batch: CaseBatch, event: CaseEvent, outcome: Outcome) -> Send:
    """Set an event aside that was not taken, in a form that can be sent again."""
    is_evicted = outcome is Outcome.EVICTED
    rejected = Rejected(
        reason=Reason.LATE if is_evicted else Reason.TOO_MANY,
        detail=f"case {event.case}: {outcome.value}; this step of it is set aside",
        topic=raw_topic(batch.feed),
        partition=batch.origin.partition,
        offset=event.offset,
        index=event.index,
        data_b64=base64.b64encode(msgspec.json.encode(event)).decode(),
    )
    key, value = batch.street.encode(), encode(rejected)
    return Send(LATE, key, value) if is_evicted else Send(DEAD_LETTERS, key, value)


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent to the host; reads the trained model, if there is one.

    Raises
    ------
    ConfigError
        The file of the model is wrong.
    """
    rules = rulebook_of(catalog)
    model = read_model(settings)
    return AgentSpec(
        name=NAME,
        level="street",
        topics=(CASE_EVENTS, CASE_MODELS, MODES),
        make=lambda partition: CaseProcessor(catalog, rules, settings, partition, model),
        sends=(PANES, SUMMARIES, LATE, DEAD_LETTERS),
    )
