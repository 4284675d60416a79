"""Levers, the 20% test and the Monte Carlo, against arithmetic done by hand."""

import numpy as np
import pandas as pd
import pytest

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
        lambda name: names.get(name[:3], "shared accountable officer and functions" if "officer" in name else "merger")
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
        assert given["shared accountable officer and functions"][0] == 0  # one body has one officer
        assert given["joint working"][0] == pytest.approx(100)

    def test_unmerged_bodies_can_share_officers_instead(self):
        given = lever.released(lever.Scope.unmerged([10_000], [4], [2]), table(), lever.case(table(), "central"))
        assert given["merger"][0] == 0
        assert given["external consultants"][0] == 4 * 10 * 0.5
        assert given["shared accountable officer and functions"][0] == 2  # from two officers to one

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
            "ics_code": ["A", "A", "A", "B"],
            "ics_name": ["A", "A", "A", "B"],
            "registered_population": [1, 2, 3, 4],
            "baseline_gbp": [1000, 1000, 2000, 500],
            "limit_gbp": [800, 800, 1600, 400],
            "gap_gbp": [200, 200, 400, 100],
        }
    )
    OFFICERS = pd.Series({"a": "g", "b": "g", "c": "c", "d": "d"})
    PAIRS = [("a", "b"), ("c", "b"), ("c", "d")]

    def test_sums_and_officers(self):
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS).set_index("ics_code")
        assert places.loc["A", ["body_count", "officer_count", "gap_gbp"]].tolist() == [3, 2, 800]

    def test_bodies_that_mergers_alone_would_do_for(self):
        """ICS A asks 800; merging three bodies releases 1 x s + 1 x s x (1 - h): 450, 700 and 1,000."""
        test = lever.merger_test(lever.places(self.LIMITS, self.OFFICERS, self.PAIRS), table()).set_index("ics_code")
        assert test.loc["A", [f"released_{case}_gbp" for case in lever.CASES]].tolist() == [450, 700, 1000]
        assert test.loc["A", [f"met_{case}" for case in lever.CASES]].tolist() == [False, False, True]
        assert not test.loc["B", "met_high"] and np.isnan(test.loc["B", "break_even_saving_gbp"])

    def test_an_island_stays_and_is_not_removed(self):
        """Without the link of a and b, a stays: c joins b, under two officers, and a keeps its own, b's too.

        So one body is removed and not two, and nothing of it was harvested: 300, 400 and 500. The gap of 800 takes 800.
        """
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS[1:])
        assert places.set_index("ics_code").loc[
            "A", ["bodies_after", "officer_count", "officers_in_parts"]
        ].tolist() == [
            2,
            2,
            3,
        ]
        test = lever.merger_test(places, table()).set_index("ics_code")
        assert test.loc["A", [f"released_{case}_gbp" for case in lever.CASES]].tolist() == [300, 400, 500]
        assert test.loc["A", "break_even_saving_gbp"] == 800
        released = lever.released(lever.Scope.merged(places), table(), lever.case(table(), "central"))
        assert released["merger"].tolist() == [400, 0]
        # Two bodies are left under at most the two officers that there were; one could go.
        alone = lever.released(lever.Scope.unmerged([4000], [2], [2]), table(), lever.case(table(), "central"))
        name = "shared accountable officer and functions"
        assert released[name][0] == alone[name][0] > 0
        assert released["external consultants"][0] == alone["external consultants"][0]

    def test_islands_under_one_officer_have_no_second_to_share(self):
        places = lever.places(self.LIMITS, self.OFFICERS.replace("c", "g"), [])
        released = lever.released(lever.Scope.merged(places), table(), lever.case(table(), "central"))
        assert released["merger"].tolist() == [0, 0]
        assert released["shared accountable officer and functions"].tolist() == [0, 0]

    def test_a_part_that_shared_is_harvested_already(self):
        """a and b share and merge, c stays: one body removed, three quarters of 400 left; 800 / 0.75 breaks even."""
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS[:1])
        test = lever.merger_test(places, table()).set_index("ics_code")
        assert test.loc["A", "released_central_gbp"] == 300
        assert test.loc["A", "break_even_saving_gbp"] == pytest.approx(800 / 0.75)

    def test_a_body_alone_in_its_ics_has_the_icss_probability(self):
        places = lever.places(self.LIMITS, self.OFFICERS, self.PAIRS)
        bodies = lever.body_probabilities(self.LIMITS, places, table(), 2000, 4).set_index("body_code")
        ics = lever.probabilities(places, table(), {"cash": Cut("cash", 0.2, 0.2, 0.0, 0.0)}, 2000, 4).set_index(
            "ics_code"
        )
        assert bodies.loc["d", "probability"] == ics.loc["B", "probability"]
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
        groups = lever.officer_groups(nobody, tables["successors"], bodies_2018)
        assert (groups == groups.index).all()


class TestScale:
    def generated(self, fixed: float, rate: float, noise: float = 0.0, bodies: int = 60) -> pd.DataFrame:
        rng = np.random.default_rng(11)
        people = rng.integers(80_000, 900_000, bodies)
        cost = fixed + rate * people + rng.normal(0, noise, bodies)
        ics = [f"Q{number % 7}A" for number in range(bodies)]
        return pd.DataFrame({"registered_population": people, "outturn_gbp": cost, "ics_code": ics})

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
        small = self.generated(1e6, 9, bodies=9) if frame else self.generated(1e6, 9).assign(ics_code="QAA")
        with pytest.raises(InputError, match="outturn.csv has"):
            scale.fit(small)

    def test_ten_bodies_in_two_icss_are_enough(self):
        frame = self.generated(1e6, 9.0, bodies=10).assign(ics_code=["QAA", "QBB"] * 5)
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

    def test_the_range_leaves_each_ics_out_in_turn(self):
        frame = self.generated(1_000_000, 12.0, noise=300_000)
        fixed = []
        for code in frame["ics_code"].unique():
            rest = frame[frame["ics_code"] != code]
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
