"""What cannot be beaten on every measure at once, and the frontiers of several areas together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from .sets import Floats, Integers


def pareto_frontier(values: ArrayLike, maximise: Sequence[bool]) -> NDArray[np.bool_]:
    """Which rows are not dominated: no other row is at least as good in every column and better in one.

    `values` has one row per alternative and one column per objective; `maximise` says for each column whether more is
    better. Equal rows are kept or dropped together. Raises InputError for NaN or a wrong shape.

    Two objectives take one sort (Kung, Luccio and Preparata, Journal of the ACM 22, 1975). Otherwise rows are visited
    in descending order of summed ranks, so that the first row left is never dominated, and each strikes out those it
    dominates.
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.shape[1] != len(maximise) or table.shape[1] == 0:
        raise InputError(f"Expected a table with {len(maximise)} columns (at least one), got shape {table.shape}.")
    if np.isnan(table).any():
        raise InputError("An objective is missing (NaN) for some alternatives; fill it or leave them out.")
    if len(table) == 0:
        return np.zeros(0, dtype=bool)
    table = np.where(np.asarray(maximise, dtype=bool), table, -table)
    if table.shape[1] == 1:
        return np.asarray(table[:, 0] == table.max())
    return _frontier_of_two(*table.T) if table.shape[1] == 2 else _frontier_of_many(table)


def _frontier_of_two(first: Floats, second: Floats) -> NDArray[np.bool_]:
    order = np.lexsort((-second, -first))
    first, second = first[order], second[order]
    begins = np.concatenate([[True], first[1:] != first[:-1]])
    best_of_equals = second[begins]  # the first of each run of equal `first` has the best `second`
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(best_of_equals)[:-1]])
    kept = best_of_equals > best_before
    kept[0] = True  # even if its `second` is minus infinity
    run = np.cumsum(begins) - 1
    frontier = np.empty(len(order), dtype=bool)
    frontier[order] = kept[run] & (second == best_of_equals[run])
    return frontier


def _frontier_of_many(table: Floats) -> NDArray[np.bool_]:
    ranks = np.stack([np.unique(column, return_inverse=True)[1] for column in table.T], axis=1)
    order = np.argsort(-ranks.sum(axis=1), kind="stable")
    rows = ranks[order]
    frontier = np.zeros(len(table), dtype=bool)
    while len(rows):
        equal = (rows == rows[0]).all(axis=1)
        frontier[order[equal]] = True
        stays = (rows > rows[0]).any(axis=1)
        rows, order = rows[stays], order[stays]
    return frontier


@dataclass(frozen=True, eq=False)
class CombinedFrontier:
    """The best total value for each total number of sets over several independent areas.

    values   total number of sets -> best total value, from most sets to fewest; impossible totals are left out
    chosen   chosen[i][t] is the number of sets that area i has when areas 0 to i have t in all, -1 if impossible
    """

    values: dict[int, float]
    chosen: list[Integers]

    def numbers(self, total: int) -> list[int]:
        """How many sets each area has in a best choice with this total, in the order of the areas given."""
        if total not in self.values:
            raise InputError(f"No choice has {total} sets in all; possible are {sorted(self.values)}.")
        numbers = []
        for chosen in reversed(self.chosen):
            numbers.append(int(chosen[total]))
            total -= numbers[-1]
        return numbers[::-1]


def combine_frontiers(frontiers: Sequence[Mapping[int, float]], maximise: bool = True) -> CombinedFrontier:
    """The frontier of several areas together, from each area's own: number of sets -> best value.

    Exact if values add up over areas and no set crosses areas: a max-plus convolution, area after area. Equally good
    choices go to the smallest number for the later area. Raises InputError if an area has no entry or a value is not
    finite.
    """
    sign = 1.0 if maximise else -1.0
    best = np.zeros(1)
    chosen: list[Integers] = []
    for area, frontier in enumerate(frontiers):
        if not frontier or min(frontier) < 0 or not np.isfinite(list(frontier.values())).all():
            raise InputError(f"Area {area} has no plan, or a value that is not a finite number.")
        longer = np.full(len(best) + max(frontier), -np.inf)
        choice = np.full(len(longer), -1)
        for number, value in sorted(frontier.items()):
            reached = best + sign * value
            part = slice(number, number + len(best))
            better = reached > longer[part]
            longer[part][better] = reached[better]
            choice[part][better] = number
        best = longer
        chosen.append(choice)
    possible = np.flatnonzero(best > -np.inf)[::-1].tolist()
    return CombinedFrontier({total: sign * float(best[total]) for total in possible}, chosen)
