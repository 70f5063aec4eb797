"""Where trained baselines arrive: parts are gathered, checked, and wait for their first pane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from config.catalog import Catalog
from models.detect.registry import KINDS, DetectorConfig
from models.messages.baselines import Baseline, BaselineKey, BaselinePart, join
from models.messages.envelope import MalformedMessage, decode, encode
from models.messages.signing import check_signature
from models.monitors.readings.rules_by_detector import config_of, rules_by_detector
from models.monitors.readings.severity import SeverityModel
from models.timing.bounds import AHEAD_MS

OLDEST_MS: Final = 45 * 86_400_000  # behind the panes judged, a baseline knows another season

_PART: Final = "baseline"
_IN_USE: Final = "in-use"


class BaselineRejected(MalformedMessage):
    """A baseline cannot be used; the message says why."""


class InUse(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline that a detector began from."""

    version: str
    trained_until_ms: int


class BaselineStore:
    """Baselines of all watched metrics that have arrived.

    A baseline is taken up with the first pane that starts at or after the end of its training, so
    it never judges a pane that it has learnt from.

    Parameters
    ----------
    catalog : Catalog
        Its rules say what is watched.
    key : str
        `Settings.model_key`; empty accepts unsigned baselines.
    """

    def __init__(self, catalog: Catalog, key: str = "") -> None:
        self._key = key
        self._settings = _settings(catalog)
        self._parts: dict[BaselineKey, dict[int, BaselinePart]] = {}
        self._waiting: dict[BaselineKey, Baseline] = {}
        self._in_use: dict[BaselineKey, InUse] = {}
        self._changed: set[BaselineKey] = set()
        self._saved: set[bytes] = set()  # names of the part fields in the checkpoint

    def apply(
        self, part: BaselinePart, judged_ms: Mapping[str, int], published_ms: int = 0
    ) -> None:
        """Take one part in.

        Parameters
        ----------
        part : BaselinePart
        judged_ms : mapping of str to int
            By feed, the end of the newest pane judged; 0 where none was.
        published_ms : int
            When the part was published; 0 unknown.

        Raises
        ------
        MalformedMessage
            The part is not signed as it should be.
        BaselineRejected
            With the last part of a baseline that cannot be used.
        """
        check_signature(part, self._key)
        in_use = self._in_use.get(part.key)
        if in_use is not None and in_use.version == part.version:
            return  # a repeat
        parts = self._parts.setdefault(part.key, {})
        if any(known.version != part.version for known in parts.values()):
            parts.clear()
            self._waiting.pop(part.key, None)
        parts[part.number] = part
        self._changed.add(part.key)
        if len(parts) == part.parts:
            try:
                self._waiting[part.key] = self._checked(part.key, judged_ms, published_ms)
            except BaselineRejected:
                del self._parts[part.key]
                raise

    def due(self, key: BaselineKey, start_ms: int) -> Baseline | None:
        """Hand out the baseline that is to be used from a pane on, once."""
        waiting = self._waiting.get(key)
        if waiting is None or start_ms < waiting.trained_until_ms:
            return None
        version = next(iter(self._parts.pop(key).values())).version
        self._in_use[key] = InUse(version=version, trained_until_ms=waiting.trained_until_ms)
        self._changed.add(key)
        return self._waiting.pop(key)

    def remove(self, key: BaselineKey) -> DetectorConfig | None:
        """Take a baseline back, whether it waits or is in use.

        Returns
        -------
        DetectorConfig or None
            What a detector is to be made anew with, if one began from the baseline.
        """
        self._parts.pop(key, None)
        self._waiting.pop(key, None)
        self._changed.add(key)
        return self._settings.get(key) if self._in_use.pop(key, None) else None

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the parts that came and went, and what is in use."""
        fields: dict[bytes, bytes | None] = {}
        for key in sorted(self._changed):
            prefix = _name(_PART, key, "")
            now = {
                _name(_PART, key, str(number)): encode(part)
                for number, part in self._parts.get(key, {}).items()
            }
            gone = {name for name in self._saved if name.startswith(prefix)} - now.keys()
            fields |= dict.fromkeys(gone)
            fields |= now
            self._saved = (self._saved - gone) | now.keys()
            in_use = self._in_use.get(key)
            fields[_name(_IN_USE, key)] = msgspec.msgpack.encode(in_use) if in_use else None
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave; what no rule asks for any more is left out."""
        for name, data in fields.items():
            kind, *rest = name.decode().split("/")
            key = tuple(rest[:3])
            if len(key) != 3 or key not in self._settings:
                continue
            if kind == _IN_USE:
                self._in_use[key] = msgspec.msgpack.decode(data, type=InUse)
            elif kind == _PART:
                part = decode(BaselinePart, data)
                self._parts.setdefault(key, {})[part.number] = part
                self._saved.add(name)
        for key, parts in self._parts.items():
            if len(parts) == next(iter(parts.values())).parts:
                self._waiting[key] = join(parts.values())

    def _checked(
        self, key: BaselineKey, judged_ms: Mapping[str, int], published_ms: int
    ) -> Baseline:
        """Put a baseline together and look whether it can be used."""
        try:
            baseline = join(self._parts[key].values())
        except msgspec.MsgspecError as error:
            msg = f"the parts of the baseline of {'/'.join(key)} do not fit together: {error}"
            raise BaselineRejected(msg) from error
        reason = _why_not(baseline, self._settings.get(key), self._in_use.get(key), judged_ms)
        newest_ms = max(published_ms, judged_ms.get(baseline.feed, 0)) + AHEAD_MS
        if published_ms and baseline.trained_until_ms > newest_ms:
            reason = "its training ended after it was published"
        if reason:
            msg = f"baseline of {'/'.join(key)}: {reason}; train it again: gridpulse train readings"
            raise BaselineRejected(msg)
        return baseline


def _why_not(
    baseline: Baseline,
    setting: DetectorConfig | None,
    in_use: InUse | None,
    judged_ms: Mapping[str, int],
) -> str | None:
    """Say why a baseline cannot be used; None where it can."""
    if setting is None:
        return "no rule watches it"
    trained = DetectorConfig(
        width_s=baseline.width_s,
        zone=baseline.zone,
        minimum=baseline.minimum,
        run=baseline.run,
    )
    if trained != setting:
        return f"trained with {trained}, the city now says {setting}"
    if in_use is not None and baseline.trained_until_ms <= in_use.trained_until_ms:
        return "trained on no newer history than the one in use"
    if judged_ms.get(baseline.feed, 0) - baseline.trained_until_ms > OLDEST_MS:
        return f"its training ended more than {OLDEST_MS // 86_400_000} days before the last pane"
    try:
        KINDS[baseline.detector].read(baseline.state)
        SeverityModel.from_bytes(baseline.severity)
    except Exception as error:  # a detector's own state: it may fail in any way
        return f"its state cannot be read by this version ({type(error).__name__}: {error})"
    return None


def _settings(catalog: Catalog) -> dict[BaselineKey, DetectorConfig]:
    return {
        (feed.name, metric, detector): config_of(rules, feed.pane_s, catalog.city.timezone)
        for feed in catalog.measured_feeds()
        for (metric, detector), rules in rules_by_detector(catalog, feed.name).items()
    }


def _name(kind: str, key: BaselineKey, *more: str) -> bytes:
    return "/".join((kind, *key, *more)).encode()
