"""Colours and sizes that figures share with the style sheet."""

from __future__ import annotations

from typing import Final

from models.messages.warnings import Level

RULE: Final = "#343a41"
OBSERVED: Final = "#e6ebef"
EXPECTED: Final = "#8f9aa5"

# cividis without its darkest tenth: even steps for all colour visions, apart from the ground.
SEQUENTIAL: Final = (
    (0.0, "#2b4a6f"),
    (0.25, "#575d6d"),
    (0.5, "#8a8678"),
    (0.75, "#c3b369"),
    (1.0, "#fee838"),
)
# Grey is normal; blue and orange stay apart for all colour visions.
RATIO: Final = (
    (0.0, "#3f9be0"),
    (0.3, "#5b7f9c"),
    (0.5, "#6b7178"),
    (0.7, "#b9813f"),
    (1.0, "#ff9d1e"),
)


LEVELS: Final = {
    Level.BLUE: "#4da3ff",
    Level.YELLOW: "#ffd83d",
    Level.ORANGE: "#ff9233",
    Level.RED: "#ff5a52",
}

# Charts on paper and on light pages: each line has a colour and dashes of its own.
PAPER: Final = "#ffffff"
ACROSS: Final = "#d5dbe1"
WORDS: Final = "#1b2026"
WORDS_QUIET: Final = "#4d5863"
NOTHING: Final = "#c9cfd6"
BAND: Final = "#d3e2f0"
USUAL: Final = "#5d7185"
CASE: Final = "#b04a00"
SERIES: Final = (("#0b4f8a", ""), ("#c2571a", "10 4"), ("#168a6a", "3 3"), ("#7a3fb0", "12 3 3 3"))
FONT: Final = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
