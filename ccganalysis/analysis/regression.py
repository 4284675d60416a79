"""Least squares in a few lines: coefficients, their covariance (classical, or robust to unequal spread), intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Range(NamedTuple):
    """The low, central and high value of one quantity."""

    low: float
    central: float
    high: float


@dataclass(frozen=True)
class Regression:
    """A fitted line: `coefficients`, their `covariance`, the `residual` standard deviation, and the cases left over."""

    coefficients: np.ndarray
    covariance: np.ndarray
    residual: float
    degrees: int

    @property
    def standard_errors(self) -> np.ndarray:
        """The standard error of each coefficient."""
        errors: np.ndarray = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def half_width(self) -> float:
        """How many standard errors a 95% interval reaches on either side (Student's t)."""
        from scipy import special  # scipy.stats has it too, and takes a second to import in every report

        return float(special.stdtrit(self.degrees, 0.975))

    def interval(self, which: int) -> tuple[float, float]:
        """The 95% confidence interval of one coefficient."""
        middle, half = self.coefficients[which], self.half_width * self.standard_errors[which]
        return float(middle - half), float(middle + half)

    def band(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The line and its 95% confidence band at rows of a design matrix."""
        line = points @ self.coefficients
        spread = self.half_width * np.sqrt(np.einsum("ij,jk,ik->i", points, self.covariance, points))
        return line, line - spread, line + spread


def least_squares(columns: np.ndarray, y: np.ndarray, robust: bool = False) -> Regression:
    """Fit y to columns and a constant, which comes first.

    `robust` takes the covariance HC3 (MacKinnon and White 1985), which does not assume that every case has the same
    spread and weighs a case up that pulls the line to itself; otherwise the classical one.
    """
    design = np.column_stack([np.ones(len(y)), columns])
    orthogonal, triangular = np.linalg.qr(design)
    root = np.linalg.inv(triangular)
    inverse = root @ root.T
    coefficients = root @ orthogonal.T @ y
    left = y - design @ coefficients
    degrees = len(y) - design.shape[1]
    variance = float(left @ left / degrees)
    if robust:
        leverage = (orthogonal**2).sum(axis=1)
        weighted = design * (left / (1 - leverage))[:, None]
        covariance = inverse @ (weighted.T @ weighted) @ inverse
    else:
        covariance = variance * inverse
    return Regression(coefficients, covariance, float(np.sqrt(variance)), degrees)
