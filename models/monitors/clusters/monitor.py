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
from models.messages.evidence import ClusterEvidence
from models.messages.signals import Area, ClusterSignal, SignalBatch
from models.monitors.case_history import CaseHistory
from models.monitors.clusters.case_sample import CaseSample, CellPositions, study_of
from models.monitors.counts.groups import ALL, Groups
from models.monitors.evaluation import NAMED, batch_of
from models.monitors.reach import Reach
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
    told : dict of int to ReportedCluster
    null : list of float
        Strongest scores of shuffled data.
    null_day : int
        Day the null was made on.
    """

    named: int = 0
    known: list[tuple[int, list[str], int, int]] = []
    told: dict[int, ReportedCluster] = {}
    null: list[float] = []
    null_day: int = -1


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A cluster of one group that is rare enough, with the names of its cases."""

    cluster: Cluster
    score: float
    study: CaseSample
    cases: frozenset[str]
    rows: np.ndarray


class ClusterMonitor:
    """One rule of kind `clusters`.

    Parameters
    ----------
    rule : ClusterRule
    zone : ZoneInfo
        Of the city.
    terrain : CellPositions
        Where cells lie.
    """

    def __init__(self, rule: ClusterRule, zone: ZoneInfo, terrain: CellPositions) -> None:
        self._rule, self._zone, self._terrain = rule, zone, terrain
        self._groups = Groups(rule)
        self._begin = min(rule.levels.values())
        self._memories: dict[str, ClusterHistory] = {}
        self._changed: set[str] = set()
        self._total = 0

    def look(self, look: EvaluationTime, ledger: CaseHistory, changed: set[int]) -> SignalBatch:
        """Scan the year up to a look."""
        del changed
        first = ledger.first_day()
        signals: list[ClusterSignal] = []
        if first is not None and look.day - first >= LEAST_DAYS:
            signals = self._scan(look, ledger)
        self._total += sum(signal.active for signal in signals)
        self._changed.add("total")
        return batch_of(self._rule, look, signals, self._total)

    def reach(self, ledger: CaseHistory) -> Reach:
        """Tell whether any group was scanned; how rare a cluster may be has no bound."""
        if any(memory.null for memory in self._memories.values()):
            return Reach()
        why = f"{LEAST_DAYS} days and {LEAST_CASES} cases of a group are needed for a scan"
        return Reach(most=0.0, why=f"{why}, there are {len(ledger.days)} days with cases")

    def rewind(self, day: int) -> None:
        """Forget the clusters that were found on later days."""
        for group, memory in self._memories.items():
            memory.known = [each for each in memory.known if each[-1] <= day]
            memory.told = {n: told for n, told in memory.told.items() if told.grown_day <= day}
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

    def restore(self, fields: Mapping[str, bytes], ledger: CaseHistory) -> None:
        """Load what `changes` gave."""
        del ledger
        for name, data in fields.items():
            kind, _, group = name.partition("/")
            if kind == "group":
                self._memories[group] = msgspec.msgpack.decode(data, type=ClusterHistory)
            elif kind == "total":
                self._total = msgspec.msgpack.decode(data, type=int)

    def _scan(self, look: EvaluationTime, ledger: CaseHistory) -> list[ClusterSignal]:
        """Scan each group, then all cases; what a group explains is not reported twice."""
        study = study_of(ledger, look, self._terrain)
        members = self._groups.members(ledger.categories)
        parts = {group: study.only(belongs) for group, belongs in members.items()}
        watched = [
            g for g, p in parts.items() if len(p.age_days) >= LEAST_CASES or g in self._memories
        ]
        signals: list[ClusterSignal] = []
        explained: set[str] = set()
        for group in sorted(watched, key=lambda name: (name == ALL, name)):
            found = self._find(group, parts[group], look, len(watched))
            if group == ALL:
                found = [f for f in found if 2 * len(f.cases & explained) < len(f.cases)]
            explained.update(case for each in found for case in each.cases)
            signals += self._tell(group, found, look, ledger)
        return signals

    def _find(
        self, group: str, study: CaseSample, look: EvaluationTime, tests: int
    ) -> list[_Found]:
        """Find the clusters of a group that chance gives the district more rarely than asked."""
        scene = study.scene(self._rule.radius_m, self._rule.days)
        found: list[_Found] = []
        if len(study.age_days) < LEAST_CASES:
            return found
        for cluster in near_clusters(scene, self._null(group, scene, look)):
            p_value = spent(np.array([cluster.p_value * tests]), is_closing=look.is_closing)
            score = float(1 / p_value[0])
            if score < self._begin * self._rule.release or cluster.observed < self._rule.minimum:
                break
            rows = np.isin(study.place, cluster.places) & (study.age_days < cluster.days)
            cases = frozenset(study.names(rows))
            found.append(_Found(cluster=cluster, score=score, study=study, cases=cases, rows=rows))
        return found

    def _null(self, group: str, scene: ScanInput, look: EvaluationTime) -> Floats:
        memory = self._memories.setdefault(group, ClusterHistory())
        if not memory.null or look.day - memory.null_day >= NULL_DAYS:
            memory.null = near_maxima(scene, replicates=REPLICATES).tolist()
            memory.null_day = look.day
        return np.array(memory.null)

    def _tell(
        self, group: str, found: list[_Found], look: EvaluationTime, ledger: CaseHistory
    ) -> list[ClusterSignal]:
        """Follow the clusters of a group, and report those that are active or have just ended."""
        memory = self._memories.setdefault(group, ClusterHistory())
        self._changed.add(f"group/{group}")
        known = [
            TrackedCluster(number=number, cases=frozenset(cases), first_day=first, last_day=last)
            for number, cases, first, last in memory.known
        ]
        followed, news = track(known, [f.cases for f in found], look.day, named=memory.named)
        memory.named = max([memory.named, *(each.number for each in followed)])
        memory.known = [(f.number, sorted(f.cases), f.first_day, f.last_day) for f in followed]
        grown = self._grown(group, found, news, look, ledger)
        for number, signal in grown.items():
            memory.told[number] = ReportedCluster(signal, look.day)
        return self._standing(memory, grown, look)

    def _grown(
        self,
        group: str,
        found: list[_Found],
        news: list[ClusterChange],
        look: EvaluationTime,
        ledger: CaseHistory,
    ) -> dict[int, ClusterSignal]:
        """Write down the clusters that are new or that a case has joined."""
        told = self._memories[group].told
        grown: dict[int, ClusterSignal] = {}
        for piece in news:
            number, cases = piece.followed.number, piece.followed.cases
            match = max(found, key=lambda each: len(each.cases & cases))
            before = told.get(number)
            if before is None and match.score < self._begin:
                continue
            grown[number] = self._signal(group, number, match, look, ledger, before)
        return grown

    def _standing(
        self, memory: ClusterHistory, grown: dict[int, ClusterSignal], look: EvaluationTime
    ) -> list[ClusterSignal]:
        signals: list[ClusterSignal] = []
        for number, told in sorted(memory.told.items()):
            signal = msgspec.structs.replace(
                told.signal,
                active=look.day - told.grown_day <= QUIET_DAYS,
                grown=number in grown and grown[number].grown,
            )
            signals.append(signal)
            if not signal.active:
                del memory.told[number]
        return signals

    def _signal(
        self,
        group: str,
        number: int,
        found: _Found,
        look: EvaluationTime,
        ledger: CaseHistory,
        before: ReportedCluster | None,
    ) -> ClusterSignal:
        """Write down a cluster; it keeps the cell it was first found at."""
        cluster, study = found.cluster, found.study
        start_ms = moment_of(look.day - cluster.days + 1, 0, self._zone)
        home = Area.of(str(study.cells[cluster.place])) if before is None else before.signal.area
        about = f"{group}#{number}"
        return ClusterSignal(
            id=f"{self._rule.name}.{about}.{look.day}.{look.hour}",
            feed=self._rule.feed,
            metric=self._rule.metric,
            area=home,
            subject=f"{home.code}/{about}",
            start_ms=start_ms,
            width_s=(moment_of(look.day, look.hour, self._zone) - start_ms) // 1000,
            severity=found.score,
            active=True,
            grown=before is not None,
            cells=[str(study.cells[place]) for place in cluster.places],
            group=group,
            number=number,
            evidence=_evidence(found, look, ledger.categories),
        )


def _evidence(found: _Found, look: EvaluationTime, categories: list[str]) -> ClusterEvidence:
    """Collect why."""
    cluster, study = found.cluster, found.study
    return ClusterEvidence(
        observed=float(cluster.observed),
        expected=cluster.expected,
        days=cluster.days,
        baseline_n=len(study.age_days),
        since=date_of(look.day - int(study.age_days.max(initial=0))).isoformat(),
        until=date_of(look.day).isoformat(),
        leading=study.leading(found.rows, categories, NAMED),
    )
