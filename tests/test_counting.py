"""Plans counted and drawn by a diagram: by formulas, by brute force, against every list, and England's published counts."""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccganalysis.analysis.plans import neighbour_lists, neighbour_masks, plan_diagram, plans
from ccganalysis.errors import InputError

RAW = Path(__file__).parents[1] / "data" / "raw"

ENGLAND, ENGLAND_IN_26 = 29_230_213_164_774_381_790, 33_926_066_599_815_164
"""Partitions of the 42 ICBs of April 2024 into connected sets, in all and into 26, as counted by graphillion."""


def linked(n_bodies, borders):
    codes = [str(body) for body in range(n_bodies)]
    return neighbour_lists(codes, [(str(one), str(other)) for one, other in borders])


def footprint(day):
    bodies = pd.read_csv(RAW / "footprints.csv", dtype=str).query("as_at == @day").sort_values("body_code")
    borders = pd.read_csv(RAW / "adjacency.csv", dtype=str).query("as_at == @day")
    return bodies, list(zip(borders["body_code_a"], borders["body_code_b"], strict=True))


def by_brute_force(neighbours, largest=None):
    """Every way to label the bodies, kept if each label's bodies can be reached from each other: labels, sorted."""

    def in_one_piece(bodies):
        reached, more = set(), {bodies[0]}
        while more:
            reached |= more
            more = {other for body in more for other in neighbours[body] if other in bodies} - reached
        return len(reached) == len(bodies)

    found = []
    for labels in itertools.product(range(len(neighbours)), repeat=len(neighbours)):
        fresh = 0
        for label in labels:  # a new label is the next number
            fresh += label == fresh
            if label >= fresh:
                break
        else:
            sets = [[body for body, own in enumerate(labels) if own == label] for label in range(fresh)]
            if all(in_one_piece(bodies) and len(bodies) <= (largest or len(labels)) for bodies in sets):
                found.append(labels)
    return sorted(found)


def every_plan(diagram):
    numbers = diagram.by_number_of_sets
    return sorted(
        tuple(diagram.plan(rank, number).tolist()) for number, count in numbers.items() for rank in range(count)
    )


# By formula


@pytest.mark.parametrize("bodies", [1, 2, 7, 40, 100])
def test_a_path_is_cut_at_any_of_its_borders(bodies):
    found = plan_diagram(linked(bodies, itertools.pairwise(range(bodies))))
    assert found.count() == 2 ** (bodies - 1)
    assert found.by_number_of_sets == {cuts + 1: math.comb(bodies - 1, cuts) for cuts in range(bodies)}


@pytest.mark.parametrize("bodies", [3, 4, 12, 60])
def test_a_cycle_cannot_be_cut_once(bodies):
    ring = [(body, (body + 1) % bodies) for body in range(bodies)]
    found = plan_diagram(linked(bodies, ring))
    assert found.count() == 2**bodies - bodies
    assert found.count(1) == 1 and found.count(2) == math.comb(bodies, 2)


def test_where_all_are_neighbours_every_partition_is_a_plan():
    """Stirling numbers of the second kind, and their sums, the Bell numbers."""
    bell = {1: 1, 2: 2, 3: 5, 4: 15, 5: 52, 8: 4_140}
    for bodies, every in bell.items():
        found = plan_diagram(linked(bodies, itertools.combinations(range(bodies), 2)))
        assert found.count() == every
    assert found.by_number_of_sets == {1: 1, 2: 127, 3: 966, 4: 1701, 5: 1050, 6: 266, 7: 28, 8: 1}


def test_islands_stay_alone_and_parts_multiply():
    alone = plan_diagram(linked(5, []))
    assert alone.by_number_of_sets == {5: 1} and alone.plan(0, 5).tolist() == [0, 1, 2, 3, 4]
    # A triangle (1, 3, 1 plans of 1 to 3 sets), a pair (1, 1) and an island.
    apart = plan_diagram(linked(6, [(0, 1), (1, 4), (0, 4), (2, 5)]))
    assert apart.by_number_of_sets == {3: 1, 4: 4, 5: 4, 6: 1} and apart.count(2) == apart.count(7) == 0


def test_of_no_body_there_is_one_plan_with_nothing_in_it():
    nothing = plan_diagram([])
    assert nothing.by_number_of_sets == {0: 1} and nothing.sample(2, seed=1).shape == (2, 0)


def test_a_body_next_to_itself_and_one_named_twice_change_nothing():
    assert plan_diagram([[0, 1, 1], [0, 1]]).by_number_of_sets == {1: 1, 2: 1}


# By brute force


@st.composite
def graphs(draw):
    bodies = draw(st.integers(1, 6))
    every = list(itertools.combinations(range(bodies), 2))
    return linked(bodies, draw(st.lists(st.sampled_from(every), unique=True)) if every else [])


@settings(max_examples=60, deadline=None)
@given(graphs(), st.one_of(st.none(), st.integers(1, 4)))
def test_ranks_run_through_every_plan_once(neighbours, largest):
    assert every_plan(plan_diagram(neighbours, largest)) == by_brute_force(neighbours, largest)


# Against the lists, and what was published


def test_every_stp_of_2018_as_listed():
    """42 areas, islands and single bodies among them: counts by number of sets equal those of the lists, 77,083 in all."""
    bodies, borders = footprint("2018-04-01")
    totals = []
    for _, own in bodies.groupby("area_code"):
        codes = own["body_code"].tolist()
        elsewhere = set(bodies["body_code"])
        listed = plans(neighbour_masks(codes, borders, elsewhere))
        diagram = plan_diagram(neighbour_lists(codes, borders, elsewhere))
        numbers, counts = np.unique(listed.number_of_sets, return_counts=True)
        assert diagram.by_number_of_sets == dict(zip(numbers.tolist(), counts.tolist(), strict=True))
        if len(listed) < 3_000:
            assert every_plan(diagram) == sorted(map(tuple, listed.labels.tolist()))
        totals.append(len(listed))
    assert (len(totals), sum(totals)) == (42, 77_083)
    assert sorted(totals)[-3:] == [4_181, 22_348, 45_379]


@pytest.fixture(scope="module")
def england():
    bodies, borders = footprint("2024-04-01")
    return bodies, borders, plan_diagram(neighbour_lists(bodies["body_code"].tolist(), borders))


def test_england_counted_exactly(england):
    """By land alone: 100 borders. With the crossings over the Thames there would be more."""
    bodies, borders, diagram = england
    assert (len(bodies), len(borders)) == (42, 100)
    assert diagram.count() == ENGLAND and diagram.count(26) == ENGLAND_IN_26
    assert diagram.count(1) == diagram.count(42) == 1 and diagram.count(41) == 100
    assert len(diagram) < 3_000


def test_within_regions_counts_multiply(england):
    """Without the borders between regions there are as many plans as the product over regions, each counted by listing."""
    bodies, borders, _ = england
    region = bodies.set_index("body_code")["area_code"]
    inside = [pair for pair in borders if region[pair[0]] == region[pair[1]]]
    product = 1
    for _, own in bodies.groupby("area_code"):
        product *= len(plans(neighbour_masks(own["body_code"].tolist(), borders, set(bodies["body_code"]))))
    diagram = plan_diagram(neighbour_lists(bodies["body_code"].tolist(), inside))
    assert diagram.count() == product < ENGLAND and diagram.count(26) < ENGLAND_IN_26


# Drawn at random


def test_a_sample_is_uniform():
    """Chi-squared of 20,000 draws against every plan of a grid of six, and against those of three sets."""
    neighbours = linked(6, [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)])
    diagram = plan_diagram(neighbours)
    for number, seed in ((None, 1), (3, 2)):
        of_number = [labels for labels in by_brute_force(neighbours) if number in (None, max(labels) + 1)]
        drawn = diagram.sample(20_000, seed, number)
        found, counts = np.unique(drawn, axis=0, return_counts=True)
        assert sorted(map(tuple, found.tolist())) == of_number
        expected, free = 20_000 / len(of_number), len(of_number) - 1
        statistic = ((counts - expected) ** 2 / expected).sum()
        assert abs(statistic - free) < 3.5 * math.sqrt(2 * free)


def test_the_same_seed_draws_the_same_plans(england):
    *_, diagram = england
    drawn = diagram.sample(50, seed=7, number_of_sets=26)
    assert (drawn == diagram.sample(50, seed=7, number_of_sets=26)).all()
    assert not (drawn == diagram.sample(50, seed=8, number_of_sets=26)).all()
    assert (drawn.max(axis=1) + 1 == 26).all() and len(np.unique(drawn, axis=0)) == 50
    assert diagram.plan(0, 1).tolist() == [0] * 42 and diagram.plan(0, 42).tolist() == list(range(42))


def test_pairs_of_england_come_together_as_often_as_counted(england):
    """How often two neighbours are in one set, exactly: the plans of the graph with both as one body, over all plans."""
    bodies, borders, diagram = england
    codes = bodies["body_code"].tolist()
    drawn = diagram.sample(2_000, seed=3)
    for one, other in random.Random(1).sample(borders, 5):
        merged = [tuple(one if code == other else code for code in pair) for pair in borders]
        fewer = [code for code in codes if code != other]
        share = plan_diagram(neighbour_lists(fewer, merged)).count() / diagram.count()
        seen = (drawn[:, codes.index(one)] == drawn[:, codes.index(other)]).mean()
        assert abs(seen - share) < 4 * math.sqrt(share * (1 - share) / 2_000)


# Errors


def test_errors_are_for_people():
    square = linked(4, [(0, 1), (1, 2), (2, 3), (0, 3)])
    with pytest.raises(InputError, match="more than 3 nodes"):
        plan_diagram(square, limit=3)
    with pytest.raises(InputError, match="at least 1, not 0"):
        plan_diagram(square, largest=0)
    with pytest.raises(InputError, match=r"No plan has exactly 5 sets; possible are \[1, 2, 3, 4\]"):
        plan_diagram(square).sample(1, 1, 5)
    for rank in (-1, 6):
        with pytest.raises(InputError, match=f"6 plans with 2 sets, and so none of rank {rank}"):
            plan_diagram(square).plan(rank, 2)
