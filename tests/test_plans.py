"""Connected sets, plans, frontiers and optima: by hand, known counts, brute force and on every ICS of five years."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccganalysis.analysis.plans import (
    best_partition,
    best_partition_dp,
    best_partitions_dp,
    combine_frontiers,
    components,
    connected_sets,
    connected_sets_of_indices,
    count_plans,
    membership,
    neighbour_lists,
    neighbour_masks,
    pareto_frontier,
    plans,
)
from ccganalysis.analysis.plans.listing import PlanGraph
from ccganalysis.errors import InputError

RAW = Path(__file__).parents[1] / "data" / "raw"
DATES = [f"{year}-04-01" for year in range(2017, 2022)]


# Graphs


def graph(n_bodies, edges):
    return neighbour_masks([str(body) for body in range(n_bodies)], [(str(a), str(b)) for a, b in edges])


def path(n_bodies):
    return graph(n_bodies, itertools.pairwise(range(n_bodies)))


def complete(n_bodies):
    return graph(n_bodies, itertools.combinations(range(n_bodies), 2))


def grid_edges(rows, columns):
    across = [(r * columns + c, r * columns + c + 1) for r in range(rows) for c in range(columns - 1)]
    down = [(r * columns + c, (r + 1) * columns + c) for r in range(rows - 1) for c in range(columns)]
    return across + down


def grid(rows, columns):
    return graph(rows * columns, grid_edges(rows, columns))


@st.composite
def planar_graphs(draw, most_bodies=7):
    """Some of the edges of a grid with one diagonal in each cell, its nodes renumbered: planar, connected or not."""
    rows, columns = draw(st.sampled_from([(1, 1), (1, 5), (2, 2), (2, 3), (1, 7)]))
    diagonals = [(r * columns + c, (r + 1) * columns + c + 1) for r in range(rows - 1) for c in range(columns - 1)]
    edges = grid_edges(rows, columns) + diagonals
    kept = draw(st.lists(st.sampled_from(edges), unique=True)) if edges else []
    new_number = draw(st.permutations(range(rows * columns)))
    return graph(rows * columns, [(new_number[a], new_number[b]) for a, b in kept])


# Brute force, written in another way on purpose


def is_connected(bodies, masks):
    reached, edge = set(), {min(bodies)}
    while edge:
        reached |= edge
        edge = {other for body in edge for other in bodies if int(masks[body]) >> other & 1} - reached
    return reached == set(bodies)


def all_partitions(items):
    if not items:
        yield []
        return
    first, *rest = items
    for smaller in all_partitions(rest):
        yield [[first], *smaller]
        for number, group in enumerate(smaller):
            yield [*smaller[:number], [first, *group], *smaller[number + 1 :]]


def brute_sets(masks):
    bodies = range(len(masks))
    subsets = itertools.chain.from_iterable(itertools.combinations(bodies, size) for size in range(1, len(masks) + 1))
    return [subset for subset in subsets if is_connected(subset, masks)]


def brute_plans(masks):
    found = [p for p in all_partitions(list(range(len(masks)))) if all(is_connected(group, masks) for group in p)]
    return {frozenset(frozenset(group) for group in plan) for plan in found}


def brute_frontier(values, maximise):
    better_up = np.where(maximise, values, -np.asarray(values, dtype=float))
    return [not any((o >= row).all() and (o > row).any() for o in better_up) for row in better_up]


def as_sets(plan_set):
    return [frozenset(map(frozenset, plan_set.groups(plan))) for plan in range(len(plan_set))]


# The real thing


@cache
def raw(name):
    return pd.read_csv(RAW / f"{name}.csv", dtype={"as_at": str})


def pairs_at(as_at, water_km=None):
    tables = [raw("adjacency").query("as_at == @as_at")]
    if water_km is not None:
        tables.append(raw("water_pairs").query("as_at == @as_at and min_gap_km <= @water_km"))
    return [pair for table in tables for pair in zip(table.body_code_a, table.body_code_b, strict=True)]


def areas(as_at, water_km=None):
    """For each ICS of a date: its code, the bodies' codes, their masks and their sizes (number of small areas)."""
    footprint = raw("footprints").query("as_at == @as_at")
    pairs, everyone = pairs_at(as_at, water_km), list(footprint.body_code)
    for code, bodies in footprint.groupby("area_code"):
        masks = neighbour_masks(list(bodies.body_code), pairs, elsewhere=everyone)
        yield code, list(bodies.body_code), masks, bodies.lsoa_count.to_numpy()


def imbalance(masks, sizes, sets=None, target=300):
    """A value to minimise: squared distance of each set from a target size, in whole numbers so that equal is equal."""
    sets = connected_sets(masks) if sets is None else sets
    return (membership(sets, len(masks)).astype(int) @ sizes - target) ** 2


def integer_programmes(n_items, sets, values, numbers=None, maximise=True):
    """The best partition into each number of sets, each by an integer programme; those proven impossible left out."""
    found = {}
    for number in numbers or range(n_items, 0, -1):
        try:
            found[number] = best_partition(n_items, sets, values, number, maximise)
        except InputError as error:
            assert f"exactly {number} sets" in str(error)
    return found


def objectives(partitions):
    return {number: partition.objective for number, partition in partitions.items()}


# Known counts


@pytest.mark.parametrize(
    ("masks", "n_sets", "n_plans"),
    [
        (path(1), 1, 1),
        (path(8), 36, 128),
        (complete(8), 255, 4140),
        (grid(3, 3), 218, 1434),
        (graph(4, []), 4, 1),
        (graph(5, [(0, 1), (2, 3), (3, 4)]), 9, 8),
    ],
)
def test_known_counts(masks, n_sets, n_plans):
    assert len(connected_sets(masks)) == n_sets
    assert count_plans(masks) == len(plans(masks)) == n_plans


@pytest.mark.parametrize("n_bodies", [25, 26, 63])
def test_count_needs_no_list_and_does_not_overflow(n_bodies):
    assert count_plans(path(n_bodies)) == 2 ** (n_bodies - 1)


def test_count_of_the_four_by_four_grid():
    assert (len(connected_sets(grid(4, 4))), count_plans(grid(4, 4))) == (11_506, 1_691_690)


def test_path_of_three_by_hand():
    masks = path(3)
    assert masks.tolist() == [0b010, 0b101, 0b010]
    assert connected_sets(masks).tolist() == [0b001, 0b010, 0b100, 0b011, 0b110, 0b111]
    assert connected_sets(masks, max_size=2).tolist() == [0b001, 0b010, 0b100, 0b011, 0b110]
    found = plans(masks)
    assert [found.groups(plan) for plan in range(4)] == [[[0], [1], [2]], [[0], [1, 2]], [[0, 1], [2]], [[0, 1, 2]]]
    assert found.labels.tolist() == [[0, 1, 2], [0, 1, 1], [0, 0, 1], [0, 0, 0]]
    people = np.array([10, 20, 40, 30, 60, 70])
    assert found.sum(people).tolist() == [70, 70, 70, 70]
    assert found.max(people).tolist() == [40, 60, 40, 70]
    assert found.min(people).tolist() == [10, 10, 30, 70]
    assert found.sum(people > 35).tolist() == [1, 1, 1, 1]
    assert found.sum(np.stack([people, people > 0], axis=1)).tolist() == [[70, 3], [70, 2], [70, 2], [70, 1]]
    assert found.number_of_sets.tolist() == [3, 2, 2, 1]
    assert [found.find(found.groups(plan)[::-1]) for plan in range(4)] == [0, 1, 2, 3]


def test_components_and_island():
    masks = graph(4, [(0, 2), (2, 3)])
    assert components(masks) == [0b1101, 0b0010]
    found = plans(masks)
    assert len(found) == 4
    assert all([1] in found.groups(plan) for plan in range(4))


# Published counts


@pytest.mark.parametrize(
    ("as_at", "water_km", "n_plans", "n_sets", "largest"),
    [
        ("2018-04-01", None, 77_083, 4_426, 45_379),
        ("2019-04-01", None, 77_073, 4_413, 45_379),
        ("2018-04-01", 1, 105_690, 4_910, 59_966),
    ],
)
def test_counts_inside_the_42_area(as_at, water_km, n_plans, n_sets, largest):
    found = {code: plans(masks) for code, _, masks, _ in areas(as_at, water_km)}
    assert len(found) == 42
    assert sum(map(len, found.values())) == n_plans
    assert sum(len(area.sets) for area in found.values()) == n_sets
    biggest = max(found.values(), key=len)
    assert (len(biggest), biggest.n_bodies) == (largest, 12)


def test_isle_of_wight_is_an_island_and_never_dropped():
    [(bodies, masks)] = [(bodies, masks) for _, bodies, masks, _ in areas("2018-04-01") if "10L" in bodies]
    island = bodies.index("10L")
    assert masks[island] == 0
    found = plans(masks)
    assert len(found) > 1
    assert all([island] in found.groups(plan) for plan in range(len(found)))


@pytest.mark.parametrize(("as_at", "n_sets"), [("2018-04-01", 43_321), ("2019-04-01", 44_946)])
def test_connected_sets_of_up_to_five_bodies_nationally(as_at, n_sets):
    bodies = list(raw("footprints").query("as_at == @as_at").body_code)
    neighbours = neighbour_lists(bodies, pairs_at(as_at))
    sets = connected_sets_of_indices(neighbours, max_size=5)
    assert len(sets) == len(set(sets)) == n_sets
    assert sets == sorted(sets, key=lambda members: (len(members), members))
    assert [len(sets[number]) for number in (0, len(bodies) - 1, len(bodies))] == [1, 1, 2]


# Three methods, one answer


@pytest.mark.parametrize("as_at", DATES)
def test_enumeration_dynamic_programme_and_integer_programme_agree_on_every_area(as_at):
    n_areas = 0
    for code, _, masks, sizes in areas(as_at):
        found = plans(masks)
        values = imbalance(masks, sizes, found.sets)
        listed = found.sum(values).min()
        programmed = best_partition_dp(masks, values, maximise=False)
        solved = best_partition(len(masks), found.sets, values, maximise=False)
        assert listed == programmed.objective == solved.objective, code
        assert len(found) == count_plans(masks)
        assert solved.proven_optimal and solved.gap == pytest.approx(0, abs=1e-3)
        n_areas += 1
    assert n_areas == raw("footprints").query("as_at == @as_at").area_code.nunique()


def test_best_for_each_number_of_bodies_agrees_in_the_largest_area():
    masks, sizes = max(((masks, sizes) for _, _, masks, sizes in areas("2019-04-01")), key=lambda area: len(area[0]))
    found = plans(masks)
    values = imbalance(masks, sizes, found.sets)
    scores = found.sum(values)
    listed = {number: scores[found.number_of_sets == number].min() for number in range(1, 13)}
    programmed = best_partitions_dp(masks, values, maximise=False)
    solved = integer_programmes(12, found.sets, values, numbers=[12, 9, 3, 1], maximise=False)
    assert objectives(programmed) == listed
    assert objectives(solved) == {number: listed[number] for number in (12, 9, 3, 1)}


def test_national_frontier_from_areas_equals_integer_programme():
    """Three whole ICSs solved as one integer programme, and put together from their own frontiers."""
    chosen = [area for area in areas("2018-04-01") if 3 <= len(area[2]) <= 6][:3]
    frontiers, all_sets, all_values, n_items = [], [], [], 0
    for _, _, masks, sizes in chosen:
        sets, values = connected_sets(masks), imbalance(masks, sizes)
        best = best_partitions_dp(masks, values, maximise=False)
        frontiers.append(objectives(best))
        all_sets += [np.flatnonzero(row) + n_items for row in membership(sets, len(masks))]
        all_values += list(values)
        n_items += len(masks)
    combined = combine_frontiers(frontiers, maximise=False)
    solved = integer_programmes(n_items, all_sets, all_values, maximise=False)
    assert combined.values == objectives(solved)
    assert list(combined.values) == list(range(n_items, 2, -1))
    for total, value in combined.values.items():
        numbers = combined.numbers(total)
        assert sum(numbers) == total
        assert sum(frontier[number] for frontier, number in zip(frontiers, numbers, strict=True)) == value


def test_national_frontier_runs_from_195_bodies_to_one_per_area_and_the_island():
    frontiers = [
        objectives(best_partitions_dp(masks, imbalance(masks, sizes))) for _, _, masks, sizes in areas("2018-04-01")
    ]
    combined = combine_frontiers(frontiers)
    assert list(combined.values) == list(range(195, 42, -1))  # 43 and not 42: the Isle of Wight has no neighbour
    assert sum(combined.numbers(100)) == 100


def test_combined_frontier_by_hand():
    combined = combine_frontiers([{1: 0.0, 3: 5.0}, {1: 1.0, 2: 4.0}])
    assert combined.values == {5: 9.0, 4: 6.0, 3: 4.0, 2: 1.0}
    assert [combined.numbers(total) for total in (5, 4, 3, 2)] == [[3, 2], [3, 1], [1, 2], [1, 1]]
    smallest = combine_frontiers([{1: 0.0, 3: 5.0}, {1: 1.0, 2: 4.0}], maximise=False)
    assert smallest.values == {5: 9.0, 4: 6.0, 3: 4.0, 2: 1.0}
    gap = combine_frontiers([{1: 0.0, 4: 5.0}, {1: 1.0}])
    assert gap.values == {5: 6.0, 2: 1.0}


# Properties against brute force


@settings(max_examples=60, deadline=None)
@given(planar_graphs())
def test_sets_and_plans_match_brute_force(masks):
    expected = brute_sets(masks)
    sets = connected_sets(masks)
    assert [tuple(np.flatnonzero(row)) for row in membership(sets, len(masks))] == sorted(
        expected, key=lambda members: (len(members), sum(1 << body for body in members))
    )
    neighbours = [np.flatnonzero(row).tolist() for row in membership(masks, len(masks))]
    assert connected_sets_of_indices(neighbours, max_size=3) == [members for members in expected if len(members) <= 3]
    assert len(connected_sets(masks, max_size=3)) == sum(len(members) <= 3 for members in expected)

    found = plans(masks)
    listed = as_sets(found)
    assert len(listed) == len(set(listed)) == count_plans(masks)
    assert set(listed) == brute_plans(masks)
    in_order = [found.set_index[a:b].tolist() for a, b in itertools.pairwise(found.offsets)]
    assert in_order == sorted(in_order)
    for plan, labels in enumerate(found.labels.tolist()):
        assert all(label <= max(labels[:body], default=-1) + 1 for body, label in enumerate(labels))
        assert [[b for b in range(len(masks)) if labels[b] == n] for n in range(max(labels) + 1)] == found.groups(plan)


@settings(max_examples=60, deadline=None)
@given(planar_graphs(), st.integers(0, 2**32 - 1), st.booleans())
def test_dynamic_programme_matches_enumeration(masks, seed, maximise):
    rng = np.random.default_rng(seed)
    found = plans(masks)
    values = rng.integers(-9, 10, len(found.sets))
    allowed = rng.random(len(found.sets)) < 0.8
    usable = found.min(allowed.astype(int)) == 1
    scores, best = found.sum(values), max if maximise else min
    expected = {
        int(number): best(scores[usable & (found.number_of_sets == number)])
        for number in np.unique(found.number_of_sets[usable])
    }
    programmed = best_partitions_dp(masks, values, allowed, maximise)
    assert objectives(programmed) == expected
    for number, partition in programmed.items():
        assert len(partition.sets) == number
        assert sum(int(found.sets[chosen]) for chosen in partition.sets) == 2 ** len(masks) - 1
    if expected:
        assert best_partition_dp(masks, values, None, allowed, maximise).objective == best(expected.values())
    else:
        with pytest.raises(InputError, match="No plan can be made"):
            best_partition_dp(masks, values, None, allowed, maximise)


@settings(max_examples=25, deadline=None)
@given(planar_graphs(), st.integers(0, 2**32 - 1), st.booleans())
def test_integer_programme_matches_dynamic_programme(masks, seed, maximise):
    sets = connected_sets(masks)
    values = np.random.default_rng(seed).integers(-9, 10, len(sets))
    solved = integer_programmes(len(masks), sets, values, maximise=maximise)
    programmed = best_partitions_dp(masks, values, maximise=maximise)
    assert objectives(solved) == objectives(programmed)
    assert all(p.proven_optimal for p in solved.values())


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 4), st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_frontier_matches_brute_force_with_ties(n_objectives, n_rows, seed):
    rng = np.random.default_rng(seed)
    values = rng.choice([-np.inf, 0, 1, 2, 3], (n_rows, n_objectives))
    maximise = rng.random(n_objectives) < 0.5
    assert pareto_frontier(values, maximise).tolist() == brute_frontier(values, maximise)


def test_frontier_by_hand():
    values = [[1, 5], [2, 4], [2, 4], [2, 3], [0, 5], [3, 0]]
    assert pareto_frontier(values, [True, True]).tolist() == [True, True, True, False, False, True]
    assert pareto_frontier(values, [False, True]).tolist() == [False, False, False, False, True, False]
    assert pareto_frontier(np.zeros((0, 2)), [True, True]).tolist() == []


# The integer programme


def test_set_partitioning_by_hand():
    sets = [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)]
    best = best_partition(3, sets, [1, 1, 1, 3, 4, 4])
    assert (best.sets, best.objective, best.proven_optimal, best.status) == ((0, 4), 5, True, "Optimal")
    assert best_partition(3, sets, [1, 1, 1, 3, 4, 4], number_of_sets=1).sets == (5,)
    assert best_partition(3, sets, [1, 1, 1, 3, 4, 4], maximise=False).sets == (0, 1, 2)


def test_time_limit_is_reported_and_is_no_proof():
    masks = grid(4, 4)
    sets = connected_sets(masks)
    values = np.random.default_rng(1).normal(size=len(sets))
    stopped = best_partition(16, sets, values, time_limit_s=0)
    assert stopped.status == "Time limit reached"
    assert not stopped.proven_optimal


# Refusals


def test_too_many_plans_are_refused_before_listing_and_the_integer_programme_still_answers():
    masks = grid(4, 5)
    with pytest.raises(InputError, match=r"20 bodies have at least [\d,]+ plans.*limit of 2,000,000.*best_partition"):
        plans(masks)
    with pytest.raises(InputError, match="at least 4,611,686,018,427,387,904 plans"):
        plans(path(63))
    with pytest.raises(InputError, match="at least 128 plans.*listed within the limit of 127"):
        plans(path(8), limit=127)
    assert len(plans(path(8), limit=128)) == 128
    with pytest.raises(InputError, match="connected sets.*max_size"):
        connected_sets(complete(40))
    sets = connected_sets(masks, max_size=4)
    best = best_partition(20, sets, imbalance(masks, np.ones(20), sets, target=4), maximise=False)
    assert (best.objective, len(best.sets), best.proven_optimal) == (0, 5, True)


def test_unknown_code_is_named_with_the_nearest():
    with pytest.raises(InputError, match="'00Z'.*nearest valid code is '00C'"):
        neighbour_masks(["00C", "15E"], [("00Z", "15E")])
    with pytest.raises(InputError, match="'15F'.*nearest valid code is '15E'"):
        neighbour_masks(["00C"], [("15F", "00C")], elsewhere=["15E"])
    assert neighbour_masks(["00C", "00D"], [("15E", "00C"), ("00D", "00C")], elsewhere=["15E"]).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: neighbour_masks([], []), "1 to 63 bodies, not 0"),
        (lambda: neighbour_masks([str(n) for n in range(64)], []), "1 to 63 bodies, not 64"),
        (lambda: neighbour_masks(["A", "B", "A"], []), r"repeated: A\."),
        (lambda: plans([0b10, 0b00]), "mutual"),
        (lambda: plans([0b1]), "own neighbour"),
        (lambda: plans([0b10]), "among the bodies given"),
        (lambda: connected_sets(path(3), max_size=0), "at least 1, not 0"),
        (lambda: connected_sets_of_indices([[1], [0]], max_size=0), "at least 1, not 0"),
        (lambda: connected_sets_of_indices([[1], [0]], max_size=2, limit=2), "more than 2 connected sets"),
        (lambda: plans(path(3)).sum([1, 2]), "each of 6 sets"),
        (lambda: plans(path(3)).find([[0], [1]]), "every body exactly once"),
        (lambda: plans(path(3)).find([[0, 2], [1]]), "not connected"),
        (lambda: best_partition_dp(path(2), [1, np.nan, 1]), "finite value"),
        (lambda: best_partition_dp(path(2), [1, 1, 1], allowed=[True]), "yes or no"),
        (lambda: best_partition_dp(graph(2, []), [1, 1], number_of_sets=1), "exactly 1 sets"),
        (lambda: best_partition(2, [(0,)], [1.0]), "No plan can be made"),
        (lambda: best_partition(2, [], []), "No plan can be made"),
        (lambda: best_partition(2, [(0,), (1,)], [1, 1], number_of_sets=1), "exactly 1 sets"),
        (lambda: best_partition(2, [(0,), (2,)], [1, 1]), "numbered from 0 to 1"),
        (lambda: pareto_frontier([[1, np.nan]], [True, True]), "NaN"),
        (lambda: pareto_frontier([1, 2], [True]), "got shape"),
        (lambda: combine_frontiers([{}]), "Area 0 has no plan"),
        (lambda: combine_frontiers([{1: 1.0}]).numbers(2), "possible are"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(InputError, match=message):
        call()


# Edges


def test_a_count_beyond_64_bits_is_exact():
    """A plan graph of 26 bodies with six ways on at every body: 6 to the 26th paths, above 2 to the 63rd."""
    many = PlanGraph(
        sets=np.ones(1, dtype=np.uint64),
        level=list(range(27)),
        first_edge=np.arange(27) * 6,
        edge_set=np.zeros(26 * 6, dtype=np.intp),
        edge_end=np.repeat(np.arange(1, 27), 6),
    )
    assert int(many.paths_from()[0]) == 6**26 > 2**63


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pareto_frontier([[1, 2]], [True]), "1 columns .* got shape"),
        (lambda: pareto_frontier(np.zeros((2, 0)), []), "at least one"),
        (lambda: combine_frontiers([{1: 1.0}, {-1: 1.0}]), "Area 1 has no plan"),
        (lambda: combine_frontiers([{1: 1.0, 2: np.inf}]), "not a finite number"),
        (lambda: combine_frontiers([{1: 1.0}, {1: np.nan, 2: 1.0}]), "Area 1 .* not a finite number"),
        (lambda: best_partition(2, [(0,), (-1, 1)], [1, 1]), "numbered from 0 to 1"),
        (lambda: best_partition(2, [(0, 1), ()], [1, 1]), "at least one item"),
        (lambda: best_partition(2, [(0,), (1,)], [1, 1, 1]), "each of 2 sets"),
        (lambda: best_partitions_dp(path(8), np.ones(36), limit=7), "optimised within the limit of 7"),
        (lambda: best_partition_dp(path(2), [1, 1, 1], 3), "exactly 3 sets"),
        (lambda: connected_sets(path(3), limit=5), "at least 6 connected sets, above the limit of 5"),
        (lambda: count_plans(complete(8), limit=100), "counted within the limit of 100"),
        (lambda: plans([[0b10], [0b01]]), "got shape"),
        (lambda: plans(path(3)).find([[0, 1], [1], [2]]), "every body exactly once"),
    ],
)
def test_more_refusals(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_just_within_the_limits():
    assert len(connected_sets(path(3), limit=6)) == 6
    assert len(connected_sets_of_indices([[1], [0]], max_size=2, limit=3)) == 3
    assert connected_sets(path(3), max_size=1).tolist() == [1, 2, 4]
    assert connected_sets_of_indices([[1], [0, 2], [1]], max_size=1) == [(0,), (1,), (2,)]
    assert len(neighbour_masks([str(n) for n in range(63)], [])) == 63


def test_every_limit_stops_at_the_first_that_is_too_much():
    """A limit equal to the number is enough, one less is not; grown sets are counted by brute force."""
    for masks in (path(5), complete(5), grid(2, 3), graph(5, [(0, 1), (2, 3), (3, 4)])):
        number = len(brute_sets(masks))
        assert len(connected_sets(masks, limit=number)) == number
        with pytest.raises(InputError, match="connected sets"):
            connected_sets(masks, limit=number - 1)
        number = len(brute_plans(masks))
        assert len(plans(masks, limit=number)) == number
        with pytest.raises(InputError, match=f"at least {number} plans|at least [0-9]+ plans"):
            plans(masks, limit=number - 1)


def test_the_work_of_counting_is_bounded():
    """A row of 63 has 2,016 runs of bodies, from 63 places where one may start: 1 + 2,016 - 63 plans are certain."""
    assert count_plans(path(63), limit=1_954) == 2**62
    with pytest.raises(InputError, match="at least 1,954 plans, too many to be counted within the limit of 1,953"):
        count_plans(path(63), limit=1_953)


def test_an_area_may_have_no_set_and_ties_go_to_the_smallest_for_the_later_area():
    assert combine_frontiers([{0: 1.0}, {1: 2.0}]).values == {1: 3.0}
    tied = combine_frontiers([{1: 0.0, 2: 0.0, 3: 0.0}] * 3)
    assert [tied.numbers(total) for total in (3, 5, 8)] == [[1, 1, 1], [3, 1, 1], [3, 3, 2]]


@settings(max_examples=40, deadline=None)
@given(planar_graphs(), st.integers(0, 2**32 - 1), st.booleans())
def test_ties_go_to_the_plan_listed_first(masks, seed, maximise):
    values = np.random.default_rng(seed).integers(0, 2, len(connected_sets(masks)))
    found = plans(masks)
    scores = found.sum(values) * (1 if maximise else -1)
    for number, partition in best_partitions_dp(masks, values, maximise=maximise).items():
        mine = np.flatnonzero(found.number_of_sets == number)
        first = mine[np.argmax(scores[mine])]
        assert list(partition.sets) == sorted(found.set_index[found.offsets[first] : found.offsets[first + 1]])


def test_what_is_known_of_an_optimum():
    best = best_partitions_dp(path(3), [1, 1, 1, 3, 4, 4])
    assert {number: (plan.sets, plan.objective, plan.bound, plan.gap) for number, plan in best.items()} == {
        3: ((0, 1, 2), 3, 3, 0),
        2: ((0, 4), 5, 5, 0),
        1: ((5,), 4, 4, 0),
    }
    assert all(plan.proven_optimal and 0 <= plan.seconds < 60 for plan in best.values())
    solved = best_partition(3, [(0,), (1,), (2,), (0, 1), (2, 1, 1), (0, 1, 2)], [1, 1, 1, 3, 4, 4])
    assert (solved.sets, solved.bound) == ((0, 4), pytest.approx(5)) and 0 <= solved.seconds < 60
    nothing = best_partition(16, connected_sets(grid(4, 4)), np.arange(11_506), time_limit_s=0)
    if not nothing.sets:
        assert np.isnan(nothing.objective) and nothing.gap == np.inf


def test_sets_that_overlap_are_no_partition():
    """The best values lie on sets that share an item, or leave one out."""
    sets = [(0, 1), (1, 2), (0,), (2,), (0, 1, 2)]
    best = best_partition(3, sets, [50, 50, 1, 2, 0])
    assert (best.sets, best.objective) == ((0, 3), 52)
    assert best_partition(3, sets, [50, 50, 1, 2, 0], maximise=False).sets == (4,)
    assert best_partition(3, sets, [50, 50, 1, 2, 0], number_of_sets=1).sets == (4,)
