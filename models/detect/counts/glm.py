"""Log-linear count models of many series at once: one design, batched weighted least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ETA = (-7.0, 28.0)  # bounds of the linear predictor: means between 0.001 and 10¹²
_PRIOR_DOF = 4.0  # weight of the prior dispersion, in observations
_PRIOR_PHI = 1.2
_ANSCOMBE = 2.58  # residuals above this are down-weighted (Noufaily 2013, section 3.4)
_BLOCK = 128  # series worked on at once: their arrays stay in the processor's cache


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Coefficients of n series.

    Attributes
    ----------
    beta : ndarray, shape (n, p)
    phi : ndarray, shape (n,)
        Dispersion: variance = phi × mean, at least 1.
    covariance : ndarray, shape (n, p, p)
        Of the coefficients, prior included.
    """

    beta: Floats
    phi: Floats
    covariance: Floats

    def mean(self, design: Floats) -> Floats:
        """Give expected counts, shape (n, rows), for the rows of a design."""
        mean: Floats = np.exp(_predictor(self.beta, design))
        return mean

    def log_variance(self, design: Floats) -> Floats:
        """Give the variance of the logarithm of the expected counts, shape (n, rows)."""
        left = np.einsum("rp,npq->nrq", design, self.covariance)
        variance: Floats = np.einsum("nrq,rq->nr", left, design)
        return variance


def fit(
    counts: Floats,
    weights: Floats,
    design: Floats,
    precision: Floats,
    *,
    products: Floats | None = None,
    start: Floats | None = None,
    steps: int = 6,
) -> Fit:
    """Fit quasi-Poisson log-linear models by iteratively reweighted least squares.

    A normal prior keeps coefficients that the data cannot tell near zero, and their uncertainty
    stays in the covariance: a short history gives wide predictions instead of sure wrong ones.
    Observations far above the fit are down-weighted, so past outbreaks do not raise the baseline.

    Parameters
    ----------
    counts : ndarray, shape (n, rows)
        Values under zero weight may be anything finite.
    weights : ndarray, shape (n, rows) or (rows,)
        0 leaves an observation out.
    design : ndarray, shape (rows, p)
        First column all ones.
    precision : ndarray, shape (p,)
        Prior precision (1/sd²) of each coefficient.
    products : ndarray, shape (rows, p²), optional
        `products_of(design)`, for who fits to parts of one design again and again.
    start : ndarray, shape (n, p), optional
        Coefficients to start from, for example those of the period before.
    steps : int
        Number of iterations.

    References
    ----------
    Noufaily et al. 2013, Statistics in Medicine 32:1206, sections 3.1-3.4.
    """
    base = np.broadcast_to(weights, counts.shape)
    beta = _start(counts, base, design.shape[1]) if start is None else start
    outer = products_of(design) if products is None else products
    parts = [
        _fit_block(counts[at], base[at], design, outer, precision, beta[at], steps)
        for at in (slice(first, first + _BLOCK) for first in range(0, len(counts), _BLOCK))
    ]
    if not parts:
        return Fit(beta=beta, phi=np.ones(0), covariance=np.zeros((0, *2 * design.shape[1:])))
    return Fit(
        beta=np.concatenate([part.beta for part in parts]),
        phi=np.concatenate([part.phi for part in parts]),
        covariance=np.concatenate([part.covariance for part in parts]),
    )


def products_of(design: Floats) -> Floats:
    """Products of all pairs of columns, row by row.

    Returns
    -------
    ndarray, shape (rows, p²)
    """
    rows, width = design.shape
    products: Floats = (design[:, :, None] * design[:, None, :]).reshape(rows, width**2)
    return products


def _fit_block(
    counts: Floats,
    base: Floats,
    design: Floats,
    outer: Floats,
    precision: Floats,
    beta: Floats,
    steps: int,
) -> Fit:
    robust, powered = base, np.cbrt(counts) ** 2
    phi = np.full(len(counts), _PRIOR_PHI)
    predictor = _predictor(beta, design)
    root = np.exp(predictor / 6)  # of the mean: its powers below cost no further logarithm
    for _ in range(steps):
        mean = _sixth_power(root)
        working = robust * mean / phi[:, None]
        information = (working @ outer).reshape(len(counts), *2 * design.shape[1:])
        information += np.diag(precision)
        response = predictor + counts / mean - 1
        beta = np.linalg.solve(information, ((working * response) @ design)[..., None])[..., 0]
        predictor = _predictor(beta, design)
        root = np.exp(predictor / 6)
        phi = _dispersion(counts, _sixth_power(root), robust, design.shape[1])
        robust = base * _downweight(powered, root, phi)
    covariance: Floats = np.linalg.inv(information).astype(np.float64)
    return Fit(beta=beta, phi=phi, covariance=covariance)


def _predictor(beta: Floats, design: Floats) -> Floats:
    predictor: Floats = np.clip(beta @ design.T, *_ETA)
    return predictor


def _sixth_power(root: Floats) -> Floats:
    square = root * root
    return square * square * square


def _start(counts: Floats, weights: Floats, width: int) -> Floats:
    beta = np.zeros((len(counts), width))
    total = np.maximum(weights.sum(1), 1e-9)
    beta[:, 0] = np.log(np.maximum((counts * weights).sum(1) / total, 0.02))
    return beta


def _dispersion(counts: Floats, mean: Floats, weights: Floats, width: int) -> Floats:
    pearson = (weights * (counts - mean) ** 2 / mean).sum(1) + _PRIOR_DOF * _PRIOR_PHI
    freedom = np.maximum(weights.sum(1) - width, 0) + _PRIOR_DOF
    phi: Floats = np.maximum(pearson / freedom, 1.0)
    return phi


def _downweight(powered: Floats, root: Floats, phi: Floats) -> Floats:
    """Weights by Anscombe residuals 1.5 (y^⅔ − μ^⅔) / (μ^⅙ √φ); takes y^⅔ and μ^⅙."""
    square = root * root
    residual = (powered - square * square) / (root * (np.sqrt(phi) / 1.5)[:, None])
    weight: Floats = (_ANSCOMBE / np.maximum(residual, _ANSCOMBE)) ** 2
    return weight
