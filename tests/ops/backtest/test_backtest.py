"""`gridpulse backtest`: the same file gives the same report, and bad input one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from config.errors import InputError
from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.signals import SignalBatch
from models.messages.topics import decode
from ops.backtest.backtest import Backtest
from ops.backtest.file import BacktestRequest, backtest_file, write_report
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


def test_a_warning_still_open_has_no_end(tmp_path: Path) -> None:
    lines = days(20, excess=True)[: -4 * 5]
    report = backtest_file(BacktestRequest(feed="dust", file=write(tmp_path / "dust.jsonl", lines)))
    assert [warning["cleared"] for warning in report["warnings"]] == [None]
    assert report["warnings_open"] == 1


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
