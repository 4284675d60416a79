"""Merger candidates: scores worked by hand on a small country, and published counts on the real one."""

import numpy as np
import pandas as pd
import pytest

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
        "ics_code": ["QAA"] * 4 + ["QBB"],
        "ics_name": ["Row"] * 4 + ["Alone"],
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
    return candidates.ics_plans(country, PAIRS, "QAA")


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

    def test_the_best_plan_by_hand(self, row):
        """Most coterminous, then fewest moved: only a and b merge."""
        assert row.members(candidates.best_plan(row, "coterminosity")) == [["00A", "00B"], ["00C"], ["00D"]]
        assert row.plans.loc[candidates.best_plan(row, "released"), "body_count"] == 1
        assert candidates.best_plan(row, "disruption") == 0

    def test_floor_and_ceiling(self, row):
        plan = candidates.best_plan(row, "disruption", floor_people=400, ceiling_people=600)
        assert row.members(plan) == [["00A", "00B"], ["00C", "00D"]]

    def test_a_floor_no_plan_can_meet_says_what_could_be(self, row):
        with pytest.raises(InputError, match="at most 1,000"):
            candidates.best_plan(row, "released", floor_people=1_001)
        with pytest.raises(InputError, match="at least 400"):
            candidates.best_plan(row, "released", ceiling_people=399)

    def test_the_smallest_change_that_passes(self, row):
        """Shares released: a+b 300/8,000, c+d 400/12,000, b+c 400/10,000, all four less than a tenth."""
        assert row.members(candidates.smallest_change(row, 0.0375)) == [["00A", "00B"], ["00C"], ["00D"]]
        assert row.members(candidates.smallest_change(row, 0.04)) == [["00A"], ["00B", "00C"], ["00D"]]
        assert candidates.smallest_change(row, 0.2) is None

    def test_an_ics_of_one_body(self, country):
        alone = candidates.ics_plans(country, PAIRS, "QBB")
        assert (len(alone.sets), len(alone.plans)) == (1, 1)
        assert candidates.reference_plans(alone) == {"No change": 0, "One body": 0}
        assert len(candidates.frontier(alone, ["released", "disruption"])) == 1

    def test_a_disconnected_ics_keeps_its_island(self, country):
        island = candidates.ics_plans(country, PAIRS[1:], "QAA")
        assert all(["00A"] in island.members(plan) for plan in range(len(island.plans)))
        assert "One body" not in candidates.reference_plans(island)
        assert candidates.islands(BODIES, PAIRS[1:])["body_code"].tolist() == ["00A"]

    def test_unknown_names(self, row, country):
        with pytest.raises(InputError, match="nearest valid one is 'released'"):
            candidates.objectives("release, disruption")
        with pytest.raises(InputError, match="at least two"):
            candidates.objectives("released")
        with pytest.raises(InputError, match="QAA"):
            candidates.ics_plans(country, PAIRS, "QAB")

    def test_too_many_plans_is_a_clear_refusal(self, country):
        with pytest.raises(InputError, match="best_partition"):
            candidates.ics_plans(country, PAIRS, "QAA", limit=5)


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
    return candidates.every_ics(setting_2018, pairs_2018)


class TestEngland:
    def test_counts_of_april_2018(self, england):
        counts = candidates.counts(england)
        assert counts[["body_count", "connected_sets", "plan_count"]].sum().tolist() == [195, 4_426, 77_083]
        assert len(counts) == 42
        assert counts.loc[counts["plan_count"].idxmax(), ["ics_name", "plan_count"]].tolist() == [
            "Cumbria and North East",
            45_379,
        ]

    def test_counts_of_april_2019(self, tables):
        setting = candidates.prepare(tables, "2019-04-01", "per_head_adjusted", 0.2, 1_000, 1)
        counts = candidates.counts(
            candidates.every_ics(setting, organisations.neighbours(tables["links"], "2019-04-01"))
        )
        assert counts[["body_count", "connected_sets", "plan_count"]].sum().tolist() == [191, 4_413, 77_073]

    def test_counts_with_water_links(self, tables, setting_2018):
        pairs = organisations.neighbours(tables["links"], "2018-04-01", "1")
        counts = candidates.counts(candidates.every_ics(setting_2018, pairs))
        assert counts[["connected_sets", "plan_count"]].sum().tolist() == [4_910, 105_690]

    def test_the_isle_of_wight_is_said_and_may_be_linked(self, tables, bodies_2018, pairs_2018):
        assert candidates.islands(bodies_2018, pairs_2018)["body_name"].tolist() == ["NHS Isle of Wight CCG"]
        listed = organisations.neighbours(tables["links"], "2018-04-01", "listed", tables["water_links"])
        assert candidates.islands(bodies_2018, listed).empty

    def test_every_plan_keeps_everybody_and_its_money(self, england):
        for ics in england.values():
            people = ics.plan_set.sum(ics.sets["registered_population"].to_numpy())
            assert (people == people[0]).all()

    def test_no_plan_has_more_bodies_and_releases_more(self, england):
        """Under any fixed cost one body per ICS releases most."""
        for ics in england.values():
            best = ics.plans.groupby("body_count")["released_central_gbp"].max()
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
        for ics in england.values():
            plan = candidates.real_plan(ics, outcome)
            if plan is not None:
                assert len(ics.members(plan)) == outcome.loc[list(ics.codes)].nunique()

    def test_bodies_formed_by_year(self, tables):
        formed = {year: candidates.formed(tables["mergers"], f"{year}-04-01") for year in (2018, 2019, 2020, 2021)}
        assert {year: (sum(map(len, made.values())), len(made)) for year, made in formed.items()} == {
            2018: (18, 6),
            2019: (6, 2),
            2020: (74, 18),
            2021: (38, 9),
        }

    def test_the_bodies_of_april_2020(self, tables):
        real = candidates.real_mergers(tables, "2020-04-01", "per_head_adjusted", 0.2, 1_000, 1).set_index("formed")
        assert len(real) == 18
        assert (real["alignment_state"] == "crosses").sum() == 2  # North Yorkshire, Surrey Heartlands
        assert set(real.index[real["alignment_state"] == "crosses"]) == {"North Yorkshire", "Surrey Heartlands"}

    def test_the_line_of_an_ics_is_of_the_definition_chosen(
        self, tables, england, limits_2018, officers_2018, pairs_2018
    ):
        places = lever.places(limits_2018, officers_2018, pairs_2018)
        cuts = {"cash": Cut("cash", 0.2, 0.2, 0.0, 0.0), "real": Cut("real", 0.2, 0.02, 0.0, 0.0)}
        chances = lever.probabilities(places, tables["levers"], cuts, 500, 1)
        for definition in ("cash", "real"):
            lines = candidates.by_ics(england, places, chances, definition).set_index("ics_name")["probability"]
            mine = chances[chances["reduction_definition"] == definition].set_index("ics_name")["probability"]
            assert lines.to_dict() == mine.to_dict()
        assert chances.groupby("reduction_definition")["probability"].mean().is_monotonic_increasing

    def test_across_borders_on_a_small_problem(self, country):
        """Two bodies of at most four: a+b and c+d+e hold all three authorities whole."""
        partition, merged = candidates.across_borders(country, PAIRS, 2, max_size=4)
        assert partition.proven_optimal and partition.objective == 1_500
        assert sorted(merged["body_codes"]) == ["00A 00B", "00C 00D 00E"]
        assert candidates.crossing(merged)["bodies"].tolist() == ["Cedar; Date; Elm"]


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
        assert findings.verdict(card).startswith("Not a pass. Not evidenced: L2")

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
        assert findings.verdict(criteria.scorecard(merged, table, every, 0.2)) == "Every criterion is met."

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
                "2 members under one accountable officer in November 2018",
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
