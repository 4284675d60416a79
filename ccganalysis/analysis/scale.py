"""Economies of scale, from what bodies really employed and spent: would fewer, larger bodies need less?

Allowances are never used: they are a rate per head by rule, so a regression on them would return the rule. Staff are
measured for every body (`staff`); spending, `outturn`, is an optional table the user supplies. An elasticity here is an
association between bodies of different size on one day, not an effect of a merger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data.tables import Day, Tables
from ..errors import InputError
from . import staff
from .regression import Range, Regression, least_squares

FEWEST_BODIES = 10

BODIES_MERGED = (2, 3, 5)
"""Numbers of equal bodies for which a merger is spelt out."""

ADJUSTED_FOR = ("density", "deprivation", "age")
"""What a second elasticity holds alike between bodies: residents per km², IMD 2019 score, share aged 65 and over."""


@dataclass(frozen=True)
class Elasticity:
    """FTE grow with registered people as people to the power of `elasticity`: below 1, larger bodies have fewer per head.

    `standard_error` and the 95% `interval` are robust (HC3); `range_without_area` is the lowest and highest elasticity when
    each area in turn is left out. `line` is the fit in logarithms, its first slope that of people.
    """

    bodies: int
    elasticity: float
    standard_error: float
    interval: tuple[float, float]
    range_without_area: tuple[float, float]
    line: Regression

    def released(self, people: Sequence[float]) -> Range:
        """The share of their staff that bodies of these registered populations would need less as one, if the association held.

        1 - (sum of N)^e / sum of N^e: 0 for one body, negative where larger bodies have more staff per head. Low and
        high are at the ends of the interval.
        """
        sizes = np.asarray(people, dtype="float64") / np.sum(people)
        low, high = self.interval
        return Range(*(float(1 - 1 / np.sum(sizes**power)) for power in (high, self.elasticity, low)))

    def per_100000(self, people: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """FTE per 100,000 registered people at given sizes, and its 95% band (only of a fit to people alone)."""
        logs = np.log(people)
        ends = self.line.band(np.column_stack([np.ones_like(logs), logs]))
        middle, low, high = (np.exp(end - logs) * staff.PER for end in ends)
        return middle, low, high


def elasticity(frame: pd.DataFrame, adjusted: bool = False, hosts: bool = True) -> Elasticity:
    """How do staff grow with people? `frame` as `staff.measured` or `staff.pooled`.

    Bodies whose staff are employed elsewhere, or that have a declared break, are left out; hosts too unless `hosts`.
    `adjusted` adds what `ADJUSTED_FOR` names to people. Raises `InputError` with fewer than ten bodies left, or bodies in
    one area only.
    """
    kept = frame[in_fit(frame, hosts)]
    if len(kept) < FEWEST_BODIES or kept["area_code"].nunique() < 2:
        raise InputError(
            f"An elasticity of staff needs at least {FEWEST_BODIES} bodies in two or more areas; there are {len(kept)} in "
            f"{kept['area_code'].nunique()} with staff of their own."
        )
    columns = [np.log(kept["registered_population"])]
    if adjusted:
        columns += [np.log(kept["residents"] / kept["area_km2"]), kept["imd_average_score"], kept["aged_65_plus_share"]]
    x, y = np.column_stack(columns).astype("float64"), np.log(kept["staff_fte"].to_numpy("float64"))
    line = least_squares(x, y, robust=True)
    rest = [(kept["area_code"] != area).to_numpy() for area in kept["area_code"].unique()]
    without = [float(least_squares(x[chosen], y[chosen]).coefficients[1]) for chosen in rest]
    return Elasticity(
        bodies=len(kept),
        elasticity=float(line.coefficients[1]),
        standard_error=float(line.standard_errors[1]),
        interval=line.interval(1),
        range_without_area=(min(without), max(without)),
        line=line,
    )


def in_fit(frame: pd.DataFrame, hosts: bool = True) -> pd.Series:
    """Which rows of `staff.measured` or `staff.pooled` an elasticity is fitted to."""
    states = [staff.OWN, staff.HOST] if hosts else [staff.OWN]
    return frame["staff_state"].isin(states) & (frame["staff_fte"] > 0)


def elasticities(tables: Tables, date: Day, groups: pd.Series | None = None) -> pd.DataFrame:
    """Every elasticity of one date: each body, and bodies under one officer where `groups` says who is.

    `groups` as `levers.officer_groups`. One row for each `level` ("each body", "bodies under one officer"), `staff_counted`
    (`staff.COUNTED`), `hosts` ("included", "left out") and `adjusted` (yes: for `ADJUSTED_FOR`): `date`, `body_count`,
    `elasticity`, `standard_error_elasticity`, `elasticity_low`, `elasticity_high` (95%), `elasticity_least` and `elasticity_most`
    (leaving out one area at a time). Staff groups that are not given for the date are left out.
    """
    rows = []
    for counted in staff.COUNTED:
        bodies = staff.measured(tables, date, counted)
        if in_fit(bodies).sum() < FEWEST_BODIES:  # groups of staff are not given for every month
            continue
        levels = {"each body": bodies}
        if groups is not None:
            levels["bodies under one officer"] = staff.pooled(bodies, groups)
        for level, frame in levels.items():
            for hosts in (True, False):
                for adjusted in (False, True):
                    found = elasticity(frame, adjusted, hosts)
                    rows.append(
                        {
                            "date": pd.Timestamp(date),
                            "level": level,
                            "staff_counted": counted,
                            "hosts": "included" if hosts else "left out",
                            "adjusted": "yes" if adjusted else "no",
                            "body_count": found.bodies,
                            "elasticity": found.elasticity,
                            "standard_error_elasticity": found.standard_error,
                            "elasticity_low": found.interval[0],
                            "elasticity_high": found.interval[1],
                            "elasticity_least": found.range_without_area[0],
                            "elasticity_most": found.range_without_area[1],
                        }
                    )
    return pd.DataFrame(rows)


def equal_mergers(found: Elasticity) -> pd.DataFrame:
    """The share of staff that two, three and five equal bodies would need less as one: 1 - k^(e - 1).

    `bodies_merged`, `fewer_staff_share`, `fewer_staff_share_low`, `fewer_staff_share_high` (95%).
    """
    rows = [(number, *found.released([1.0] * number)) for number in BODIES_MERGED]
    frame = pd.DataFrame(rows, columns=["bodies_merged", *(f"fewer_staff_share{end}" for end in ("_low", "", "_high"))])
    return frame[["bodies_merged", "fewer_staff_share", "fewer_staff_share_low", "fewer_staff_share_high"]]


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
    line: Regression

    def band(self, people: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The fitted line and its 95% confidence band (£) at given numbers of registered people."""
        return self.line.band(np.column_stack([np.ones_like(people, dtype="float64"), people]))


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
    line, logs = least_squares(people, cost), least_squares(np.log(people), np.log(cost))
    rest = [(frame["area_code"] != area).to_numpy() for area in frame["area_code"].unique()]
    without = [float(least_squares(people[kept], cost[kept]).coefficients[0]) for kept in rest]
    return Fit(
        bodies=len(frame),
        fixed_gbp=float(line.coefficients[0]),
        fixed_interval_gbp=line.interval(0),
        rate_gbp=float(line.coefficients[1]),
        rate_interval_gbp=line.interval(1),
        elasticity=float(logs.coefficients[1]),
        elasticity_interval=logs.interval(1),
        fixed_range_gbp=(min(without), max(without)),
        line=line,
    )


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
