"""Merger candidates: scores worked by hand on a small country, and published counts on the real one."""

import numpy as np
import pandas as pd
import pytest
from ccg import ERA

from ccganalysis.analysis import candidates, criteria
from ccganalysis.analysis import levers as lever
from ccganalysis.analysis.running_costs import Cut
from ccganalysis.data import columns, organisations
from ccganalysis.errors import InputError
from ccganalysis.presentation import findings

DAY = pd.Timestamp("2018-04-01")

# ICS QAA is a row of four bodies a-b-c-d, ICS QBB is e alone. Authority 1 is a and b, 2 is c, d and a tenth of e.
BODIES = pd.DataFrame(
    {
        "as_at": DAY,
        "body_code": ["00A", "00B", "00C", "00D", "00E"],
        "body_name": [f"NHS {name} CCG" for name in ("Ash", "Beech", "Cedar", "Date", "Elm")],
        "area_code": ["QAA"] * 4 + ["QBB"],
        "area_name": ["Row"] * 4 + ["Alone"],
        "registered_population": [100, 300, 200, 400, 500],
        "baseline_gbp": [2_000, 6_000, 4_000, 8_000, 10_000],
        "imd_average_score": [10.0, 20.0, 30.0, 40.0, 25.0],
        "aged_65_plus_share": [0.1, 0.2, 0.2, 0.1, 0.15],
        "density_per_km2": [10.0, 100.0, 1000.0, 100.0, 100.0],
        "list_size": [5_000.0, 6_000.0, 7_000.0, 8_000.0, 6_500.0],
        "centroid_easting": [0.0, 3_000.0, 6_000.0, 9_000.0, 50_000.0],
        "centroid_northing": [0.0, 4_000.0, 8_000.0, 12_000.0, 0.0],
        "practices": [2, 5, 4, 6, 7],
        "area_km2": [10.0, 20.0, 30.0, 40.0, 50.0],
    }
)
AUTHORITIES = pd.DataFrame(
    [
        ("00A", "E1", 90),
        ("00B", "E1", 310),
        ("00C", "E2", 200),
        ("00D", "E2", 400),
        ("00E", "E2", 50),
        ("00E", "E3", 450),
    ],
    columns=["body_code", "upper_tier_code", "residents"],
).assign(as_at=DAY)
OFFICERS = pd.Series({"00A": "g", "00B": "g", "00C": "00C", "00D": "00D", "00E": "00E"})
PAIRS = [("00A", "00B"), ("00B", "00C"), ("00C", "00D"), ("00D", "00E")]


@pytest.fixture(scope="module")
def country(tables):
    levers = tables["levers"].copy()
    mine = levers["quantity"] == "saving_per_body_removed_gbp"
    levers.loc[mine, ["low", "central", "high"]] = (300, 400, 500)
    return candidates.setting(BODIES, OFFICERS, AUTHORITIES, levers, 0.2, 20_000, 5)


@pytest.fixture(scope="module")
def row(country):
    return candidates.area_plans(country, PAIRS, "QAA")


def one(country, *codes: str) -> pd.Series:
    return candidates.merged_bodies(country, [codes]).iloc[0]


class TestMergedBodies:
    def test_sums(self, country):
        found = one(country, "00A", "00B", "00C")
        assert found["body_codes"] == "00A 00B 00C" and found["bodies"] == "Ash; Beech; Cedar"
        assert found[["body_count", "bodies_removed", "officer_count"]].tolist() == [3, 2, 2]
        assert found[["registered_population", "baseline_gbp", "practices", "area_km2"]].tolist() == [
            600,
            12_000,
            11,
            60,
        ]

    def test_money(self, country):
        """One removed that shared (75% left), one that did not: 400 x 1.75; the test asks a fifth of 12,000."""
        found = one(country, "00A", "00B", "00C")
        assert found["released_central_gbp"] == 700
        assert found["released_share"] == pytest.approx(700 / 12_000)
        assert found["break_even_saving_gbp"] == pytest.approx(2_400 / 1.75)

    def test_probability_is_the_share_of_prices_that_reach_the_test(self, tables):
        """b and c, no officer shared: 2,000 is the top of the range; a and c: 1,200 of the triangle 600, 1,600, 2,000."""
        levers = tables["levers"].copy()
        mine = levers["quantity"] == "saving_per_body_removed_gbp"
        levers.loc[mine, ["low", "central", "high"]] = (600, 1_600, 2_000)
        dear = candidates.setting(BODIES, OFFICERS, AUTHORITIES, levers, 0.2, 20_000, 5)
        assert one(dear, "00B", "00C")["probability_merger_alone"] == pytest.approx(0, abs=1e-3)
        found = one(dear, "00A", "00C")
        # P(s >= 1200) = 1 - 600^2 / (1400 x 1000)
        assert found["probability_merger_alone"] == pytest.approx(1 - 600**2 / (1_400 * 1_000), abs=0.01)
        error = 100 * np.sqrt(0.743 * 0.257 / 20_000)
        assert found["probability_merger_alone_error"] == pytest.approx(error, abs=0.01)

    def test_what_a_shared_officer_has_harvested_lowers_the_probability(self, tables):
        """a and b share: s x (1 - h) has to reach a fifth of their baseline: counted draw by draw."""
        levers = tables["levers"].copy()
        mine = levers["quantity"] == "saving_per_body_removed_gbp"
        levers.loc[mine, ["low", "central", "high"]] = (1_000, 1_500, 3_000)
        dear = candidates.setting(BODIES, OFFICERS, AUTHORITIES, levers, 0.2, 20_000, 5)
        found = one(dear, "00A", "00B")
        needed = 0.2 * found["baseline_gbp"]
        saving, harvested = (
            dear.draws[name].ravel() for name in ("saving_per_body_removed_gbp", "share_already_harvested")
        )
        expected = np.mean([s * (1 - h) >= needed for s, h in zip(saving, harvested, strict=True)])
        assert 0 < expected < 1 and found["probability_merger_alone"] == pytest.approx(expected)

    def test_disruption_is_everyone_outside_the_largest_member(self, country):
        assert one(country, "00A", "00B", "00C")["disruption_people"] == 300
        assert one(country, "00D")["disruption_people"] == 0

    @pytest.mark.parametrize(
        ("codes", "state"),
        [
            ("00A 00B", "within"),
            ("00A 00B 00C 00D", "equals"),
            ("00E", "equals"),
            ("00D 00E", "crosses"),
            ("00A", "within"),
        ],
    )
    def test_state(self, country, codes, state):
        assert one(country, *codes.split())["alignment_state"] == state

    @pytest.mark.parametrize(
        ("codes", "contained", "split", "share"),
        [
            ("00A", 0, 1, 0.0),
            ("00A 00B", 1, 0, 1.0),
            ("00B 00C", 0, 2, 0.0),
            ("00C 00D", 0, 1, 0.0),
            ("00C 00D 00E", 2, 0, 1.0),
            ("00E", 1, 1, 0.9),
        ],
    )
    def test_coterminosity(self, country, codes, contained, split, share):
        found = one(country, *codes.split())
        assert found[["authorities_contained", "authorities_split"]].tolist() == [contained, split]
        assert found["coterminous_share"] == pytest.approx(share)

    def test_distance_and_difference(self, country):
        """Centres lie 5 km apart along a line; a pair's difference is the mean over its one pair."""
        assert one(country, "00A", "00B", "00C")["farthest_km"] == pytest.approx(10)
        features = BODIES[list(candidates.DIFFERENCES)].assign(density_per_km2=np.log(BODIES["density_per_km2"]))
        scaled = (features - features.mean()) / features.std(ddof=0)
        apart = lambda i, j: np.sqrt(((scaled.loc[i] - scaled.loc[j]) ** 2).sum())  # noqa: E731
        assert one(country, "00A", "00B")["difference"] == pytest.approx(apart(0, 1))
        three = (apart(0, 1) + apart(0, 2) + apart(1, 2)) / 3
        assert one(country, "00A", "00B", "00C")["difference"] == pytest.approx(three)
        assert one(country, "00D")["difference"] == 0

    def test_an_unknown_code(self, country):
        with pytest.raises(InputError, match="nearest valid one is '00A'"):
            candidates.merged_bodies(country, [["00A1"]])


class TestPlans:
    def test_a_row_of_four_has_ten_sets_and_eight_plans(self, row):
        assert (len(row.sets), len(row.plans)) == (10, 8)
        assert row.plans["body_count"].value_counts().to_dict() == {4: 1, 3: 3, 2: 3, 1: 1}

    def test_a_plan_scores_the_sum_of_its_bodies(self, row):
        plan = row.find([["00A", "00B"], ["00C", "00D"]])
        scores = row.plans.loc[plan]
        assert scores["released_central_gbp"] == 400 * 0.75 + 400
        assert scores["disruption_people"] == 100 + 200
        assert scores["people_in_whole_authorities"] == 400  # authority 1; 2 is split with Elm
        assert scores["coterminous_share"] == pytest.approx(0.4)
        assert scores[["smallest_body_people", "largest_body_people"]].tolist() == [400, 600]

    def test_groups_that_are_not_neighbours_are_no_plan(self, row):
        assert row.find([["00A", "00C"], ["00B"], ["00D"]]) is None

    @pytest.mark.parametrize(
        "names",
        [["released", "disruption"], ["released", "coterminosity", "disruption"], ["size_balance", "number_of_bodies"]],
    )
    def test_the_frontier_against_brute_force(self, row, names):
        front = set(candidates.frontier(row, names)["plan"])
        columns = [candidates.OBJECTIVES[name].column for name in names]
        signs = [1 if candidates.OBJECTIVES[name].more_is_better else -1 for name in names]
        values = row.plans[columns].to_numpy() * signs
        beaten = [any((other >= mine).all() and (other > mine).any() for other in values) for mine in values]
        unbeaten = {tuple(values[plan]) for plan in range(len(values)) if not beaten[plan]}
        assert {tuple(values[plan]) for plan in front} == unbeaten

    def test_an_area_of_one_body(self, country):
        alone = candidates.area_plans(country, PAIRS, "QBB")
        assert (len(alone.sets), len(alone.plans)) == (1, 1)
        assert len(candidates.frontier(alone, ["released", "disruption"])) == 1

    def test_a_disconnected_area_keeps_its_island(self, country):
        island = candidates.area_plans(country, PAIRS[1:], "QAA")
        assert all(["00A"] in island.members(plan) for plan in range(len(island.plans)))
        assert island.plans["body_count"].min() == 2
        assert candidates.islands(BODIES, PAIRS[1:])["body_code"].tolist() == ["00A"]

    def test_unknown_names(self, row, country):
        with pytest.raises(InputError, match="nearest valid one is 'released'"):
            candidates.objectives("release, disruption")
        with pytest.raises(InputError, match="at least two"):
            candidates.objectives("released")
        with pytest.raises(InputError, match="QAA"):
            candidates.area_plans(country, PAIRS, "QAB")

    def test_too_many_plans_is_a_clear_refusal(self, country):
        with pytest.raises(InputError, match="best_partition"):
            candidates.area_plans(country, PAIRS, "QAA", limit=5)


class TestRanking:
    def test_order_and_ties(self, row):
        ranked = candidates.ranking(row.sets, "released_share")
        shares = ranked["released_share"].to_numpy()
        assert (np.diff(shares) <= 1e-12).all() and (ranked["body_count"] > 1).all()
        assert ranked["rank"].tolist() == list(range(1, 7))
        shuffled = candidates.ranking(row.sets.sample(frac=1, random_state=3), "released_share")
        pd.testing.assert_frame_equal(ranked, shuffled)

    def test_ties_go_to_fewer_people_moved(self, row):
        tied = row.sets.assign(released_share=0.1)
        moved = candidates.ranking(tied, "released_share")["disruption_people"]
        assert moved.is_monotonic_increasing

    @pytest.mark.parametrize("by", candidates.RANKINGS)
    def test_every_ranking_orders_by_its_column(self, row, by):
        column, more = candidates.RANKINGS[by].column, candidates.RANKINGS[by].more_is_better
        values = candidates.ranking(row.sets, by)[column]
        assert values.is_monotonic_decreasing if more else values.is_monotonic_increasing

    def test_which_way_each_ranking_goes(self, row):
        """First by hand: a+b has the fewest people, is nearest and shares an officer.

        All four release most pounds (1,100); a+b+c most of their cost: 700 of 12,000, all four 1,100 of 20,000.
        """
        first = {by: candidates.ranking(row.sets, by)["body_codes"].iloc[0] for by in candidates.RANKINGS}
        assert first["released"] == "00A 00B 00C 00D" and first["released_share"] == "00A 00B 00C"
        assert first["least_disruption"] == first["nearness"] == first["shared_officer"] == "00A 00B"
        assert first["coterminosity"] == "00A 00B"  # all of its residents are in authority 1
        assert first["smallest_first"] == "00A 00B"
        differences = row.sets[row.sets["body_count"] > 1].set_index("body_codes")["difference"]
        assert first["similarity"] == differences.idxmin()

    def test_rank_intervals_hold_the_rank_when_nothing_is_harvested_in_doubt(self, row, country):
        levers = country.levers.copy()
        levers.loc[levers["quantity"] == "share_already_harvested", ["low", "central", "high"]] = 0.25
        ranked = candidates.ranking(row.sets, "released_share")
        firm = candidates.rank_intervals(ranked, lever.draws(levers, 500, 1))
        assert (firm["rank_low"] == firm["rank"]).all() and (firm["rank_high"] == firm["rank"]).all()

    def test_an_unknown_ranking(self, row):
        with pytest.raises(InputError, match="nearest valid one is 'similarity'"):
            candidates.ranking(row.sets, "similar")


@pytest.fixture(scope="module")
def england(setting_2018, pairs_2018):
    return candidates.every_area(setting_2018, pairs_2018)


class TestEngland:
    def test_counts_of_april_2018(self, england):
        counts = candidates.counts(england)
        assert counts[["body_count", "connected_sets", "plan_count"]].sum().tolist() == [195, 4_426, 77_083]
        assert len(counts) == 42
        assert counts.loc[counts["plan_count"].idxmax(), ["area_name", "plan_count"]].tolist() == [
            "Cumbria and North East",
            45_379,
        ]

    def test_counts_of_april_2019(self, tables):
        setting = candidates.prepare(tables, "2019-04-01", "per_head_adjusted", 0.2, 1_000, 1, ERA)
        counts = candidates.counts(
            candidates.every_area(setting, organisations.neighbours(tables["links"], "2019-04-01"))
        )
        assert counts[["body_count", "connected_sets", "plan_count"]].sum().tolist() == [191, 4_413, 77_073]

    def test_counts_with_water_links(self, tables, setting_2018):
        pairs = organisations.neighbours(tables["links"], "2018-04-01", "1")
        counts = candidates.counts(candidates.every_area(setting_2018, pairs))
        assert counts[["connected_sets", "plan_count"]].sum().tolist() == [4_910, 105_690]

    def test_the_isle_of_wight_is_said_and_may_be_linked(self, tables, bodies_2018, pairs_2018):
        assert candidates.islands(bodies_2018, pairs_2018)["body_name"].tolist() == ["NHS Isle of Wight CCG"]
        listed = organisations.neighbours(tables["links"], "2018-04-01", "listed", tables["water_links"])
        assert candidates.islands(bodies_2018, listed).empty

    def test_every_plan_keeps_everybody_and_its_money(self, england):
        for area in england.values():
            people = area.plan_set.sum(area.sets["registered_population"].to_numpy())
            assert (people == people[0]).all()

    def test_no_plan_has_more_bodies_and_releases_more(self, england):
        """Under any fixed cost one body per ICS releases most."""
        for area in england.values():
            best = area.plans.groupby("body_count")["released_central_gbp"].max()
            assert best.is_monotonic_decreasing

    def test_the_national_frontier_starts_from_no_change_and_ends_at_one_each(self, england):
        frame, combined = candidates.national_frontier(england, "disruption")
        # The Isle of Wight stays alone, so 43 and not 42.
        assert frame["body_count"].tolist() == list(range(195, 42, -1))
        assert frame["disruption_people"].iloc[0] == 0
        assert frame["disruption_people"].is_monotonic_increasing
        assert sum(combined.numbers(106)) == 106

    def test_what_came_about_is_no_better_than_the_frontier(self, tables, england, setting_2018):
        frame, _ = candidates.national_frontier(england, "disruption")
        reached = candidates.footprints_reached(setting_2018, tables["successors"])
        assert reached["body_count"].tolist() == [195, 191, 135, 106]
        assert reached["disruption_people"].iloc[0] == 0
        least = frame.set_index("body_count")["disruption_people"]
        # North Yorkshire and Surrey Heartlands crossed borders, which plans within ICSs cannot.
        assert (
            reached.set_index("body_count")["disruption_people"] >= 0.98 * least.reindex(reached["body_count"])
        ).all()

    def test_real_plans_are_found(self, tables, england, bodies_2018):
        outcome = candidates.what_happened(bodies_2018, tables["successors"], "2021-04-01")
        assert england["QGH"].members(candidates.real_plan(england["QGH"], outcome)) == [["05F", "05J", "05T", "06D"]]
        assert candidates.real_plan(england["QRL"], outcome) is None  # the Isle of Wight joined over water
        for area in england.values():
            plan = candidates.real_plan(area, outcome)
            if plan is not None:
                assert len(area.members(plan)) == outcome.loc[list(area.codes)].nunique()

    def test_bodies_formed_by_year(self, tables):
        formed = {year: candidates.formed(tables["mergers"], f"{year}-04-01") for year in (2018, 2019, 2020, 2021)}
        assert {year: (sum(map(len, made.values())), len(made)) for year, made in formed.items()} == {
            2018: (18, 6),
            2019: (6, 2),
            2020: (74, 18),
            2021: (38, 9),
        }

    def test_the_bodies_of_april_2020(self, tables):
        real = candidates.real_mergers(tables, "2020-04-01", "per_head_adjusted", 0.2, 1_000, 1, ERA).set_index(
            "formed"
        )
        assert len(real) == 18
        assert (real["alignment_state"] == "crosses").sum() == 2  # North Yorkshire, Surrey Heartlands
        assert set(real.index[real["alignment_state"] == "crosses"]) == {"North Yorkshire", "Surrey Heartlands"}

    def test_the_line_of_an_area_is_of_the_definition_chosen(
        self, tables, england, limits_2018, officers_2018, pairs_2018
    ):
        places = lever.places(limits_2018, officers_2018, pairs_2018)
        cuts = {"cash": Cut("cash", 0.2, 0.2, 0.0, 0.0), "real": Cut("real", 0.2, 0.02, 0.0, 0.0)}
        chances = lever.probabilities(places, tables["levers"], cuts, 500, 1)
        for definition in ("cash", "real"):
            lines = candidates.by_area(england, places, chances, definition).set_index("area_name")["probability"]
            mine = chances[chances["reduction_definition"] == definition].set_index("area_name")["probability"]
            assert lines.to_dict() == mine.to_dict()
        assert chances.groupby("reduction_definition")["probability"].mean().is_monotonic_increasing

    def test_across_borders_on_a_small_problem(self, country):
        """Two bodies of at most four: a+b and c+d+e hold all three authorities whole."""
        partition, merged = candidates.across_borders(country, PAIRS, 2, max_size=4)
        assert partition.proven_optimal and partition.objective == 1_500
        assert sorted(merged["body_codes"]) == ["00A 00B", "00C 00D 00E"]
        assert candidates.crossing(merged)["bodies"].tolist() == ["Cedar; Date; Elm"]


# The plans of the row by hand: what each merges, £ released (nothing shared releases 400, a + b only 300), people moved,
# residents in whole authorities (E1 is a + b; E2 is never whole), people of the smallest and of the largest body.
ROW_PLANS = {
    "A|B|C|D": (0, 0, 0, 100, 400),
    "AB|C|D": (300, 100, 400, 200, 400),
    "A|BC|D": (400, 200, 0, 100, 500),
    "A|B|CD": (400, 200, 0, 100, 600),
    "AB|CD": (700, 300, 400, 400, 600),
    "ABC|D": (700, 300, 400, 400, 600),
    "A|BCD": (800, 500, 0, 100, 900),
    "ABCD": (1_100, 600, 400, 1_000, 1_000),
}


def named(row, plan: int) -> str:
    return "|".join("".join(code[-1] for code in group) for group in row.members(plan))


class TestPlansByHand:
    def test_every_column_of_every_plan(self, row):
        assert {named(row, plan) for plan in row.plans.index} == set(ROW_PLANS)
        for plan, scores in row.plans.iterrows():
            released, moved, whole, smallest, largest = ROW_PLANS[named(row, plan)]
            bodies = named(row, plan).count("|") + 1
            assert scores[["body_count", "bodies_removed"]].tolist() == [bodies, 4 - bodies]
            assert scores["released_central_gbp"] == released and scores["disruption_people"] == moved
            assert scores["released_share"] == pytest.approx(released / 20_000)
            assert scores["people_in_whole_authorities"] == whole
            assert scores["coterminous_share"] == pytest.approx(whole / 1_000)
            assert scores[["smallest_body_people", "largest_body_people"]].tolist() == [smallest, largest]
            assert scores["size_balance"] == pytest.approx(smallest / largest)

    @pytest.mark.parametrize(
        ("target", "passing"),
        [(0, {"AB", "BC", "CD", "ABC", "BCD", "ABCD"}), (0.0375, {"AB", "BC", "ABC", "BCD", "ABCD"})],
    )
    def test_mergers_that_pass_are_counted_at_the_target_itself(self, row, target, passing):
        """Shares: ab 3.75%, bc 4%, cd 3.33%, abc 5.8%, bcd 4.4%, all 5.5%. A body that does not merge never counts."""
        counted = candidates.plan_scores(row.plan_set, row.sets, target)["mergers_passing"]
        for plan in row.plans.index:
            assert counted[plan] == len(passing & set(named(row, plan).split("|"))), named(row, plan)

    def test_pounds_are_to_the_penny(self, row):
        odd = row.sets.assign(released_central_gbp=row.sets["bodies_removed"] * 0.123)
        assert set(candidates.plan_scores(row.plan_set, odd, 0.2)["released_central_gbp"]) == {0, 0.12, 0.25, 0.37}

    def test_the_frontier_by_hand(self, row):
        """All but none is beaten; two plans release 400 and move 200, two 700 and 300. Best at the first objective first."""
        front = candidates.frontier(row, ["released", "disruption"])
        assert front["released_central_gbp"].tolist() == [1_100, 800, 700, 400, 300, 0]
        assert front["plan_count"].tolist() == [1, 1, 2, 2, 1, 1]
        assert [named(row, plan) for plan in front["plan"]][::5] == ["ABCD", "A|B|C|D"]
        assert front.index.tolist() == list(range(6))
        other = candidates.frontier(row, ["disruption", "released"])
        assert other["disruption_people"].tolist() == [0, 100, 200, 300, 500, 600]
        few = candidates.frontier(row, ["disruption", "number_of_bodies"])
        assert few[["disruption_people", "body_count"]].values.tolist() == [[0, 4], [100, 3], [300, 2], [600, 1]]

    def test_the_first_of_equal_plans_stands_for_them(self, row):
        front = candidates.frontier(row, ["released", "disruption"]).set_index("released_central_gbp")["plan"]
        for released in (400, 700):
            assert front[released] == row.plans.index[row.plans["released_central_gbp"] == released].min()

    def test_equal_on_the_objectives_is_one_outcome(self, row):
        outcome = candidates.outcomes(row, ["released", "disruption"])
        groups = {frozenset(named(row, plan) for plan in group.index) for _, group in outcome.groupby(outcome)}
        assert groups == {
            *(frozenset({plan}) for plan in ("A|B|C|D", "AB|C|D", "A|BCD", "ABCD")),
            frozenset({"A|BC|D", "A|B|CD"}),
            frozenset({"AB|CD", "ABC|D"}),
        }

    @pytest.mark.parametrize(
        ("floor", "ceiling", "kept"),
        [
            (0, 0, set(ROW_PLANS)),
            (400, 0, {"AB|CD", "ABC|D", "ABCD"}),
            (401, 0, {"ABCD"}),
            (0, 400, {"A|B|C|D", "AB|C|D"}),
            (0, 399, set()),
            (400, 600, {"AB|CD", "ABC|D"}),
            (0, 1, set()),
        ],
    )
    def test_a_body_at_the_floor_or_the_ceiling_fits(self, row, floor, ceiling, kept):
        fitting = candidates.fits(row, floor, ceiling)
        assert {named(row, plan) for plan in fitting.index[fitting]} == kept

    def test_the_plan_that_was_carried_out(self, row):
        heirs = pd.Series({"00E": "X", "00D": "Y", "00C": "Y", "00B": "X", "00A": "X"})
        assert named(row, candidates.real_plan(row, heirs)) == "AB|CD"
        assert candidates.real_plan(row, heirs.replace("Y", "X").mask(heirs.index == "00B", "Z")) is None

    def test_the_table_of_plans(self, row):
        plan = {named(row, number): number for number in row.plans.index}
        names = ["coterminosity", "disruption"]
        front = candidates.frontier(row, names)
        assert [named(row, number) for number in front["plan"]] == ["AB|C|D", "A|B|C|D"]
        frame = candidates.plan_table(row, front, names, [0, plan["ABCD"], plan["AB|CD"], plan["AB|CD"]])
        assert frame["plan"].tolist() == [0, plan["ABCD"], plan["AB|CD"], plan["AB|C|D"]]
        assert frame["on_frontier"].tolist() == ["yes", "no", "no", "yes"]
        assert frame["merged"].tolist() == [
            "none",
            "Ash + Beech + Cedar + Date",
            "Ash + Beech; Cedar + Date",
            "Ash + Beech",
        ]
        assert frame["plan_count"].tolist() == [1, 1, 2, 1]  # abc | d moves as many and is as coterminous
        assert frame["body_count"].tolist() == [4, 1, 2, 3]
        assert frame["released_central_gbp"].tolist() == [0, 1_100, 700, 300]
        assert frame.columns[:5].tolist() == ["plan", "merged", "plan_count", "on_frontier", "body_count"]

    def test_every_plan_in_full(self, row):
        """All eight, what each merges in codes, and no measure left out."""
        frame = candidates.plans_in_full(row)
        merged = {named(row, number): told for number, told in zip(frame["plan"], frame["merged"], strict=True)}
        assert (
            merged["A|B|C|D"] == "none" and merged["AB|CD"] == "00A+00B, 00C+00D" and merged["A|BCD"] == "00B+00C+00D"
        )
        assert len(frame) == len(row.plans) == 8 and set(row.plans.columns) < set(frame.columns)
        assert frame["released_central_gbp"].tolist() == row.plans["released_central_gbp"].tolist()

    def test_the_largest_merged_body_of_a_plan(self, row):
        plan = {named(row, number): number for number in row.plans.index}
        codes = {
            name: candidates.largest_merged(row, plan[name])["body_codes"]
            for name in ("AB|C|D", "AB|CD", "A|BC|D", "ABC|D", "ABCD")
        }
        assert codes == {
            "AB|C|D": "00A 00B",
            "AB|CD": "00C 00D",
            "A|BC|D": "00B 00C",
            "ABC|D": "00A 00B 00C",
            "ABCD": "00A 00B 00C 00D",
        }
        assert candidates.largest_merged(row, plan["A|B|C|D"]) is None


def field(sharing: list[tuple[int, int, float]]) -> pd.DataFrame:
    """Candidates in the order given: members, officers, baseline."""
    frame = pd.DataFrame(sharing, columns=["body_count", "officer_count", "baseline_gbp"])
    return frame.assign(name=range(len(frame)))


def drawn(harvested: list[float], saving: float = 400.0) -> dict[str, np.ndarray]:
    values = np.array(harvested)[:, None]
    return {"share_already_harvested": values, "saving_per_body_removed_gbp": np.full_like(values, saving)}


class TestRankIntervals:
    # The first shares an officer: it is first while less than half is harvested, else the second is.
    TWO = field([(2, 1, 500), (2, 2, 1_000)])

    @pytest.mark.parametrize(("turns", "first", "second"), [(5, (1, 1), (2, 2)), (6, (1, 2), (1, 2))])
    def test_the_5th_and_95th_percentile_of_101_draws(self, turns, first, second):
        """They are the sixth from either end: it takes six draws the other way to move them."""
        found = candidates.rank_intervals(self.TWO, drawn([0.9] * turns + [0.1] * (101 - turns)))
        assert found[["rank_low", "rank_high"]].values.tolist() == [list(first), list(second)]
        assert found["top_ten_share"].tolist() == [1, 1]

    def test_only_the_tenth_and_better_are_in_the_top_ten_and_a_thousand_draws_are_used(self):
        """Nine are always better, so the two take ranks 10 and 11; the last draws are not used."""
        nine = field([*[(11, 11, 1_000)] * 9, (2, 1, 500), (2, 2, 1_000)])
        found = candidates.rank_intervals(nine, drawn([0.1] * 750 + [0.9] * 250 + [0.9] * 10))
        assert found["top_ten_share"].tolist() == [1] * 9 + [0.75, 0.25]
        assert found["rank_low"].tolist() == [*range(1, 10), 10, 10]
        assert found["rank_high"].tolist() == [*range(1, 10), 11, 11]

    def test_ten_times_as_many_are_looked_at_as_are_shown(self):
        """The tenth beats the first where nothing is harvested; an eleventh that would is not looked at."""
        nobody = (2, 2, 2_000)
        found = candidates.rank_intervals(field([(2, 2, 1_000), *[nobody] * 8, (2, 1, 500)]), drawn([0.0] * 10), 1)
        assert found[["name", "rank_low", "rank_high"]].values.tolist() == [[0, 2, 2]]
        found = candidates.rank_intervals(field([(2, 2, 1_000), *[nobody] * 9, (2, 1, 500)]), drawn([0.0] * 10), 1)
        assert found[["name", "rank_low", "rank_high"]].values.tolist() == [[0, 1, 1]]

    def test_fifty_are_shown_unless_told(self):
        found = candidates.rank_intervals(field([(2, 2, 1_000 + number) for number in range(60)]), drawn([0.5] * 3))
        assert found["name"].tolist() == list(range(50))

    def test_every_rank_draw_by_draw(self):
        rng = np.random.default_rng(3)
        members = rng.integers(2, 7, 14)
        several = field([(k, rng.integers(1, k + 1), rng.uniform(2e3, 9e3)) for k in members])
        harvested = rng.uniform(0, 1, 41)
        ranks = []
        for h in harvested:
            # k - g bodies removed that shared, g - 1 that did not, over the baseline.
            shares = [
                (row.officer_count - 1 + (row.body_count - row.officer_count) * (1 - h)) / row.baseline_gbp
                for row in several.itertuples()
            ]
            order = sorted(range(14), key=lambda place, shares=shares: -shares[place])
            ranks.append([order.index(place) + 1 for place in range(14)])
        found = candidates.rank_intervals(several, drawn(harvested))
        for place, row in enumerate(found.itertuples()):
            mine = sorted(rank[place] for rank in ranks)
            assert (row.rank_low, row.rank_high) == (mine[2], mine[38])
            assert row.top_ten_share == pytest.approx(sum(rank <= 10 for rank in mine) / 41)

    def test_per_body(self, row):
        three = candidates.per_body(row.sets).set_index("body_codes").loc["00A 00B 00C"]
        assert three["officers_per_body"] == pytest.approx(2 / 3) and three["people_per_body"] == pytest.approx(200)

    def test_a_ranking_is_numbered_and_its_rank_comes_first(self, row):
        ranked = candidates.ranking(row.sets, "nearness")
        assert ranked.columns[0] == "rank" and ranked.index.tolist() == list(range(6))
        assert "worst_first" not in ranked
        # 5 km apart each: pairs 5, threes 10, all 15; within them fewest people moved first, then by code.
        assert ranked["body_codes"].str.replace("00", "").tolist() == ["A B", "B C", "C D", "A B C", "B C D", "A B C D"]

    def test_the_board_has_fifty_in_the_order_asked_and_ranks_by_share_released(self, england):
        every = candidates.all_sets(england)
        few = drawn([0.05 * number for number in range(21)])
        board = candidates.board_table(candidates.ranking(every, "nearness"), few)
        assert board["rank"].tolist() == list(range(1, 51))
        assert board.columns.tolist() == [*candidates.board_columns(every), "rank_low", "rank_high", "top_ten_share"]
        by_share = candidates.ranking(every, "released_share")
        firm = candidates.rank_intervals(by_share, few, first=len(by_share)).set_index("bodies")
        assert board["rank_low"].tolist() == firm["rank_low"].reindex(board["bodies"]).tolist()
        assert len(candidates.board_table(candidates.ranking(every, "nearness"), few, 3)) == 3


@pytest.fixture(scope="module")
def both(country):
    return candidates.every_area(country, PAIRS)


class TestTogether:
    """The row and Elm, which is alone in its ICS: England by hand."""

    def test_counts_are_in_the_order_of_names(self, both):
        assert list(both) == ["QBB", "QAA"]
        assert candidates.counts(both).values.tolist() == [
            ["QBB", "Alone", 1, 1, 1, "one body already"],
            ["QAA", "Row", 4, 10, 8, ""],
        ]

    def test_parts_are_counted(self, country):
        """Without the link of a and b: a, and a row of three with six sets and four plans."""
        counts = candidates.counts(candidates.every_area(country, PAIRS[1:]))
        assert counts.values.tolist()[1] == ["QAA", "Row", 4, 7, 4, "not all neighbours: stays in two parts"]

    def test_england_first_then_most_plans(self, both):
        frame = candidates.with_total(candidates.counts(both))
        assert frame[["area_name", "body_count", "connected_sets", "plan_count", "note"]].values.tolist() == [
            ["England", 5, 11, 9, ""],
            ["Row", 4, 10, 8, ""],
            ["Alone", 1, 1, 1, "one body already"],
        ]
        assert "area_code" not in frame and frame.index.tolist() == [0, 1, 2]

    def test_an_island_has_neighbours_in_another_area_at_most(self):
        found = candidates.islands(BODIES, [("00B", "00C"), ("00C", "00D"), ("00A", "00E")])
        assert found["body_code"].tolist() == ["00A"]
        two = BODIES.assign(area_code=["QAA", "QAA", "QCC", "QCC", "QBB"])
        assert candidates.islands(two, [("00A", "00B"), ("00B", "00C")])["body_code"].tolist() == ["00C", "00D"]

    def test_the_frontier_of_both(self, both):
        least, combined = candidates.national_frontier(both, "disruption")
        assert least.values.tolist() == [[5, 0], [4, 100], [3, 300], [2, 600]]
        assert sorted(combined.numbers(3)) == [1, 2]
        most, _ = candidates.national_frontier(both, "released")
        assert most.values.tolist() == [[5, 0], [4, 400], [3, 800], [2, 1_100]]
        assert most.columns.tolist() == ["body_count", "released_central_gbp"]

    def test_all_sets(self, both):
        every = candidates.all_sets(both)
        assert len(every) == 11 and every.index.tolist() == list(range(11))
        assert every["body_codes"].iloc[0] == "00E"

    def test_the_line_of_each_area(self, both):
        places = pd.DataFrame(
            {"area_code": ["QAA", "QBB"], "registered_population": [1_000, 500], "gap_gbp": [4_000, 2_000]}
        )
        chances = pd.DataFrame(
            {
                "area_code": ["QAA", "QBB"] * 2,
                "reduction_definition": ["cash", "cash", "real", "real"],
                "probability": [0.1, 0.2, 0.3, 0.4],
            }
        )
        assert candidates.by_area(both, places, chances, "real").to_dict("records") == [
            {
                "area_name": "Alone",
                "body_count": 1,
                "plan_count": 1,
                "registered_population": 500,
                "gap_gbp": 2_000,
                "released_central_gbp": 0,
                "probability": 0.4,
                "coterminous_share": pytest.approx(0.9),
                "coterminous_share_best": pytest.approx(0.9),
            },
            {
                "area_name": "Row",
                "body_count": 4,
                "plan_count": 8,
                "registered_population": 1_000,
                "gap_gbp": 4_000,
                "released_central_gbp": 1_100,
                "probability": 0.3,
                "coterminous_share": 0,
                "coterminous_share_best": pytest.approx(0.4),
            },
        ]

    def test_bodies_across_a_border_by_people(self, country):
        groups = [["00D", "00E"], ["00A", "00C"], ["00B", "00C", "00D", "00E"]]
        found = candidates.crossing(candidates.merged_bodies(country, groups))
        assert found["bodies"].tolist() == ["Beech; Cedar; Date; Elm", "Date; Elm"]
        assert found.columns[0] == "bodies" and found.index.tolist() == [0, 1]

    def test_a_body_across_borders_has_five_members_unless_told(self, tables):
        """Six in a row cannot be one body of at most five."""
        six = pd.concat([BODIES, BODIES.tail(1).assign(body_code="00F", body_name="NHS Fir CCG")], ignore_index=True)
        where = pd.concat([AUTHORITIES, AUTHORITIES.tail(1).assign(body_code="00F")], ignore_index=True)
        setting = candidates.setting(six, OFFICERS, where, tables["levers"], 0.2, 10, 1)
        pairs = [*PAIRS, ("00E", "00F")]
        with pytest.raises(InputError, match="exactly 1 set"):
            candidates.across_borders(setting, pairs, 1)
        assert candidates.across_borders(setting, pairs, 1, max_size=6)[1]["body_count"].tolist() == [6]
        assert len(candidates.across_borders(setting, pairs, 2)[1]) == 2


class TestHistoryByHand:
    def test_bodies_are_followed_to_where_most_people_went(self, country):
        """By 2020 a and b are X, and most of d went to c; what happened before the footprint is of no interest."""
        early, late = pd.Timestamp("2017-04-01"), pd.Timestamp("2020-04-01")
        went = [("00A", "X", 1.0), ("00B", "X", 1.0), ("00C", "00C", 1.0), ("00D", "00C", 0.6), ("00D", "X", 0.4)]
        rows = [(DAY, *line[:1], late, *line[1:]) for line in [*went, ("00E", "00E", 1.0)]]
        rows += [(day, code, day, code, 1.0) for code in BODIES["body_code"] for day in (early, DAY)]
        columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
        successors = pd.DataFrame(rows, columns=columns)
        heirs = candidates.what_happened(BODIES, successors, late)
        assert heirs.to_dict() == {"00A": "X", "00B": "X", "00C": "00C", "00D": "00C", "00E": "00E"}
        found = candidates.footprints_reached(country, successors)
        # Now: no authority of the row is whole, Elm has one of 450. Then: a and 200 of c move, and E1 is whole.
        assert found.values.tolist() == [[DAY, 5, 0, 450], [late, 3, 300, 850]]

    def test_only_mergers_of_the_day_make_bodies(self):
        rows = [
            ("CCG merger", "2020-04-01", "b", "Two"),
            ("CCG merger", "2020-04-01", "a", "One"),
            ("CCG merger", "2020-04-01", "c", "Two"),
            ("CCG merger", "2019-04-01", "d", "Two"),
            ("passage to ICB", "2020-04-01", "e", "Two"),
        ]
        mergers = pd.DataFrame(rows, columns=["event", "effective_date", "predecessor_code", "successor_name"])
        mergers = mergers.assign(effective_date=pd.to_datetime(mergers["effective_date"]))
        assert candidates.formed(mergers, "2020-04-01") == {"One": ["a"], "Two": ["b", "c"]}

    def test_the_bodies_formed_are_scored_on_the_year_before(self, tables):
        """Six bodies became Derby and Derbyshire, and Devon."""
        real = candidates.real_mergers(tables, "2019-04-01", "carried", 0.2, 50, 1, ERA).set_index("formed")
        mergers = tables["mergers"]
        codes = mergers.loc[mergers["effective_date"] == pd.Timestamp("2019-04-01"), "predecessor_code"]
        assert list(real.index) == ["Derby and Derbyshire", "Devon"] and len(codes) == 6
        before = organisations.footprint(tables["bodies"], "2018-04-01").set_index("body_code")["registered_population"]
        assert real["registered_population"].sum() == before[codes].sum()


class TestCriteria:
    @pytest.fixture
    def table(self, tables):
        return tables["criteria"]

    @pytest.fixture
    def nothing(self, tables):
        return tables["criteria_evidence"]

    def read(self, row, *given):
        """The card as it is shown, by criterion."""
        return findings.scorecard(criteria.scorecard(row, *given), row, given[-1]).set_index("criterion")

    def evidence(self, **changes):
        row = {
            "body_codes": "00B 00A",
            "criterion": "L2",
            "date": pd.Timestamp("2017-11-01"),
            "document": "letter",
            "decided_by": "NHS England",
            "outcome": "met",
        }
        return pd.DataFrame([row | changes])

    def test_eleven_criteria_of_which_two_are_judgements(self, table):
        assert table["criterion"].tolist() == [*(f"L{n}" for n in range(1, 6)), *(f"N{n}" for n in range(1, 7))]
        assert table.loc[table["judged"] == "judgement", "criterion"].tolist() == ["L2", "N4"]

    def test_measured_criteria_come_from_the_numbers(self, country, table, nothing):
        card = self.read(one(country, "00A", "00B", "00C", "00D"), table, nothing, 0.2)
        assert card["status"][["L1", "N1", "N2"]].tolist() == ["not met", "met", "not met"]
        assert card.loc["L1", "evidence"].startswith("one upper-tier authority whole and one split; 40%")

    def test_a_low_target_can_be_met(self, country, table, nothing):
        card = criteria.scorecard(one(country, "00A", "00B"), table, nothing, 0.03).set_index("criterion")
        assert card.loc["N2", "status"] == "met"

    def test_a_judgement_without_evidence_blocks_a_pass(self, country, table, nothing):
        card = criteria.scorecard(one(country, "00A", "00B"), table, nothing, 0.03)
        assert card.set_index("criterion").loc["L2", "status"] == "not evidenced"
        assert findings.criteria_met(card).startswith("Not a pass. Not evidenced: L2")

    def test_evidence_decides_a_judgement_whatever_the_order_of_codes(self, country, table):
        card = self.read(one(country, "00A", "00B"), table, self.evidence(), 0.03)
        assert card.loc["L2", "status"] == "met"
        assert "decided by NHS England, 01 November 2017" in card.loc["L2", "evidence"]

    def test_the_latest_evidence_counts(self, country, table):
        both = pd.concat([self.evidence(), self.evidence(date=pd.Timestamp("2018-01-01"), outcome="not met")])
        card = criteria.scorecard(one(country, "00A", "00B"), table, both, 0.03).set_index("criterion")
        assert card.loc["L2", "status"] == "not met"

    def test_evidence_for_other_bodies_does_not_count(self, country, table):
        card = criteria.scorecard(one(country, "00B", "00C"), table, self.evidence(), 0.03).set_index("criterion")
        assert card.loc["L2", "status"] == "not evidenced"

    def test_evidence_cannot_overturn_a_measure_that_is_met(self, country, table):
        wrong = self.evidence(criterion="L1", outcome="not met")
        card = criteria.scorecard(one(country, "00A", "00B"), table, wrong, 0.03).set_index("criterion")
        assert card.loc["L1", "status"] == "met"

    def test_a_pass_needs_every_criterion(self, country, table):
        merged = one(country, "00A", "00B", "00C", "00D")
        every = pd.concat(
            [self.evidence(body_codes=merged["body_codes"], criterion=name) for name in table["criterion"]]
        )
        assert findings.criteria_met(criteria.scorecard(merged, table, every, 0.2)) == "Every criterion is met."

    def test_a_criterion_added_by_the_user_is_a_judgement(self, country, table, nothing):
        added = pd.concat([table, table.head(1).assign(criterion="X1", judged="judgement", measured_by=None)])
        card = criteria.scorecard(one(country, "00A", "00B"), added, nothing, 0.2).set_index("criterion")
        assert card.loc["X1", "status"] == "not evidenced"

    def test_a_body_left_alone_has_no_scorecard(self, country, table, nothing):
        with pytest.raises(InputError, match="Ash does not merge"):
            criteria.scorecard(one(country, "00A"), table, nothing, 0.2)

    @pytest.mark.parametrize(
        ("target", "status"), [(0.0374, "met"), (0.0375, "met"), (0.0376, "not met"), (0.08, "not met")]
    )
    def test_the_cut_is_met_at_the_target_itself_and_not_below(self, country, table, nothing, target, status):
        """Ash and Beech would release 400 x 0.75 of 8,000: 3.75%."""
        card = criteria.scorecard(one(country, "00A", "00B"), table, nothing, target).set_index("criterion")
        assert card.loc["N2", "status"] == status

    def test_officers_are_evidence_only_where_members_share_one(self, country, table, nothing):
        together, apart = (
            self.read(one(country, *codes), table, nothing, 0.2) for codes in (["00A", "00B"], ["00B", "00C"])
        )
        for name in ("L4", "N3"):
            assert together.loc[name, ["status", "evidence"]].tolist() == [
                "proxy only",
                "2 members under one {officer} in {officers_known}",
            ]
            assert apart.loc[name, "status"] == "not evidenced"

    def test_a_measure_that_evidence_overrules_is_still_shown(self, country, table):
        given = self.evidence(criterion="N2", outcome="met in part")
        card = criteria.scorecard(one(country, "00A", "00B"), table, given, 0.2).set_index("criterion")
        assert card.loc["N2", ["status", *criteria.PROOF]].tolist() == [
            *("met in part", "letter", "NHS England"),
            pd.Timestamp("2017-11-01"),
        ]
        shown = self.read(one(country, "00A", "00B"), table, given, 0.2).loc["N2", "evidence"]
        assert shown.startswith("would release 3.8% of running cost")
        assert shown.endswith("; letter, decided by NHS England, 01 November 2017")

    def test_every_measure_has_its_words(self):
        assert list(findings.criteria.MEASURED) == list(criteria.MEASURES) == list(columns.CRITERION_MEASURES)

    def test_the_grid_has_the_status_of_every_criterion(self, country, table, nothing):
        merged = candidates.merged_bodies(country, [["00A", "00B"], ["00D", "00E"]]).assign(formed=["Trees", "Date"])
        found = criteria.grid(merged, table, nothing, 0.03)
        assert found[["formed", "body_count"]].values.tolist() == [["Trees", 2], ["Date", 2]]
        for place in range(2):
            card = criteria.scorecard(merged.iloc[place], table, nothing, 0.03)
            assert found.loc[place, list(table["criterion"])].tolist() == card["status"].tolist()
