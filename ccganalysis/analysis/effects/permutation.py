"""Could it be chance? The merged groups beside groups of neighbours that did not merge, their staff summed likewise.

**The scheme.** In a *draw* as many groups are taken as really merged, of as many bodies each: connected sets of bodies
inside one area, as nearly all mergers are, none sharing a body with another. The largest is placed first; for each, a
body to begin with is chosen, all being as likely, and then any of the sets of that size that contain it, so that areas
with many bodies, of which there are vastly more sets, do not rule the outcome. A group that really merged is among the sets
of its size, as a whole: what its members employed afterwards is known only in sum. Bodies employed by another may be
members, as they were of real mergers; the sum must pass the rules of `panel`. The groups are compared with all
single bodies left, as the real ones are. The real groups are the first draw and count. Where no more draws are possible
than are asked for, each possible one is taken once.

Groups, not single bodies, are drawn because a sum over three bodies varies less than one body does, and because
neighbours share what befalls an area. What this assumes is that any such groups might have been the ones: mergers were
chosen, not drawn, so a small p-value says that chance alone is a poor account, never that the merger is the cause.

**Tests** are two-sided: p is the share of draws in which merged and others differ by at least as much, either way.
Differences are not centred on the draws' mean: in data of the size held that mean is itself uncertain, and a test
around it finds effects that are not there in 6 to 9% of simulations at 5%, this one in 5%. **Intervals** hold every
effect that the test, its data cleared of that effect, does not reject at 5% (`interval`).
"""

from __future__ import annotations

import itertools
import math
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

MOST_TRIES, MOST_TRIES_OF_A_GROUP = 10_000, 50
"""A draw in which a group finds no room among those placed before begins anew, so many times at most."""

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
    return np.asarray(np.log(np.divide(after, before, out=np.ones_like(after), where=known)))


def assignments(
    panel: Panel,
    tables: Tables,
    controls: str,
    permutations: int,
    seed: int,
    without: str | None = None,
    in_groups: bool = True,
) -> Assignments:
    """The draws for the mergers of a panel against one kind of `CONTROLS`.

    `without` leaves a merged body out altogether; `in_groups` False draws as many single bodies instead of groups.
    """
    units = panel.units
    kinds = CONTROLS[controls]
    treated = np.flatnonzero((units["role"] == MERGED) & (units["body_code"] != without))
    groups = np.zeros((len(treated), len(units)), dtype=bool)
    groups[np.arange(len(treated)), treated] = True
    return draw(
        groups,
        units["body_count"].to_numpy()[treated] if in_groups else np.ones(len(treated), dtype="int64"),
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
    real = np.asarray(groups.any(axis=0))
    if not real.any():
        raise InputError(
            "There is no merged group to compare: every one was left out. See the bodies left out and why."
        )
    if not (single & ~real).any():
        raise InputError("There is no body to compare the merged with: every other one was left out or merged as well.")
    order = np.argsort(-sizes, kind="stable")
    groups, sizes = groups[order], sizes[order]
    sets, size_of = _possible(groups, sizes, drawable, near, comparable)
    by_size = {size: np.flatnonzero(size_of == size) for size in set(sizes.tolist())}
    masks = [sum(1 << int(unit) for unit in np.flatnonzero(row)) for row in sets]
    slots = [by_size[size].tolist() for size in sizes.tolist()]
    many = _at_least(sizes.tolist(), sets, size_of) > permutations
    every = [] if many else list(itertools.islice(_every(slots, masks), permutations + 1))
    if len(every) == 1:
        raise InputError(
            "No other groups of neighbours could have merged: there is nothing to compare the merged with."
        )
    exact = not many and len(every) <= permutations
    chosen = every if exact else list(_random(sizes.tolist(), sets, size_of, masks, permutations - 1, seed))
    first = tuple(range(len(groups)))
    drawn = np.array([first, *(one for one in chosen if not exact or set(one) != set(first))])
    alone = (sets & single).sum(axis=1)[drawn].sum(axis=1)
    compared = alone < single.sum()  # a draw that leaves no body alone has nothing to be compared with
    return Assignments(sets, drawn[compared], single, real, exact)


def _possible(
    groups: np.ndarray,
    sizes: np.ndarray,
    drawable: np.ndarray,
    near: Sequence[Sequence[int]],
    comparable: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Every set that may stand for a group, the real groups first, and as how many bodies each counts."""
    among = [
        [other for other in others if drawable[other]] if drawable[unit] else [] for unit, others in enumerate(near)
    ]
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


def _at_least(sizes: Sequence[int], sets: np.ndarray, size_of: np.ndarray) -> int:
    """Fewer ways to fill the slots than there are, or just as many, without listing any.

    A set in place rules out at most as many sets of another size as overlap with any of its own size; sets of one size
    may stand in any order.
    """
    share = sets.astype("float32") @ sets.T.astype("float32") > 0
    kinds = sorted(set(sizes))
    most = {
        one: {other: int(share[np.ix_(size_of == one, size_of == other)].sum(axis=1).max()) for other in kinds}
        for one in kinds
    }
    ways = 1
    for place, size in enumerate(sizes):
        ways *= max(0, int((size_of == size).sum()) - sum(most[before][size] for before in sizes[:place]))
    return ways // math.prod(math.factorial(sizes.count(size)) for size in kinds)


def _every(
    slots: list[list[int]], masks: list[int], taken: tuple[int, ...] = (), used: int = 0
) -> Iterator[tuple[int, ...]]:
    """Every way to fill the slots with sets that share no unit; slots of the same size are filled in ascending order."""
    if len(taken) == len(slots):
        yield taken
        return
    same = bool(taken) and slots[len(taken)] is slots[len(taken) - 1]
    for one in slots[len(taken)]:
        if not masks[one] & used and not (same and one < taken[-1]):
            yield from _every(slots, masks, (*taken, one), used | masks[one])


def _random(
    sizes: Sequence[int], sets: np.ndarray, size_of: np.ndarray, masks: list[int], count: int, seed: int
) -> Iterator[tuple[int, ...]]:
    """Draws at random: for each group a body to begin with, all as likely, then any set of the size that contains it."""
    numbers = _numbers(np.random.default_rng(seed))
    around = {
        size: [found.tolist() for unit in sets.T if len(found := np.flatnonzero(unit & (size_of == size)))]
        for size in set(sizes)
    }
    for _ in range(count):
        for _ in range(MOST_TRIES):
            taken = _placed([around[size] for size in sizes], masks, numbers)
            if taken is not None:
                yield taken
                break
        else:
            raise InputError("The merged groups are too many for others like them to be placed beside each other.")


def _numbers(generator: np.random.Generator) -> Iterator[float]:
    """Numbers from nought to one, those of `generator.random()`: asked for many at once they cost a fifth."""
    while True:
        yield from generator.random(10_000).tolist()


def _placed(slots: list[list[list[int]]], masks: list[int], numbers: Iterator[float]) -> tuple[int, ...] | None:
    """One draw, or None where a group finds no room in `MOST_TRIES_OF_A_GROUP` tries."""
    taken: list[int] = []
    used = 0
    for around in slots:
        for _ in range(MOST_TRIES_OF_A_GROUP):
            near = around[int(next(numbers) * len(around))]
            one = near[int(next(numbers) * len(near))]
            if not masks[one] & used:
                break
        else:
            return None
        taken.append(one)
        used |= masks[one]
    return tuple(taken)


def p_values(statistics: np.ndarray, row: int | np.ndarray = 0) -> np.ndarray:
    """Two-sided p of one draw's statistic in every world (draws x worlds); `row` says which draw is the real one."""
    size = np.abs(statistics)
    own = size[row, np.arange(statistics.shape[1])]
    return np.asarray((size >= own - NIL).mean(axis=0))


def interval(statistics: np.ndarray, share_treated: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """The effects that the permutation test does not reject, lowest and highest, in every world.

    An effect t on the real groups shows as t in the real statistic S and as c t in a drawn one D, c being its
    `share_treated`. Clear of t the draw is as far from nought as the real one, |D - c t| >= |S - t|, just for t between
    (S - D) / (1 - c) and (S + D) / (1 + c), which S lies between. So the ends of the interval are order statistics of
    the ends of these, and no search is needed. Infinite where the draws are too few for the level.
    """
    real, share = statistics[0], share_treated[:, None]
    always = share >= 1 - NIL
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = ((real - statistics) / (1 - share), (real + statistics) / (1 + share))
    low, high = (np.where(always, sign * np.inf, end(*ends)) for sign, end in ((-1, np.minimum), (1, np.maximum)))
    place = int(np.floor(level * len(statistics) + NIL))
    return np.sort(low, axis=0)[place], np.sort(high, axis=0)[-1 - place]
