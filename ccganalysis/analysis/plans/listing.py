"""Every plan, counted and listed.

Place bodies in order: the lowest body not yet placed is placed together with a connected set of others that are not
yet placed. The bodies still to place are the nodes of a directed graph without cycles, the sets chosen are its edges,
and its paths from "all" to "none" are the plans, each exactly once. Counting paths counts plans, following them lists
plans, and the longest path is the best plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from .sets import (
    Integers,
    Masks,
    TooMany,
    bit,
    checked,
    components,
    connected_sets,
    everybody,
    grow,
    lowest_bit,
    membership,
    position,
)

MOST_BODIES_COUNTED_IN_64_BITS = 25  # the Bell number of 25 is below 2**63, that of 26 is above


@dataclass(frozen=True, eq=False)
class PlanGraph:
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


def plan_graph(masks: Masks, limit: int) -> PlanGraph:
    """Build the plan graph. Raises TooMany when it is certain that there are more than `limit` plans.

    A node with d edges adds at least d - 1 plans to the first, so the graph never outgrows the limit.
    """
    n_bodies = len(masks)
    nodes: list[Masks] = []
    choices: list[Masks] = []
    degrees: list[Integers] = []
    arrivals: list[list[Masks]] = [[] for _ in range(n_bodies)]
    arrivals[0].append(np.array([everybody(n_bodies)]))
    at_least = 1
    for body in range(n_bodies):
        to_place = np.unique(np.concatenate(arrivals[body]))
        at_least -= len(to_place)
        try:
            owner, chosen = grow(np.full_like(to_place, bit(body)), to_place, masks, None, limit - at_least)
        except TooMany as many:
            raise TooMany(at_least + many.at_least) from None
        at_least += len(chosen)
        order = np.lexsort((chosen, np.bitwise_count(chosen), owner))
        owner, chosen = owner[order], chosen[order]
        left = np.unique(to_place[owner] ^ chosen)
        next_body = position(lowest_bit(left))
        for later in range(body + 1, n_bodies):
            arrivals[later].append(left[next_body == later])
        nodes.append(to_place)
        choices.append(chosen)
        degrees.append(np.bincount(owner))
    to_place = np.concatenate([*nodes, np.zeros(1, np.uint64)])
    chosen = np.concatenate(choices)
    degree = np.concatenate(degrees)
    sets = connected_sets(masks, limit=len(chosen))
    return PlanGraph(
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


def no_room(masks: Masks, many: TooMany, done: str, limit: int) -> InputError:
    """What to say where the plans of some bodies are too many to be listed, counted or whatever was to be `done`."""
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
    masks = checked(masks)
    try:
        return int(plan_graph(masks, limit).paths_from()[0])
    except TooMany as many:
        raise no_room(masks, many, "counted", limit) from None


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
    masks = checked(masks)
    at_least = 2 ** (len(masks) - len(components(masks)))  # take a spanning forest, and cut or keep each edge
    try:
        if at_least > limit:
            raise TooMany(at_least)
        graph = plan_graph(masks, limit)
        paths = graph.paths_from()
        if paths[0] > limit:
            raise TooMany(int(paths[0]))
    except TooMany as many:
        raise no_room(masks, many, "listed", limit) from None
    matrix = _all_paths(graph, paths.astype(np.intp))
    present = matrix < len(graph.sets)
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    return PlanSet(len(masks), graph.sets, offsets, matrix[present].astype(np.intp))


def _all_paths(graph: PlanGraph, paths: Integers) -> NDArray[Any]:
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
