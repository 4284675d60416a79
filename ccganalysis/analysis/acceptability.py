"""What one would have to believe for a plan to be first: weights of criteria, all of them, exactly.

A plan's value is the weighted sum of its criteria, each on a scale from 0 (the worst of the area's plans) to 1 (the
best): a weight is what the whole way from worst to best is worth, however short that way is. Weights are points of a
simplex: none is negative, all add up to one. The points at which a plan is first are a polytope, its *cell*; the cell's
share of the simplex is the share of all weightings in which the plan is first, and its centroid the weights that
typically put it there (stochastic multicriteria acceptability analysis: Lahdelma, Hokkanen and Salminen, European
Journal of Operational Research 106, 1998). They draw weights at random; here cells are cut out, half-space by
half-space, so that nothing depends on a seed.

All areas of April 2018 on the three criteria by default, 77,083 plans of which 242 outcomes are first somewhere, take
0.4 s on one core; with number of bodies 0.4 s, with size balance 0.5 s, with both 0.6 s.
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
residents in whole authorities, people who keep their commissioner. No two of them say the same thing twice."""

FURTHER = tuple(name for name in OBJECTIVES if name not in CRITERIA)
"""What a reader may add; it says again, in part, what those say, so the result is shown with it and without."""

SAME = 1e-9
"""Values closer than this, on the scale from 0 to 1, are equal: sums in another order must not make a cell."""

BEYOND = 1e-6
"""How far beyond a turning weight it is asked what is first there."""


@dataclass(frozen=True, eq=False)
class Weighing:
    """Which plans of an area are first, for which weights.

    criteria  names of `measures.OBJECTIVES`, in the order of all weights: those on which the area's plans differ
    idle      those on which they do not, which no weight can make count
    scaled    every plan on every one of `criteria`, from 0 (the worst of the area's plans) to 1 (the best)
    first     one row per outcome that is first somewhere, the one first most often on top: `plan` (the first that
              reaches it), `plan_count` (plans equal on all criteria), `first_share`, and by criterion `weight_...`, the
              central weights
    outcome   the row of `first` that each plan reaches; -1 where it is never first, or was not among those weighed
    """

    criteria: tuple[str, ...]
    idle: tuple[str, ...]
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

    def central(self, plan: int) -> dict[str, float]:
        """By criterion, the weights at the centre of those that put a plan first; none where it never is first."""
        row = self.outcome[plan]
        return {name: float(self.first[f"weight_{name}"].iloc[row]) for name in self.criteria if row >= 0}

    def first_at(self, weights: Sequence[float] | Floats) -> int:
        """The plan that is first at given weights; of equals, the one that is first most often."""
        values = self.scaled[self.first["plan"]] @ np.asarray(weights, dtype="float64")
        return int(self.first["plan"].iloc[int(np.argmax(values >= values.max() - SAME))])

    def along(self, criterion: int, weight: float) -> Floats:
        """The weights where one criterion (by position) has a given weight and the others share the rest equally."""
        if len(self.criteria) == 1:
            return np.ones(1)
        return np.where(np.arange(len(self.criteria)) == criterion, weight, (1 - weight) / (len(self.criteria) - 1))


def weigh(
    area: AreaPlans,
    criteria: Sequence[str] = CRITERIA,
    released: str = OBJECTIVES["released"].column,
    among: Sequence[int] | NDArray[np.intp] | None = None,
) -> Weighing:
    """In what share of all weightings is each plan of an area first, and at which weights? Exact.

    `criteria` are names of `measures.OBJECTIVES`; `released` is the column of `area.plans` that holds the money under
    one shape of saving. `among` weighs some of the plans only, such as the named options; the scales are those of all
    the area's plans all the same. Plans equal on all criteria are one outcome and share its place. A criterion on
    which all the area's plans are equal is left out: whatever its weight, the others stand to each other as before, so
    no share depends on it. With none left (an area of one plan) every weighting has the same plan first.

    Raises `InputError` for an unknown criterion, one named twice, none, or a value that is missing.
    """
    for name in criteria:
        if name not in OBJECTIVES:
            raise InputError(unknown("criterion", name, OBJECTIVES))
    if len(set(criteria)) < len(criteria) or not criteria:
        raise InputError(f"Weights need at least one criterion, each once; got {', '.join(criteria) or 'none'}.")
    values = np.column_stack([_values(area, name, released) for name in criteria])
    spread = np.ptp(values, axis=0)
    differ = spread > SAME * np.abs(values).max(axis=0)
    names = [name for name, counts in zip(criteria, differ, strict=True) if counts]
    scaled = ((values - values.min(axis=0)) / np.where(differ, spread, 1))[:, differ]
    chosen = np.arange(len(values)) if among is None else np.unique(np.asarray(among, dtype=np.intp))
    _, starts, reached, counts = np.unique(
        (scaled[chosen] / SAME).round(), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    shares, weights = first_shares(scaled[chosen[starts]])
    order = np.lexsort((chosen[starts], -shares.round(9)))
    order = order[shares[order] > 0]
    place = np.full(len(shares), -1, dtype=np.intp)
    place[order] = np.arange(len(order))
    outcome = np.full(len(values), -1, dtype=np.intp)
    outcome[chosen] = place[reached.ravel()]
    first = pd.DataFrame(
        {
            "plan": chosen[starts][order],
            "plan_count": counts[order],
            "first_share": shares[order],
            **{f"weight_{name}": weights[order, column] for column, name in enumerate(names)},
        }
    )
    idle = tuple(name for name in criteria if name not in names)
    return Weighing(tuple(names), idle, scaled, first, outcome)


def _values(area: AreaPlans, criterion: str, released: str) -> Floats:
    """A criterion of every plan of an area, more being better."""
    one = OBJECTIVES[criterion]
    column = released if criterion == "released" else one.column
    values = area.plans[column].to_numpy("float64")
    if not np.isfinite(values).all():
        raise InputError(f"Plans of {area.area_name} cannot be weighed by {one.words}: {column} is missing for some.")
    return values if one.more_is_better else -values


def turning(weighing: Weighing, plan: int) -> pd.DataFrame:
    """Between which weights on each criterion is a plan first, the other criteria sharing the rest equally?

    One row per criterion: `criterion`, `from_weight`, `to_weight`, and what is first beyond them, `plan_below` and
    `plan_above` (-1 where nothing is beyond). Weights are missing where the plan is first at no weight of it.
    """
    rows = []
    ahead = weighing.scaled[plan] - weighing.scaled[weighing.first["plan"]]
    for number, name in enumerate(weighing.criteria):
        without, alone = ahead @ weighing.along(number, 0.0), ahead @ weighing.along(number, 1.0)
        # At weight t the plan is ahead by (1 - t) x without + t x alone: it meets each rival where that is nought.
        level = np.divide(without, without - alone, out=np.zeros_like(alone), where=np.abs(without - alone) > SAME)
        low = np.where(alone > SAME, level, 1.0)[without < -SAME].max(initial=0.0)
        high = np.where(without > SAME, level, 0.0)[alone < -SAME].min(initial=1.0)
        if high - low <= SAME:
            rows.append((name, np.nan, np.nan, -1, -1))
            continue
        below = weighing.first_at(weighing.along(number, low - BEYOND)) if low > BEYOND else -1
        above = weighing.first_at(weighing.along(number, high + BEYOND)) if high < 1 - BEYOND else -1
        rows.append((name, low, high, below, above))
    return pd.DataFrame(rows, columns=["criterion", "from_weight", "to_weight", "plan_below", "plan_above"])


def sweeps(weighing: Weighing) -> pd.DataFrame:
    """What comes first as one criterion counts for more and more, the others sharing the rest equally: exact.

    One row per stretch of weights: `criterion`, `from_weight`, `to_weight` and `plan`, the one first there.
    """
    rows = []
    plans_first = weighing.first["plan"].to_numpy()
    for number, name in enumerate(weighing.criteria):
        start, end = (weighing.scaled[plans_first] @ weighing.along(number, weight) for weight in (0.0, 1.0))
        slope, weight = end - start, 0.0
        best = start >= start.max() - SAME
        now = int(np.flatnonzero(best)[slope[best].argmax()])
        while True:
            steeper = np.flatnonzero(slope > slope[now] + SAME)
            meets = (start[now] - start[steeper]) / (slope[steeper] - slope[now])
            stop = float(meets.min(initial=1.0))
            if stop > weight + SAME:
                rows.append((name, weight, min(stop, 1.0), int(plans_first[now])))
            if stop >= 1 - SAME:
                break
            level = steeper[meets <= stop + SAME]
            now, weight = int(level[slope[level].argmax()]), max(stop, weight)
    return pd.DataFrame(rows, columns=["criterion", "from_weight", "to_weight", "plan"])


@dataclass(frozen=True)
class Turn:
    """A plan is first until `criterion` counts for more than `weight`, the others sharing the rest; then `plan` is."""

    criterion: str
    weight: float
    plan: int


def turn(weighing: Weighing, plan: int) -> Turn | None:
    """The least weight on one criterion above which a plan is first no more; None where it stays first on all."""
    table = turning(weighing, plan)
    table = table[table["plan_above"] >= 0].sort_values("to_weight", kind="stable")
    if table.empty:
        return None
    row = table.iloc[0]
    return Turn(str(row["criterion"]), float(row["to_weight"]), int(row["plan_above"]))


def first_shares(points: Floats) -> tuple[Floats, Floats]:
    """For points without equals: the share of all weightings in which each is first, and its central weights.

    `points` has one row per alternative and one column per criterion, more being better. Shares add up to 1; where a
    share is 0 the weights are not numbers.
    """
    shares, weights = np.zeros(len(points)), np.full(points.shape, np.nan)
    if len(points) == 1:
        return np.ones(1), np.full(points.shape, 1 / max(points.shape[1], 1))
    unbeaten = np.flatnonzero(plans.pareto_frontier(points, [True] * points.shape[1]))
    for row in unbeaten:
        shares[row], weights[row] = _measured(*_cell(points[row] - points[unbeaten]))
    return shares, weights


def _cell(advantage: Floats) -> tuple[Floats, Flags]:
    """The weights at which no rival is ahead, by corners: their weights, and on which bounds each of them lies.

    `advantage` has one row per rival: by how much the plan is ahead of it on each criterion. The part where the rival
    furthest ahead at any corner is ahead is cut off, until none is. New corners lie on edges: two corners are the ends
    of one if no third lies on all the bounds that they share (the double description method of Motzkin and others,
    1953). No corners are left where the cell is flat.
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
