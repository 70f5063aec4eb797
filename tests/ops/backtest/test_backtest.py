"""`gridpulse backtest`: the same file gives the same report, and bad input one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from config.errors import InputError
from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.dead_letters import Reason, Rejected
from models.messages.signals import SignalBatch
from models.messages.topics import decode
from ops.backtest.backtest import Backtest
from ops.backtest.file import BacktestRequest, backtest_file, write_report
from ops.backtest.refused import RefusedMessages
from ops.cli import main
from ops.processes.figures import COUNTS

START = datetime(2016, 4, 1, tzinfo=UTC)
SITES = {f"S{n}": (116.40 + n / 200, 39.92 + n / 400) for n in range(5)}


def reading(site: str, at: datetime, value: float) -> dict[str, object]:
    lon, lat = SITES[site]
    ts = int(at.timestamp() * 1000)
    return {"sensor": site, "metric": "coarse", "value": value, "ts": ts, "lon": lon, "lat": lat}


def days(n: int, *, excess: bool) -> list[bytes]:
    """Hours of five sites around 40 µg/m³; site S0 rises to 900 for the last ten hours but four."""
    lines = []
    for hour in range(24 * n):
        for number, site in enumerate(SITES):
            value = 40.0 + (hour * 7 + number * 3) % 11
            if excess and site == "S0" and 24 * n - 14 <= hour < 24 * n - 4:
                value = 900.0
            lines.append(msgspec.json.encode(reading(site, START + timedelta(hours=hour), value)))
    return lines


def write(file: Path, lines: list[bytes]) -> Path:
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    file = write(tmp_path / "dust.jsonl", [*days(20, excess=True), b"{broken"])
    reports = []
    for name in ("one.json", "two.json"):
        main_exits_with(0, ["backtest", "dust", str(file), "--report", str(tmp_path / name)])
        reports.append((tmp_path / name).read_bytes())
    assert reports[0] == reports[1]
    report = msgspec.json.decode(reports[0])
    assert set(COUNTS) <= report.keys()
    assert report["readings_in"] == 20 * 24 * 5
    assert report["readings_rejected"] == 1
    assert report["cells_active"] == 5
    assert report["panes_closed"] > 0
    assert report["warnings_opened"] == 1
    (warning,) = report["warnings"]
    contract = {"id", "rule", "level", "area", "raised", "cleared", "explanation"}
    assert contract <= warning.keys()
    assert datetime.fromisoformat(warning["raised"]) < datetime.fromisoformat(warning["cleared"])
    assert "900" in warning["explanation"]


def test_a_warning_still_open_at_the_end_ends_with_the_data(tmp_path: Path) -> None:
    lines = days(20, excess=True)[: -4 * 5]
    report = backtest_file(BacktestRequest(feed="dust", file=write(tmp_path / "dust.jsonl", lines)))
    assert [warning["cleared_because"] for warning in report["warnings"]] == ["ended"]
    assert report["warnings_open"] == 0


def test_steps_of_any_size_give_the_same_panes_and_warnings() -> None:
    messages = [
        RawMessage(value["ts"], value["sensor"], line)
        for line in days(8, excess=True)
        for value in [msgspec.json.decode(line)]
    ]
    told = []
    for size in (1, 7, 500):
        sent: list[tuple[str, bytes]] = []
        test = Backtest(
            load(Settings()),
            Settings(),
            "dust",
            lambda topic, _, value, sent=sent: sent.append((topic, value)),  # type: ignore[misc]
            agents={"panes", "detect", "warn"},
        )
        for start in range(0, len(messages), size):
            test.take(messages[start : start + size])
        test.finish()
        told.append([_without_ingest(*each) for each in sent if each[0] == "signals"])
    decoded = [[batch for batch in batches if batch is not None] for batches in told]
    assert decoded[0] == decoded[1] == decoded[2]
    of_panes = [batch for batch in decoded[0] if not batch.rule]
    assert len(of_panes) == 8 * 24


def _without_ingest(topic: str, value: bytes) -> SignalBatch | None:
    """A batch of signals without the wall clock; None of what the cells showed."""
    batch = decode(topic, value)
    if not isinstance(batch, SignalBatch):
        return None
    timeless = [msgspec.structs.replace(each, ingested_ms=0) for each in batch.signals]
    return msgspec.structs.replace(batch, signals=timeless)


def test_an_empty_file_gives_an_empty_report(tmp_path: Path) -> None:
    report = backtest_file(BacktestRequest(feed="dust", file=write(tmp_path / "none.jsonl", [])))
    assert report["readings_in"] == 0
    assert report["warnings"] == []


def test_a_report_is_for_people_too(tmp_path: Path) -> None:
    write_report({"readings_in": 1, "warnings": []}, tmp_path / "report.json")
    assert b'\n  "readings_in": 1,' in (tmp_path / "report.json").read_bytes()


def test_unknown_feeds_and_mappings_of_others_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "dust.jsonl", [])
    with pytest.raises(InputError, match="no feed 'noise'; it has"):
        backtest_file(BacktestRequest(feed="noise", file=file))
    with pytest.raises(InputError, match="mapping prsa is for feed dust"):
        backtest_file(BacktestRequest(feed="cases", file=file, mapping="prsa"))


def test_a_file_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = str(tmp_path / "gone.jsonl")
    main_exits_with(2, ["backtest", "dust", gone, "--report", str(tmp_path / "r.json")])
    assert capsys.readouterr().err.count("\n") == 1


def main_exits_with(status: int, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == status


GAS = "hazard"


def gas(days: float, highest: float) -> list[bytes]:
    """Gas at 1 %LEL for some days at one source, then for two hours as high as said."""
    quarters = round(days * 96)
    random = np.random.default_rng(4)
    values = [*random.normal(1, 0.2, quarters).clip(0.1), *[highest] * 8, *[1.0] * 8]
    start_ms = 1_709_222_400_000
    return [
        msgspec.json.encode(
            {"sensor": "DH-01", "metric": "gas", "value": round(float(value), 2),
             "ts": start_ms + number * 900_000}
        )
        for number, value in enumerate(values)
    ]  # fmt: skip


@pytest.mark.parametrize("days", [0, 0.5, 5])
def test_gas_is_red_in_the_first_pane_at_95_with_any_history(tmp_path: Path, days: float) -> None:
    file = tmp_path / "gas.jsonl"
    file.write_bytes(b"\n".join(gas(days, 95)))
    report = backtest_file(BacktestRequest(feed=GAS, file=file))
    (warning,) = report["warnings"]
    assert (warning["rule"], warning["level"]) == ("gas-excess", "red")
    raised = datetime.fromisoformat(warning["raised"]).timestamp() * 1000
    assert raised == 1_709_222_400_000 + (round(days * 96) + 1) * 900_000
    assert warning["cleared_because"] == "normal"
    missed = {row["level"] for row in report["unreachable"] if row["rule"] == "gas-excess"}
    assert missed == set(), "what was raised was reached"


def test_levels_that_could_not_have_been_reached_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "gas.jsonl"
    file.write_bytes(b"\n".join(gas(0.5, 1.0)))
    report = backtest_file(BacktestRequest(feed=GAS, file=file))
    assert report["warnings"] == []
    rows = {(row["rule"], row["level"]) for row in report["unreachable"]}
    assert rows == {("gas-excess", "blue"), ("gas-excess", "yellow")}
    assert all("at most 0 can be reached" in row["why"] for row in report["unreachable"])


def test_what_comes_and_goes_for_twelve_hours_is_one_unsteady_warning(tmp_path: Path) -> None:
    """On for 15 minutes of every 45: fourteen warnings once."""
    values = [value for _ in range(16) for value in (40.0, 1.0, 1.0)] + [1.0] * 24
    file = tmp_path / "flap.jsonl"
    lines = [
        {"sensor": "DH-01", "metric": "gas", "value": value, "ts": 1_709_222_400_000 + n * 900_000}
        for n, value in enumerate(values)
    ]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    (warning,) = backtest_file(BacktestRequest(feed=GAS, file=file))["warnings"]
    assert (warning["level"], warning["unsteady"]) == ("orange", True)
    assert warning["cleared_because"] == "normal"


def test_a_later_warning_of_the_place_changes_nothing_of_how_the_earlier_ended(
    tmp_path: Path,
) -> None:
    """Nobody acknowledges in a backtest: the later one closes the earlier as superseded."""
    values = [*[95.0] * 4, *[1.0] * 48, *[95.0] * 4, *[1.0] * 12]
    file = tmp_path / "twice.jsonl"
    lines = [
        {"sensor": "DH-01", "metric": "gas", "value": value, "ts": 1_709_222_400_000 + n * 900_000}
        for n, value in enumerate(values)
    ]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    warnings = backtest_file(BacktestRequest(feed=GAS, file=file))["warnings"]
    assert [warning["cleared_because"] for warning in warnings] == ["normal", "normal"]
    assert warnings[0]["cleared"] < warnings[1]["raised"]


def test_what_is_open_at_the_end_of_the_file_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "gas.jsonl"
    file.write_bytes(b"\n".join(gas(0.5, 95)[:-8]))
    (warning,) = backtest_file(BacktestRequest(feed=GAS, file=file))["warnings"]
    assert (warning["level"], warning["cleared_because"]) == ("red", "ended")


def test_what_a_street_refuses_is_set_aside_and_what_it_took_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the street knows that a relic was never planned."""
    place = {"cell": "110101001001001", "ts": "2009-01-20T10:30:00+08:00"}
    relic = {"object": "relic-012", "state": "intact"} | place
    rows = [
        relic | {"type": "planned", "ts": "2009-01-01T08:00:00+08:00"},
        relic | {"type": "visited", "state": "leaning", "team": "T1"},
        relic | {"type": "visited", "object": "relic-099", "team": "T1"},
    ]
    file = tmp_path / "relics.jsonl"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    with pytest.raises(SystemExit) as end:
        main(["backtest", "relics", str(file)])
    assert not end.value.code
    told = capsys.readouterr().out
    assert told.startswith("2 records taken in, ")
    assert "3 rows read, 2 used" in told and "unknown-object" in told
    file.write_bytes(msgspec.json.encode(rows[2]))
    with pytest.raises(SystemExit) as end:
        main(["backtest", "relics", str(file)])
    assert end.value.code == 1
    assert "none of 1 rows can be used: 1 unknown-object" in capsys.readouterr().err


def test_an_array_is_refused_when_all_of_it_is_and_not_when_many_of_it_are() -> None:
    refused = RefusedMessages("raw.dust")
    refused.take(0, [0, 1], [b"[1,2,3]", b"[1,2,3]"])
    letter = Rejected(
        reason=Reason.OUT_OF_RANGE,
        detail="",
        topic="raw.dust",
        partition=0,
        offset=0,
        data_b64="",
        counts={"out-of-range": 2},
    )
    late = msgspec.structs.replace(letter, reason=Reason.LATE, counts={}, offset=1)
    refused.refuse(letter)
    refused.refuse(late)
    refused.refuse(msgspec.structs.replace(late, topic="raw.noise"))
    assert refused.why == {}, "of each array something is left"
    refused.refuse(msgspec.structs.replace(letter, index=2, counts={}))
    assert refused.why == {0: "out-of-range"}
    refused.refuse(msgspec.structs.replace(letter, offset=1, counts={}))
    assert refused.why == {0: "out-of-range", 1: "late"}, "the first reason stands"
