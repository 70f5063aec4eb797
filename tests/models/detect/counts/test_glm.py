"""Batched log-linear fits: known coefficients, priors, down-weighting, independence of series."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detect.counts.glm import fit

Floats = NDArray[np.float64]

FLAT = np.array([1e-6])


def poisson_by_newton(counts: Floats, design: Floats) -> Floats:
    """Fit one Poisson regression the plain way: score and Hessian, written out."""
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(counts.mean())
    for _ in range(50):
        mean = np.exp(design @ beta)
        hessian = design.T @ (design * mean[:, None])
        beta = beta + np.linalg.solve(hessian, design.T @ (counts - mean))
    return beta


def test_level_of_a_constant_is_its_logarithm() -> None:
    known = fit(np.full((1, 30), 7.0), np.ones(30), np.ones((30, 1)), FLAT)
    assert known.beta[0, 0] == pytest.approx(np.log(7), abs=1e-6)
    assert known.mean(np.ones((1, 1)))[0, 0] == pytest.approx(7, rel=1e-5)
    assert known.phi[0] == 1.0  # never less varied than Poisson


def test_coefficients_are_those_of_a_plain_newton_fit() -> None:
    time = np.linspace(-1, 1, 120)
    design = np.stack([np.ones(120), time, np.cos(8 * time)], axis=1)
    mean = np.exp(design @ [2.0, 0.4, -0.5])
    counts = np.floor(mean)  # no outliers: nothing is down-weighted
    known = fit(counts[None], np.ones(120), design, np.full(3, 1e-9), steps=20)
    np.testing.assert_allclose(known.beta[0], poisson_by_newton(counts, design), atol=1e-6)


def test_dispersion_is_found() -> None:
    random = np.random.default_rng(3)
    counts = random.negative_binomial(30 / 2, 1 / 3, (200, 400)).astype(float)  # mean 30, phi 3
    known = fit(counts, np.ones(400), np.ones((400, 1)), FLAT)
    assert np.median(known.phi) == pytest.approx(3, rel=0.15)
    assert np.exp(known.beta[:, 0]).mean() == pytest.approx(30, rel=0.05)


def test_past_outbreak_hardly_raises_the_baseline() -> None:
    random = np.random.default_rng(4)
    counts = random.poisson(10.0, (1, 200)).astype(float)
    ill = counts.copy()
    ill[0, 50:56] += 100
    design, weights = np.ones((200, 1)), np.ones(200)
    usual = fit(counts, weights, design, FLAT).mean(design[:1])[0, 0]
    raised = fit(ill, weights, design, FLAT).mean(design[:1])[0, 0]
    assert ill.mean() > 1.25 * counts.mean()
    assert raised < 1.06 * usual


def test_weight_zero_hides_a_value() -> None:
    counts = np.full((1, 40), 5.0)
    counts[0, :10] = 1e6
    weights = np.ones(40)
    weights[:10] = 0
    known = fit(counts, weights, np.ones((40, 1)), FLAT)
    assert known.beta[0, 0] == pytest.approx(np.log(5), abs=1e-5)


def test_prior_holds_what_the_data_cannot_tell() -> None:
    design = np.stack([np.ones(30), np.zeros(30)], axis=1)  # second column is never seen
    known = fit(np.full((1, 30), 4.0), np.ones(30), design, np.array([1e-6, 4.0]))
    assert known.beta[0, 1] == pytest.approx(0)
    assert known.log_variance(np.array([[0.0, 1.0]]))[0, 0] == pytest.approx(0.25)


@pytest.mark.parametrize("counts", [np.zeros((3, 50)), np.full((2, 50), 1e6), np.eye(50)[:1]])
def test_extremes_stay_finite(counts: Floats) -> None:
    design = np.stack([np.ones(50), np.linspace(-1, 1, 50)], axis=1)
    known = fit(counts, np.ones(50), design, np.array([0.01, 1.0]))
    assert np.isfinite(known.beta).all()
    assert np.isfinite(known.log_variance(design)).all()
    assert (known.mean(design) > 0).all()


def test_a_series_is_fitted_the_same_alone_and_in_a_crowd() -> None:
    counts = np.random.default_rng(5).poisson(3.0, (300, 60)).astype(float)
    design = np.stack([np.ones(60), np.linspace(-1, 1, 60)], axis=1)
    crowd = fit(counts, np.ones(60), design, np.array([0.01, 1.0]))
    alone = fit(counts[200:201], np.ones(60), design, np.array([0.01, 1.0]))
    np.testing.assert_allclose(crowd.beta[200], alone.beta[0], rtol=1e-9, atol=1e-12)
    assert crowd.phi[200] == pytest.approx(alone.phi[0])


def test_no_series_give_no_coefficients() -> None:
    known = fit(np.zeros((0, 10)), np.ones(10), np.ones((10, 1)), FLAT)
    assert (known.beta.shape, known.phi.shape, known.covariance.shape) == ((0, 1), (0,), (0, 1, 1))
