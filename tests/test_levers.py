"""Levers, the 20% test and the Monte Carlo, against arithmetic done by hand."""

import numpy as np
import pandas as pd
import pytest
from ccg import ERA

from ccganalysis.analysis import levers as lever
from ccganalysis.analysis import scale
from ccganalysis.analysis.running_costs import Cut
from ccganalysis.errors import InputError

FORMULAS = {
    "saving_per_body_removed_gbp": "per body removed",
    "share_already_harvested": "share had already",
    "csu_spend_share_of_allowance": "spent share of baseline",
    "csu_price_reduction": "share of what is spent",
    "consultancy_spend_per_body_gbp": "spent per body kept",
    "consultancy_reduction": "share of what is spent",
    "saving_per_officer_shared_gbp": "per officer shared",
    "joint_working_reduction": "share of baseline",
}


def table(**changes) -> pd.DataFrame:
    """Levers with round numbers; each quantity as (low, central, high)."""
    values = {
        "saving_per_body_removed_gbp": (300, 400, 500),
        "share_already_harvested": (0.0, 0.25, 0.5),
        "csu_spend_share_of_allowance": (0.2, 0.4, 0.4),
        "csu_price_reduction": (0.0, 0.1, 0.2),
        "consultancy_spend_per_body_gbp": (0, 10, 20),
        "consultancy_reduction": (0.0, 0.5, 1.0),
        "saving_per_officer_shared_gbp": (1, 2, 3),
        "joint_working_reduction": (0.0, 0.01, 0.02),
    } | changes
    frame = pd.DataFrame([(name, *row) for name, row in values.items()], columns=["quantity", "low", "central", "high"])
    names = {"csu": "commissioning support", "con": "external consultants", "joi": "joint working"}
    frame["lever"] = frame["quantity"].map(
        lambda name: names.get(name[:3], "shared officer and functions" if "officer" in name else "merger")
    )
    return frame.assign(formula=frame["quantity"].map(FORMULAS), kind="reported", source="a page")


def merged(baseline_gbp: list[float], bodies: list[int], officers: list[int]) -> lever.Scope:
    """Places whose bodies are all connected, each merged into one body."""
    return lever.Scope.merged(
        pd.DataFrame(
            {
                "baseline_gbp": baseline_gbp,
                "body_count": bodies,
                "officer_count": officers,
                "bodies_after": 1,
                "officers_in_parts": officers,
            }
        )
    )


class TestTheTwentyPerCentTest:
    def test_release_is_k_less_one_times_s_times_one_less_h(self):
        """For four bodies under one officer: 3 x 400 x (1 - 0.25)."""
        assert lever.released_by_merger(4, 1, 400, 0.25) == 900

    def test_nothing_is_harvested_where_nobody_shares(self):
        assert lever.released_by_merger(4, 4, 400, 0.25) == 1200

    def test_part_of_the_members_share(self):
        """Five bodies, three of them under one officer: two removed that shared, two that did not."""
        assert lever.released_by_merger(5, 3, 400, 0.5) == 2 * 400 + 2 * 400 * 0.5

    def test_a_single_body_releases_nothing(self):
        assert lever.released_by_merger(1, 1, 400, 0.25) == 0

    @pytest.mark.parametrize(
        ("members", "officers", "harvested", "expected"), [(2, 2, 0, 400), (4, 1, 0.5, 266.667), (3, 3, 0.9, 200)]
    )
    def test_break_even_saving(self, members, officers, harvested, expected):
        """s* = 0.20 x 2,000 / ((k - 1)(1 - h))."""
        assert lever.break_even_saving(2000, members, officers, 0.2, harvested) == pytest.approx(expected, abs=1e-3)

    def test_no_break_even_for_a_body_alone(self):
        assert np.isnan(lever.break_even_saving(2000, 1, 1, 0.2, 0))

    def test_the_break_even_saving_is_where_the_test_is_met(self):
        rng = np.random.default_rng(5)
        members = rng.integers(2, 12, 200)
        officers = np.minimum(members, rng.integers(1, 12, 200))
        baseline, harvested = rng.uniform(1e6, 3e7, 200), rng.uniform(0, 0.9, 200)
        saving = lever.break_even_saving(baseline, members, officers, 0.2, harvested)
        assert np.allclose(lever.released_by_merger(members, officers, saving, harvested), 0.2 * baseline)

    def test_the_stress_case_is_the_reckoner_of_2011(self, tables):
        assert lever.stress_saving_gbp(tables["merger_saving_evidence"]) == 1_500_000

    def test_only_three_plans_priced_a_merger_alone(self, tables):
        found = lever.evidence(tables["merger_saving_evidence"])
        assert found["scope"].tolist() == ["merger alone"] * 3 + ["the cut itself"] * 3 + [
            "whole programme",
            "fixed cost of a body",
        ]
        saving = found.loc[found["scope"] == "merger alone", "saving_per_body_removed_gbp"]
        low, high = lever.evidence_range(tables["levers"], "saving_per_body_removed_gbp")
        assert low <= saving.min() and high == saving.max()


class TestCases:
    def test_low_releases_least(self):
        assert lever.case(table(), "low")["share_already_harvested"] == 0.5
        assert lever.case(table(), "high")["share_already_harvested"] == 0.0
        assert lever.case(table(), "low")["saving_per_body_removed_gbp"] == 300

    def test_a_lever_without_source_is_an_assumption(self):
        frame = table()
        frame.loc[frame["quantity"] == "joint_working_reduction", "source"] = None
        frame.loc[frame["quantity"] == "consultancy_reduction", "kind"] = "assumed"
        assert lever.assumed(frame) == ["external consultants", "joint working"]

    def test_the_projects_own_table_is_complete_and_in_order(self, tables):
        levers = tables["levers"]
        assert dict(zip(levers["quantity"], levers["formula"], strict=True)) == FORMULAS
        assert (levers["low"] <= levers["central"]).all() and (levers["central"] <= levers["high"]).all()
        assert (levers["source"].notna() | (levers["kind"] == "assumed")).all()


class TestAllLevers:
    def test_released_by_hand(self):
        """A place of 10,000 with four bodies under two officers, merged into one, at central values."""
        given = lever.released(merged([10_000], [4], [2]), table(), lever.case(table(), "central"))
        assert given["merger"][0] == 400 + 2 * 400 * 0.75
        assert given["commissioning support"][0] == pytest.approx(10_000 * 0.4 * 0.1)
        assert given["external consultants"][0] == 1 * 10 * 0.5
        assert given["shared officer and functions"][0] == 0  # one body has one officer
        assert given["joint working"][0] == pytest.approx(100)

    def test_unmerged_bodies_can_share_officers_instead(self):
        given = lever.released(lever.Scope.unmerged([10_000], [4], [2]), table(), lever.case(table(), "central"))
        assert given["merger"][0] == 0
        assert given["external consultants"][0] == 4 * 10 * 0.5
        assert given["shared officer and functions"][0] == 2  # from two officers to one

    def test_the_waterfall_adds_up(self):
        scope = merged([10_000, 5_000], [4, 1], [2, 1])
        steps = lever.waterfall(scope, table(), 3_000).set_index("step")
        for case in lever.CASES:
            released = sum(value.sum() for value in lever.released(scope, table(), lever.case(table(), case)).values())
            assert steps.loc["gap left", f"{case}_gbp"] == pytest.approx(3_000 - released)
        assert (
            steps.loc["gap left", "low_gbp"] > steps.loc["gap left", "central_gbp"] > steps.loc["gap left", "high_gbp"]
        )


class TestMonteCarlo:
    def test_triangular_draws_have_the_right_mean_and_variance(self):
        draws = lever.triangular((np.arange(200_000) + 0.5) / 200_000, 1.0, 2.0, 6.0)
        assert draws.mean() == pytest.approx((1 + 2 + 6) / 3, abs=1e-4)
        assert draws.var() == pytest.approx((1 + 4 + 36 - 2 - 6 - 12) / 18, abs=1e-3)
        assert draws.min() >= 1 and draws.max() <= 6

    @pytest.mark.parametrize("shape", [(1.0, 1.0, 3.0), (1.0, 3.0, 3.0), (2.0, 2.0, 2.0)])
    def test_triangular_at_its_corners(self, shape):
        draws = lever.triangular(np.linspace(0, 0.999, 50), *shape)
        assert np.isfinite(draws).all() and draws.min() >= shape[0] and draws.max() <= shape[2]

    def test_the_same_seed_gives_the_same_draws_for_every_place(self):
        first, second = lever.draws(table(), 1000, 7), lever.draws(table(), 1000, 7)
        assert all((first[name] == second[name]).all() for name in first)
        assert (lever.draws(table(), 1000, 8)["joint_working_reduction"] != first["joint_working_reduction"]).any()

    def test_a_probability_known_in_closed_form(self):
        """Only the merger's saving varies, evenly about 400: P(saving >= 400) is one half, P(>= 450) is 1/8."""
        flat = {name: (0, 0, 0) for name in FORMULAS if name != "saving_per_body_removed_gbp"}
        levers = table(**flat)
        draws = lever.draws(levers, 40_000, 3)
        scope = merged([1e6, 1e6], [2, 2], [2, 2])
        share, error = lever.probability_limit_met(scope, [400, 450], levers, draws)
        assert share == pytest.approx([0.5, 0.125], abs=0.01)
        assert error == pytest.approx(np.sqrt(share * (1 - share) / 40_000))

    def test_a_place_that_always_or_never_reaches_it(self):
        scope = merged([1e6, 1e6], [3, 3], [3, 3])
        share, error = lever.probability_limit_met(scope, [1, 1e9], table(), lever.draws(table(), 1000, 1))
        assert share.tolist() == [1.0, 0.0] and error.tolist() == [0.0, 0.0]

    def test_sensitivity_finds_the_quantity_that_matters(self):
        """With all else fixed the merger's saving has all the variance."""
        fixed = {name: (0, 0, 0) for name in FORMULAS if name != "saving_per_body_removed_gbp"}
        scope = merged([1e6], [4], [4])
        indices = lever.sensitivity(scope, table(**fixed), 5_000, seed=1, count=256)
        assert indices["quantity"].tolist() == ["saving_per_body_removed_gbp"]
        assert indices["total"].iloc[0] == pytest.approx(1, abs=0.05)

    def test_sensitivity_of_a_sum_is_in_proportion_to_variance(self):
        """Two levers that add: joint working's variance is (2 x 1000)^2 / 24, the merger's (200 x 3)^2 / 24."""
        fixed = {name: (0, 0, 0) for name in FORMULAS}
        fixed |= {"saving_per_body_removed_gbp": (300, 400, 500), "joint_working_reduction": (0.0, 0.01, 0.02)}
        scope = merged([100_000], [4], [4])
        indices = lever.sensitivity(scope, table(**fixed), 0, seed=2, count=4096).set_index("quantity")["first_order"]
        merger, joint = 600**2, 2_000**2
        assert indices["joint_working_reduction"] == pytest.approx(joint / (joint + merger), abs=0.03)
        assert indices["saving_per_body_removed_gbp"] == pytest.approx(merger / (joint + merger), abs=0.03)


class TestPlaces:
    LIMITS = pd.DataFrame(
        {
            "body_code": ["a", "b", "c", "d"],
            "area_code": ["A", "A", "A", "B"],
            "area_name": ["A", "A", "A", "B"],
            "registered_population": [1, 2, 3, 4],
            "baseline_gbp": [1000, 1000, 2000, 500],
            "limit_gbp": [800, 800, 1600, 400],
            "gap_gbp": [200, 200, 400, 100],
        }
    )
    OFFICERS = pd.Series({"a": "g", "b": "g", "c": "c", "d": "d"})
    PAIRS = [("a", "b"), ("c", "b"), ("c", "d")]

    def test_sums_and_officers(self):
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS).set_index("area_code")
        assert places.loc["A", ["body_count", "officer_count", "gap_gbp"]].tolist() == [3, 2, 800]

    def test_bodies_that_mergers_alone_would_do_for(self):
        """ICS A asks 800; merging three bodies releases 1 x s + 1 x s x (1 - h): 450, 700 and 1,000."""
        test = lever.merger_test(lever.places(self.LIMITS, self.OFFICERS, self.PAIRS), table()).set_index("area_code")
        assert test.loc["A", [f"released_{case}_gbp" for case in lever.CASES]].tolist() == [450, 700, 1000]
        assert test.loc["A", [f"met_{case}" for case in lever.CASES]].tolist() == [False, False, True]
        assert not test.loc["B", "met_high"] and np.isnan(test.loc["B", "break_even_saving_gbp"])

    def test_an_island_stays_and_is_not_removed(self):
        """Without the link of a and b, a stays: c joins b, under two officers, and a keeps its own, b's too.

        So one body is removed and not two, and nothing of it was harvested: 300, 400 and 500. The gap of 800 takes 800.
        """
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS[1:])
        assert places.set_index("area_code").loc[
            "A", ["bodies_after", "officer_count", "officers_in_parts"]
        ].tolist() == [
            2,
            2,
            3,
        ]
        test = lever.merger_test(places, table()).set_index("area_code")
        assert test.loc["A", [f"released_{case}_gbp" for case in lever.CASES]].tolist() == [300, 400, 500]
        assert test.loc["A", "break_even_saving_gbp"] == 800
        released = lever.released(lever.Scope.merged(places), table(), lever.case(table(), "central"))
        assert released["merger"].tolist() == [400, 0]
        # Two bodies are left under at most the two officers that there were; one could go.
        alone = lever.released(lever.Scope.unmerged([4000], [2], [2]), table(), lever.case(table(), "central"))
        name = "shared officer and functions"
        assert released[name][0] == alone[name][0] > 0
        assert released["external consultants"][0] == alone["external consultants"][0]

    def test_islands_under_one_officer_have_no_second_to_share(self):
        places = lever.places(self.LIMITS, self.OFFICERS.replace("c", "g"), [])
        released = lever.released(lever.Scope.merged(places), table(), lever.case(table(), "central"))
        assert released["merger"].tolist() == [0, 0]
        assert released["shared officer and functions"].tolist() == [0, 0]

    def test_a_part_that_shared_is_harvested_already(self):
        """a and b share and merge, c stays: one body removed, three quarters of 400 left; 800 / 0.75 breaks even."""
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS[:1])
        test = lever.merger_test(places, table()).set_index("area_code")
        assert test.loc["A", "released_central_gbp"] == 300
        assert test.loc["A", "break_even_saving_gbp"] == pytest.approx(800 / 0.75)

    def test_a_body_alone_in_its_area_has_the_areas_probability(self):
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS)
        bodies = lever.body_probabilities(self.LIMITS, places, table(), 2000, 4).set_index("body_code")
        area = lever.probabilities(places, table(), {"cash": Cut("cash", 0.2, 0.2, 0.0, 0.0)}, 2000, 4).set_index(
            "area_code"
        )
        assert bodies.loc["d", "probability"] == area.loc["B", "probability"]
        # All bodies of ICS A have the same cut and the same part, by baseline, of the release.
        assert bodies.loc[["a", "b", "c"], "probability"].nunique() == 1


class TestOfficers:
    def test_north_west_london_is_one_group_of_eight(self, tables, bodies_2018, officers_2018):
        assert officers_2018.value_counts()["NWL"] == 8
        assert len(officers_2018) == 195 and officers_2018.notna().all()

    def test_the_share_that_shares_is_the_published_58_per_cent(self, officers_2018):
        sharing = officers_2018.map(officers_2018.value_counts()) > 1
        assert sharing.mean() == pytest.approx(0.58, abs=0.01)

    def test_no_evidence_is_a_group_of_its_own(self, tables, bodies_2018):
        nobody = tables["shared_leadership"].iloc[:0]
        groups = lever.officer_groups(nobody, tables["successors"], bodies_2018, ERA.leadership)
        assert (groups == groups.index).all()


class TestPlacesByHand:
    """The same four bodies: every column, and every draw counted one by one."""

    LIMITS, OFFICERS, PAIRS = TestPlaces.LIMITS, TestPlaces.OFFICERS, TestPlaces.PAIRS
    CUTS = {"cash": Cut("cash", 0.2, 0.2, 0.0, 0.0), "real": Cut("real", 0.2, 0.15, 0.1, 0.09)}

    def released_of_a(self, values, draw):
        """ICS A by hand: 4,000 under two officers, of whom a and b share one, merged into one body."""
        given = {name: column[draw, 0] for name, column in values.items()}
        return (
            given["saving_per_body_removed_gbp"] * (1 + (1 - given["share_already_harvested"]))
            + 4_000 * given["csu_spend_share_of_allowance"] * given["csu_price_reduction"]
            + given["consultancy_spend_per_body_gbp"] * given["consultancy_reduction"]
            + 4_000 * given["joint_working_reduction"]
        )

    def test_every_column(self):
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS)
        assert places.to_dict("records") == [
            {
                "area_code": "A",
                "area_name": "A",
                "body_count": 3,
                "officer_count": 2,
                "registered_population": 6,
                "baseline_gbp": 4000,
                "limit_gbp": 3200,
                "gap_gbp": 800,
                "bodies_after": 1,
                "officers_in_parts": 2,
            },
            {
                "area_code": "B",
                "area_name": "B",
                "body_count": 1,
                "officer_count": 1,
                "registered_population": 4,
                "baseline_gbp": 500,
                "limit_gbp": 400,
                "gap_gbp": 100,
                "bodies_after": 1,
                "officers_in_parts": 1,
            },
        ]

    def test_the_gap_itself_is_enough(self):
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS)
        for gap, met in ((700, True), (701, False)):
            asked = places.assign(gap_gbp=[gap, 0])
            test = lever.merger_test(asked, table()).set_index("area_code")
            assert test["met_central"].tolist() == [met, False]  # B merges nothing, and so passes nothing

    @pytest.mark.parametrize("cells", [1, 250, 1_000_000])
    def test_probabilities_draw_by_draw(self, monkeypatch, cells):
        """In however many blocks: 125 draws of two places are one block, or two."""
        monkeypatch.setattr(lever, "CELLS_AT_ONCE", cells)
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS)
        found = lever.probabilities(places, table(), self.CUTS, 125, 4)
        assert found["reduction_definition"].tolist() == ["cash", "cash", "real", "real"]
        assert found["area_code"].tolist() == ["A", "B", "A", "B"] and found.index.tolist() == [0, 1, 2, 3]
        values = lever.draws(table(), 125, 4)
        for definition, release in (("cash", 0.2), ("real", 0.24)):
            met = [self.released_of_a(values, draw) >= release * 4_000 for draw in range(125)]
            share = sum(met) / 125
            row = found[(found["reduction_definition"] == definition) & (found["area_code"] == "A")].iloc[0]
            assert 0 < share < 1 and row["probability"] == pytest.approx(share)
            assert row["standard_error"] == pytest.approx(100 * (share * (1 - share) / 125) ** 0.5)

    def test_a_body_has_its_part_by_baseline_of_what_its_area_releases(self):
        """c has half of A's baseline; asked 430 of its 2,000, it needs A to release 860."""
        limits = self.LIMITS.assign(gap_gbp=[200, 190, 430, 1_000])
        places = lever.places(limits, self.OFFICERS, self.PAIRS)
        found = lever.body_probabilities(limits, places, table(), 300, 6)
        values = lever.draws(table(), 300, 6)
        released = np.array([self.released_of_a(values, draw) for draw in range(300)])
        shares = [(released / 4 >= 200).mean(), (released / 4 >= 190).mean(), (released / 2 >= 430).mean(), 0]
        assert len(set(shares)) == 4
        assert found["body_code"].tolist() == ["a", "b", "c", "d"]
        assert found["probability"].tolist() == pytest.approx(shares)
        errors = [100 * (share * (1 - share) / 300) ** 0.5 for share in shares]
        assert found["standard_error"].tolist() == pytest.approx(errors)


class TestWorkedCases:
    def test_how_many_bodies_go(self):
        assert lever.bodies_removed(5, 2) == (3, 1)
        assert lever.bodies_removed(5, 3, 2) == (2, 1)

    def test_two_bodies_left_of_five(self):
        """Three removed of which two shared: 400 + 2 x 400 x 0.75; 2,000 x 0.2 over 1 + 2 x 0.75 breaks even."""
        assert lever.released_by_merger(5, 3, 400, 0.25, 2) == 1_000
        assert lever.break_even_saving(2_000, 5, 3, 0.2, 0.25, 2) == pytest.approx(160)

    def test_the_dearest_fixed_cost_is_the_stress_case(self):
        evidence = pd.DataFrame(
            {
                "merger": ["new", "old", "z", "b", "a"],
                "scope": ["fixed cost of a body"] * 2 + ["merger alone", "the cut itself", "the cut itself"],
                "saving_per_body_removed_gbp": [2.0, 3.0, 9.0, 8.0, 7.0],
                **dict.fromkeys(["bodies_before", "bodies_after", "saving_gbp", "share_of_running_cost", "note"], 0),
            }
        )
        assert lever.stress_saving_gbp(evidence) == 3
        found = lever.evidence(evidence)
        assert found.columns[0] == "merger" and found["merger"].tolist() == ["z", "a", "b", "new", "old"]
        assert found.index.tolist() == [0, 1, 2, 3, 4]

    def test_without_what_was_had_already_all_is_released(self):
        levers = table().query("quantity != 'share_already_harvested'")
        given = lever.released(merged([10_000], [4], [2]), levers, lever.case(levers, "central"))
        assert given["merger"].tolist() == [1_200]

    def test_what_is_spent_goes_whole_unless_a_part_is_given(self):
        levers = table().query("quantity not in ['consultancy_reduction', 'csu_price_reduction']")
        given = lever.released(lever.Scope.unmerged([10_000], [4], [2]), levers, lever.case(levers, "central"))
        assert given["external consultants"].tolist() == [40] and given["commissioning support"].tolist() == [4_000]

    def test_the_waterfall_by_hand(self):
        """Four bodies under two officers with 10,000, merged: the least and the most each lever releases."""
        levers = table()
        levers.loc[levers["lever"] == "joint working", "source"] = None
        steps = lever.waterfall(merged([10_000, 5_000], [4, 1], [2, 1]), levers, 3_000)
        assert steps["step"].tolist() == [
            "merger",
            "commissioning support",
            "external consultants",
            "shared officer and functions",
            "joint working",
            "gap left",
        ]
        assert steps["low_gbp"].tolist() == pytest.approx([600, 0, 0, 0, 0, 2_400])
        assert steps["central_gbp"].tolist() == pytest.approx([1_000, 600, 10, 0, 150, 1_240])
        assert steps["high_gbp"].tolist() == pytest.approx([1_500, 1_200, 40, 0, 300, -40])
        assert steps["kind"].tolist() == [*["modelled"] * 4, "assumed", "modelled"]

    def test_a_quantity_added_at_the_end_leaves_the_draws_of_the_others(self):
        first, longer = table(), pd.concat([table(), table().tail(1).assign(quantity="new", lever="new")])
        one, other = lever.draws(first, 20, 3), lever.draws(longer, 20, 3)
        assert list(other) == [*one, "new"] and all(draws.shape == (20, 1) for draws in other.values())
        assert all((one[name] == other[name]).all() for name in one)

    def test_triangular_by_its_distribution_function(self):
        """From 0 over 1 to 4: a quarter is below 1; F(0.5) = 0.25 / 4, F(2) = 1 - 4 / 12."""
        found = lever.triangular(np.array([0.25 / 4, 0.25, 1 - 4 / 12]), 0.0, 1.0, 4.0)
        assert found == pytest.approx([0.5, 1.0, 2.0])

    def test_reaching_the_gap_to_the_pound_counts(self):
        flat = {name: (0, 0, 0) for name in FORMULAS} | {"saving_per_body_removed_gbp": (400, 400, 400)}
        levers = table(**flat)
        share, error = lever.probability_limit_met(
            merged([1e6, 1e6], [2, 2], [2, 2]), [400, 401], levers, lever.draws(levers, 9, 1)
        )
        assert share.tolist() == [1, 0] and error.tolist() == [0, 0]
        # ICS A, three officers: 2 x 400 of its 4,000 are a fifth to the pound, and so of each of its bodies.
        apart = pd.Series({code: code for code in "abcd"})
        places = lever.places(TestPlaces.LIMITS, apart, TestPlaces.PAIRS)
        found = lever.probabilities(places, levers, {"cash": Cut("cash", 0.2, 0.2, 0.0, 0.0)}, 9, 1)
        assert found["probability"].tolist() == [1, 0]
        bodies = lever.body_probabilities(TestPlaces.LIMITS, places, levers, 9, 1)
        assert bodies["probability"].tolist() == [1, 1, 1, 0]

    def test_the_error_of_a_share(self):
        share, error = lever.probability(np.array([[True, False], [True, True], [False, False], [True, False]]))
        assert share.tolist() == [0.75, 0.25] and error == pytest.approx([(0.75 * 0.25 / 4) ** 0.5] * 2)

    def test_sensitivity_by_the_variance_of_two_places(self):
        """Summed over places the merger removes 3 + 1 bodies; joint working acts on 40,000: 800^2 beside 800^2 x 4."""
        fixed = {name: (0, 0, 0) for name in FORMULAS}
        fixed |= {"saving_per_body_removed_gbp": (300, 400, 500), "joint_working_reduction": (0.0, 0.02, 0.04)}
        levers = table(**fixed)
        levers.loc[levers["quantity"] == "joint_working_reduction", "kind"] = "assumed"
        found = lever.sensitivity(merged([30_000, 10_000], [4, 2], [4, 2]), levers, 5_000, seed=2)
        assert found["quantity"].tolist() == ["joint_working_reduction", "saving_per_body_removed_gbp"]
        assert found["kind"].tolist() == ["assumed", "reported"] and found.index.tolist() == [0, 1]
        for name in ("first_order", "total"):
            assert found[name].tolist() == pytest.approx([0.8, 0.2], abs=0.04)
            assert found[name].between(0, 1).all()

    def test_a_quantity_alone_has_all_the_variance_and_one_that_does_nothing_none(self):
        fixed = {name: (0, 0, 0) for name in FORMULAS} | {"saving_per_body_removed_gbp": (300, 400, 500)}
        scope = merged([100_000], [4], [4])
        alone = lever.sensitivity(scope, table(**fixed), 0, seed=1)
        assert alone[["first_order", "total"]].values.tolist() == [[1, 1]]
        # One body is left, so there is no officer to share.
        idle = table(**(fixed | {"saving_per_officer_shared_gbp": (1, 2, 3)}))
        found = lever.sensitivity(scope, idle, 0, seed=1)
        assert found["quantity"].tolist() == ["saving_per_body_removed_gbp", "saving_per_officer_shared_gbp"]
        assert found["total"].tolist() == pytest.approx([1, 0], abs=0.01)
        # An estimate may pass one or fall below nought; an index cannot.
        for seed in range(6):
            indices = lever.sensitivity(scope, idle, 0, seed, count=16)[["first_order", "total"]]
            assert indices.min(axis=None) >= 0 and indices.max(axis=None) == pytest.approx(1, abs=0.2)
            assert indices.max(axis=None) <= 1


class TestOfficersByHand:
    SHARED = pd.DataFrame(
        [
            ("g", "a", "sourced"),
            ("g", "b", "probable"),
            ("k", "c", "sourced"),
            ("k", "a", "probable"),
            ("x", "d", "no"),
            ("x", "e", "unknown"),
        ],
        columns=["group_code", "body_code", "sharing"],
    )

    def groups(self, as_at, codes, heirs=()):
        rows = [(pd.Timestamp("2018-04-01"), *line[:1], pd.Timestamp(as_at), *line[1:]) for line in heirs]
        columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
        bodies = pd.DataFrame({"body_code": list(codes), "as_at": pd.Timestamp(as_at)})
        return lever.officer_groups(self.SHARED, pd.DataFrame(rows, columns=columns), bodies, ERA.leadership).to_dict()

    def test_only_what_is_sourced_or_probable_is_shared(self):
        """The first record of a body counts."""
        heirs = [(code, code, 1.0) for code in "abcdef"]
        expected = {"a": "g", "b": "g", "c": "k", "d": "d", "e": "e", "f": "f"}
        assert self.groups("2018-04-01", "abcdef", heirs) == expected

    def test_before_the_officers_are_known_bodies_keep_their_codes(self):
        assert self.groups("2017-04-01", "abz") == {"a": "g", "b": "g", "z": "z"}

    def test_later_bodies_take_the_group_that_most_of_their_members_were_in(self):
        """X has a and b of g and most of c of k; Y all of d, of no group, and less of c; e went to Z whole."""
        heirs = [("a", "X", 0.4), ("b", "X", 0.4), ("c", "X", 0.7), ("c", "Y", 0.3), ("d", "Y", 1.0), ("e", "Z", 1.0)]
        assert self.groups("2020-04-01", "XYZ", heirs) == {"X": "g", "Y": "Y", "Z": "Z"}


class TestScale:
    def generated(self, fixed: float, rate: float, noise: float = 0.0, bodies: int = 60) -> pd.DataFrame:
        rng = np.random.default_rng(11)
        people = rng.integers(80_000, 900_000, bodies)
        cost = fixed + rate * people + rng.normal(0, noise, bodies)
        area = [f"Q{number % 7}A" for number in range(bodies)]
        return pd.DataFrame({"registered_population": people, "outturn_gbp": cost, "area_code": area})

    def test_a_known_answer_is_found(self):
        fit = scale.fit(self.generated(1_500_000, 9.0))
        assert fit.fixed_gbp == pytest.approx(1_500_000, rel=1e-6) and fit.rate_gbp == pytest.approx(9.0, rel=1e-6)
        assert fit.fixed_range_gbp == pytest.approx((1_500_000, 1_500_000), rel=1e-6)

    def test_with_noise_the_interval_holds_the_truth(self):
        fit = scale.fit(self.generated(1_500_000, 9.0, noise=200_000))
        assert fit.fixed_interval_gbp[0] < 1_500_000 < fit.fixed_interval_gbp[1]
        assert fit.rate_interval_gbp[0] < 9.0 < fit.rate_interval_gbp[1]
        line, low, high = fit.band(np.array([100_000.0, 500_000.0]))
        assert (low < line).all() and (line < high).all()

    def test_against_scipy(self):
        from scipy import stats

        frame = self.generated(1_000_000, 12.0, noise=300_000)
        fit, other = scale.fit(frame), stats.linregress(frame["registered_population"], frame["outturn_gbp"])
        assert fit.rate_gbp == pytest.approx(other.slope) and fit.fixed_gbp == pytest.approx(other.intercept)
        half = (fit.rate_interval_gbp[1] - fit.rate_interval_gbp[0]) / 2
        assert half == pytest.approx(other.stderr * stats.t.ppf(0.975, 58))

    def test_a_price_list_has_elasticity_one(self):
        assert scale.fit(self.generated(0, 21.5)).elasticity == pytest.approx(1)

    @pytest.mark.parametrize("frame", [0, 1])
    def test_too_little_outturn_is_refused(self, frame):
        small = self.generated(1e6, 9, bodies=9) if frame else self.generated(1e6, 9).assign(area_code="QAA")
        with pytest.raises(InputError, match="outturn.csv has"):
            scale.fit(small)

    def test_ten_bodies_in_two_areas_are_enough(self):
        frame = self.generated(1e6, 9.0, bodies=10).assign(area_code=["QAA", "QBB"] * 5)
        assert scale.fit(frame).bodies == 10

    def test_the_band_by_its_formula(self):
        """Half its width at x is t x s x the root of (1/n + (x - mean)^2 / sum of squares about the mean)."""
        from scipy import stats

        frame = self.generated(1_000_000, 12.0, noise=300_000, bodies=12)
        people, cost = frame["registered_population"], frame["outturn_gbp"]
        slope, intercept = np.polyfit(people, cost, 1)
        at = np.array([50_000.0, 400_000.0, 1_000_000.0])
        error = np.sqrt(((cost - intercept - slope * people) ** 2).sum() / 10)
        spread = people - people.mean()
        half = stats.t.ppf(0.975, 10) * error * np.sqrt(1 / 12 + (at - people.mean()) ** 2 / (spread**2).sum())
        line, low, high = scale.fit(frame).band(at)
        assert line == pytest.approx(intercept + slope * at)
        assert line - low == pytest.approx(half) and high - line == pytest.approx(half)

    def test_the_range_leaves_each_area_out_in_turn(self):
        frame = self.generated(1_000_000, 12.0, noise=300_000)
        fixed = []
        for code in frame["area_code"].unique():
            rest = frame[frame["area_code"] != code]
            fixed.append(np.polyfit(rest["registered_population"], rest["outturn_gbp"], 1)[1])
        assert len(fixed) == 7
        assert scale.fit(frame).fixed_range_gbp == pytest.approx((min(fixed), max(fixed)))

    def test_outturn_is_joined_to_the_year_of_the_footprint(self, limits_2018):
        outturn = pd.DataFrame(
            {
                "body_code": ["00C", "00C"],
                "financial_year": ["2018/19", "2017/18"],
                "outturn_gbp": [2e6, 3e6],
                "kind": "reported",
                "source": "accounts",
            }
        )
        joined = scale.against_allowance(outturn, limits_2018, "2018-04-01")
        assert joined["outturn_gbp"].tolist() == [2e6] and joined["registered_population"].iloc[0] > 100_000
        assert joined["spent_share"].iloc[0] == pytest.approx(2e6 / joined["baseline_gbp"].iloc[0])
