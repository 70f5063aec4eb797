"""Which rewinds an agent has obeyed: each comes again after a crash, and must then do nothing."""

from __future__ import annotations

import msgspec


class Rewound(msgspec.Struct, kw_only=True):
    """Small, saved whole.

    Attributes
    ----------
    newest_ms : dict of str to int
        By clock: when its newest rewind was asked for, by the wall clock.

    Examples
    --------
    >>> rewound = Rewound()
    >>> rewound.obey("dust", 5), rewound.obey("dust", 5), rewound.obey("dust", 6)
    (True, False, True)
    """

    newest_ms: dict[str, int] = {}

    def obey(self, clock: str, asked_ms: int) -> bool:
        """Note a rewind; return whether it is new to a clock."""
        if asked_ms <= self.newest_ms.get(clock, 0):
            return False
        self.newest_ms[clock] = asked_ms
        return True
