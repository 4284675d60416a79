"""Could it be chance? The merged groups beside groups of neighbours that did not merge, their staff summed likewise.

**The scheme.** In a *draw* as many groups are taken as really merged, of as many bodies each: every one a connected set of
bodies inside one area (as nearly all mergers are), none sharing a body with another, any such set being as likely as the
next; a group that really merged is among the sets of its size, as a whole, since what its members employed afterwards is
known only in sum. Bodies employed by another may be members, as they were of real mergers; the sum must pass the rules of
`panel`. In each draw the groups are compared with all single bodies left, in the way the real ones are. The real groups
are the first draw and count. Where the draws possible are no more than those asked for, all of them are taken, once.

Groups, not single bodies, are drawn because a sum over three bodies varies less than one body does, and because
neighbours share what befalls an area; drawing single bodies would hide effects of the size that can be seen here. What it
assumes is that any such groups might have been the ones: mergers were chosen, not drawn, so a small p-value says that
chance alone is a poor account, not that the merger is the cause.

**Tests** are two-sided with equal tails, p = twice the smaller of the shares of draws at most and at least as high as the
real one, so that a distribution that is not centred on nought does no harm. **Intervals** hold every effect that the
test, its data cleared of that effect, does not reject at 5% (`interval`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.tables import Tables
from ...errors import InputError
from ..plans import connected_sets_of_indices, neighbour_lists
from .panel import LATER, MERGED, NEVER, Panel

LEVEL = 0.05
"""The level of every test; intervals hold 1 - LEVEL."""

NIL = 1e-12
"""Differences of rounding: statistics so near are equal."""

MOST_TRIES = 10_000
"""A draw that finds no room for its last groups begins anew, so many times at most."""

CONTROLS = {"all not merged": (NEVER, LATER), NEVER: (NEVER,), LATER: (LATER,)}
"""The bodies that the merged are compared with, together and apart. Those merged later may have been preparing for it."""


@dataclass(frozen=True)
class Assignments:
    """Draws of groups over n units, the real one first.

    `sets`: boolean (sets x units). `draws`: (draws x groups), which sets each draw takes. `single`: which units are
    compared with the groups unless they are in one. `real`: which units were treated. `exact`: whether the draws are all.
    """

    sets: np.ndarray
    draws: np.ndarray
    single: np.ndarray
    real: np.ndarray
    exact: bool

    def statistics(self, of_sets: np.ndarray, of_units: np.ndarray) -> np.ndarray:
        """The mean over a draw's groups less the mean over the single units left: (draws x worlds).

        `of_sets` and `of_units` hold the outcome of each set and unit, (sets or units x worlds).
        """
        alone = np.where(self.single[:, None], of_units, 0.0)
        own = self.sets & self.single
        in_sets, size = own.astype("float64") @ alone, own.sum(axis=1)
        groups, inside = np.zeros((len(self.draws), of_units.shape[1])), np.zeros((len(self.draws), of_units.shape[1]))
        count = np.zeros(len(self.draws))
        for slot in self.draws.T:
            groups += of_sets[slot]
            inside += in_sets[slot]
            count += size[slot]
        left = self.single.sum() - count
        difference: np.ndarray = groups / self.draws.shape[1] - (alone.sum(axis=0) - inside) / left[:, None]
        return difference

    def changes(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """`statistics` of the change of log sums, from amounts (units x worlds) before and after."""
        return self.statistics(*(_log_change(members, before, after) for members in (self.sets, None)))

    @property
    def share_treated(self) -> np.ndarray:
        """How far an effect on the real groups shows in each draw's statistic: 1 in the first, near 0 in most."""
        part = self.real.astype("float64")[:, None]
        share: np.ndarray = self.statistics(self.sets @ part / self.sets.sum(axis=1)[:, None], part)[:, 0]
        return share


def _log_change(members: np.ndarray | None, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The log of the sum after over the sum before, for sets of units or for each unit; 0 where a sum is none."""
    if members is not None:
        before, after = members.astype("float64") @ before, members.astype("float64") @ after
    known = (before > 0) & (after > 0)
    return np.log(np.divide(after, before, out=np.ones_like(after), where=known))


def assignments(
    panel: Panel, tables: Tables, controls: str, permutations: int, seed: int, without: str | None = None
) -> Assignments:
    """The draws for the mergers of a panel against one kind of `CONTROLS`; `without` leaves a merged body out altogether."""
    units = panel.units
    kinds = CONTROLS[controls]
    treated = np.flatnonzero((units["role"] == MERGED) & (units["body_code"] != without))
    groups = np.zeros((len(treated), len(units)), dtype=bool)
    groups[np.arange(len(treated)), treated] = True
    return draw(
        groups,
        units["body_count"].to_numpy()[treated],
        single=units["role"].isin(kinds).to_numpy() | groups.any(axis=0),
        drawable=units["history"].isin(kinds).to_numpy(),
        near=inside_areas(units, organisations.neighbours(tables["links"], panel.merger_date)),
        comparable=panel.comparable,
        permutations=permutations,
        seed=seed,
    )


def inside_areas(units: pd.DataFrame, pairs: Iterable[tuple[str, str]]) -> list[list[int]]:
    """Who borders whom inside an area, by position in `units` (`body_code`, `area_code`)."""
    area = units.set_index("body_code")["area_code"]
    inside = [(one, other) for one, other in pairs if one in area and other in area and area[one] == area[other]]
    return neighbour_lists(list(area.index), inside)


def draw(
    groups: np.ndarray,
    sizes: np.ndarray,
    *,
    single: np.ndarray,
    drawable: np.ndarray,
    near: Sequence[Sequence[int]],
    comparable: Callable[[np.ndarray], np.ndarray],
    permutations: int,
    seed: int,
) -> Assignments:
    """Draws of groups like the real ones (see the top of this module).

    `groups`: boolean (groups x units), the units of each real group; `sizes`: how many bodies each counts as; `single`:
    units that may be compared with groups; `drawable`: units that may be members of a drawn group; `near`: who borders
    whom; `comparable` says of sets (boolean, sets x units) which may be drawn. Largest groups are placed first; a draw
    that finds no room begins anew. Raises `InputError` where there is no group, or no other way to place them.
    """
    if not len(groups):
        raise InputError("There is no merged group to compare: every one was left out. See the bodies left out and why.")
    order = np.argsort(-sizes, kind="stable")
    groups, sizes = groups[order], sizes[order]
    sets, size_of = _possible(groups, sizes, drawable, near, comparable)
    by_size = {size: np.flatnonzero(size_of == size) for size in set(sizes.tolist())}
    masks = [sum(1 << int(unit) for unit in np.flatnonzero(row)) for row in sets]
    slots = [by_size[size].tolist() for size in sizes.tolist()]
    every = list(itertools.islice(_every(slots, masks), permutations + 1))
    if len(every) == 1:
        raise InputError("No other groups of neighbours could have merged: there is nothing to compare the merged with.")
    exact = len(every) <= permutations
    chosen = every if exact else list(_random(slots, masks, permutations - 1, np.random.default_rng(seed)))
    real = tuple(range(len(groups)))
    draws = [real, *(one for one in chosen if not exact or set(one) != set(real))]
    return Assignments(sets, np.array(draws), single, groups.any(axis=0), exact)


def _possible(
    groups: np.ndarray,
    sizes: np.ndarray,
    drawable: np.ndarray,
    near: Sequence[Sequence[int]],
    comparable: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Every set that may stand for a group, the real groups first, and as how many bodies each counts."""
    among = [[other for other in others if drawable[other]] if drawable[unit] else [] for unit, others in enumerate(near)]
    wanted = set(sizes.tolist())
    found = [
        members
        for members in connected_sets_of_indices(among, int(sizes.max()))
        if len(members) in wanted and drawable[list(members)].all()
    ]
    rows = np.zeros((len(found), groups.shape[1]), dtype=bool)
    for row, members in zip(rows, found, strict=True):
        row[list(members)] = True
    known = {group.tobytes() for group in groups}
    keep = comparable(rows) & np.array([row.tobytes() not in known for row in rows], dtype=bool)
    counts = np.array([len(members) for members in found], dtype="int64")
    return np.concatenate([groups, rows[keep]]), np.concatenate([sizes, counts[keep]])


def _every(slots: list[list[int]], masks: list[int], taken: tuple[int, ...] = (), used: int = 0) -> Iterator[tuple[int, ...]]:
    """Every way to fill the slots with sets that share no unit; slots of the same size are filled in ascending order."""
    if len(taken) == len(slots):
        yield taken
        return
    same = bool(taken) and slots[len(taken)] is slots[len(taken) - 1]
    for one in slots[len(taken)]:
        if not masks[one] & used and not (same and one < taken[-1]):
            yield from _every(slots, masks, (*taken, one), used | masks[one])


def _random(
    slots: list[list[int]], masks: list[int], count: int, generator: np.random.Generator
) -> Iterator[tuple[int, ...]]:
    for _ in range(count):
        for _ in range(MOST_TRIES):
            taken: list[int] = []
            used = 0
            for slot in slots:
                room = slot[int(generator.integers(len(slot)))]
                if masks[room] & used:
                    free = [one for one in slot if not masks[one] & used]
                    if not free:
                        break
                    room = free[int(generator.integers(len(free)))]
                taken.append(room)
                used |= masks[room]
            if len(taken) == len(slots):
                yield tuple(taken)
                break
        else:
            raise InputError("The groups are too many to be placed beside each other at random.")


def p_values(statistics: np.ndarray, row: int | np.ndarray = 0) -> np.ndarray:
    """Two-sided p with equal tails of one draw's statistic in every world; `row` says which draw is the real one."""
    own = statistics[row, np.arange(statistics.shape[1])]
    low, high = ((statistics <= own + NIL).mean(axis=0), (statistics >= own - NIL).mean(axis=0))
    return np.asarray(np.minimum(1.0, 2 * np.minimum(low, high)))


def interval(statistics: np.ndarray, share_treated: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """The effects that the permutation test does not reject, lowest and highest, in every world.

    An effect t on the real groups shows as t in the real statistic and as `share_treated` times t in the others, so the
    test of t counts draws by whether (real - drawn) / (1 - share) is at most, or at least, t: the ends of the interval
    are order statistics of that quotient, and no search is needed. Infinite where the draws are too few for the level.
    """
    other = share_treated < 1 - NIL
    bounds = np.sort((statistics[:1] - statistics[other]) / (1 - share_treated[other])[:, None], axis=0)
    total = len(statistics)
    ties = total - len(bounds)
    # t is not rejected while ties + (draws at least t) > level / 2 x total: all but this many of the outermost.
    outside = max(int(np.floor(level / 2 * total + NIL)) - ties, -1)
    if outside < 0:
        unbounded = np.full(statistics.shape[1], np.inf)
        return -unbounded, unbounded
    return bounds[outside], bounds[-1 - outside]
