"""The three routes side by side: hand-worked, by brute force over every set, and against the levers and the effects themselves."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from ccg import ERA
from scipy import integrate

from ccganalysis.analysis import candidates, effects, levers, routes, running_costs, scale
from ccganalysis.analysis.regression import Range, Regression
from ccganalysis.data import organisations
from ccganalysis.presentation import figures, findings

PAIR, THREE, ONE_OFFICER, ALONE = ["A", "C"], ["A", "B", "C"], ["A", "B"], ["D"]
BODIES = pd.DataFrame(
    {
        "body_code": ["A", "B", "C", "D"],
        "registered_population": [400_000, 200_000, 100_000, 100_000],
        "baseline_gbp": [4e6, 2e6, 1e6, 1e6],
        "officer": ["first", "first", "second", "third"],
        "staff_fte": [40.0, 20.0, 20.0, 4.0],
    }
)


def elasticity(power: float, half: float = 0.05) -> scale.Elasticity:
    line = Regression(np.array([0.0, power]), np.zeros((2, 2)), 0.0, 100)
    return scale.Elasticity(100, power, half / 2, (power - half, power + half), (power, power), line)


def evidence(tables, **changed) -> routes.Evidence:
    given = {
        "bodies": BODIES,
        "levers": tables["levers"],
        "proportional": Range(0.04, 0.10, 0.12),
        "stress": (1_500_000.0, 0.30),
        "quoted": 3,
        "price": Range(90_000.0, 100_000.0, 110_000.0),
        "closing": Range(40_000.0, 60_000.0, 100_000.0),
        "staff_date": pd.Timestamp("2018-06-30"),
        "pooled": None,
        "elasticity": elasticity(0.9),
        "effect": routes.Effect(Range(-0.10, -0.03, 0.05), pd.Timestamp("2018-04-01"), 6),
    }
    return routes.Evidence(**given | changed)


def compared(found, *sets, place="here"):
    frame = routes.compared(found, found.members(sets), [place] * len(sets))
    return frame.set_index("route")


def without_staff(tables) -> routes.Evidence:
    bodies = BODIES.assign(staff_fte=np.nan)
    return evidence(tables, bodies=bodies, staff_date=None, elasticity=None, effect=None)


# --- one merger by hand ---


class TestByHand:
    """A and B share an officer, C has another: of the two bodies removed one shared."""

    def test_per_body_removed(self, tables):
        row = compared(evidence(tables), THREE).loc[routes.FIXED]
        assert row["released_central_gbp"] == pytest.approx(400_000 * (1 + 0.75))
        assert (row["released_low_gbp"], row["released_high_gbp"]) == pytest.approx((300_000 * 1.5, 500_000 * 2))
        assert row["share_central"] == pytest.approx(0.1) and row["posts_fewer"] == pytest.approx(8)

    def test_proportional(self, tables):
        """Of all but the largest, C (£1m) did not share and B (£2m) did."""
        row = compared(evidence(tables), THREE).loc[routes.PROPORTIONAL]
        assert row["released_central_gbp"] == pytest.approx(0.10 * (1e6 + 2e6 * 0.75))
        assert row["released_low_gbp"] == pytest.approx(0.04 * (1e6 + 2e6 * 0.5))
        assert row["released_high_gbp"] == pytest.approx(0.12 * 3e6)

    def test_scale(self, tables):
        row = compared(evidence(tables), THREE).loc[routes.SCALE]
        share = 1 - 700**0.9 / (600**0.9 + 100**0.9)
        assert row["share_central"] == pytest.approx(share) and row["posts_fewer"] == pytest.approx(80 * share)
        assert row["released_central_gbp"] == pytest.approx(80 * share * 100_000)
        low = 1 - 700**0.95 / (600**0.95 + 100**0.95)
        assert row["released_low_gbp"] == pytest.approx(80 * low * 90_000)

    def test_measured(self, tables):
        row = compared(evidence(tables), THREE).loc[routes.MEASURED]
        assert row["released_central_gbp"] == pytest.approx(0.03 * 80 * 100_000)
        assert row["released_low_gbp"] == pytest.approx(-0.05 * 80 * 110_000)  # the dearest price is the worst here
        assert row["released_high_gbp"] == pytest.approx(0.10 * 80 * 110_000)

    def test_n_and_kind(self, tables):
        found = compared(evidence(tables), PAIR)
        assert found["evidence_count"].to_dict() == dict(zip(routes.ROUTES, (3, 3, 100, 6), strict=True))
        assert found["kind"].tolist() == ["reported", "reported", "modelled", "derived"]

    def test_sets_of_a_place_add_up(self, tables):
        found = evidence(tables)
        both = compared(found, ["A", "B"], ["C", "D"])
        apart = [compared(found, ["A", "B"]), compared(found, ["C", "D"])]
        for name in ("released_low_gbp", "released_central_gbp", "released_high_gbp", "staff_fte"):
            assert both[name].to_numpy() == pytest.approx((apart[0][name] + apart[1][name]).to_numpy())
        assert both.loc[routes.SCALE, "share_central"] == pytest.approx(both.loc[routes.SCALE, "posts_fewer"] / 84)


class TestAwkward:
    def test_one_body_releases_nothing(self, tables):
        found = compared(evidence(tables), ALONE)
        names = [name for name in found if name.startswith(("released", "share"))]
        assert (found[names] == 0).all(axis=None) and not np.signbit(found["released_low_gbp"]).any()

    def test_an_island_left_alone_adds_its_cost_and_staff_and_nothing_else(self, tables):
        found = evidence(tables)
        joined, island = compared(found, THREE), compared(found, THREE, ALONE)
        assert island["released_central_gbp"].to_numpy() == pytest.approx(joined["released_central_gbp"].to_numpy())
        assert (island["staff_fte"] - joined["staff_fte"]).unique().tolist() == [4]
        assert (island["share_central"] < joined["share_central"]).all()

    def test_bodies_under_one_officer_are_one_by_scale(self, tables):
        found = compared(evidence(tables), ONE_OFFICER)
        assert found.loc[routes.SCALE, "posts_fewer"] == 0
        assert found.loc[routes.FIXED, "released_central_gbp"] == pytest.approx(300_000)

    def test_staff_employed_elsewhere_are_counted_by_officer(self, tables):
        """D has four staff; under C's officer it would be C's twenty that serve both."""
        assert compared(evidence(tables), ["C", "D"])["elsewhere_count"].unique().tolist() == [1]
        shared = BODIES.assign(officer=["first", "first", "second", "second"])
        assert compared(evidence(tables, bodies=shared), ["C", "D"])["elsewhere_count"].unique().tolist() == [0]

    def test_no_staff_at_all(self, tables):
        nobody = BODIES.assign(staff_fte=0.0)
        found = compared(evidence(tables, bodies=nobody), PAIR)
        assert found.loc[routes.SCALE, "released_high_gbp"] == 0 and np.isnan(found.loc[routes.SCALE, "share_central"])
        assert found.loc[routes.FIXED, "released_central_gbp"] == 400_000

    def test_staff_not_held_for_the_era(self, tables):
        found = without_staff(tables)
        frame = compared(found, PAIR)
        told = frame["released_central_gbp"].notna()
        assert told.tolist() == [True, True, False, False]
        tested = routes.passing(found, sets_of(found, ["A C"]), 0.2).set_index("route")
        assert np.isnan(tested.loc[routes.SCALE, "passing_central"]) and tested.loc[routes.FIXED, "passing_high"] == 0
        assert routes.repaid(found, frame.reset_index()).empty


def sets_of(found, codes):
    """What `scored` and `passing` read of `candidates.score`, for sets written as codes with spaces."""
    acted = routes.acted_on(found, found.members([one.split() for one in codes]))
    central = levers.released_by_merger(acted["body_count"], acted["officer_count"], 400_000, 0.25)
    frame = pd.DataFrame({"body_codes": codes, "bodies": codes, "body_count": acted["body_count"]})
    return frame.assign(released_central_gbp=central, released_share=central / acted["baseline_gbp"])


# --- every set, by brute force ---


def naive(found, codes, shape, rate, harvested):
    """£ released by one set, body by body, as the method's words say it."""
    rows = found.bodies.set_index("body_code").loc[list(codes)].sort_values("baseline_gbp", ascending=False)
    total, seen = 0.0, set()
    for place, (_, row) in enumerate(rows.iterrows()):
        had = harvested if row["officer"] in seen else 0.0
        seen.add(row["officer"])
        if place:  # the largest stays
            total += (rate if shape == "fixed" else rate * row["baseline_gbp"]) * (1 - had)
    return total


class TestBruteForce:
    @pytest.fixture(scope="class")
    @classmethod
    def country(cls, tables):
        generator = np.random.default_rng(7)
        count = 7
        bodies = pd.DataFrame(
            {
                "body_code": list("ABCDEFG"),
                "registered_population": generator.integers(90_000, 900_000, count),
                "baseline_gbp": generator.uniform(1e6, 9e6, count),
                "officer": list("wxxyyyz"),
                "staff_fte": generator.uniform(16, 90, count),
            }
        )
        return evidence(tables, bodies=bodies)

    @pytest.fixture(scope="class")
    @classmethod
    def codes(cls, country):
        every = country.bodies["body_code"]
        return ["".join(one) for size in range(1, 8) for one in itertools.combinations(every, size)]

    @pytest.mark.parametrize("case", ["low", "central", "high"])
    def test_both_shapes(self, country, codes, case):
        frame = routes.compared(country, country.members(codes), codes).set_index(["route", "place"])
        given = levers.case(country.levers, case)
        saving, harvested = given["saving_per_body_removed_gbp"], given["share_already_harvested"]
        fixed = [naive(country, one, "fixed", saving, harvested) for one in codes]
        rate = getattr(country.proportional, case)
        proportional = [naive(country, one, "proportional", rate, harvested) for one in codes]
        assert frame.loc[routes.FIXED, f"released_{case}_gbp"].to_numpy() == pytest.approx(fixed)
        assert frame.loc[routes.PROPORTIONAL, f"released_{case}_gbp"].to_numpy() == pytest.approx(proportional)

    def test_scale_is_the_elasticitys_own(self, country, codes):
        shares = routes.scale_shares(country, country.members(codes))
        for one, (_, row) in zip(codes, shares.iterrows(), strict=True):
            bodies = country.bodies.set_index("body_code").loc[list(one)]
            people = bodies.groupby("officer")["registered_population"].sum()
            assert tuple(row) == pytest.approx(country.elasticity.released(people.tolist()), abs=1e-9)

    def test_the_test_counted_one_by_one(self, country, codes):
        sets = sets_of(country, [" ".join(one) for one in codes])
        told = routes.passing(country, sets, 0.05).set_index("route")
        several = [one for one in codes if len(one) > 1]
        cost = [0.05 * country.bodies.set_index("body_code").loc[list(one), "baseline_gbp"].sum() for one in several]
        fixed = [naive(country, one, "fixed", 500_000, 0) >= need for one, need in zip(several, cost, strict=True)]
        rated = [naive(country, one, "", 0.12, 0) >= need for one, need in zip(several, cost, strict=True)]
        assert told.loc[routes.FIXED, "passing_high"] == sum(fixed)
        assert told.loc[routes.PROPORTIONAL, "passing_high"] == sum(rated)
        assert told.loc["A quoted, both shapes", "passing_high"] == sum(map(all, zip(fixed, rated, strict=True)))
        assert set(told["merger_count"]) == {len(several)}
        assert 0 < told.loc["A quoted, both shapes", "passing_high"] < len(several)

    def test_one_effect_for_all(self, country, codes):
        sets = sets_of(country, [" ".join(one) for one in codes])
        told = routes.passing(country, sets, 0.10).set_index("route").loc[routes.MEASURED]
        assert (told["passing_central"], told["passing_high"]) == (0, told["merger_count"])

    def test_firm_is_high_in_both_shapes(self, country, codes):
        scored = routes.scored(country, sets_of(country, [" ".join(one) for one in codes]))
        both = routes.firm(scored)
        last = int(0.1 * len(both))
        by_hand = [
            set(both.nlargest(last, column)["body_codes"])
            for column in ("released_share", "released_proportional_share")
        ]
        assert set(both.loc[both["firm"] == "yes", "body_codes"]) == by_hand[0] & by_hand[1]
        assert both["rank_fixed"].min() == both["rank_proportional"].min() == 1


# --- prices and what follows ---


def test_the_proportional_rate_is_calibrated_on_the_same_three_prices(tables):
    """3% of four bodies' cost, 5% of two's and 8% of three's, over all but one of them."""
    rates = sorted([0.03 * 4 / 3, 0.05 * 2, 0.08 * 3 / 2])
    assert routes.proportional_rate(tables["merger_saving_evidence"]) == pytest.approx(rates)


def test_one_off_and_payback_differ_by_the_running_cost_a_post(tables):
    found = evidence(tables)
    frame = routes.compared(found, found.members([PAIR, THREE]), ["pair", "three"])
    rows = routes.repaid(found, frame).set_index("place")
    pair, three = rows.loc["pair"], rows.loc["three"]
    # A and C: £5m for 60 staff; 8% of it, £400,000, is 4.8 posts.
    assert pair["running_cost_gbp_per_post"] == pytest.approx(5e6 / 60) and pair["posts_fewer"] == pytest.approx(4.8)
    assert pair["one_off_central_gbp"] == pytest.approx(4.8 * 60_000)
    assert pair["payback_central_years"] == pytest.approx(1.5 + 60_000 * 60 / 5e6)
    assert pair["payback_low_years"] == pytest.approx(40_000 * 60 / 5e6)
    assert three["payback_central_years"] == pytest.approx(1.5 + 60_000 * 80 / 7e6)
    assert pair["net_present_low_gbp"] < pair["net_present_central_gbp"] < pair["net_present_high_gbp"]
    assert pair["net_present_high_gbp"] == pytest.approx(400_000 * routes.annuity(0) - 4.8 * 40_000)


def test_places_with_staff_employed_elsewhere_are_not_repaid(tables):
    found = evidence(tables)
    frame = routes.compared(found, found.members([["C", "D"], ["D"]]), ["lost", "alone"])
    assert routes.repaid(found, frame).empty


@pytest.mark.parametrize("delay", [0.0, 1.5, 3.0])
def test_the_annuity_is_the_integral(delay):
    worth, _ = integrate.quad(lambda year: 1.035**-year, delay, 5)
    assert routes.annuity(delay) == pytest.approx(worth)


class TestPooled:
    def test_by_hand(self, tables):
        found = evidence(tables)
        frame = routes.compared(found, found.members([THREE]), ["here"]).set_index("route")
        parts = routes.pooled(frame.reset_index(), "here").set_index("part")
        expected = {"prior": (0.0, 0.10)}
        quoted = frame.loc[[routes.FIXED, routes.PROPORTIONAL]]
        expected["A quoted"] = (
            quoted["share_central"].mean(),
            quoted["share_high"].max() - quoted["share_low"].min(),
        )
        for route in (routes.SCALE, routes.MEASURED):
            row = frame.loc[route]
            expected[route] = (row["share_central"], (row["share_high"] - row["share_low"]) / 3.92)
        inverse = {name: 1 / deviation**2 for name, (_, deviation) in expected.items()}
        whole = sum(inverse[name] * mean for name, (mean, _) in expected.items()) / sum(inverse.values())
        assert parts.loc["all together", "share_central"] == pytest.approx(whole)
        assert parts.loc["all together", "standard_deviation_share"] == pytest.approx(
            math.sqrt(1 / sum(inverse.values()))
        )
        assert parts.loc[list(expected), "weight_share"].sum() == pytest.approx(1)
        rest = {name: one for name, one in expected.items() if name != routes.SCALE}
        left = sum(mean / sd**2 for mean, sd in rest.values()) / sum(1 / sd**2 for _, sd in rest.values())
        assert parts.loc[f"without {routes.SCALE}", "share_central"] == pytest.approx(left)

    def test_without_staff_prices_and_the_prior_are_the_parts(self, tables):
        found = without_staff(tables)
        parts = routes.pooled(routes.compared(found, found.members([PAIR]), ["here"]), "here")
        assert parts["part"].tolist()[:2] == ["prior", "A quoted"] and parts["weight_share"].notna().sum() == 2


class TestLevers:
    def test_by_scale_the_merger_is_a_share_of_the_baseline_and_no_assumption(self, tables):
        scope = levers.Scope.merged(
            pd.DataFrame(
                {
                    "baseline_gbp": [10e6],
                    "body_count": [3],
                    "officer_count": [3],
                    "bodies_after": [1],
                    "officers_in_parts": [3],
                }
            )
        )
        table = routes.by_scale(tables["levers"], Range(0.01, 0.08, 0.13))
        steps = levers.waterfall(scope, table, 2e6).set_index("step")
        assert steps.loc["merger", ["low_gbp", "central_gbp", "high_gbp"]].tolist() == pytest.approx([1e5, 8e5, 13e5])
        assert steps.loc["merger", "kind"] == "modelled"
        before, after = (routes.assumed_parts(scope, one, 2e6, 1) for one in (tables["levers"], table))
        others = steps.drop(["merger", levers.GAP_LEFT])["central_gbp"].sum()
        assert before[0] == 1 and after[0] == pytest.approx(others / (others + 8e5))
        assert after[1] < before[1]

    def test_every_other_lever_is_as_it_was(self, tables):
        table = routes.by_scale(tables["levers"], Range(0.0, 0.1, 0.2))
        rest = table[table["lever"] != "merger"].reset_index(drop=True)
        was = tables["levers"].query("lever != 'merger'").reset_index(drop=True)
        pd.testing.assert_frame_equal(rest, was, check_dtype=False)


# --- the real footprints ---


@pytest.fixture(scope="module")
def setting(tables):
    return candidates.prepare(tables, "2018-04-01", "per_head_adjusted", 0.2, 200, 1, ERA)


@pytest.fixture(scope="module")
def real(tables, setting):
    return routes.evidence(tables, setting.bodies, ERA, permutations=999)


@pytest.fixture(scope="module")
def parts(tables, setting):
    pairs = organisations.neighbours(tables["links"], "2018-04-01")
    return setting.bodies.assign(part=levers.connected_parts(setting.bodies, pairs))


class TestReal:
    @pytest.mark.parametrize(
        ("as_at", "date"),
        [("2017-04-01", "2017-09-30"), *((f"{year}-04-01", "2018-06-30") for year in (2018, 2019, 2020, 2021))],
    )
    def test_which_staff_are_taken(self, tables, as_at, date):
        assert routes.staff_date(tables, as_at) == pd.Timestamp(date)

    def test_staff_of_a_month_before_a_merger_are_of_other_bodies(self, tables):
        staff = tables["staff"]
        march = staff[staff["date"] == "2018-06-30"].assign(date=pd.Timestamp("2019-03-31"))
        more = {**tables, "staff": pd.concat([staff, march])}
        assert routes.staff_date(more, "2018-04-01") == pd.Timestamp("2018-06-30")  # 90 days off, not 364
        assert routes.staff_date(more, "2019-04-01") == pd.Timestamp("2019-03-31")

    @pytest.mark.parametrize("as_at", ["2018-04-01", "2021-04-01"])
    def test_nobody_is_lost_on_the_way_to_a_later_footprint(self, tables, as_at):
        own = candidates.prepare(tables, as_at, "per_head_adjusted", 0.2, 200, 1, ERA)
        found = routes.evidence(tables, own.bodies, ERA, permutations=99)
        assert found.bodies["staff_fte"].sum() == pytest.approx(17_704.053)

    def test_the_effect_is_that_of_the_whole_analysis(self, tables, real):
        row = effects.run(tables, "staff", "2018-04-01", 999, 2018).primary()
        assert real.effect.change == pytest.approx(
            (row["change_share_low"], row["change_share"], row["change_share_high"])
        )
        assert real.effect.merged == 6 and real.effect.released.low == -real.effect.change.high

    def test_route_a_is_what_the_levers_say(self, tables, setting, real, parts):
        """Every area, with its island, by `levers.merger_test`: another way to the same pounds."""
        cut = running_costs.cuts(tables, 0.2, ERA.money, "gdp_deflator", "as_uplift")["cash"]
        limits = running_costs.with_limits(setting.bodies, cut)
        pairs = organisations.neighbours(tables["links"], "2018-04-01")
        places = levers.places(limits, limits.set_index("body_code")["officer"], pairs)
        test = levers.merger_test(places, tables["levers"]).set_index("area_name")
        mine = routes.of_areas(real, parts, whole="England").query("route == @routes.FIXED").set_index("place")
        for case in levers.CASES:
            column = f"released_{case}_gbp"
            assert mine.loc[test.index, column].to_numpy() == pytest.approx(test[column].to_numpy())
            assert mine.loc["England", column] == pytest.approx(test[column].sum())

    def test_candidates_have_the_numbers_of_the_places(self, tables, setting, real):
        pairs = organisations.neighbours(tables["links"], "2018-04-01")
        area = candidates.area_plans(setting, pairs, "QGH")
        scored = routes.scored(real, area.sets)
        frame = routes.compared(real, real.members(scored["body_codes"].str.split()), scored["bodies"].tolist())
        by_route = {route: rows.reset_index(drop=True) for route, rows in frame.groupby("route")}
        for route, column, of in (
            (routes.FIXED, "released_share", "share_central"),
            (routes.PROPORTIONAL, "released_proportional_share", "share_central"),
            (routes.SCALE, "fewer_staff_share_high", "share_high"),
        ):
            assert by_route[route][of].to_numpy() == pytest.approx(scored[column].to_numpy())

    def test_the_stress_case_per_body_is_the_break_even(self, tables, setting, real):
        pairs = organisations.neighbours(tables["links"], "2018-04-01")
        sets = candidates.all_sets(candidates.every_area(setting, pairs))
        told = routes.passing(real, sets, 0.2).set_index("route")
        mergers = sets[sets["body_count"] > 1]
        expected = int((mergers["break_even_saving_gbp"] <= 1_500_000).sum())
        assert told.loc["stress case, per body removed", "passing_central"] == expected
        assert told.loc["stress case, both shapes", "passing_central"] <= expected

    def test_too_few_bodies_have_no_line(self, tables, setting):
        every = tables["staff"]
        others = ~every["body_code"].isin(tables["bodies"]["body_code"])
        few = every[others | every["body_code"].isin(setting.bodies["body_code"].head(8))]
        found = routes.evidence({**tables, "staff": few}, setting.bodies, ERA, permutations=99)
        assert (found.elasticity, found.effect) == (None, None) and found.staff_date is not None
        rows = routes.compared(found, found.members([setting.bodies["body_code"].head(2)]), ["here"])
        assert findings.routes_headline(rows, found) and len(findings.routes_table(rows)) == 2


def test_an_era_without_staff_has_none(tables, setting):
    icbs = tables["staff"][~tables["staff"]["body_code"].isin(tables["bodies"]["body_code"])]
    found = routes.evidence({**tables, "staff": icbs}, setting.bodies, ERA)
    assert (found.staff_date, found.elasticity, found.effect) == (None, None, None)
    assert found.price.low > 0  # what a post costs is of other bodies


# --- words ---


class TestWords:
    def rows(self, found, *sets):
        return routes.compared(found, found.members(sets), ["Here"] * len(sets))

    def test_the_three_stand_side_by_side_and_a_null_is_one(self, tables):
        found = evidence(tables)
        text = findings.three_routes(self.rows(found, THREE), found)
        assert "three prices quoted for a merger alone: £450,000 to £1.0 million a year" in text
        assert "£80,000 to £360,000 if the same prices go by running cost" in text
        assert "between £440,000 more and £880,000 less a year" in text and "cannot be told from nothing" in text
        assert "six bodies formed on 1 April 2018" in text and "save" not in text

    def test_an_effect_away_from_nothing_is_not_called_one(self, tables):
        found = evidence(tables, effect=routes.Effect(Range(-0.2, -0.15, -0.1), pd.Timestamp("2018-04-01"), 6))
        text = findings.three_routes(self.rows(found, PAIR), found)
        assert "told from nothing" not in text and "£540,000 to £1.3 million less" in text

    def test_nothing_to_merge_and_nothing_by_scale(self, tables):
        found = evidence(tables)
        assert findings.three_routes(self.rows(found, ALONE), found) == ""
        assert "By scale: nothing, if" in findings.three_routes(self.rows(found, ONE_OFFICER), found)

    def test_no_staff_is_said(self, tables):
        found = without_staff(tables)
        rows = self.rows(found, PAIR)
        assert findings.three_routes(rows, found).endswith(findings.NO_STAFF)
        assert findings.routes_note(found) == findings.NO_STAFF
        assert "scale" not in findings.routes_headline(rows, found)
        assert len(findings.routes_table(rows)) == len(figures.routes(rows, found)["data"]) == 2

    def test_in_posts(self, tables):
        found = evidence(tables)
        text = findings.posts(self.rows(found, THREE).set_index("route", drop=False).loc[routes.SCALE], 0.2)
        assert "the three bodies of Here would have to do with 16 fewer of 80 staff" in text
        one = findings.posts(self.rows(found, ["C", "D"]).set_index("route", drop=False).loc[routes.SCALE], 0.2)
        assert "5 fewer of 24 staff" in one and "Staff of one of these bodies are employed elsewhere" in one
        none = findings.posts(self.rows(found, ONE_OFFICER).set_index("route", drop=False).loc[routes.SCALE], 0.2)
        assert "By scale none would be fewer" in none

    def test_the_restated_test(self, tables):
        found = evidence(tables)
        text = findings.passing(routes.passing(found, sets_of(found, ["A C", "A B C", "C D"]), 0.2), 0.2)
        assert "1 of 3 mergers" not in text.split(".")[0] and "in both shapes of saving" in text

    def test_from_what_to_what(self):
        text = findings.levers_measured((1.0, 0.84), (0.364, 0.271))
        assert "from 100% to 36% of what all levers" in text and "from 84% to 27% of the spread" in text

    def test_the_picture_has_every_route_and_nought(self, tables):
        found = evidence(tables)
        axes = figures.routes(self.rows(found, THREE), found)["figure"]().axes[0]
        labels = [one.get_text() for one in axes.texts]
        assert [name for name, label in zip(routes.ROUTES, labels, strict=True) if label.startswith(name)] == list(
            routes.ROUTES
        )
        drawn = [line.get_xdata()[0] for line in axes.lines]
        assert drawn == pytest.approx(self.rows(found, THREE)["released_central_gbp"].tolist())
