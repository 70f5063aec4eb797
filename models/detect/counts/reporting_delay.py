"""How much of a recent day's count is known by now, from the reporting delays of earlier cases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST_SHARE = 0.02  # less is as good as unknown; dividing by it would only amplify noise


def completeness(event: Ints, reported: Ints, now: int, *, longest: int) -> Floats:
    """Share of the cases of each age that have been reported, ages 0 to `longest`.

    Cases of the last days are known only if their delay was short. Each delay is therefore counted
    among the cases that happened long enough ago for it to have been seen: a product limit in
    reversed time.

    Parameters
    ----------
    event, reported : ndarray, shape (cases,), int64
        Period in which each case happened and was reported, `reported` from `event` to `now`.
    now : int
        The newest period.
    longest : int
        Delay after which a count is taken for complete.

    Returns
    -------
    ndarray, shape (longest + 1,)
        At age a, the share reported with a delay up to a; the last is 1. Without cases all are 1.

    Raises
    ------
    ValueError
        A case was reported before it happened, or after now.

    References
    ----------
    Lagakos, Barraj & De Gruttola 1988, Biometrika 75:515; Lawless 1994, Canadian Journal of
    Statistics 22:15.

    Examples
    --------
    >>> completeness(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 2]), 2, longest=1)
    array([0.5, 1. ])
    """
    delay = reported - event
    if (delay < 0).any() or (reported > now).any():
        msg = f"each case should be reported between its event and now ({now})"
        raise ValueError(msg)
    share = np.ones(longest + 1)
    for age in range(longest, 0, -1):
        could_be_seen = (now - event >= age) & (delay <= age)
        exactly = could_be_seen & (delay == age)
        hazard = exactly.sum() / max(int(could_be_seen.sum()), 1)
        share[age - 1] = share[age] * (1 - hazard)
    return np.maximum(share, _LEAST_SHARE)
