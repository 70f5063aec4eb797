"""Names: of warnings, the project's own and the national 31-character one, and of receivers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

_BEIJING: Final = ZoneInfo("Asia/Shanghai")


def warning_id(rule: str, area: str, first_ms: int) -> str:
    """Name a warning by its rule, area and the start of its first anomaly, the same in every run.

    Examples
    --------
    >>> warning_id("dust-local", "110101001", 1_397_000_700_000)
    'dust-local.110101001.20140408T234500Z'
    """
    moment = datetime.fromtimestamp(first_ms / 1000, UTC)
    return f"{rule}.{area}.{moment:%Y%m%dT%H%M%SZ}"


def rule_and_area(warning: str) -> tuple[str, str]:
    """Give rule and area of a name that `warning_id` made; both empty for any other text.

    Examples
    --------
    >>> rule_and_area("dust-local.110101001.20140408T234500Z"), rule_and_area("nonsense")
    (('dust-local', '110101001'), ('', ''))
    """
    parts = warning.rsplit(".", 2)
    return (parts[0], parts[1]) if len(parts) == 3 else ("", "")


def national_id(
    region: str,
    raised_ms: int,
    kind: int,
    *,
    agency: str = "000",
    unit: str = "000",
    ext: str = "00",
) -> str:
    """Name a warning in the form `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N` of GB/T 35965.1-2018.

    Parameters
    ----------
    region : str
        Administrative code, 6 digits.
    raised_ms : int
        When it was issued, epoch milliseconds; written in Beijing time.
    kind : int
        One digit, 0 to 9, that tells messages of one second apart.
    agency, unit, ext : str
        3, 3 and 2 digits; zeros until the city names its own.

    Raises
    ------
    ValueError
        A part has the wrong length or holds anything but digits.

    Examples
    --------
    >>> national_id("110101", 1_397_000_700_000, 1)
    '11010100000000_20140409074500_1'
    """
    for name, part, length in (
        ("region", region, 6),
        ("agency", agency, 3),
        ("unit", unit, 3),
        ("ext", ext, 2),
        ("kind", str(kind), 1),
    ):
        if len(part) != length or not (part.isascii() and part.isdigit()):
            msg = f"{name} should be {length} digits, got {part!r}"
            raise ValueError(msg)
    moment = datetime.fromtimestamp(raised_ms / 1000, _BEIJING)
    return f"{region}{agency}{unit}{ext}_{moment:%Y%m%d%H%M%S}_{kind}"


def receiver_name(url: str) -> str:
    """Keep scheme, host, port and path of a URL: what a receipt may show.

    Raises
    ------
    ValueError
        Not a valid URL.

    Examples
    --------
    >>> receiver_name("https://user:pw@desk.example:8443/in?token=x#y")
    'https://desk.example:8443/in'
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
