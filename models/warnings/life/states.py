"""In which state of ISA-18.2 a warning is, and what of it is shown and told."""

from __future__ import annotations

from typing import Final

from models.messages.warnings import CityWarning, LifeState, WarningChange

# Of a warning that a person keeps from view: that it begins, and that all is over.
_TOLD_WHILE_KEPT: Final = frozenset(
    {
        WarningChange.SHELVED,
        WarningChange.SUPPRESSED,
        WarningChange.OUT_OF_SERVICE,
        WarningChange.CLEARED,
    }
)


def state_of(warning: CityWarning) -> LifeState:
    """Give the state that follows from the condition, from suppression, and from what people did.

    What a person keeps from view comes before all else. A warning that people were never shown is
    normal as soon as its condition has ended: there is nothing to acknowledge.
    """
    life = warning.life
    if life.shelving is not None:
        return life.shelving.state
    if not warning.cleared_ms:
        return _standing(warning)
    if life.closed or warning.suppressed:
        return LifeState.NORMAL
    if warning.latches:
        return LifeState.LATCHED
    return LifeState.NORMAL if life.acknowledged else LifeState.RETURNED


def is_shown(warning: CityWarning) -> bool:
    """Tell whether a warning stands and is in view."""
    return not (warning.cleared_ms or warning.suppressed or warning.life.shelving)


def is_told(warning: CityWarning) -> bool:
    """Tell whether a change of a warning goes to receivers."""
    if warning.suppressed:
        return False
    return warning.life.shelving is None or warning.change in _TOLD_WHILE_KEPT


def _standing(warning: CityWarning) -> LifeState:
    """Give the state while the condition stands and no person keeps it from view."""
    if warning.suppressed:
        return LifeState.SUPPRESSED
    return LifeState.ACKNOWLEDGED if warning.life.acknowledged else LifeState.UNACKNOWLEDGED
