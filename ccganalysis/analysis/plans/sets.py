"""Sets of bodies as bits, who borders whom, and every connected set.

Every connected set is grown from its lowest body by deciding, again and again, whether the lowest undecided neighbour
joins or stays out. Different decisions lead to different sets, so each set is found once and none need be remembered.
The decisions of all sets are taken together, in numpy arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, nearest

MOST_BODIES_IN_A_MASK = 63

Masks = NDArray[np.uint64]

Floats = NDArray[np.float64]

Integers = NDArray[np.intp]


class TooMany(Exception):
    """More sets than a limit allows; `at_least` is a certain lower bound on how many there are."""

    def __init__(self, at_least: int) -> None:
        super().__init__(at_least)
        self.at_least = at_least


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


def checked(masks: ArrayLike) -> Masks:
    """The masks as an array, after checking that they describe a graph: symmetric, and nobody their own neighbour."""
    masks = np.asarray(masks, dtype=np.uint64)
    if masks.ndim != 1 or not 1 <= len(masks) <= MOST_BODIES_IN_A_MASK:
        raise InputError(f"Expected one mask for each of 1 to {MOST_BODIES_IN_A_MASK} bodies, got shape {masks.shape}.")
    matrix = membership(masks, len(masks))
    if (masks & ~everybody(len(masks))).any() or matrix.diagonal().any() or (matrix != matrix.T).any():
        raise InputError("Neighbours must be mutual, among the bodies given, and no body its own neighbour.")
    return masks


def bit(position: ArrayLike) -> Masks:
    """The set of one body, by its position."""
    return np.left_shift(np.uint64(1), np.asarray(position, dtype=np.uint64))


def everybody(n_bodies: int) -> np.uint64:
    """The set of the first `n_bodies` bodies."""
    return np.uint64((1 << n_bodies) - 1)


def lowest_bit(sets: Masks) -> Masks:
    """The first body of each set, as a set; empty where the set is."""
    return sets & np.negative(sets)


def position(bits: Masks) -> Integers:
    """The position of each single bit; 64 where no bit is set."""
    return np.asarray(np.bitwise_count(bits - np.uint64(1)), dtype=np.intp)


def membership(sets: Masks, n_bodies: int) -> NDArray[np.bool_]:
    """Whether each set contains each body: shape (number of sets, number of bodies)."""
    return (sets[:, None] & bit(np.arange(n_bodies))).astype(bool)


def components(masks: ArrayLike) -> list[int]:
    """The connected pieces of the graph, each as the bit set of its bodies, in the order of their lowest body."""
    neighbours = [int(mask) for mask in checked(masks)]
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


def connected_sets(masks: ArrayLike, max_size: int | None = None, limit: int = 5_000_000) -> Masks:
    """Every non-empty connected set of bodies once, as bit sets, in the order of (size, mask).

    `max_size` keeps sets of at most that many bodies. Raises InputError if there are more than `limit` sets.

    Algorithm: binary decisions on the lowest undecided neighbour (see the top of this module), in the manner of Read
    and Tarjan's backtracking (Networks 5, 1975), but all branches at once in arrays. Time and memory are proportional
    to the number of sets.
    """
    masks = checked(masks)
    lowest = bit(np.arange(len(masks)))
    not_below = everybody(len(masks)) & ~(lowest - np.uint64(1))
    try:
        _, sets = grow(lowest, not_below, masks, max_size, limit)
    except TooMany as many:
        raise InputError(
            f"{len(masks)} bodies have at least {many.at_least:,} connected sets, above the limit of {limit:,}. "
            "Give a smaller max_size."
        ) from None
    return sets[np.lexsort((sets, np.bitwise_count(sets)))]


def grow(start: Masks, allowed: Masks, masks: Masks, max_size: int | None, limit: int) -> tuple[Integers, Masks]:
    """All connected sets that contain the one body of `start[i]` and lie within `allowed[i]`, for every i together.

    Returns the i and the bit set of each, in no useful order. Raises TooMany if there are more than `limit`.
    """
    if max_size is not None and max_size < 1:
        raise InputError(f"The largest size of a set must be at least 1, not {max_size}.")
    owner, chosen = np.arange(len(start)), start
    undecided, reach = allowed & ~start, masks[position(start)]
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
            raise TooMany(finished + 2 * len(chosen))
        joining = lowest_bit(edge[grows])
        undecided = np.tile(undecided[grows] & ~joining, 2)
        reach = np.concatenate([reach, reach | masks[position(joining)]])
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
