"""Text from outside made harmless to look at: no character of it acts on a terminal or a page.

Escape sequences (ESC, OSC, C1) can set titles, clear screens and forge links; bidirectional
overrides (Unicode TR 36, "Trojan source") can make a line read otherwise than it is.
"""

from __future__ import annotations

import re
from typing import Final

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ACTING: Final = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")
# Of a formula, in the full width of Chinese and Japanese keyboards too.
_FORMULA: Final = (*"=+-@", *"＝＋－＠", "\t", "\r", "\n", "\0")


def printable(text: str) -> str:
    r"""Show control and direction characters as escapes instead of sending them.

    Examples
    --------
    >>> printable("Ann\x1b[2Je")
    'Ann\\x1b[2Je'
    >>> printable("东城 dust-07")
    '东城 dust-07'
    """
    return _ACTING.sub(_escape, text)


def printable_json(text: str) -> str:
    r"""Escape what acts in JSON of one line: it stays the same JSON.

    Examples
    --------
    >>> printable_json('["Ann\x9b2Je"]')
    '["Ann\\u009b2Je"]'
    """
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def printable_lines(text: str) -> str:
    """Make several lines harmless, keeping the breaks between them."""
    return "\n".join(printable(line) for line in text.split("\n"))


def spreadsheet_safe(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula (OWASP, CSV injection).

    Examples
    --------
    >>> spreadsheet_safe("=HYPERLINK(0)"), spreadsheet_safe("-3.5"), spreadsheet_safe("plain")
    ("'=HYPERLINK(0)", '-3.5', 'plain')
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
