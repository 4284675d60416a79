"""What one would have to believe for a plan to be first: weights of criteria, all of them, exactly.

A plan's value is the weighted sum of its criteria, each on a scale from 0 (the worst of the area's plans) to 1 (the
best). Weights are points of a simplex: none is negative, all add up to one. The points at which a plan is first are a
polytope, its *cell*; the cell's share of the simplex is the share of all weightings in which the plan is first, and the
cell's centroid the weights that typically put it there (stochastic multicriteria acceptability analysis: Lahdelma,
Hokkanen and Salminen, European Journal of Operational Research 106, 1998). They draw weights at random; here cells are cut out,
half-space by half-space, so that nothing depends on a seed.

All areas of April 2018 on the three criteria by default, 77,083 plans of which 531 are first somewhere: SECONDS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..data.measures import OBJECTIVES
from ..errors import InputError, unknown
from . import plans
from .candidates import AreaPlans

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CRITERIA = ("released", "coterminosity", "disruption")
"""What plans are weighed on unless the reader says otherwise, by their names in `measures.OBJECTIVES`: money released,
residents in whole authorities, people who keep their commissioner. No two of them say the same thing."""

SAME = 1e-9
"""Values closer than this, on the scale from 0 to 1, are equal: sums in another order must not make a cell."""


@dataclass(frozen=True, eq=False)
class Weighing:
    """Which plans of an area are first, for which weights.

    criteria  names of `measures.OBJECTIVES`, in the order of all weights
    scaled    every plan's criteria from 0 (the worst of the area's plans) to 1 (the best); 0 for all where all are equal
    first     one row per outcome that is first somewhere, the one first most often on top: `plan` (the first that
              reaches it), `plan_count` (plans equal on all criteria), `first_share`, and by criterion `weight_...`, the
              central weights
    outcome   the row of `first` that each plan reaches; -1 where it is never first, or was not among those weighed
    """

    criteria: tuple[str, ...]
    scaled: Floats
    first: pd.DataFrame
    outcome: NDArray[np.intp]

    @property
    def leader(self) -> int:
        """The plan that is first in the largest share of weightings (of equals, the first of them)."""
        return int(self.first["plan"].iloc[0])

    def share(self, plan: int) -> float:
        """The share of all weightings in which a plan is first (with those that equal it)."""
        row = self.outcome[plan]
        return float(self.first["first_share"].iloc[row]) if row >= 0 else 0.0

    def central(self, plan: int) -> Floats:
        """The weights at the centre of those that put a plan first; not a number where none does."""
        row = self.outcome[plan]
        columns = [f"weight_{name}" for name in self.criteria]
        return self.first[columns].to_numpy("float64")[row] if row >= 0 else np.full(len(columns), np.nan)

    def first_at(self, weights: Sequence[float] | Floats) -> int:
        """The plan that is first at given weights; of equals, the one that is first most often."""
        values = self.scaled[self.first["plan"]] @ np.asarray(weights, dtype="float64")
        return int(self.first["plan"].iloc[int(np.argmax(values >= values.max() - SAME))])


def scaled(frame: pd.DataFrame, columns: Sequence[str], more_is_better: Sequence[bool]) -> Floats:
    """Columns of a table from 0, the worst of its rows, to 1, the best; all 0 where they do not differ."""
    values = frame[list(columns)].to_numpy("float64")
    if not np.isfinite(values).all():
        raise InputError("A criterion is missing (NaN) for some plans; leave it out.")
    values = np.where(np.asarray(more_is_better, dtype=bool), values, -values)
    low, spread = values.min(axis=0), np.ptp(values, axis=0)
    return np.divide(values - low, spread, out=np.zeros_like(values), where=spread > 0)


def weigh(
    area: AreaPlans,
    criteria: Sequence[str] = CRITERIA,
    released: str = OBJECTIVES["released"].column,
    among: Sequence[int] | None = None,
) -> Weighing:
    """In what share of all weightings is each plan of an area first, and at which weights? Exact.

    `criteria` are names of `measures.OBJECTIVES`; `released` is the column of `area.plans` that holds the money under
    one shape of saving. `among` weighs some of the plans only, such as the named options; the scales are those of all
    the area's plans all the same. Plans equal on all criteria are one outcome and share its place. A criterion on which
    all plans are equal takes its weight and changes no order. Raises `InputError` for an unknown criterion or none.
    """
    for name in criteria:
        if name not in OBJECTIVES:
            raise InputError(unknown("criterion", name, OBJECTIVES))
    if len(set(criteria)) < len(criteria) or not criteria:
        raise InputError(f"Weights need at least one criterion, each once; got {', '.join(criteria) or 'none'}.")
    columns = [released if name == "released" else OBJECTIVES[name].column for name in criteria]
    values = scaled(area.plans, columns, [OBJECTIVES[name].more_is_better for name in criteria])
    chosen = np.arange(len(values)) if among is None else np.unique(np.asarray(among, dtype=np.intp))
    _, starts, reached, counts = np.unique(
        (values[chosen] / SAME).round(), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    points = values[chosen[starts]]
    shares, weights = first_shares(points)
    order = np.lexsort((chosen[starts], -shares))
    order = order[shares[order] > 0]
    place = np.full(len(points), -1, dtype=np.intp)
    place[order] = np.arange(len(order))
    outcome = np.full(len(values), -1, dtype=np.intp)
    outcome[chosen] = place[reached.ravel()]
    first = pd.DataFrame(
        {
            "plan": chosen[starts][order],
            "plan_count": counts[order],
            "first_share": shares[order],
            **{f"weight_{name}": weights[order, column] for column, name in enumerate(criteria)},
        }
    )
    return Weighing(tuple(criteria), values, first, outcome)


def first_shares(points: Floats) -> tuple[Floats, Floats]:
    """For points without equals: the share of all weightings in which each is first, and the central weights.

    `points` has one row per alternative and one column per criterion, more being better. Shares add up to 1; where a share
    is 0 the weights are not numbers. A column that is the same for all has the mean weight 1 / columns whatever the
    others are, and they divide what is left as if it were not there (the weights being a Dirichlet distribution).
    """
    number, all_columns = points.shape
    shares, weights = np.zeros(number), np.full((number, all_columns), np.nan)
    matters = np.ptp(points, axis=0) > SAME
    columns = int(matters.sum())
    if columns == 0:  # nothing tells them apart, so without equals there is one
        return np.ones(number) / number, np.full((number, all_columns), 1 / all_columns)
    unbeaten = np.flatnonzero(plans.pareto_frontier(points[:, matters], [True] * columns))
    rivals = points[np.ix_(unbeaten, np.flatnonzero(matters))]
    for mine, row in zip(rivals, unbeaten, strict=True):
        share, centre = _measured(*_cell(mine - rivals))
        if share > 0:
            shares[row] = share
            weights[row] = 1 / all_columns
            weights[row, matters] = centre * columns / all_columns
    return shares, weights


def _cell(advantage: Floats) -> tuple[Floats, Flags]:
    """The weights at which no rival is ahead, by corners: their weights, and on which bounds each of them lies.

    `advantage` has one row per rival: by how much each criterion is ahead of it. The rival that is furthest ahead at any
    corner is cut off, until none is. Corners of a cut lie on edges: two corners are the ends of one if no third lies on all the
    bounds that they share (the double description of Motzkin and others, 1953). None are left where the cell is flat.
    """
    size = advantage.shape[1]
    corners = np.eye(size)
    on = ~np.eye(size, dtype=bool)
    while True:
        ahead = corners @ advantage.T
        rival = int(ahead.min(axis=0).argmin())
        side = ahead[:, rival]
        if side.min() >= -SAME:
            return corners, on
        inside, outside = np.flatnonzero(side > SAME), np.flatnonzero(side < -SAME)
        if len(inside) == 0:
            return corners[:0], on[:0]
        first, second = (ends.ravel() for ends in np.meshgrid(inside, outside, indexing="ij"))
        common = on[first] & on[second]
        holders = common.astype(np.intp) @ (~on).T.astype(np.intp) == 0
        edge = (holders.sum(axis=1) == 2) & (common.sum(axis=1) >= size - 2)
        first, second, common = first[edge], second[edge], common[edge]
        ratio = (side[first] / (side[first] - side[second]))[:, None]
        cut = corners[first] + ratio * (corners[second] - corners[first])
        kept = side >= -SAME
        corners = np.concatenate([corners[kept], cut])
        on = np.column_stack(
            [np.concatenate([on[kept], common]), np.append(side[kept] <= SAME, np.ones(len(cut), dtype=bool))]
        )


def _measured(corners: Floats, on: Flags) -> tuple[float, Floats]:
    """The share of all weights that lie between corners, and their centroid.

    The cell is divided into simplices; the determinant of a simplex's corners is its share of all weights.
    """
    size = corners.shape[1]
    if len(corners) < size:
        return 0.0, np.full(size, np.nan)
    bounds = [frozenset(np.flatnonzero(column).tolist()) for column in on.T]
    parts = corners[_simplices(frozenset(range(len(corners))), bounds, size)]
    sizes = np.abs(np.linalg.det(parts))
    total = float(sizes.sum())
    return total, (sizes[:, None] * parts.mean(axis=1)).sum(axis=0) / total if total > 0 else np.full(size, np.nan)


def _simplices(face: frozenset[int], bounds: Sequence[frozenset[int]], size: int) -> list[list[int]]:
    """A face divided into simplices of `size` corners: one corner joined to those of every side it does not lie on.

    Sides of fewer dimensions than they should have give simplices without extent.
    """
    if len(face) == size:
        return [sorted(face)]
    apex = min(face)
    sides = {side for side in (face & bound for bound in bounds) if apex not in side and len(side) >= size - 1}
    return [[apex, *rest] for side in sorted(sides, key=sorted) for rest in _simplices(side, bounds, size - 1)]
