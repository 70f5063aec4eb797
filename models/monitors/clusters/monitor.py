"""Watches for clusters of cases: a scan at each evaluation time, and the reported clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from config.catalog import ClusterRule
from models.detect.clusters.cluster_tracking import QUIET_DAYS, ClusterChange, TrackedCluster, track
from models.detect.clusters.near_scan import ScanInput, near_clusters, near_maxima
from models.detect.clusters.scan import Cluster
from models.detect.contract import Floats
from models.detect.stats.supported import longest_supported
from models.messages.evidence import ClusterEvidence
from models.messages.signals import Area, ClusterSignal, SignalBatch
from models.monitors.case_history import CaseHistory
from models.monitors.clusters.case_sample import (
    SAMPLE_DAYS,
    CaseSample,
    CellPositions,
    days_known,
    sample_of,
)
from models.monitors.counts.groups import ALL, Groups
from models.monitors.evaluation import NAMED, batch_of
from models.monitors.reach import ENDLESS, Reach
from models.timing.days import date_of, moment_of
from models.timing.evaluation_schedule import EvaluationTime, spent

LEAST_DAYS: Final = 56  # of history before the first scan
LEAST_CASES: Final = 50  # in the study
NULL_DAYS: Final = 7  # a null is used for so long
REPLICATES: Final = 99


class ReportedCluster(msgspec.Struct, frozen=True, array_like=True):
    """A reported cluster, and the day on which a case last joined it."""

    signal: ClusterSignal
    grown_day: int


class ClusterHistory(msgspec.Struct, kw_only=True):
    """State of one group.

    Attributes
    ----------
    named : int
        Highest number given to a cluster.
    known : list
        Clusters followed: number, cases, first and last day.
    reported : dict of int to ReportedCluster
    null : list of float
        Strongest scores of shuffled data.
    null_day : int
        Day the null was made on.
    """

    named: int = 0
    known: list[tuple[int, list[str], int, int]] = []
    reported: dict[int, ReportedCluster] = {}
    null: list[float] = []
    null_day: int = -1


@dataclass(frozen=True)
class _Found:
    """A cluster of one group that is rare enough, with the names of its cases."""

    cluster: Cluster
    score: float
    is_least: bool  # the history supports no more than the score
    sample: CaseSample
    cases: frozenset[str]
    rows: np.ndarray


class ClusterMonitor:
    """One rule of kind `clusters`.

    Parameters
    ----------
    rule : ClusterRule
    zone : ZoneInfo
        Of the city.
    positions : CellPositions
        Where cells lie.
    """

    def __init__(self, rule: ClusterRule, zone: ZoneInfo, positions: CellPositions) -> None:
        self._rule, self._zone, self._positions = rule, zone, positions
        self._groups = Groups(rule)
        self._begin = min(rule.levels.values())
        self._memories: dict[str, ClusterHistory] = {}
        self._changed: set[str] = set()
        self._total = 0

    def evaluate(
        self, evaluation: EvaluationTime, history: CaseHistory, changed: set[int]
    ) -> SignalBatch:
        """Scan the year up to an evaluation."""
        del changed
        first = history.first_day()
        signals: list[ClusterSignal] = []
        if first is not None and evaluation.day - first >= LEAST_DAYS:
            signals = self._scan(evaluation, history)
        self._total += sum(signal.active for signal in signals)
        self._changed.add("total")
        return batch_of(self._rule, evaluation, signals, self._total)

    def reach(self, history: CaseHistory) -> Reach:
        """Tell whether any group was scanned, and how rare the history lets a cluster be."""
        if any(memory.null for memory in self._memories.values()):
            days = min(max(history.days) - min(history.days) + 1, SAMPLE_DAYS)
            return Reach(longest_supported(days), ENDLESS, f"{days} days of history")
        why = f"{LEAST_DAYS} days and {LEAST_CASES} cases of a group are needed for a scan"
        return Reach(most=0.0, why=f"{why}, there are {len(history.days)} days with cases")

    def rewind(self, day: int) -> None:
        """Forget the clusters that were found on later days."""
        for group, memory in self._memories.items():
            memory.known = [each for each in memory.known if each[-1] <= day]
            memory.reported = {n: r for n, r in memory.reported.items() if r.grown_day <= day}
            memory.null_day = min(memory.null_day, day)
            self._changed.add(f"group/{group}")

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        fields: dict[str, bytes | None] = {}
        for name in sorted(self._changed):
            value = self._total if name == "total" else self._memories[name.split("/", 1)[1]]
            fields[name] = msgspec.msgpack.encode(value)
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[str, bytes], history: CaseHistory) -> None:
        """Load what `changes` gave."""
        del history
        for name, data in fields.items():
            kind, _, group = name.partition("/")
            if kind == "group":
                self._memories[group] = msgspec.msgpack.decode(data, type=ClusterHistory)
            elif kind == "total":
                self._total = msgspec.msgpack.decode(data, type=int)

    def _scan(self, evaluation: EvaluationTime, history: CaseHistory) -> list[ClusterSignal]:
        """Scan each group, then all cases; what a group explains is not reported twice."""
        sample = sample_of(history, evaluation, self._positions)
        members = self._groups.members(history.categories)
        parts = {group: sample.only(belongs) for group, belongs in members.items()}
        watched = [
            g for g, p in parts.items() if len(p.age_days) >= LEAST_CASES or g in self._memories
        ]
        signals: list[ClusterSignal] = []
        explained: set[str] = set()
        for group in sorted(watched, key=lambda name: (name == ALL, name)):
            most_days = longest_supported(days_known(history, evaluation, members[group]))
            found = self._find(group, parts[group], evaluation, len(watched), most_days)
            if group == ALL:
                found = [f for f in found if 2 * len(f.cases & explained) < len(f.cases)]
            explained.update(case for each in found for case in each.cases)
            signals += self._signals(group, found, evaluation, history)
        return signals

    def _find(
        self,
        group: str,
        sample: CaseSample,
        evaluation: EvaluationTime,
        tests: int,
        most_days: float,
    ) -> list[_Found]:
        """Find the clusters of a group that chance gives the district more rarely than asked."""
        scan_input = sample.scan_input(self._rule.radius_m, self._rule.days)
        found: list[_Found] = []
        if len(sample.age_days) < LEAST_CASES:
            return found
        for cluster in near_clusters(scan_input, self._null(group, scan_input, evaluation)):
            p_value = spent(np.array([cluster.p_value * tests]), is_closing=evaluation.is_closing)
            modelled = float(1 / p_value[0])
            score = min(modelled, most_days)
            if score < self._begin * self._rule.release or cluster.observed < self._rule.minimum:
                break
            rows = np.isin(sample.place, cluster.places) & (sample.age_days < cluster.days)
            cases = frozenset(sample.names(rows))
            found.append(_Found(cluster, score, modelled > most_days, sample, cases, rows))
        return found

    def _null(self, group: str, scan_input: ScanInput, evaluation: EvaluationTime) -> Floats:
        memory = self._memories.setdefault(group, ClusterHistory())
        if not memory.null or evaluation.day - memory.null_day >= NULL_DAYS:
            memory.null = near_maxima(scan_input, replicates=REPLICATES).tolist()
            memory.null_day = evaluation.day
        return np.array(memory.null)

    def _signals(
        self, group: str, found: list[_Found], evaluation: EvaluationTime, history: CaseHistory
    ) -> list[ClusterSignal]:
        """Follow the clusters of a group, and report those that are active or have just ended."""
        memory = self._memories.setdefault(group, ClusterHistory())
        self._changed.add(f"group/{group}")
        known = [
            TrackedCluster(number=number, cases=frozenset(cases), first_day=first, last_day=last)
            for number, cases, first, last in memory.known
        ]
        followed, news = track(known, [f.cases for f in found], evaluation.day, named=memory.named)
        memory.named = max([memory.named, *(each.number for each in followed)])
        memory.known = [(f.number, sorted(f.cases), f.first_day, f.last_day) for f in followed]
        grown = self._grown(group, found, news, evaluation, history)
        for number, signal in grown.items():
            memory.reported[number] = ReportedCluster(signal, evaluation.day)
        return self._standing(memory, grown, evaluation)

    def _grown(
        self,
        group: str,
        found: list[_Found],
        news: list[ClusterChange],
        evaluation: EvaluationTime,
        history: CaseHistory,
    ) -> dict[int, ClusterSignal]:
        """Write down the clusters that are new or that a case has joined."""
        reported = self._memories[group].reported
        grown: dict[int, ClusterSignal] = {}
        for piece in news:
            number, cases = piece.followed.number, piece.followed.cases
            match = max(found, key=lambda each: len(each.cases & cases))
            before = reported.get(number)
            if before is None and match.score < self._begin:
                continue
            grown[number] = self._signal(group, number, match, evaluation, history, before)
        return grown

    def _standing(
        self, memory: ClusterHistory, grown: dict[int, ClusterSignal], evaluation: EvaluationTime
    ) -> list[ClusterSignal]:
        signals: list[ClusterSignal] = []
        for number, reported in sorted(memory.reported.items()):
            signal = msgspec.structs.replace(
                reported.signal,
                active=evaluation.day - reported.grown_day <= QUIET_DAYS,
                grown=number in grown and grown[number].grown,
            )
            signals.append(signal)
            if not signal.active:
                del memory.reported[number]
        return signals

    def _signal(
        self,
        group: str,
        number: int,
        found: _Found,
        evaluation: EvaluationTime,
        history: CaseHistory,
        before: ReportedCluster | None,
    ) -> ClusterSignal:
        """Write down a cluster; it keeps the cell it was first found at."""
        cluster, sample = found.cluster, found.sample
        start_ms = moment_of(evaluation.day - cluster.days + 1, 0, self._zone)
        home = Area.of(str(sample.cells[cluster.place])) if before is None else before.signal.area
        about = f"{group}#{number}"
        return ClusterSignal(
            id=f"{self._rule.name}.{about}.{evaluation.day}.{evaluation.hour}",
            feed=self._rule.feed,
            metric=self._rule.metric,
            area=home,
            subject=f"{home.code}/{about}",
            start_ms=start_ms,
            width_s=(moment_of(evaluation.day, evaluation.hour, self._zone) - start_ms) // 1000,
            severity=found.score,
            is_least=found.is_least,
            active=True,
            grown=before is not None,
            cells=[str(sample.cells[place]) for place in cluster.places],
            group=group,
            number=number,
            evidence=_evidence(found, evaluation, history.categories),
        )


def _evidence(found: _Found, evaluation: EvaluationTime, categories: list[str]) -> ClusterEvidence:
    """Collect why."""
    cluster, sample = found.cluster, found.sample
    return ClusterEvidence(
        observed=float(cluster.observed),
        expected=cluster.expected,
        days=cluster.days,
        baseline_n=len(sample.age_days),
        since=date_of(evaluation.day - int(sample.age_days.max(initial=0))).isoformat(),
        until=date_of(evaluation.day).isoformat(),
        leading=sample.leading(found.rows, categories, NAMED),
    )
