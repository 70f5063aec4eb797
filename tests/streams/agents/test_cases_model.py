"""A running agent `cases` takes up a newly trained prediction of breaches, and keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.loader import load
from config.names import CASE_EVENTS, CASE_MODELS, DEAD_LETTERS, MODES, PANES
from config.settings import Settings
from models.cases.prediction.breach import FEATURES, MODEL_FILE, BreachModel
from models.cases.prediction.survival import Curve
from models.messages.case_events import EventType
from models.messages.case_models import CaseModel
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode, encode
from models.messages.signing import sign
from models.timing.bounds import AHEAD_MS
from ops.analysis.train_cases import write_model
from streams.agents.cases import spec
from streams.host.processor import Effect, Processor, Record
from tests.models.cases.building import START, at, batch, event
from tests.streams.agents.district import run
from tests.streams.agents.test_cases import layers, sent, situation

T = EventType


def model(open_share: float, trained_until_ms: int = START) -> BreachModel:
    """Of all cases this share is still open after an hour, and for good."""
    curve = Curve(hours=[1.0], open_share=[open_share], cases=100)
    return BreachModel(trained_until_ms=trained_until_ms, cases=100, curves={"": curve})


def message(published: BreachModel, offset: int = 0) -> Record:
    return Record(CASE_MODELS, 0, offset, encode(CaseModel(model=published.to_json())))


@pytest.fixture
def processor() -> Processor:
    """One that has an open case with a limit, and no model."""
    settings = Settings()
    made = spec(load(settings), settings).make(0)
    told = batch([event("1", T.REPORTED, 8, due_ms=at(30), category="E0102")], 8.4)
    run(made, [Record(CASE_EVENTS, 0, 0, encode(told))])
    return made


def chance(processor: Processor, now_ms: int) -> float | None:
    [case] = situation(list(processor.tick(now_ms))).watched
    return case.breach_probability


def test_the_agent_reads_the_models() -> None:
    settings = Settings()
    assert spec(load(settings), settings).topics == (CASE_EVENTS, CASE_MODELS, MODES)


def test_a_model_is_used_from_the_moment_it_comes(processor: Processor) -> None:
    assert chance(processor, 10_000) is None
    assert processor.apply(message(model(0.25))) == ()
    assert chance(processor, 20_000) == pytest.approx(0.25)
    processor.apply(message(model(0.75), 1))  # the same end of training: trained once more
    assert chance(processor, 30_000) == pytest.approx(0.75)


def test_all_open_cases_are_judged_anew(processor: Processor) -> None:
    processor.tick(10_000)
    for offset, (open_share, at_risk) in enumerate([(0.25, 0), (0.75, 1), (0.25, 0)]):
        processor.apply(message(model(open_share), offset))
        header, _ = layers(list(processor.tick(20_000 + offset * 10_000)))
        assert header.totals["cases.at_risk"] == at_risk


def test_a_model_survives_a_restart_and_outranks_the_file(
    processor: Processor, tmp_path: Path
) -> None:
    processor.apply(message(model(0.25)))
    saved = {key: data for key, data in processor.changes().items() if data is not None}
    assert set(processor.changes()) == set()  # saved once
    settings = Settings(archive_dir=tmp_path)
    write_model(model(0.9, START + 1), tmp_path / MODEL_FILE)
    restarted = spec(load(settings), settings).make(0)
    restarted.restore(saved)
    assert chance(restarted, 10_000) == pytest.approx(0.25)


def test_a_saved_model_of_another_version_is_done_without(processor: Processor) -> None:
    saved = {key: data for key, data in processor.changes().items() if data is not None}
    settings = Settings()
    restarted = spec(load(settings), settings).make(0)
    restarted.restore(saved | {b"model": b'{"format":1}'})
    assert chance(restarted, 10_000) is None


def test_it_changes_no_count(processor: Processor) -> None:
    before = situation(list(processor.tick(10_000)))
    effects: list[Effect] = list(processor.apply(message(model(0.25))))
    after = situation(list(processor.tick(20_000)))
    assert sent(effects, PANES) == []
    assert (after.indicators, after.stages) == (before.indicators, before.stages)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"nonsense", "not a valid case model message: it begins with"),
        (b"GPCMOD09" + b"{}", "version 9, expected 1"),
        (encode(CaseModel(model=b"nonsense")), "not a valid case model message: "),
        (encode(CaseModel(model=b'{"format": 99}')), "not a valid case model message: "),
        (message(model(0.5, START - 1)).value, "older history than the model in use"),
    ],
)
def test_what_cannot_be_used_is_a_dead_letter_and_the_old_one_stays(
    processor: Processor, value: bytes, why: str
) -> None:
    processor.apply(message(model(0.25)))
    effects = list(run(processor, [Record(CASE_MODELS, 0, 1, value)]))
    [letter] = [decode(Rejected, data) for data in sent(effects, DEAD_LETTERS)]
    assert why in letter.detail
    assert chance(processor, 10_000) == pytest.approx(0.25)


def test_a_tombstone_removes_the_model_over_a_restart(processor: Processor) -> None:
    processor.apply(message(model(0.25, START + 1)))
    saved = {key: data for key, data in processor.changes().items() if data is not None}
    assert chance(processor, 10_000) == pytest.approx(0.25)
    assert run(processor, [Record(CASE_MODELS, 0, 1, b"", key=b"110101")]) == []
    assert chance(processor, 20_000) is None
    assert processor.changes() == {b"model": None}
    del saved[b"model"]
    settings = Settings()
    restarted = spec(load(settings), settings).make(0)
    restarted.restore(saved)
    assert chance(restarted, 10_000) is None
    restarted.apply(message(model(0.75), 2))  # also one that was trained on older history
    assert chance(restarted, 20_000) == pytest.approx(0.75)


def hour(hours: float) -> int:
    """Epoch milliseconds, so many hours after the test's midnight."""
    moment = at(hours)
    assert moment is not None
    return moment


def keyed(key: str) -> Processor:
    settings = Settings(model_key=key)
    made = spec(load(settings), settings).make(0)
    told = batch([event("1", T.REPORTED, 8, due_ms=at(30), category="E0102")], 8.4)
    run(made, [Record(CASE_EVENTS, 0, 0, encode(told))])
    return made


def letters(processor: Processor, record: Record) -> list[str]:
    """Details of the dead letters that a record gives."""
    return [decode(Rejected, data).detail for data in sent(run(processor, [record]), DEAD_LETTERS)]


def test_with_a_key_only_a_model_signed_by_it_is_used() -> None:
    processor = keyed("of the city")
    own = CaseModel(model=model(0.25).to_json())
    forged = msgspec.structs.replace(sign(own, "of the city"), model=model(0.75).to_json())
    for bad, why in (
        (own, "it is not signed"),
        (sign(own, "another"), "its signature is not by this city's GRIDPULSE_MODEL_KEY"),
        (forged, "its signature is not by this city's GRIDPULSE_MODEL_KEY"),
    ):
        [detail] = letters(processor, Record(CASE_MODELS, 0, 0, encode(bad)))
        assert why in detail
    assert chance(processor, 10_000) is None
    assert letters(processor, Record(CASE_MODELS, 0, 1, encode(sign(own, "of the city")))) == []
    assert chance(processor, 20_000) == pytest.approx(0.25)


def test_without_a_key_a_signed_model_is_used_too(processor: Processor) -> None:
    signed = sign(CaseModel(model=model(0.25).to_json()), "of somebody")
    assert letters(processor, Record(CASE_MODELS, 0, 0, encode(signed))) == []
    assert chance(processor, 10_000) == pytest.approx(0.25)


def test_a_model_from_after_its_publication_cannot_take_over(processor: Processor) -> None:
    published_ms = hour(40)
    value = message(model(0.75, published_ms + AHEAD_MS + 1)).value
    [detail] = letters(processor, Record(CASE_MODELS, 0, 0, value, published_ms))
    assert "its training ended after it was published" in detail
    value = message(model(0.25, published_ms + AHEAD_MS)).value
    assert letters(processor, Record(CASE_MODELS, 0, 1, value, published_ms)) == []
    later_ms = published_ms + 2 * AHEAD_MS
    value = message(model(0.5, later_ms)).value
    assert letters(processor, Record(CASE_MODELS, 0, 2, value, later_ms)) == []
    assert chance(processor, 10_000) == pytest.approx(0.5)


def test_in_a_replay_that_runs_ahead_the_event_clock_is_the_bound(processor: Processor) -> None:
    value = message(model(0.25, hour(8))).value
    assert letters(processor, Record(CASE_MODELS, 0, 0, value, published_ms=1)) == []
    value = message(model(0.75, hour(48))).value
    assert len(letters(processor, Record(CASE_MODELS, 0, 1, value, published_ms=1))) == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"curves": {}}, "no curve of all cases"),
        ({"curves": {"": Curve(hours=[1.0], open_share=[], cases=1)}}, "do not fit together"),
        ({"curves": {"": Curve(hours=[1.0], open_share=[7.0], cases=1)}}, "outside 0 to 1"),
        ({"weights": [0.0] * len(FEATURES)}, "no mean or scale"),
        (
            {
                "weights": [0.0] * len(FEATURES),
                "mean": [0.0] * len(FEATURES),
                "scale": [1.0] * len(FEATURES),
            },
            "calibration",
        ),
    ],
)
def test_a_model_that_would_stumble_over_a_case_is_refused(
    processor: Processor, changed: dict[str, Any], why: str
) -> None:
    [detail] = letters(processor, message(msgspec.structs.replace(model(0.5), **changed)))
    assert why in detail
    assert chance(processor, 10_000) is None
