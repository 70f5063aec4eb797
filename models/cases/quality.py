"""Why something in a case's history is not as it should be: a value, shown and never corrected."""

from __future__ import annotations

from enum import StrEnum


class QualityFlag(StrEnum):
    """Reason codes of a case; stable, operators filter by them."""

    UNKNOWN_START = "unknown-start"  # its first known step is neither a report nor a filing
    STEP_SKIPPED = "step-skipped"  # moved on over a step that this city records
    STEP_REPEATED = "step-repeated"  # a step again that can be taken only once
    CLOSED_BEFORE_FILING = "closed-before-filing"  # closed earlier than filed, or never filed
    TIME_BACKWARDS = "time-backwards"  # a step dated earlier than the step it presupposes
    MISSING_ACTOR = "missing-actor"  # nobody is named for a step that somebody answers for
    TWO_CLOSINGS = "two-closings"  # the first counts
    REOPENED = "reopened-after-closing"  # worked on after its closing; it stays closed
    STEP_AFTER_END = "step-after-end"  # a step after it was rejected or cancelled
    REJECTED_LATE = "rejected-after-filing"  # a filed case can be cancelled, not rejected
    RETURN_UNFOUNDED = "returned-before-disposal"  # nothing was done that could be sent back
    HELD_TWICE = "held-twice"
    RESUMED_UNHELD = "resumed-but-not-held"
    CLOSED_HELD = "closed-while-held"
    EXTENSION_EMPTY = "extended-without-limit"  # no new limit is named
    EXTENSION_BACKWARDS = "extended-backwards"  # the new limit is not later than the old one
    SELF_VERIFIED = "disposer-verified-own-work"  # supervision and command are two axes
    WRONG_ROLE = "verified-by-command"  # verified by another role than supervision
    IMPLAUSIBLE_TIME = "implausible-time"  # before 1990, in the future, ten years off
    UNKNOWN_DEPARTMENT = "unknown-department"
    UNKNOWN_CATEGORY = "unknown-category"
