"""Coterminosity by hand, and counted one authority at a time on ICSs with an island, with none whole and with ties."""

from itertools import product

import numpy as np
import pytest

from ccganalysis.analysis import alignment, candidates
from ccganalysis.analysis.coterminosity import fit
from ccganalysis.data import organisations

# Bodies a, b, c; authority K is 30 in a and 70 in b, C is 50 in b, X is 40 in c and 60 in a body of no unit.
RESIDENTS = np.array([[30, 0, 0], [70, 50, 0], [0, 0, 40]])
TOTAL = np.array([100, 50, 100])


class TestByHand:
    @pytest.mark.parametrize(
        ("members", "residents", "whole", "split", "people", "together"),
        [
            ([1, 0, 0], 30, 0, 1, 0, 0.3),
            ([0, 1, 0], 120, 1, 1, 50, (70 * 0.7 + 50) / 120),
            ([1, 1, 0], 150, 2, 0, 150, 1.0),
            ([0, 0, 1], 40, 0, 1, 0, 0.4),
            ([1, 1, 1], 190, 2, 1, 150, (150 + 40 * 0.4) / 190),
        ],
    )
    def test_one_unit(self, members, residents, whole, split, people, together):
        found = fit(np.array([members]), RESIDENTS, TOTAL)
        assert [found.residents[0], found.whole[0], found.split[0]] == [residents, whole, split]
        assert found.people_in_whole[0] == people and found.share_in_whole[0] == pytest.approx(people / residents)
        assert found.share_together[0] == pytest.approx(together)

    def test_nobody_is_nought_and_never_not_a_number(self):
        found = fit(np.array([[0, 0, 0]]), RESIDENTS, np.array([100, 50, 0]))
        assert [found.share_in_whole[0], found.share_together[0], found.whole[0], found.split[0]] == [0, 0, 0, 0]

    def test_an_authority_without_residents_counts_for_nothing(self):
        found = fit(np.array([[1, 0, 0]]), RESIDENTS, np.array([100, 50, 0]))
        assert found.share_together[0] == pytest.approx(0.3) and found.split[0] == 1

    def test_one_resident_alone_has_the_authority_whole(self):
        found = fit(np.array([[1]]), np.array([[1]]), np.array([1]))
        assert [column[0] for column in found] == [1, 1, 0, 1, 1, 1]

    def test_one_resident_outside_splits_an_authority(self):
        whole = fit(np.array([[1, 1, 0]]), RESIDENTS, np.array([101, 50, 100]))
        assert (whole.whole[0], whole.people_in_whole[0]) == (1, 50)


def by_hand(authorities, groups: list[list[str]]) -> tuple[int, int]:
    """People in authorities that one group holds whole, and all residents of the groups: dictionaries, no matrices."""
    where: dict[str, dict[str, int]] = {}
    for row in authorities.itertuples():
        if row.residents > 0:
            there = where.setdefault(row.upper_tier_code, {})
            there[row.body_code] = there.get(row.body_code, 0) + row.residents
    people = sum(sum(there.values()) for there in where.values() if any(set(there) <= set(group) for group in groups))
    everybody = {code for group in groups for code in group}
    return people, sum(count for there in where.values() for code, count in there.items() if code in everybody)


# The shares are those of an independent recount of the published overlap of bodies and authorities.
@pytest.mark.parametrize(("area", "best"), [("QRL", 0.334), ("QM7", 0), ("QJG", 0), ("QPM", 0), ("QXU", 0)])
@pytest.mark.parametrize("water_links", ["none", "listed"])
def test_the_plans_of_areas_with_an_island_or_nothing_whole(tables, setting_2018, area, best, water_links):
    pairs = organisations.neighbours(tables["links"], "2018-04-01", water_links, tables["water_links"])
    found = candidates.area_plans(setting_2018, pairs, area)
    authorities = organisations.on_date(tables["authorities"], "2018-04-01")
    assert found.plans["coterminous_share"].max() == pytest.approx(best, abs=5e-4)
    for plan, scores in found.plans.iterrows():
        people, residents = by_hand(authorities, found.members(plan))
        assert scores["people_in_whole_authorities"] == people
        assert scores["coterminous_share"] == pytest.approx(people / residents)


def test_no_plan_of_england_is_not_a_number(tables, setting_2018, pairs_2018):
    for area in candidates.every_area(setting_2018, pairs_2018).values():
        assert area.plans.notna().all(axis=None)
        assert area.plans["coterminous_share"].between(0, 1).all()
        assert area.sets["residents"].max() <= area.sets.loc[area.sets["body_count"] == 1, "residents"].sum()


def test_bodies_and_candidates_are_measured_alike(tables, setting_2018, pairs_2018, bodies_2018):
    """The same definition on the page about alignment and on that about candidates: single bodies and one per ICS."""
    authorities = organisations.on_date(tables["authorities"], "2018-04-01")
    codes = bodies_2018.set_index("body_code")
    for units in (codes.index.to_series(), codes["area_code"]):
        told = alignment.coterminosity(authorities, units)
        scored = candidates.merged_bodies(setting_2018, [list(units.index[units == unit]) for unit in told.index])
        for name, other in (
            ("residents", "residents"),
            ("upper_tier_whole", "authorities_contained"),
            ("upper_tier_split", "authorities_split"),
            ("share_in_whole_upper_tier_authorities", "coterminous_share"),
        ):
            assert told[name].tolist() == scored[other].tolist(), name


def brute_frontier(values: np.ndarray) -> dict[tuple, int]:
    """Outcomes that none beats, more being better, with how many rows have each: every pair compared."""
    kinds: dict[tuple, int] = {}
    for row in map(tuple, values):
        kinds[row] = kinds.get(row, 0) + 1
    return {
        mine: number
        for mine, number in kinds.items()
        if not any(all(a >= b for a, b in zip(other, mine, strict=True)) for other in kinds if other != mine)
    }


NAMES = ["released", "coterminosity", "disruption", "number_of_bodies", "size_balance"]


@pytest.mark.parametrize(
    ("area", "names"), list(product(["QRL", "QM7", "QPM", "QNC", "QJM"], [NAMES[:3], NAMES[2:], NAMES[:2], NAMES]))
)
def test_the_frontier_has_every_outcome_and_every_plan_that_reaches_it(setting_2018, pairs_2018, area, names):
    found = candidates.area_plans(setting_2018, pairs_2018, area)
    columns, more = zip(
        *((one.column, one.more_is_better) for one in map(candidates.OBJECTIVES.get, names)), strict=True
    )
    signs = np.where(more, 1, -1)
    front = candidates.frontier(found, names)
    told = {
        tuple(row): count
        for row, count in zip(front[list(columns)].to_numpy() * signs, front["plan_count"], strict=True)
    }
    assert told == brute_frontier(found.plans[list(columns)].to_numpy() * signs)
    assert len(front) == len(told)


@pytest.mark.parametrize(
    ("area", "outcomes", "reached"), [("QOP", 10, 320), ("QYG", 55, 415), ("QNC", 6, 32), ("QHM", 23, 233)]
)
def test_plans_that_are_equal_are_one_outcome(setting_2018, pairs_2018, area, outcomes, reached):
    """Both counts, as an independent recomputation of the four ICSs with most ties has them."""
    front = candidates.frontier(candidates.area_plans(setting_2018, pairs_2018, area), NAMES[:3])
    assert (len(front), front["plan_count"].sum()) == (outcomes, reached)


def test_the_table_shows_each_outcome_on_the_frontier_once_and_how_many_plans_reach_it(setting_2018, pairs_2018):
    found = candidates.area_plans(setting_2018, pairs_2018, "QNC")
    front = candidates.frontier(found, NAMES[:3])
    # A plan that ties with the first of its outcome is marked, and stands for the outcome in the table.
    outcome = candidates.outcomes(found, NAMES[:3])
    tied = next(plan for plan in outcome.index[outcome.isin(outcome[front["plan"]])] if plan not in set(front["plan"]))
    frame = candidates.plan_table(found, front, NAMES[:3], [0, tied])
    on = frame[frame["on_frontier"] == "yes"]
    assert frame.loc[1, ["plan", "on_frontier"]].tolist() == [tied, "yes"]
    assert len(on) == len(front) and on["plan_count"].sum() == front["plan_count"].sum() == 32
