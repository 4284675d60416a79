"""Economies of scale, from actual spending only: what a body costs to run before its first patient.

Works on `outturn`, an optional table the user supplies. Allowances are never used: they are a rate per head by rule,
so a regression on them would return the rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data.tables import Day
from ..errors import InputError

FEWEST_BODIES = 10


@dataclass(frozen=True)
class Fit:
    """Outturn = fixed cost + rate x people, by least squares over bodies, and the log-log elasticity.

    `fixed_gbp`, `rate_gbp` (per registered person) and `elasticity` each with a 95% confidence interval; the
    `fixed_range_gbp` is the lowest and highest fixed cost when each area in turn is left out.
    """

    bodies: int
    fixed_gbp: float
    fixed_interval_gbp: tuple[float, float]
    rate_gbp: float
    rate_interval_gbp: tuple[float, float]
    elasticity: float
    elasticity_interval: tuple[float, float]
    fixed_range_gbp: tuple[float, float]
    covariance: np.ndarray
    residual_gbp: float

    def band(self, people: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The fitted line and its 95% confidence band (£) at given numbers of registered people."""
        from scipy import stats

        points = np.column_stack([np.ones_like(people, dtype="float64"), people])
        line = points @ np.array([self.fixed_gbp, self.rate_gbp])
        spread = stats.t.ppf(0.975, self.bodies - 2) * np.sqrt(
            np.einsum("ij,jk,ik->i", points, self.covariance, points)
        )
        return line, line - spread, line + spread


def fit(frame: pd.DataFrame) -> Fit:
    """Fit outturn to people. `frame`: one row per body with `outturn_gbp`, `registered_population`, `area_code`.

    Raises `InputError` with fewer than ten bodies, or with bodies in one area only (none could be left out).
    """
    if len(frame) < FEWEST_BODIES or frame["area_code"].nunique() < 2:
        raise InputError(
            f"Economies of scale need outturn of at least {FEWEST_BODIES} bodies in two or more areas; "
            f"outturn.csv has {len(frame)} in {frame['area_code'].nunique()}."
        )
    people, cost = (frame[name].to_numpy("float64") for name in ("registered_population", "outturn_gbp"))
    line, covariance, residual = _least_squares(people, cost)
    logs, log_covariance, _ = _least_squares(np.log(people), np.log(cost))
    without = [
        _least_squares(*(part[name].to_numpy("float64") for name in ("registered_population", "outturn_gbp")))[0][0]
        for part in (frame[frame["area_code"] != area] for area in sorted(frame["area_code"].unique()))
    ]
    intervals = _intervals(line, covariance, len(frame))
    return Fit(
        bodies=len(frame),
        fixed_gbp=line[0],
        fixed_interval_gbp=intervals[0],
        rate_gbp=line[1],
        rate_interval_gbp=intervals[1],
        elasticity=logs[1],
        elasticity_interval=_intervals(logs, log_covariance, len(frame))[1],
        fixed_range_gbp=(min(without), max(without)),
        covariance=covariance,
        residual_gbp=residual,
    )


def _least_squares(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Intercept and slope, their covariance, and the residual standard deviation."""
    design = np.column_stack([np.ones_like(x), x])
    estimate, *_ = np.linalg.lstsq(design, y, rcond=None)
    variance = float(np.sum((y - design @ estimate) ** 2) / (len(y) - 2))
    return estimate, variance * np.linalg.inv(design.T @ design), float(np.sqrt(variance))


def _intervals(estimate: np.ndarray, covariance: np.ndarray, count: int) -> list[tuple[float, float]]:
    from scipy import stats

    spread = stats.t.ppf(0.975, count - 2) * np.sqrt(np.diag(covariance))
    return [(float(middle - half), float(middle + half)) for middle, half in zip(estimate, spread, strict=True)]


def against_allowance(outturn: pd.DataFrame, limits: pd.DataFrame, as_at: Day) -> pd.DataFrame:
    """Outturn of the financial year that begins on a footprint's date beside each body's baseline, people and area.

    `limits` is from `running_costs.limits`. Adds `outturn_gbp`, its `kind`, and `spent_share` of the 2017/18 baseline;
    bodies without outturn are left out.
    """
    day = pd.Timestamp(as_at)
    year = f"{day.year}/{(day.year + 1) % 100:02d}"
    spent = outturn.loc[outturn["financial_year"] == year, ["body_code", "outturn_gbp", "kind"]]
    frame = limits.merge(spent, on="body_code", how="inner")
    return frame.assign(spent_share=frame["outturn_gbp"] / frame["baseline_gbp"])


SPENT = ["body_name", "registered_population", "baseline_gbp", "outturn_gbp", "spent_share", "kind"]
"""The columns of `against_allowance` that a reader wants."""
