"""What the user said about a file: it overrules what would be recognised."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.errors import InputError
from models.feeds.times.stamp import UnclearTimes
from models.feeds.times.texts import check_form


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Options of a command over a file, None where nothing was said.

    Attributes
    ----------
    time, lon, lat, series, period, count : str or None
        Names of columns.
    values : tuple of str
        Names of columns.
    missing : tuple of str
        Texts that stand for no value.
    timezone : str or None
        IANA zone of times without an offset.
    time_format : str or None
        One of `models.feeds.times.texts.FORMS` or a pattern of `strptime`.
    encoding : str or None

    Raises
    ------
    InputError
        There is no such time zone or form of times.
    """

    time: str | None = None
    lon: str | None = None
    lat: str | None = None
    series: str | None = None
    period: str | None = None
    count: str | None = None
    values: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    timezone: str | None = None
    time_format: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without the file."""
        try:
            if self.timezone is not None:
                ZoneInfo(self.timezone)
            if self.time_format is not None:
                check_form(self.time_format)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            if isinstance(error, UnclearTimes):
                raise InputError(str(error)) from error
            msg = f"{self.timezone!r} is no time zone; expected a name such as Asia/Shanghai"
            raise InputError(msg) from error

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that were named."""
        one = (self.time, self.lon, self.lat, self.series, self.period, self.count)
        return tuple(name for name in (*one, *self.values) if name is not None)
