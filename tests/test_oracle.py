"""Plans, their scores and the frontier against an independent recomputation on the real ICSs (`oracle`)."""

from collections import Counter
from dataclasses import replace
from functools import cache

import oracle
import pytest
from ccg import ERA, MONEY
from numpy.testing import assert_allclose

from ccganalysis.analysis import candidates, levers, running_costs
from ccganalysis.data import organisations

DAY = "2018-04-01"
FOOTPRINTS = [f"{year}-04-01" for year in range(2017, 2022)]
OBJECTIVES = ["released", "coterminosity", "disruption"]
# Every ICS but the two of twelve bodies, whose 67,727 plans would take the slow road half a minute.
ON_LAND = [(area, "none") for area, bodies in oracle.areas(DAY).items() if len(bodies) < 12]
# An island; two where no body can ever hold a whole authority; one of ten bodies; one that a river parts.
OVER_WATER = [(area, "listed") for area in ("QRL", "QM7", "QPM", "QOP", "QNC")]


def plans_of(area):
    """Each plan of the analysis as the oracle writes it."""
    return [frozenset(map(frozenset, area.members(plan))) for plan in range(len(area.plans))]


@pytest.fixture(scope="module", params=ON_LAND + OVER_WATER, ids="-".join)
def both(request, tables, setting_2018):
    """One ICS as the oracle and as the analysis has it."""
    code, water_links = request.param
    pairs = organisations.neighbours(tables["links"], DAY, water_links, tables["water_links"])
    return oracle.Area(code, water_links), candidates.area_plans(setting_2018, pairs, code)


def test_every_plan_once(both):
    by_hand, area = both
    listed = plans_of(area)
    assert len(listed) == len(by_hand.plans) and set(listed) == set(by_hand.plans)
    assert {frozenset(codes.split()) for codes in area.sets["body_codes"]} == set(by_hand.groups)


def test_what_each_plan_is_worth(both):
    by_hand, area = both
    scores = [by_hand.plans[plan] for plan in plans_of(area)]
    for case in oracle.CASES:
        assert_allclose(area.plans[f"released_{case}_gbp"], [float(score.released(case)) for score in scores])
    assert_allclose(area.plans["coterminous_share"], [float(by_hand.share(score)) for score in scores])
    assert area.plans["disruption_people"].tolist() == [score.disruption for score in scores]
    assert area.plans["smallest_body_people"].tolist() == [score.smallest for score in scores]
    assert area.plans["largest_body_people"].tolist() == [score.largest for score in scores]


def test_how_each_merged_body_fits_its_authorities(both):
    by_hand, area = both
    groups = [frozenset(codes.split()) for codes in area.sets["body_codes"]]
    assert area.sets["authorities_contained"].tolist() == [len(by_hand.whole(group)) for group in groups]
    assert area.sets["authorities_split"].tolist() == [len(by_hand.split(group)) for group in groups]
    shares = [by_hand.groups[group].in_whole / by_hand.residents(group) for group in groups]
    assert_allclose(area.sets["coterminous_share"], shares)


def test_what_cannot_be_beaten_and_by_how_many_plans_it_is_reached(both):
    by_hand, area = both
    expected = oracle.frontier([score.outcome for score in by_hand.plans.values()])
    found = candidates.frontier(area, OBJECTIVES)
    first = plans_of(area)
    outcomes = Counter({by_hand.plans[first[row.plan]].outcome: row.plan_count for row in found.itertuples()})
    assert len(found) == len(expected)
    assert outcomes == expected


@pytest.mark.parametrize(
    ("area", "outcomes", "plans"), [("QOP", 10, 320), ("QYG", 55, 415), ("QNC", 6, 32), ("QHM", 23, 233)]
)
def test_ties_are_counted(setting_2018, pairs_2018, area, outcomes, plans):
    """As the oracle counts them too, though it takes ten seconds for the two largest."""
    found = candidates.frontier(candidates.area_plans(setting_2018, pairs_2018, area), OBJECTIVES)
    assert (len(found), found["plan_count"].sum()) == (outcomes, plans)


@pytest.mark.parametrize("harvested", [0.1, 0.3])
def test_a_tie_is_a_tie_whatever_the_pounds(setting_2018, pairs_2018, harvested):
    """Sums of £280,000 and £400,000 in another order differ by a millionth of a penny: that is no better plan."""
    edited = setting_2018.levers.copy()
    edited.loc[edited["quantity"] == "share_already_harvested", "central"] = harvested
    area = candidates.area_plans(replace(setting_2018, levers=edited), pairs_2018, "QYG")
    measures = area.plans[["released_central_gbp", "people_in_whole_authorities", "disruption_people"]]
    expected = oracle.frontier(list(measures.round().astype("int64").itertuples(index=False, name=None)))
    found = candidates.frontier(area, OBJECTIVES)
    assert sorted(found["plan_count"]) == sorted(expected.values())


@pytest.mark.parametrize(
    ("area", "best"), [("QRL", 0.334), ("QM7", 0), ("QPM", 0), ("QJG", 0), ("QXU", 0), ("QHL", 0.183)]
)
def test_best_coterminosity(setting_2018, pairs_2018, area, best):
    """Of all residents: Hampshire's island has whole authorities of its own and is in the denominator too."""
    found = candidates.area_plans(setting_2018, pairs_2018, area).plans["coterminous_share"]
    assert found.max() == pytest.approx(best, abs=5e-4)
    assert found.notna().all()


@pytest.mark.parametrize("as_at", FOOTPRINTS)
def test_every_listed_water_link_between_bodies_in_force_counts(tables, as_at):
    found = organisations.neighbours(tables["links"], as_at, "listed", tables["water_links"])
    assert set(map(frozenset, found)) == oracle.links(as_at, "listed")


# All ICSs of every footprint

GRAPHS = pytest.mark.parametrize(("as_at", "water_links"), [*((date, "none") for date in FOOTPRINTS), (DAY, "listed")])


@pytest.fixture(params=FOOTPRINTS)
def as_at(request):
    return request.param


@pytest.fixture(scope="module")
def every_area(tables):
    @cache
    def listed(as_at, water_links="none"):
        pairs = organisations.neighbours(tables["links"], as_at, water_links, tables["water_links"])
        return candidates.every_area(candidates.prepare(tables, as_at, "per_head_adjusted", 0.2, 100, 1, ERA), pairs)

    return listed


@GRAPHS
def test_plans_are_as_many_as_a_decision_diagram_counts(every_area, as_at, water_links):
    """Graphillion counts without a list. (Not the sets: its `induced_graphs` finds 892 of the 948 of QWO in 2017.)"""
    graphs = pytest.importorskip("graphillion").GraphSet
    links, found = oracle.links(as_at, water_links), {}
    for area, bodies in oracle.areas(as_at).items():
        if within := sorted(tuple(sorted(pair)) for pair in links if pair <= set(bodies)):
            graphs.set_universe(within)
        # A body without a neighbour is in none of its graphs: it is alone in every plan.
        found[area] = graphs.partitions().len() if within else 1
    assert {code: len(area.plans) for code, area in every_area(as_at, water_links).items()} == found


@GRAPHS
def test_connected_sets_are_as_many_as_all_subsets_tried_one_by_one(every_area, as_at, water_links):
    found = {area: oracle.Area(area, water_links, as_at).connected_groups() for area in oracle.areas(as_at)}
    assert {code: len(area.sets) for code, area in every_area(as_at, water_links).items()} == {
        area: len(groups) for area, groups in found.items()
    }


def test_nobody_is_lost_and_nobody_counted_twice(tables, as_at):
    bodies = organisations.footprint(tables["bodies"], as_at)
    assert bodies.groupby("area_code")["registered_population"].sum().to_dict() == {
        area: sum(oracle.people(as_at)[body] for body in members) for area, members in oracle.areas(as_at).items()
    }
    assert bodies["registered_population"].sum() == sum(oracle.people(as_at).values())


def places(tables, as_at, water_links="none", model="per_head_adjusted"):
    bodies = organisations.footprint(tables["bodies"], as_at)
    cut = running_costs.cuts(tables, 0.2, MONEY)["cash"]
    limits = running_costs.limits(running_costs.allowances(tables, as_at, model, ERA), bodies, cut)
    officers = levers.officer_groups(tables["shared_leadership"], tables["successors"], bodies, ERA.leadership)
    pairs = organisations.neighbours(tables["links"], as_at, water_links, tables["water_links"])
    return levers.places(limits, officers, pairs).set_index("area_code")


@pytest.mark.parametrize("model", running_costs.MODELS)
def test_the_baseline_of_all_area_is_the_published_total(tables, as_at, model):
    """£1.21 billion: NAO, HC 1783."""
    found = places(tables, as_at, model=model)
    assert found["baseline_gbp"].sum() == 1_210_000_000
    assert found["gap_gbp"].sum() == 242_000_000
    assert found["registered_population"].sum() == sum(oracle.people(as_at).values())
    assert found["body_count"].to_dict() == {area: len(members) for area, members in oracle.areas(as_at).items()}


@pytest.mark.parametrize("water_links", ["none", "listed"])
def test_one_body_everywhere_is_each_area_merged_as_far_as_its_links_go(every_area, water_links):
    merged = {area: oracle.Area(area, water_links).merged_as_far_as_can_be() for area in oracle.areas(DAY)}
    for case in oracle.CASES:
        found = {code: area.plans[f"released_{case}_gbp"].max() for code, area in every_area(DAY, water_links).items()}
        assert found == pytest.approx({code: float(score.released(case)) for code, score in merged.items()})


@GRAPHS
def test_one_body_everywhere_releases_the_same_among_plans_and_among_levers(tables, every_area, as_at, water_links):
    area = places(tables, as_at, water_links).reset_index()
    found = levers.merger_test(area, tables["levers"]).set_index("area_code")
    for case in oracle.CASES:
        most = {code: one.plans[f"released_{case}_gbp"].max() for code, one in every_area(as_at, water_links).items()}
        assert found[f"released_{case}_gbp"].to_dict() == pytest.approx(most)
