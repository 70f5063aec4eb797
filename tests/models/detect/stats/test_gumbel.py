"""Gumbel tails: right where the rank can be counted, and finite beyond it."""

from __future__ import annotations

import numpy as np
import pytest

from models.detect.stats.gumbel import gumbel_p_value


def test_tail_agrees_with_the_distribution_the_maxima_come_from() -> None:
    random = np.random.default_rng(1)
    null = random.gumbel(6.0, 1.5, 999)
    for p in (0.5, 0.05, 1e-3, 1e-5):
        value = 6.0 - 1.5 * np.log(-np.log1p(-p))
        assert gumbel_p_value(np.array(value), null) == pytest.approx(p, rel=0.6)


def test_stronger_is_rarer() -> None:
    null = np.random.default_rng(2).gumbel(5, 1, 99)
    p = gumbel_p_value(np.array([0.0, 5.0, 9.0, 30.0]), null)
    assert (np.diff(p) < 0).all()
    assert p[0] > 0.99


def test_equal_maxima_leave_only_the_rank() -> None:
    null = np.full(99, 3.0)
    np.testing.assert_allclose(gumbel_p_value(np.array([2.0, 3.0, 4.0]), null), [1, 1, 0.01])


def test_too_few_replicates_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 20 replicates, got 19"):
        gumbel_p_value(np.array(1.0), np.arange(19.0))
