"""The units' figures reach the municipal platform once, with a receipt, however it behaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.catalog import Catalog
from config.errors import InputError
from config.settings import Settings
from models.platform.outbox import Reason
from ops.backtest.backtest import Backtest
from ops.cli import main
from ops.platform.post import poster
from ops.platform.send import DayDone, PlatformSender
from tests.models.matters.line import at, dongcheng, sent
from tests.ops.platform.stand_in import SECRET, StandIn

DAY = date(2009, 3, 19)
UNITS = ("sanitation", "landscape", "enforcement", "traffic", "water", "power", "gas", "hq-north")


def report(unit: str, day: date, ts: str, **figures: float) -> dict[str, Any]:
    known = {"filed": 60 + day.day % 3, "closed": 58, "staff": 20} | figures
    return {"unit": unit, "day": day.isoformat(), "figures": known, "ts": ts}


def rows() -> list[dict[str, Any]]:
    """Eighteen days of all units; of the last day gas is implausible, power missing till noon."""
    found = []
    for back in range(18):
        day = DAY - timedelta(days=back)
        morning = f"{day + timedelta(days=1)}T07:30"
        for unit in UNITS:
            figures = {"filed": 900.0} if (unit, back) == ("gas", 0) else {}
            late = f"{DAY + timedelta(days=1)}T12:00"
            ts = late if (unit, back) == ("power", 0) else morning
            found.append(report(unit, day, ts, **figures))
    again = report("water", DAY, f"{DAY + timedelta(days=1)}T15:00", closed=70)
    return [*found, again]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    agents = ("archive-cases", "reports")
    backtest = Backtest(dongcheng(), Settings(), "unit-reports", archive=folder, agents=agents)
    backtest.run(sent(rows()))
    return folder


@dataclass
class Line:
    """A sender whose outbox is its own, and the platform that it posts to."""

    platform: StandIn
    settings: Settings
    catalog: Catalog

    def send(self, ts: str, *, is_forced: bool = False, deadline_s: float = 5.0) -> DayDone:
        plan = self.catalog.platform
        assert plan is not None
        post = poster(
            plan, self.settings, {"GRIDPULSE_SIGN_PLATFORM": SECRET}, deadline_s=deadline_s
        )
        sender = PlatformSender(self.settings, self.catalog, post)
        return sender.send(DAY, at(ts), is_forced=is_forced)


@pytest.fixture
def line(archive: Path, tmp_path: Path) -> Iterator[Line]:
    (tmp_path / "matters").symlink_to(archive / "matters")
    with StandIn() as platform:
        plan = dongcheng().platform
        assert plan is not None
        plan = plan.model_copy(update={"url": platform.url})
        catalog = dongcheng().model_copy(update={"platform": plan})
        yield Line(platform, replace(Settings(), archive_dir=tmp_path), catalog)


def test_a_day_goes_once_names_who_is_missing_and_what_is_odd_and_has_a_receipt(
    line: Line,
) -> None:
    assert line.send("2009-03-20T08:59").reason is Reason.EARLY
    done = line.send("2009-03-20T09:00")
    assert (done.reason, done.is_taken) == (Reason.FIRST, True)
    assert line.send("2009-03-20T09:01").reason is Reason.TAKEN
    (body,) = line.platform.taken.values()
    states = {unit["unit"]: unit["state"] for unit in body["units"]}
    assert states.pop("power") == "missing"
    assert set(states.values()) == {"in-time"}
    assert (body["came"], body["owed"], body["corrects"]) == (7, 8, None)
    assert body["totals"]["closed"] == {"value": 7 * 58, "units": 7}
    assert [u["unit"] for u in body["units"] if u["implausible"]] == ["gas"]
    newest = done.outbox.newest
    assert newest is not None
    assert newest.receipt == "R-1"
    assert done.file is not None
    assert json.loads(done.file.read_bytes()) == body


def test_what_comes_late_and_what_a_unit_corrects_goes_as_corrections(line: Line) -> None:
    line.send("2009-03-20T09:00")
    late = line.send("2009-03-20T12:30")
    corrected = line.send("2009-03-20T15:30")
    assert [late.reason, corrected.reason] == [Reason.CORRECTION] * 2
    first, second, third = line.platform.taken.values()
    assert [second["corrects"], third["corrects"]] == [first["id"], second["id"]]
    assert {u["unit"]: u["state"] for u in second["units"]}["power"] == "late"
    assert third["totals"]["closed"] == {"value": 7 * 58 + 70, "units": 8}
    assert {u["unit"]: u["corrected"] for u in third["units"]}["water"] == 1
    assert line.send("2009-03-20T16:00").reason is Reason.TAKEN


def test_a_platform_that_is_busy_is_asked_again_with_the_same_id(line: Line) -> None:
    line.platform.mood = "busy"
    assert not line.send("2009-03-20T09:00").is_taken
    assert line.send("2009-03-20T09:00").reason is Reason.WAITING
    line.platform.mood = "takes"
    done = line.send("2009-03-20T09:01")
    assert (done.reason, done.is_taken, line.platform.posts) == (Reason.RETRY, True, 2)
    assert list(line.platform.taken) == [done.submission.id]


def test_a_platform_that_refuses_is_asked_again_only_by_a_person_or_with_other_figures(
    line: Line,
) -> None:
    line.platform.mood = "refuses"
    line.send("2009-03-20T09:00")
    assert line.send("2009-03-20T11:00").reason is Reason.REFUSED
    assert line.platform.posts == 1
    line.platform.mood = "takes"
    late = line.send("2009-03-20T12:30")
    assert (late.reason, late.submission.corrects) == (Reason.REPLACED, None), "it has no other"
    assert late.is_taken


def test_a_platform_that_hangs_is_given_up_in_time_and_tried_again(line: Line) -> None:
    line.platform.mood = "hangs"
    done = line.send("2009-03-20T09:00", deadline_s=0.3)
    newest = done.outbox.newest
    assert newest is not None
    assert (newest.status, newest.tries, newest.received_ms) == (0, 1, 0)
    line.platform.mood = "takes"
    assert line.send("2009-03-20T09:01").is_taken


def test_a_platform_that_answers_twice_counts_once_and_the_next_day_is_not_harmed(
    line: Line,
) -> None:
    line.platform.mood = "twice"
    assert line.send("2009-03-20T09:00").is_taken
    again = line.send("2009-03-20T09:05", is_forced=True)
    newest = again.outbox.newest
    assert newest is not None
    assert (again.reason, newest.receipt, newest.tries) == (Reason.AGAIN, "R-1", 2)
    assert len(line.platform.taken) == 1
    assert line.send("2009-03-20T12:30").reason is Reason.CORRECTION
    assert line.platform.forged == 0


def test_without_its_key_nothing_leaves_and_the_answer_says_which(line: Line) -> None:
    plan = line.catalog.platform
    assert plan is not None
    sender = PlatformSender(line.settings, line.catalog, poster(plan, line.settings, {}))
    done = sender.send(DAY, at("2009-03-20T09:00"))
    newest = done.outbox.newest
    assert newest is not None
    assert newest.detail == "GRIDPULSE_SIGN_PLATFORM is not set"
    assert line.platform.posts == 0


def test_the_schedule_sends_each_day_that_is_due_once(line: Line) -> None:
    plan = line.catalog.platform
    assert plan is not None
    catalog = line.catalog.model_copy(
        update={"platform": plan.model_copy(update={"correct_days": 2})}
    )
    post = poster(plan, line.settings, {"GRIDPULSE_SIGN_PLATFORM": SECRET})
    sender = PlatformSender(line.settings, catalog, post)
    for _ in range(2):
        sender.send_due(at("2009-03-20T09:30"))
    assert PlatformSender(line.settings, catalog, post).send(
        DAY, at("2009-03-20T09:31")
    ).reason is (Reason.TAKEN), "a day alone has the figures that it has among others"
    assert [body["day"] for body in line.platform.taken.values()] == [
        "2009-03-18",
        "2009-03-19",
    ], "what was due two days ago is not corrected any more"
    assert line.platform.posts == 2


def test_days_before_the_first_report_are_not_sent_as_missing(line: Line) -> None:
    plan = line.catalog.platform
    assert plan is not None
    post = poster(plan, line.settings, {"GRIDPULSE_SIGN_PLATFORM": SECRET})
    PlatformSender(line.settings, line.catalog, post).send_due(at("2009-03-05T12:00"))
    assert [body["day"] for body in line.platform.taken.values()] == [
        "2009-03-02",
        "2009-03-03",
        "2009-03-04",
    ]


def test_a_damaged_day_is_named_and_the_others_are_sent(
    line: Line,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    plan = line.catalog.platform
    assert plan is not None
    post = poster(plan, line.settings, {"GRIDPULSE_SIGN_PLATFORM": SECRET})
    sender = PlatformSender(line.settings, line.catalog, post)
    sender.send(date(2009, 3, 3), at("2009-03-05T11:00"))
    (broken,) = tmp_path.glob("platform/*/2009-03-03/outbox.json")
    broken.write_bytes(b"{torn")
    first, damaged, last = sender.send_due(at("2009-03-05T12:00"))
    assert isinstance(damaged, InputError) and "2009-03-03" in str(damaged)
    assert not isinstance(first, InputError) and not isinstance(last, InputError)
    assert (first.is_taken, last.is_taken) == (True, True)
    monkeypatch.setenv("GRIDPULSE_ARCHIVE_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as end:
        main(["platform", "status", "--json"])
    assert end.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["day"] for each in told["days"]] == ["2009-03-02", "2009-03-04"]
    assert "2009-03-03" in told["damaged"][0]
    assert broken.read_bytes() == b"{torn"


def test_commands_write_the_file_and_say_what_stands(
    line: Line,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("GRIDPULSE_ARCHIVE_DIR", str(tmp_path))
    for words in (["show", "--date", "2009-03-19"], ["status"]):
        with pytest.raises(SystemExit) as end:
            main(["platform", *words, "--json"])
        assert end.value.code == 0
    made, status = map(json.loads, capsys.readouterr().out.splitlines())
    assert (made["came"], made["complete"], status["days"]) == (8, True, [])
    file = tmp_path / "day.json"
    with pytest.raises(SystemExit) as end:
        main(["platform", "send", "--date", "2009-03-19", "--again", "--out", str(file), "--json"])
    assert end.value.code == 0
    assert json.loads(file.read_bytes())["totals"]["closed"]["value"] == 7 * 58 + 70
    capsys.readouterr()
    for day in ("tomorrow", "2999-01-01"):
        with pytest.raises(SystemExit) as end:
            main(["platform", "show", "--date", day])
        assert end.value.code == 2
