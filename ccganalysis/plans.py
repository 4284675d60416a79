"""Every way to merge neighbouring bodies, counted, listed and optimised exactly.

Pure mathematics: a *body* is a number from 0 to n - 1, a *set* of bodies is an unsigned 64-bit integer whose bit i
says whether body i belongs, and a *plan* is a partition of all bodies into connected sets. Nothing here knows about
money, people or health.

Two ideas carry the module.

*Growing sets.* Every connected set is grown from its lowest body by deciding, again and again, whether the lowest
undecided neighbour joins or stays out. Different decisions lead to different sets, so each set is found once and none
need be remembered. The decisions of all sets are taken together, in numpy arrays.

*The plan graph.* Place bodies in order: the lowest body not yet placed is placed together with a connected set of
others that are not yet placed. The bodies still to place are the nodes of a directed graph without cycles, the sets
chosen are its edges, and its paths from "all" to "none" are the plans, each exactly once. Counting paths counts plans,
following them lists plans, and the longest path is the best plan.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError, nearest

if TYPE_CHECKING:
    import highspy

MOST_BODIES_IN_A_MASK = 63
MOST_BODIES_COUNTED_IN_64_BITS = 25  # the Bell number of 25 is below 2**63, that of 26 is above

Masks = NDArray[np.uint64]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


class _TooMany(Exception):
    """More sets than a limit allows; `at_least` is a certain lower bound on how many there are."""

    def __init__(self, at_least: int) -> None:
        super().__init__(at_least)
        self.at_least = at_least


# Neighbours


def neighbour_lists(
    bodies: Sequence[str], pairs: Iterable[tuple[str, str]], elsewhere: Collection[str] = ()
) -> list[list[int]]:
    """Who borders whom, by position in `bodies`: one ascending list of neighbours for each body.

    Pairs may come in either order and more than once; a body paired with itself is ignored. `elsewhere` holds valid
    codes outside `bodies` (say, of other areas): pairs that name one of them are left out.

    Raises InputError if a code is repeated in `bodies`, or if a pair names a code that is in neither list.
    """
    position = {body: number for number, body in enumerate(bodies)}
    if len(position) < len(bodies):
        repeated = sorted({body for body in bodies if list(bodies).count(body) > 1})
        raise InputError(f"Each body may be listed once; repeated: {', '.join(repeated)}.")
    neighbours: list[set[int]] = [set() for _ in bodies]
    outside = frozenset(elsewhere)
    for pair in pairs:
        for code in pair:
            if code not in position and code not in outside:
                raise InputError(_unknown_code(code, pair, [*bodies, *outside]))
        first, second = pair
        if first != second and first in position and second in position:
            neighbours[position[first]].add(position[second])
            neighbours[position[second]].add(position[first])
    return [sorted(others) for others in neighbours]


def _unknown_code(code: str, pair: tuple[str, str], known: Sequence[str]) -> str:
    close = nearest(code, known)
    hint = f" The nearest valid code is {close!r}." if close else ""
    return f"The pair of neighbours {pair[0]!r} and {pair[1]!r} names an unknown body, {code!r}.{hint}"


def neighbour_masks(bodies: Sequence[str], pairs: Iterable[tuple[str, str]], elsewhere: Collection[str] = ()) -> Masks:
    """Who borders whom, as one bit set for each body: bit j of element i is set if bodies i and j are neighbours.

    Takes the same input as `neighbour_lists` and raises the same errors, and another above 63 bodies or for none.
    """
    if not 1 <= len(bodies) <= MOST_BODIES_IN_A_MASK:
        raise InputError(
            f"Bit sets hold 1 to {MOST_BODIES_IN_A_MASK} bodies, not {len(bodies)}. "
            "Above that use connected_sets_of_indices and best_partition."
        )
    return np.array(
        [sum(1 << other for other in others) for others in neighbour_lists(bodies, pairs, elsewhere)], dtype=np.uint64
    )


def _checked(masks: ArrayLike) -> Masks:
    """The masks as an array, after checking that they describe a graph: symmetric, and nobody their own neighbour."""
    masks = np.asarray(masks, dtype=np.uint64)
    if masks.ndim != 1 or not 1 <= len(masks) <= MOST_BODIES_IN_A_MASK:
        raise InputError(f"Expected one mask for each of 1 to {MOST_BODIES_IN_A_MASK} bodies, got shape {masks.shape}.")
    matrix = membership(masks, len(masks))
    if (masks & ~_everybody(len(masks))).any() or matrix.diagonal().any() or (matrix != matrix.T).any():
        raise InputError("Neighbours must be mutual, among the bodies given, and no body its own neighbour.")
    return masks


def _bit(position: ArrayLike) -> Masks:
    return np.left_shift(np.uint64(1), np.asarray(position, dtype=np.uint64))


def _everybody(n_bodies: int) -> np.uint64:
    return np.uint64((1 << n_bodies) - 1)


def _lowest_bit(sets: Masks) -> Masks:
    return sets & np.negative(sets)


def _position(bits: Masks) -> Integers:
    """The position of each single bit; 64 where no bit is set."""
    return np.asarray(np.bitwise_count(bits - np.uint64(1)), dtype=np.intp)


def membership(sets: Masks, n_bodies: int) -> NDArray[np.bool_]:
    """Whether each set contains each body: shape (number of sets, number of bodies)."""
    return (sets[:, None] & _bit(np.arange(n_bodies))).astype(bool)


def components(masks: ArrayLike) -> list[int]:
    """The connected pieces of the graph, each as the bit set of its bodies, in the order of their lowest body."""
    neighbours = [int(mask) for mask in _checked(masks)]
    pieces: list[int] = []
    unseen = (1 << len(neighbours)) - 1
    while unseen:
        piece, edge = 0, unseen & -unseen
        while edge:
            body = edge.bit_length() - 1
            piece |= 1 << body
            edge = (edge | neighbours[body]) & ~piece
        pieces.append(piece)
        unseen &= ~piece
    return pieces


# Connected sets


def connected_sets(masks: ArrayLike, max_size: int | None = None, limit: int = 5_000_000) -> Masks:
    """Every non-empty connected set of bodies once, as bit sets, in the order of (size, mask).

    `max_size` keeps sets of at most that many bodies. Raises InputError if there are more than `limit` sets.

    Algorithm: binary decisions on the lowest undecided neighbour (see the top of this module), in the manner of Read
    and Tarjan's backtracking (Networks 5, 1975), but all branches at once in arrays. Time and memory are proportional
    to the number of sets.
    """
    masks = _checked(masks)
    lowest = _bit(np.arange(len(masks)))
    not_below = _everybody(len(masks)) & ~(lowest - np.uint64(1))
    try:
        _, sets = _grow(lowest, not_below, masks, max_size, limit)
    except _TooMany as many:
        raise InputError(
            f"{len(masks)} bodies have at least {many.at_least:,} connected sets, above the limit of {limit:,}. "
            "Give a smaller max_size."
        ) from None
    return sets[np.lexsort((sets, np.bitwise_count(sets)))]


def _grow(start: Masks, allowed: Masks, masks: Masks, max_size: int | None, limit: int) -> tuple[Integers, Masks]:
    """All connected sets that contain the one body of `start[i]` and lie within `allowed[i]`, for every i together.

    Returns the i and the bit set of each, in no useful order. Raises _TooMany if there are more than `limit`.
    """
    if max_size is not None and max_size < 1:
        raise InputError(f"The largest size of a set must be at least 1, not {max_size}.")
    owner, chosen = np.arange(len(start)), start
    undecided, reach = allowed & ~start, masks[_position(start)]
    owners: list[Integers] = []
    sets: list[Masks] = []
    finished = 0
    while len(chosen):
        edge = reach & undecided
        grows = edge != 0
        if max_size is not None:
            grows &= np.bitwise_count(chosen) < max_size
        owners.append(owner[~grows])
        sets.append(chosen[~grows])
        finished += len(sets[-1])
        owner, chosen, reach = owner[grows], chosen[grows], reach[grows]
        if finished + 2 * len(chosen) > limit:  # each set still growing ends as two or more
            raise _TooMany(finished + 2 * len(chosen))
        joining = _lowest_bit(edge[grows])
        undecided = np.tile(undecided[grows] & ~joining, 2)
        reach = np.concatenate([reach, reach | masks[_position(joining)]])
        chosen = np.concatenate([chosen, chosen | joining])
        owner = np.tile(owner, 2)
    return np.concatenate(owners), np.concatenate(sets)


def connected_sets_of_indices(
    neighbours: Sequence[Sequence[int]], max_size: int, limit: int = 5_000_000
) -> list[tuple[int, ...]]:
    """Every connected set of 1 to `max_size` bodies once, as ascending tuples, in the order of (size, tuple).

    For any number of bodies: `neighbours[i]` lists the neighbours of body i. Raises InputError above `limit` sets.

    Algorithm: ESU, which extends a set only by higher bodies that are new neighbours of the set (Wernicke, IEEE/ACM
    Transactions on Computational Biology and Bioinformatics 3, 2006).
    """
    if max_size < 1:
        raise InputError(f"The largest size of a set must be at least 1, not {max_size}.")
    masks = [sum(1 << other for other in set(others)) for others in neighbours]
    found: list[tuple[int, ...]] = []
    for root, near in enumerate(masks):
        above = -1 << (root + 1)
        unfinished: list[tuple[tuple[int, ...], int, int]] = [((root,), near & above, near | 1 << root)]
        while unfinished:
            members, extension, seen = unfinished.pop()
            found.append(members)
            if len(found) > limit:
                raise InputError(f"There are more than {limit:,} connected sets. Give a smaller max_size.")
            while extension and len(members) < max_size:
                bit = extension & -extension
                extension ^= bit
                body = bit.bit_length() - 1
                fresh = masks[body] & above & ~seen
                unfinished.append(((*members, body), extension | fresh, seen | fresh))
    return sorted((tuple(sorted(members)) for members in found), key=lambda members: (len(members), members))


# Plans


@dataclass(frozen=True, eq=False)
class _PlanGraph:
    """The plan graph (see the top of this module). Node 0 is "all bodies to place", the last node "none".

    The edges of node i are numbers first_edge[i] to first_edge[i + 1] - 1, ascending by set; edge e chooses
    sets[edge_set[e]] and leads to node edge_end[e], which is always later than i. Nodes level[b] to level[b + 1] - 1
    are those whose lowest body to place is b.
    """

    sets: Masks
    level: list[int]
    first_edge: Integers
    edge_set: Integers
    edge_end: Integers

    @property
    def n_nodes(self) -> int:
        return len(self.first_edge)

    def backwards(self) -> Iterable[tuple[slice, slice, Integers]]:
        """For each level, last first: its nodes, their edges, and where each node's edges start among those."""
        for begin, end in reversed(list(zip(self.level[:-1], self.level[1:], strict=True))):
            if begin < end:
                edges = slice(int(self.first_edge[begin]), int(self.first_edge[end]))
                yield slice(begin, end), edges, self.first_edge[begin:end] - edges.start

    def paths_from(self) -> NDArray[Any]:
        """In how many ways the bodies left at each node can be placed; Python integers where 64 bits may overflow."""
        small = len(self.level) - 1 <= MOST_BODIES_COUNTED_IN_64_BITS
        paths = np.ones(self.n_nodes, dtype=np.int64 if small else object)
        for nodes, edges, starts in self.backwards():
            paths[nodes] = np.add.reduceat(paths[self.edge_end[edges]], starts)
        return paths


def _plan_graph(masks: Masks, limit: int) -> _PlanGraph:
    """Build the plan graph. Raises _TooMany when it is certain that there are more than `limit` plans.

    A node with d edges adds at least d - 1 plans to the first, so the graph never outgrows the limit.
    """
    n_bodies = len(masks)
    nodes: list[Masks] = []
    choices: list[Masks] = []
    degrees: list[Integers] = []
    arrivals: list[list[Masks]] = [[] for _ in range(n_bodies)]
    arrivals[0].append(np.array([_everybody(n_bodies)]))
    at_least = 1
    for body in range(n_bodies):
        to_place = np.unique(np.concatenate(arrivals[body]))
        at_least -= len(to_place)
        try:
            owner, chosen = _grow(np.full_like(to_place, _bit(body)), to_place, masks, None, limit - at_least)
        except _TooMany as many:
            raise _TooMany(at_least + many.at_least) from None
        at_least += len(chosen)
        order = np.lexsort((chosen, np.bitwise_count(chosen), owner))
        owner, chosen = owner[order], chosen[order]
        left = np.unique(to_place[owner] ^ chosen)
        next_body = _position(_lowest_bit(left))
        for later in range(body + 1, n_bodies):
            arrivals[later].append(left[next_body == later])
        nodes.append(to_place)
        choices.append(chosen)
        degrees.append(np.bincount(owner))
    to_place = np.concatenate([*nodes, np.zeros(1, np.uint64)])
    chosen = np.concatenate(choices)
    degree = np.concatenate(degrees)
    sets = connected_sets(masks, limit=len(chosen))
    return _PlanGraph(
        sets=sets,
        level=np.cumsum([0, *map(len, nodes)]).tolist(),
        first_edge=np.concatenate([[0], np.cumsum(degree)]),
        edge_set=_find(chosen, sets),
        edge_end=_find(np.repeat(to_place[:-1], degree) ^ chosen, to_place),
    )


def _find(wanted: Masks, among: Masks) -> Integers:
    """The position of each wanted mask in `among`, which holds distinct masks in any order and all of those wanted."""
    order = np.argsort(among)
    return order[np.searchsorted(among, wanted, sorter=order)]


def _no_room(masks: Masks, many: _TooMany, done: str, limit: int) -> InputError:
    return InputError(
        f"{len(masks)} bodies have at least {many.at_least:,} plans, "
        f"too many to be {done} within the limit of {limit:,}. "
        "Use best_partition, which finds the best plan and proves it without listing the others."
    )


def count_plans(masks: ArrayLike, limit: int = 2_000_000) -> int:
    """How many plans there are: partitions of all bodies into connected sets. Exact; none is listed.

    Algorithm: dynamic programming, which counts the paths through the plan graph.

    `limit` bounds the work (the edges of the plan graph), not the count, which can be very much larger: the path of 63
    bodies takes 2,016 steps and has 2**62 plans. Raises InputError above the limit.
    """
    masks = _checked(masks)
    try:
        return int(_plan_graph(masks, limit).paths_from()[0])
    except _TooMany as many:
        raise _no_room(masks, many, "counted", limit) from None


@dataclass(frozen=True, eq=False)
class PlanSet:
    """All plans of one area, each exactly once, in the order of their sets (compared one by one, lowest body first).

    With n bodies, plan 0 keeps every body apart; if all are connected, the last plan merges them all.

    sets       all connected sets, as `connected_sets` gives them; scores are computed for these, once
    offsets    plan p consists of the sets numbered set_index[offsets[p] : offsets[p + 1]], lowest body first
    set_index  positions in `sets`, plan after plan
    """

    n_bodies: int
    sets: Masks
    offsets: Integers
    set_index: Integers

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def number_of_sets(self) -> Integers:
        """How many merged or single bodies each plan has."""
        return np.diff(self.offsets)

    @cached_property
    def labels(self) -> NDArray[np.uint8]:
        """For each plan and body the number of its set, counted from 0 by lowest body: shape (plans, bodies).

        These are restricted-growth strings: body 0 has label 0, and no label is more than one above all before it.
        """
        number_in_plan = np.arange(len(self.set_index)) - np.repeat(self.offsets[:-1], self.number_of_sets)
        number_in_plan = number_in_plan.astype(np.uint8)
        labels = np.empty((len(self), self.n_bodies), dtype=np.uint8)
        for body, contains in enumerate(membership(self.sets, self.n_bodies).T.astype(np.uint8)):
            labels[:, body] = np.add.reduceat(number_in_plan * contains[self.set_index], self.offsets[:-1])
        return labels

    def sum(self, values_per_set: ArrayLike) -> NDArray[Any]:
        """For each plan the sum of a value of its sets: one number per connected set in, one per plan out.

        Values of shape (sets, m) give shape (plans, m). Sums of floats are rounded; use integers for exact ties.
        """
        return self._reduce(np.add, values_per_set)

    def max(self, values_per_set: ArrayLike) -> NDArray[Any]:
        """For each plan the largest value of its sets."""
        return self._reduce(np.maximum, values_per_set)

    def min(self, values_per_set: ArrayLike) -> NDArray[Any]:
        """For each plan the smallest value of its sets: say, the smallest population, to compare with a floor."""
        return self._reduce(np.minimum, values_per_set)

    def _reduce(self, operation: np.ufunc, values_per_set: ArrayLike) -> NDArray[Any]:
        values = np.asarray(values_per_set)
        if values.shape[:1] != self.sets.shape:
            raise InputError(f"Expected one value for each of {len(self.sets)} sets, got shape {values.shape}.")
        if values.dtype == bool:
            values = values.astype(np.intp)
        return operation.reduceat(values[self.set_index], self.offsets[:-1], axis=0)

    def groups(self, plan: int) -> list[list[int]]:
        """The plan with this number, as lists of bodies."""
        chosen = self.set_index[self.offsets[plan] : self.offsets[plan + 1]]
        return [np.flatnonzero(row).tolist() for row in membership(self.sets[chosen], self.n_bodies)]

    def find(self, groups: Iterable[Iterable[int]]) -> int:
        """The number of the plan with these groups of bodies, in any order. Raises InputError if it is not a plan."""
        members = [list(group) for group in groups]
        if sorted(body for group in members for body in group) != list(range(self.n_bodies)):
            raise InputError("The groups must hold every body exactly once.")
        wanted = [sum(1 << body for body in group) for group in members]
        hits = np.isin(self.sets, np.array(wanted, dtype=np.uint64))
        found = np.flatnonzero((self.sum(hits) == len(wanted)) & (self.number_of_sets == len(wanted)))
        if len(found) == 0:
            raise InputError("At least one of the groups is not connected, so this is not a plan.")
        return int(found[0])


def plans(masks: ArrayLike, limit: int = 2_000_000) -> PlanSet:
    """Every plan: every partition of all bodies into connected sets, exactly once.

    Bodies that are not connected are never joined, so an island stays alone. The plans are counted before any is
    listed; above `limit` this raises InputError with the count (or a certain lower bound) and the way out,
    `best_partition`.

    Algorithm: all paths through the plan graph, followed together, one array operation for each step.
    """
    masks = _checked(masks)
    at_least = 2 ** (len(masks) - len(components(masks)))  # take a spanning forest, and cut or keep each edge
    try:
        if at_least > limit:
            raise _TooMany(at_least)
        graph = _plan_graph(masks, limit)
        paths = graph.paths_from()
        if paths[0] > limit:
            raise _TooMany(int(paths[0]))
    except _TooMany as many:
        raise _no_room(masks, many, "listed", limit) from None
    matrix = _all_paths(graph, paths.astype(np.intp))
    present = matrix < len(graph.sets)
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    return PlanSet(len(masks), graph.sets, offsets, matrix[present].astype(np.intp))


def _all_paths(graph: _PlanGraph, paths: Integers) -> NDArray[Any]:
    """The sets chosen along every path, one row for each, filled up on the right with len(graph.sets)."""
    last, blank = graph.n_nodes - 1, len(graph.sets)
    # A loop at the last node, which chooses nothing, lets finished paths wait for the longer ones.
    first_edge = np.append(graph.first_edge, graph.first_edge[-1] + 1)
    edge_set = np.append(graph.edge_set, blank).astype(np.min_scalar_type(blank))
    edge_end = np.append(graph.edge_end, last)
    columns = []
    node = np.zeros(1, dtype=np.intp)
    while (node != last).any():
        degree = first_edge[node + 1] - first_edge[node]
        edge = np.repeat(first_edge[node] - np.cumsum(degree) + degree, degree) + np.arange(degree.sum())
        node = edge_end[edge]
        columns.append(np.repeat(edge_set[edge], paths[node]))
    return np.stack(columns, axis=1)


# Optimum and frontier


@dataclass(frozen=True)
class Partition:
    """The best partition found, and what is known about it.

    sets            positions of the chosen sets among those given, ascending; empty if none was found
    objective       sum of their values, recomputed from the values (not the solver's own); nan if none was found
    bound           no partition can be better than this
    gap             absolute difference between objective and bound
    status          the solver's own word for how it ended
    proven_optimal  whether the solver proved that none is better
    seconds         wall time
    """

    sets: tuple[int, ...]
    objective: float
    bound: float
    gap: float
    status: str
    proven_optimal: bool
    seconds: float


def _finite(values: ArrayLike, n_sets: int) -> Floats:
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (n_sets,) or not np.isfinite(numbers).all():
        raise InputError(f"Expected one finite value for each of {n_sets} sets, got shape {numbers.shape}.")
    return numbers


def best_partitions_dp(
    masks: ArrayLike,
    set_values: ArrayLike,
    allowed: ArrayLike | None = None,
    maximise: bool = True,
    limit: int = 2_000_000,
) -> dict[int, Partition]:
    """For each possible number of sets, the plan with the best sum of set values. Exact, by dynamic programming.

    `set_values` and `allowed` (which sets may be used; by default all) follow the order of `connected_sets(masks)`.
    Numbers of sets that no plan of allowed sets can have are left out; the dictionary is empty if there is no plan at
    all. Ties go to the plan that comes first in `plans`. Raises InputError above `limit` steps, as `count_plans` does.
    """
    clock = time.perf_counter()
    masks = _checked(masks)
    try:
        graph = _plan_graph(masks, limit)
    except _TooMany as many:
        raise _no_room(masks, many, "optimised", limit) from None
    sign = 1.0 if maximise else -1.0
    values = _finite(set_values, len(graph.sets))
    gains = sign * values
    if allowed is not None:
        usable = np.asarray(allowed, dtype=bool)
        if usable.shape != values.shape:
            raise InputError(f"Expected yes or no for each of {len(values)} sets, got shape {usable.shape}.")
        gains = np.where(usable, gains, -np.inf)
    best = np.full((graph.n_nodes, len(masks) + 1), -np.inf)  # best[node, k]: placing what is left in exactly k sets
    best[-1, 0] = 0.0
    for nodes, edges, starts in graph.backwards():
        reached = gains[graph.edge_set[edges], None] + best[graph.edge_end[edges], :-1]
        best[nodes, 1:] = np.maximum.reduceat(reached, starts, axis=0)
    seconds = time.perf_counter() - clock
    found = {}
    for number in np.flatnonzero(best[0] > -np.inf).tolist():
        chosen = _best_path(graph, gains, best, number)
        objective = float(values[chosen].sum())
        found[number] = Partition(tuple(sorted(chosen)), objective, objective, 0.0, "Optimal", True, seconds)
    return found


def _best_path(graph: _PlanGraph, gains: Floats, best: Floats, number: int) -> list[int]:
    node, chosen = 0, []
    for left in range(number - 1, -1, -1):
        edges = slice(int(graph.first_edge[node]), int(graph.first_edge[node + 1]))
        edge = edges.start + int(np.argmax(gains[graph.edge_set[edges]] + best[graph.edge_end[edges], left]))
        chosen.append(int(graph.edge_set[edge]))
        node = int(graph.edge_end[edge])
    return chosen


def best_partition_dp(
    masks: ArrayLike,
    set_values: ArrayLike,
    number_of_sets: int | None = None,
    allowed: ArrayLike | None = None,
    maximise: bool = True,
    limit: int = 2_000_000,
) -> Partition:
    """The plan with the best sum of set values, among all plans or those with a given number of sets. Exact.

    See `best_partitions_dp` for the arguments. Raises InputError if no plan of allowed sets exists.
    """
    found = best_partitions_dp(masks, set_values, allowed, maximise, limit)
    if number_of_sets is not None:
        found = {number: plan for number, plan in found.items() if number == number_of_sets}
    if not found:
        raise InputError(_no_partition(number_of_sets))
    choose = max if maximise else min
    return choose(found.values(), key=lambda plan: plan.objective)


def _no_partition(number_of_sets: int | None) -> str:
    exactly = "" if number_of_sets is None else f" with exactly {number_of_sets} sets"
    return f"No plan{exactly} can be made from the sets allowed: every body must be in exactly one of them."


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


# Set partitioning


class _SetPartitioning:
    """The integer programme: choose sets so that each item is in exactly one, with the best sum of values.

    One HiGHS model, solved again for each required number of sets by changing the bounds of its last row.
    """

    def __init__(self, n_items: int, sets: Sequence[Sequence[int]] | Masks, values: ArrayLike, maximise: bool) -> None:
        self.n_items = n_items
        self.members = _members(sets, n_items)
        self.values = _finite(values, len(self.members))
        self.solver = _solver(self.members, self.values, n_items, maximise)

    def solve(self, number_of_sets: int | None, time_limit_s: float) -> Partition | None:
        """The best partition, or None if it is proven that there is none."""
        clock = time.perf_counter()
        if len({item for items in self.members for item in items}) < self.n_items:
            return None
        low, high = (0, self.n_items) if number_of_sets is None else (number_of_sets, number_of_sets)
        self.solver.changeRowBounds(self.n_items, low, high)
        self.solver.setOptionValue("time_limit", float(time_limit_s))
        self.solver.run()
        status = self.solver.modelStatusToString(self.solver.getModelStatus())
        if status in {"Infeasible", "Primal infeasible or unbounded"}:  # the model is bounded, so both mean infeasible
            return None
        chosen = np.flatnonzero(np.round(self.solver.getSolution().col_value) == 1).tolist()
        covered = sorted(item for number in chosen for item in self.members[number])
        found = covered == list(range(self.n_items)) and low <= len(chosen) <= high
        objective = float(self.values[chosen].sum()) if found else float("nan")
        bound = float(self.solver.getInfo().mip_dual_bound)
        return Partition(
            sets=tuple(chosen) if found else (),
            objective=objective,
            bound=bound,
            gap=abs(objective - bound) if found else float("inf"),
            status=status,
            proven_optimal=found and status == "Optimal",
            seconds=time.perf_counter() - clock,
        )


def _members(sets: Sequence[Sequence[int]] | Masks, n_items: int) -> list[list[int]]:
    if isinstance(sets, np.ndarray) and sets.dtype == np.uint64:
        members = [np.flatnonzero(row).tolist() for row in membership(sets, MOST_BODIES_IN_A_MASK)]
    else:
        members = [sorted(set(map(int, items))) for items in sets]
    if any(not items or items[0] < 0 or items[-1] >= n_items for items in members):
        raise InputError(f"Every set must hold at least one item, numbered from 0 to {n_items - 1}.")
    return members


def _solver(members: list[list[int]], values: Floats, n_items: int, maximise: bool) -> highspy.Highs:
    import highspy

    n_sets = len(members)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n_sets, n_items + 1
    model.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    model.col_cost_ = values
    model.col_lower_, model.col_upper_ = np.zeros(n_sets), np.ones(n_sets)
    model.integrality_ = [highspy.HighsVarType.kInteger] * n_sets
    model.row_lower_ = model.row_upper_ = np.ones(n_items + 1)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.cumsum([0, *(len(items) + 1 for items in members)])
    model.a_matrix_.index_ = np.array([row for items in members for row in (*items, n_items)])
    model.a_matrix_.value_ = np.ones(len(model.a_matrix_.index_))
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.0)
    solver.passModel(model)
    return solver


def best_partition(
    n_items: int,
    sets: Sequence[Sequence[int]] | Masks,
    values: ArrayLike,
    number_of_sets: int | None = None,
    maximise: bool = True,
    time_limit_s: float = 60,
) -> Partition:
    """Choose sets that hold each of `n_items` items exactly once, with the best sum of values.

    Algorithm: set partitioning as an integer programme, solved by HiGHS.

    `sets` lists the items of each set, or is an array of
    bit sets; leave out those that are not allowed. `number_of_sets` asks for exactly that many. The relative and
    absolute gap asked for are zero, so "Optimal" means proven up to the solver's floating-point tolerances (about 1e-6
    per constraint). At the time limit the best partition so far is returned with its bound.

    Raises InputError if there is proven to be no such partition.
    """
    found = _SetPartitioning(n_items, sets, values, maximise).solve(number_of_sets, time_limit_s)
    if found is None:
        raise InputError(_no_partition(number_of_sets))
    return found


def partition_frontier(
    n_items: int,
    sets: Sequence[Sequence[int]] | Masks,
    values: ArrayLike,
    numbers: Iterable[int] | None = None,
    maximise: bool = True,
    time_limit_s: float = 60,
) -> dict[int, Partition]:
    """The best partition for each number of sets, by default from `n_items` down to 1.

    Numbers proven to be impossible are left out. Arguments and meaning are those of `best_partition`; one model serves
    all numbers, and the time limit is for each.
    """
    model = _SetPartitioning(n_items, sets, values, maximise)
    solved = {
        number: model.solve(number, time_limit_s) for number in (range(n_items, 0, -1) if numbers is None else numbers)
    }
    return {number: partition for number, partition in solved.items() if partition is not None}


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
