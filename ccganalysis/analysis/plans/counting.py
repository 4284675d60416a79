"""Plans counted where no list could hold them, and drawn at random, each as likely as any other.

Bodies are placed one after the other. What matters of the bodies placed so far is only how those of them that still have
neighbours to come (the frontier) stand to each other: which are in one set, and which sets must stay apart, because a
border between them was left open. Ways to the same state are the same node of a diagram, so that its paths are the plans,
each exactly once, while its nodes are few. This is the frontier method of Sekine, Imai and Tani (1995) and of Knuth's
Simpath (The Art of Computer Programming 4A), for partitions as in Kawahara, Horiyama, Hotta and Minato (WALCOM 2017).

Counts are whole numbers of any size. Those for every number of sets are kept in one of them: as a polynomial in which
the coefficient of x to the k counts the plans of k sets, at an x that is a power of two above every coefficient.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

State = tuple[tuple[int, int, int], ...]
"""Of each set with bodies on the frontier: these bodies, as bits, those on the frontier from which it must stay apart, and
how many bodies it has so far where there is a largest size (else 0, for then it does not matter)."""

Arc = tuple[int, int, int]
"""One way to place a body: the bodies on the frontier that it joins, as bits, how many sets are then closed, the next node."""

BEAM = 64
"""How many orders are carried on in the search for a short frontier."""


@dataclass(frozen=True, eq=False)
class PlanDiagram:
    """Every plan of some bodies, as paths (see the top of this module).

    order    bodies in the order in which they are placed
    arcs     for each of them, in that order, the ways to place it from each node
    counts   for each of them, and once more at the end, how many plans there are from each node, packed (`width` bits for
             each number of sets)
    """

    order: list[int]
    arcs: list[list[list[Arc]]]
    counts: list[list[int]]
    width: int

    def __len__(self) -> int:
        """The number of nodes."""
        return sum(map(len, self.counts))

    @property
    def by_number_of_sets(self) -> dict[int, int]:
        """How many plans have each number of sets, from the fewest possible to the most."""
        numbers = {number: self._coefficient(self.counts[0][0], number) for number in range(len(self.order) + 1)}
        return {number: count for number, count in numbers.items() if count}

    def count(self, number_of_sets: int | None = None) -> int:
        """How many plans there are, in all or with just so many sets. Exact."""
        by_number = self.by_number_of_sets
        return sum(by_number.values()) if number_of_sets is None else by_number.get(number_of_sets, 0)

    def plan(self, rank: int, number_of_sets: int) -> NDArray[np.uint8]:
        """The plan of a rank, from 0, among those with so many sets: the number of each body's set, by lowest body from 0.

        Every plan has one rank. Raises `InputError` for a rank that no plan has.
        """
        there_are = self._coefficient(self.counts[0][0], number_of_sets)
        if not 0 <= rank < there_are:
            raise InputError(f"There are {there_are:,} plans with {number_of_sets} sets, and so none of rank {rank:,}.")
        first: list[int] = []  # of each body placed, the place of the first of its set
        node, left = 0, number_of_sets
        for place, (arcs, following) in enumerate(zip(self.arcs, self.counts[1:], strict=True)):
            ways = (self._coefficient(following[end], left - closed) for _, closed, end in arcs[node])
            chosen, rank = _fall(rank, ways)
            joined, closed, node = arcs[node][chosen]
            left -= closed
            first.append(place)
            if joined:
                together = {first[other] for other in _places(joined)}
                first = [place if one in together else one for one in first]
        return self._labels(first)

    def sample(self, draws: int, seed: int, number_of_sets: int | None = None) -> NDArray[np.uint8]:
        """Plans drawn with replacement, each equally likely, in all or among those with just so many sets.

        Labels as `PlanSet.labels`: shape (draws, bodies). The same seed draws the same plans. Raises `InputError` where there
        is no such plan.
        """
        among = self.by_number_of_sets if number_of_sets is None else {number_of_sets: self.count(number_of_sets)}
        total = sum(among.values())
        if not total:
            raise InputError(f"No plan has exactly {number_of_sets} sets; possible are {[*self.by_number_of_sets]}.")
        drawn, numbers = random.Random(seed), list(among)
        rows = np.empty((draws, len(self.order)), dtype=np.uint8)
        for row in rows:
            chosen, rank = _fall(drawn.randrange(total), among.values())
            row[:] = self.plan(rank, numbers[chosen])
        return rows

    def _coefficient(self, packed: int, number: int) -> int:
        return packed >> self.width * number & (1 << self.width) - 1 if number >= 0 else 0

    def _labels(self, first: list[int]) -> NDArray[np.uint8]:
        set_of = dict(zip(self.order, first, strict=True))
        number: dict[int, int] = {}
        return np.array([number.setdefault(set_of[body], len(number)) for body in sorted(set_of)], dtype=np.uint8)


def plan_diagram(
    neighbours: Sequence[Sequence[int]], largest: int | None = None, limit: int = 2_000_000
) -> PlanDiagram:
    """The diagram of every plan of some bodies: `neighbours[i]` lists the neighbours of body i (`neighbour_lists`).

    With `largest` only plans whose sets have at most so many bodies. `limit` bounds the nodes, not the plans: 42 ICBs have
    29 million million million of these and about 1,400 nodes. Raises `InputError` above the limit.
    """
    if largest is not None and largest < 1:
        raise InputError(f"The largest size of a set must be at least 1, not {largest}.")
    order = _order(neighbours)
    place = {body: number for number, body in enumerate(order)}
    near = [sum(1 << place[other] for other in {*neighbours[body]} - {body}) for body in order]
    width = sum(mask.bit_count() for mask in near) // 2 + 1  # a plan is told by which borders it leaves open
    arcs: list[list[list[Arc]]] = []
    nodes: dict[State, int] = {(): 0}
    made = 1
    for number, mask in enumerate(near):
        placed = (2 << number) - 1
        frontier = sum(1 << other for other in range(number + 1) if near[other] & ~placed)
        following: dict[State, int] = {}
        arcs.append(
            [
                [
                    (joined, closed, following.setdefault(state, len(following)))
                    for joined, closed, state in _ways(node, 1 << number, mask & placed, frontier, largest)
                ]
                for node in nodes
            ]
        )
        nodes = following
        made += len(nodes)
        if made > limit:
            raise InputError(f"{len(order)} bodies need more than {limit:,} nodes; leave out some, or some borders.")
    counts = [[1]]
    for level in reversed(arcs):
        after = counts[-1]
        counts.append([sum(after[end] << width * closed for _, closed, end in ways) for ways in level])
    return PlanDiagram(order, arcs, counts[::-1], width)


def _ways(node: State, body: int, near: int, frontier: int, largest: int | None) -> list[tuple[int, int, State]]:
    """Every way to place a body (one bit) beside the frontier: whom it joins, how many sets are then closed, the state.

    It joins any of the sets beside it that need not stay apart, up to the largest size, and must stay apart from the others.
    """
    each = 0 if largest is None else 1
    choices = [(body, 0, each)]
    beside = 0
    for own, apart, size in node:
        if own & near:
            beside |= own
            choices += [
                (joined | own, away | apart, total + size)
                for joined, away, total in choices
                if not apart & joined and total + size <= (largest or 0)
            ]
    found = []
    for joined, away, total in choices:
        away |= beside & ~joined
        state = [
            (own & frontier, (apart | joined if own & away else apart) & frontier, size)
            for own, apart, size in node
            if own & frontier and not own & joined
        ]
        closed = sum(not own & joined for own, _, _ in node) - len(state)
        if joined & frontier:
            state.append((joined & frontier, away & frontier, total))
        else:
            closed += 1
        found.append((joined ^ body, closed, tuple(sorted(state))))
    return found


def _order(neighbours: Sequence[Sequence[int]]) -> list[int]:
    """The bodies in an order that keeps the frontier short, by beam search: the next is beside the frontier, and of the orders
    begun those are carried on that cost least, where each body on the frontier trebles the cost of a step.
    """
    near = [sum(1 << other for other in {*others} - {body}) for body, others in enumerate(neighbours)]
    begun: list[tuple[int, int, int, tuple[int, ...]]] = [(0, 0, 0, ())]
    for _ in near:
        longer: dict[int, tuple[int, int, int, tuple[int, ...]]] = {}
        for cost, placed, frontier, order in begun:
            beside = 0
            for body in _places(frontier):
                beside |= near[body]
            for body in _places((beside or (1 << len(near)) - 1) & ~placed):
                now = placed | 1 << body
                ahead = sum(1 << one for one in _places(frontier | 1 << body) if near[one] & ~now)
                total = cost + 3 ** ahead.bit_count()
                if now not in longer or total < longer[now][0]:
                    longer[now] = (total, now, ahead, (*order, body))
        begun = sorted(longer.values())[:BEAM]
    return list(begun[0][3])


def _fall(rank: int, counts: Iterable[int]) -> tuple[int, int]:
    """Which of some heaps of plans, of so many each, a rank falls in, and its rank there."""
    for heap, count in enumerate(counts):
        if rank < count:
            return heap, rank
        rank -= count
    raise InputError("There are fewer plans than that.")


def _places(bits: int) -> list[int]:
    return [place for place in range(bits.bit_length()) if bits >> place & 1]
