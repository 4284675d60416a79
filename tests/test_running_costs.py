"""Allowances, limits and gaps against published totals and sums worked by hand."""

import numpy as np
import pandas as pd
import pytest
from ccg import ERA, MONEY

from ccganalysis.analysis import running_costs
from ccganalysis.data import organisations
from ccganalysis.errors import DataError, InputError
from ccganalysis.presentation import findings

FOOTPRINTS = [f"{year}-04-01" for year in range(2017, 2022)]
NATIONAL_TOTAL_GBP = 1_210_000_000  # NAO, HC 1783


def with_official(tables, rows):
    frame = pd.DataFrame(rows, columns=["body_code", "allowance_gbp"]).assign(
        financial_year="2017/18", kind="published", source="test"
    )
    return {
        **{name: tables[name] for name in ("bodies", "successors", "allowance_2013_14", "national_running_costs")},
        "allowance_official": frame,
    }


class TestThePublishedRule:
    def test_all_211_are_at_25_pounds_a_head(self, tables):
        rule = running_costs.published_rule(tables["allowance_2013_14"])
        assert len(rule) == 211
        assert rule["allowance_gbp"].sum() == pytest.approx(1_345.2e6, abs=50_000)
        assert rule["adjusted_population"].sum() == 53_807_894
        assert (rule["allowance_gbp"] / rule["adjusted_population"]).between(24.9, 25.1).all()

    def test_how_well_it_holds(self):
        rule = pd.DataFrame(
            {
                "allowance_gbp": [250_000, 500_000, 750_300],
                "adjusted_population": [10_000, 20_000, 30_000],
                "difference_gbp": [0, -5_000, 5_300],
            }
        )
        found = findings.published_rule(running_costs.rule_summary(rule))
        # 1,500,300 for 60,000 people; the publisher rounds to £10,000, so 5,000 is within it.
        assert found["found"].tolist() == ["3", "£1.5 million", "60,000", "£25.00", "2", "£5,300"]

    def test_a_body_off_the_rule_is_named(self, tables):
        spoilt = tables["allowance_2013_14"].copy()
        spoilt.loc[7, "allowance_gbp"] += 20_000
        with pytest.raises(DataError) as caught:
            running_costs.published_rule(spoilt)
        (fault,) = caught.value.faults
        assert (fault.file, fault.row, fault.column) == ("allowance_2013_14.csv", 9, "allowance_gbp")

    def test_no_economies_of_scale_in_a_price_list(self, tables):
        """The elasticity of allowance to adjusted population is 1."""
        rule = tables["allowance_2013_14"]
        slope = np.polyfit(np.log(rule["adjusted_population"]), np.log(rule["allowance_gbp"]), 1)[0]
        assert slope == pytest.approx(1, abs=2e-3)


class TestNationalArithmetic:
    def test_series(self, tables):
        series = running_costs.national_series(tables["national_running_costs"]).set_index("financial_year")
        assert series.loc["2013/14", ["allowance_gbp", "kind"]].tolist() == [1_345.2e6, "published"]
        assert series.loc["2015/16", ["allowance_gbp", "kind"]].tolist() == [1_211e6, "derived"]
        assert series.loc["2017/18", ["allowance_gbp", "kind"]].tolist() == [NATIONAL_TOTAL_GBP, "assumed"]
        assert list(series.index) == ["2013/14", "2014/15", "2015/16", "2016/17", "2017/18", "2018/19"]

    def test_320_million_is_not_ccgs_alone(self, tables):
        lines = running_costs.national_arithmetic(tables["national_running_costs"], 0.2, MONEY)
        assert lines["value_gbp"].tolist() == [1_210e6, 242e6, 320e6, 78e6]
        assert lines["kind"].tolist() == ["assumed", "derived", "published", "derived"]


class TestAllowances:
    @pytest.mark.parametrize("as_at", FOOTPRINTS)
    @pytest.mark.parametrize("model", running_costs.MODELS)
    def test_they_sum_to_the_national_total_to_the_pound(self, tables, as_at, model):
        allowances = running_costs.allowances(tables, as_at, model, ERA)
        assert allowances["baseline_gbp"].sum() == NATIONAL_TOTAL_GBP
        assert set(allowances["body_code"]) == set(organisations.footprint(tables["bodies"], as_at)["body_code"])
        assert (allowances["allowance_kind"] == "modelled").all()

    @pytest.mark.parametrize(
        ("model", "million"), [("carried", 12.1), ("per_head_registered", 13.0), ("per_head_adjusted", 12.8)]
    )
    def test_manchester_as_the_method_says(self, tables, model, million):
        allowances = running_costs.allowances(tables, "2017-04-01", model, ERA).set_index("body_code")["baseline_gbp"]
        assert allowances["14L"] / 1e6 == pytest.approx(million, abs=0.06)

    @pytest.mark.parametrize(
        ("successor", "members"),
        [
            ("15E", ["13P", "04X", "05P"]),  # Birmingham and Solihull
            ("15F", ["02V", "03C", "03G"]),  # Leeds
            ("15C", ["11H", "11T", "12A"]),  # Bristol, North Somerset and South Gloucestershire
        ],
    )
    @pytest.mark.parametrize("model", running_costs.MODELS)
    def test_a_later_body_is_the_sum_of_its_predecessors(self, tables, successor, members, model):
        before = running_costs.allowances(tables, "2017-04-01", model, ERA).set_index("body_code")["baseline_gbp"]
        after = running_costs.allowances(tables, "2018-04-01", model, ERA).set_index("body_code")["baseline_gbp"]
        assert after[successor] == pytest.approx(before[members].sum(), abs=len(members))

    def test_manchester_carried_is_its_three_predecessors_scaled(self, tables):
        published = tables["allowance_2013_14"].set_index("body_code")["allowance_gbp"]
        carried = running_costs.allowances(tables, "2017-04-01", "carried", ERA).set_index("body_code")["baseline_gbp"]
        scale = NATIONAL_TOTAL_GBP / published.sum()
        assert carried["14L"] == pytest.approx(published[["00W", "01M", "01N"]].sum() * scale, abs=1)

    def test_cumbria_is_split_once(self, tables):
        """Carried from 2013/14, Morecambe Bay gets the share of Cumbria's people that moved in 2017, and no more."""
        published = tables["allowance_2013_14"].set_index("body_code")["allowance_gbp"]
        scale = NATIONAL_TOTAL_GBP / published.sum()
        step = organisations.followed(tables["successors"], "2013-04-01", "2017-04-01").set_index(
            ["body_code", "successor_code"]
        )
        moved = step.loc[("01H", "01K"), "share_of_people_to_successor"]
        carried = running_costs.allowances(tables, "2017-04-01", "carried", ERA).set_index("body_code")["baseline_gbp"]
        assert carried["01H"] == pytest.approx(published["01H"] * (1 - moved) * scale, abs=1)
        assert carried["01K"] == pytest.approx((published["01K"] + published["01H"] * moved) * scale, abs=1)
        later = running_costs.allowances(tables, "2018-04-01", "carried", ERA).set_index("body_code")["baseline_gbp"]
        assert later["01H"] == pytest.approx(carried["01H"], abs=1)

    def test_an_unknown_model(self, tables):
        with pytest.raises(InputError, match="nearest valid one is 'carried'"):
            running_costs.allowances(tables, "2018-04-01", "carry", ERA)


class TestOfficialFigures:
    def test_they_replace_the_model_and_say_so(self, tables):
        allowances = running_costs.allowances(
            with_official(tables, [("00C", 3_000_000.0)]), "2018-04-01", "carried", ERA
        )
        row = allowances.set_index("body_code").loc["00C"]
        assert (row["baseline_gbp"], row["allowance_kind"]) == (3_000_000, "published")
        assert allowances["baseline_gbp"].sum() == NATIONAL_TOTAL_GBP
        assert (allowances["allowance_kind"] == "published").sum() == 1

    def test_a_merged_body_is_published_only_if_all_its_members_are(self, tables):
        part = running_costs.allowances(
            with_official(tables, [("02V", 4e6), ("03C", 8e6)]), "2018-04-01", "carried", ERA
        )
        assert part.set_index("body_code").loc["15F", "allowance_kind"] == "modelled"
        whole = with_official(tables, [("02V", 4e6), ("03C", 8e6), ("03G", 5e6)])
        row = running_costs.allowances(whole, "2018-04-01", "carried", ERA).set_index("body_code").loc["15F"]
        assert (row["baseline_gbp"], row["allowance_kind"]) == (17_000_000, "published")

    def test_bodies_that_had_merged_before_the_year_are_summed_to_their_successor(self, tables):
        """NHS England printed Manchester's allowance under its three former codes."""
        parts = with_official(tables, [("00W", 4e6), ("01M", 3e6), ("01N", 5e6)])
        row = running_costs.allowances(parts, "2017-04-01", "carried", ERA).set_index("body_code").loc["14L"]
        assert (row["baseline_gbp"], row["allowance_kind"]) == (12_000_000, "published")

    def test_a_successor_with_part_of_its_members_stays_modelled(self, tables):
        part = with_official(tables, [("00W", 4e6), ("01M", 3e6)])
        row = running_costs.allowances(part, "2017-04-01", "carried", ERA).set_index("body_code").loc["14L"]
        assert row["allowance_kind"] == "modelled"

    def test_a_body_younger_than_the_year_is_named(self, tables):
        with pytest.raises(InputError, match="15E"):
            running_costs.allowances(with_official(tables, [("15E", 2e7)]), "2018-04-01", "carried", ERA)

    def test_a_whole_official_table_needs_no_model_and_no_total(self, tables):
        codes = organisations.footprint(tables["bodies"], "2017-04-01")["body_code"]
        allowances = running_costs.allowances(
            with_official(tables, [(code, 1e6) for code in codes]), "2017-04-01", "carried", ERA
        )
        assert (allowances["baseline_gbp"] == 1_000_000).all()
        assert (allowances["allowance_kind"] == "published").all()


PRICE_RISE = 95.825 / 87.0 - 1  # GDP deflator, 2020/21 over 2017/18


class TestLimits:
    def test_the_three_readings(self, tables):
        cuts = running_costs.cuts(tables, 0.2, MONEY)
        assert cuts["cash"].allowance_fall == cuts["cash"].release == 0.2
        assert cuts["real"].allowance_fall == pytest.approx(1 - 0.8 * (1 + PRICE_RISE), abs=1e-9)  # 11.9% in cash
        assert cuts["observed_cash"].release == cuts["observed_cash"].allowance_fall == pytest.approx(0.118)

    def test_in_real_terms_what_has_to_be_released_is_the_target_at_the_prices_of_the_day(self, tables):
        """£100 costs £110.14 in the end; the allowance is £88.11; so £22.03 has to go, though it fell by £11.89."""
        real = running_costs.cuts(tables, 0.2, MONEY)["real"]
        assert 100 * real.allowance_fall == pytest.approx(11.89, abs=0.005)
        assert 100 * real.release == pytest.approx(22.03, abs=0.005)
        assert real.release == pytest.approx(0.2 * (1 + PRICE_RISE))

    def test_with_pay_and_prices_met_elsewhere_only_the_fall_has_to_be_released(self, tables):
        real = running_costs.cuts(tables, 0.2, MONEY, price_pressure="0")["real"]
        assert real.release == real.allowance_fall == pytest.approx(1 - 0.8 * (1 + PRICE_RISE))

    def test_a_stated_uplift_and_pressure(self, tables):
        real = running_costs.cuts(tables, 0.2, MONEY, "0.06", "0.10")["real"]
        assert real.allowance_fall == pytest.approx(1 - 0.8 * 1.06)
        assert real.release == pytest.approx(0.10 + 1 - 0.8 * 1.06)

    @pytest.mark.parametrize("target", [0.1, 0.3])
    def test_another_target_changes_every_reading_or_leaves_it_out(self, tables, target):
        cuts = running_costs.cuts(tables, target, MONEY)
        assert list(cuts) == list(running_costs.definitions(target, MONEY)) == ["cash", "real"]
        assert cuts["cash"].release == target
        assert cuts["real"].release == pytest.approx(target * (1 + PRICE_RISE))

    def test_local_papers_are_of_the_twenty_per_cent_only(self):
        running_costs.check_definition("observed_cash", 0.2, MONEY)
        with pytest.raises(InputError, match="0.20 only.*cash or real"):
            running_costs.check_definition("observed_cash", 0.1, MONEY)

    @pytest.mark.parametrize("definition", running_costs.DEFINITIONS)
    @pytest.mark.parametrize("as_at", FOOTPRINTS)
    def test_bodies_areas_regions_and_england_agree_to_the_pound(self, tables, as_at, definition):
        cuts = running_costs.cuts(tables, 0.2, MONEY)
        bodies = organisations.footprint(tables["bodies"], as_at)
        baseline = running_costs.allowances(tables, as_at, "per_head_adjusted", ERA)
        frame = running_costs.limits(baseline, bodies, cuts[definition])
        asked = running_costs.definitions_compared(cuts, NATIONAL_TOTAL_GBP).set_index("reduction_definition")
        for grouping in ("area_name", "region_name", "England"):
            total = running_costs.summed(frame, grouping)
            for column in ("limit_gbp", "allowance_fall_gbp", "gap_gbp"):
                assert total[column].sum() == frame[column].sum() == asked.loc[definition, column], column
            assert total["limit_gbp"].sum() + total["allowance_fall_gbp"].sum() == NATIONAL_TOTAL_GBP
            assert (total["gap_gbp"] == total["cost_gbp"] - total["limit_gbp"]).all()

    def test_rates_per_head_name_their_population(self, limits_2018):
        row = limits_2018.set_index("body_code").loc["00C"]
        assert row["baseline_gbp_per_registered_person"] == pytest.approx(
            row["baseline_gbp"] / row["registered_population"]
        )
        assert row["baseline_gbp_per_resident"] == pytest.approx(row["baseline_gbp"] / row["residents"])
        # The default model is the published rule: one rate per ONS-adjusted head for everyone.
        assert limits_2018["baseline_gbp_per_adjusted_person"].round(2).nunique() == 1

    def test_england_comes_first_in_the_table(self, limits_2018):
        table = running_costs.limit_table(limits_2018, "area_name")
        assert table.loc[0, "area_name"] == "England" and len(table) == 43
        assert table.loc[1:, "gap_gbp"].is_monotonic_decreasing

    def test_an_unknown_grouping(self, limits_2018):
        with pytest.raises(InputError, match="region_name"):
            running_costs.summed(limits_2018, "region")


class TestByHand:
    """Three bodies of 1,000, 2,003 and 500 pounds; costs rise by a tenth, the allowance falls by 15%."""

    CUT = running_costs.Cut("real", 0.2, 0.15, 0.1, 0.1)
    BODIES = pd.DataFrame(
        {
            "body_code": ["a", "b", "c"],
            "body_name": ["Ash", "Beech", "Cedar"],
            "area_code": ["Q1", "Q1", "Q2"],
            "area_name": ["One", "One", "Two"],
            "region_code": ["R1", "R2", "R2"],
            "region_name": ["North", "South", "South"],
            "registered_population": [10, 20, 5],
            "residents": [8, 20, 4],
        }
    )
    BASELINE = pd.DataFrame(
        {
            "body_code": ["c", "b", "a"],
            "baseline_gbp": [500, 2_003, 1_000],
            "adjusted_population": [5.0, 16.0, 20.0],
            "allowance_kind": ["modelled", "published", "published"],
        }
    )

    @pytest.fixture
    def frame(self):
        return running_costs.limits(self.BASELINE, self.BODIES, self.CUT)

    def test_limits(self, frame):
        """Costs 1,100, 2,203.3 and 550; limits 850, 1,702.55 and 425, which sum to 2,978 to the pound."""
        assert frame["body_code"].tolist() == ["a", "b", "c"]
        assert frame["cost_gbp"].tolist() == [1_100, 2_203, 550]
        assert frame["limit_gbp"].tolist() == [850, 1_703, 425]
        assert frame["allowance_fall_gbp"].tolist() == [150, 300, 75]
        assert frame["gap_gbp"].tolist() == [250, 500, 125]
        assert frame["baseline_gbp_per_registered_person"].tolist() == [100, 100.15, 100]
        assert frame["baseline_gbp_per_resident"].tolist() == [125, 100.15, 125]
        assert frame["baseline_gbp_per_adjusted_person"].tolist() == [50, 2_003 / 16, 100]

    def test_sums_by_area_and_region(self, frame):
        area = running_costs.summed(frame, "area_name")
        assert area.columns[:3].tolist() == ["area_code", "area_name", "body_count"]
        assert area[["area_name", "body_count", "registered_population", "residents"]].values.tolist() == [
            ["One", 2, 30, 28],
            ["Two", 1, 5, 4],
        ]
        assert area[["baseline_gbp", "limit_gbp", "allowance_fall_gbp", "gap_gbp"]].values.tolist() == [
            [3_003, 2_553, 450, 750],
            [500, 425, 75, 125],
        ]
        assert area["allowance_kind"].tolist() == ["published", "modelled"]
        assert area["baseline_gbp_per_adjusted_person"].tolist() == [3_003 / 36, 100]
        regions = running_costs.summed(frame, "region_name")
        assert regions[["region_name", "body_count", "gap_gbp", "allowance_kind"]].values.tolist() == [
            ["North", 1, 250, "published"],
            ["South", 2, 625, "modelled"],
        ]
        england = running_costs.summed(frame, "England")
        assert england[["region_name", "body_count", "gap_gbp"]].values.tolist() == [["England", 3, 875]]

    def test_the_table_of_limits(self, frame):
        area = running_costs.limit_table(frame, "area_name")
        assert area[["area_name", "body_count", "gap_gbp"]].values.tolist() == [
            ["England", 3, 875],
            ["One", 2, 750],
            ["Two", 1, 125],
        ]
        assert area.index.tolist() == [0, 1, 2]
        regions = running_costs.limit_table(frame, "region_name")
        assert regions.columns[0] == "region_name" and "area_name" not in regions
        assert regions["region_name"].tolist() == ["England", "South", "North"]

    def test_the_table_of_bodies(self, frame):
        table = running_costs.body_table(frame)
        assert table.columns[0] == "body_name" and table["body_name"].tolist() == [
            "All bodies",
            "Beech",
            "Ash",
            "Cedar",
        ]
        assert table["registered_population"].tolist() == [35, 20, 10, 5]
        assert table["baseline_gbp"].tolist() == [3_503, 2_003, 1_000, 500]
        assert table["limit_gbp"].tolist() == [2_978, 1_703, 850, 425]
        assert table["allowance_fall_gbp"].tolist() == [525, 300, 150, 75]
        assert table["gap_gbp"].tolist() == [875, 500, 250, 125]
        assert table["baseline_gbp_per_resident"].tolist() == pytest.approx([3_503 / 32, 100.15, 125, 125])
        assert table["allowance_kind"].tolist() == ["published", "published", "published", "modelled"]
        assert table.index.tolist() == [0, 1, 2, 3] and table["gap_gbp"].dtype == "int64"

    def test_another_cut_of_the_same_bodies(self, frame):
        found = running_costs.with_limits(frame, running_costs.Cut("cash", 0.2, 0.2, 0.0, 0.0))
        assert found["limit_gbp"].tolist() == [800, 1_602, 400] and found["gap_gbp"].tolist() == [200, 401, 100]

    def test_readings_side_by_side(self):
        """Of £1,000.60: the limit is £850.51, the cost £1,100.66; each to the pound before they are compared."""
        found = running_costs.definitions_compared({"real": self.CUT}, 1_000.6)
        assert found.values.tolist() == [["real", 0.15, 851, 150, 0.25, 250]]

    def test_every_part_of_each_reading(self, tables):
        cuts = running_costs.cuts(tables, 0.2, MONEY, "0.05")
        assert cuts["cash"] == running_costs.Cut("cash", 0.2, 0.2, 0.0, 0.0)
        real = cuts["real"]
        assert (real.definition, real.target, real.price_rise, real.price_pressure) == ("real", 0.2, 0.05, 0.05)
        assert real.allowance_fall == pytest.approx(0.16)
        observed = cuts["observed_cash"]
        assert (observed.target, observed.price_rise, observed.price_pressure) == (0.2, 0, 0)

    def test_the_rise_in_prices(self):
        index = pd.DataFrame({"financial_year": ["2017/18", "2020/21"], "gdp_deflator_index": [80.0, 100.0]})
        assert running_costs.uplift(index, MONEY) == 0.25 and running_costs.uplift(index, MONEY, "0.3") == 0.3


class TestTheRuleByHand:
    def rule(self, *off: float) -> pd.DataFrame:
        """Bodies of 100,000 people, off the rule by so many pounds."""
        frame = pd.DataFrame({"allowance_gbp": [2_500_000 + pounds for pounds in off], "adjusted_population": 100_000})
        return frame.assign(body_name="Ash")

    def test_half_a_pound_over_five_thousand_is_rounding_and_a_pound_more_is_not(self):
        found = running_costs.published_rule(self.rule(5_000.5, -5_000.5, 0))
        assert found["allowance_at_rate_gbp"].tolist() == [2_500_000] * 3
        assert found["difference_gbp"].tolist() == [5_000.5, -5_000.5, 0]
        for pounds in (5_001, -5_001):
            with pytest.raises(DataError):
                running_costs.published_rule(self.rule(0, pounds))

    def test_how_well_the_rule_holds(self):
        rule = self.rule(5_000.5, -4_000, 6_000).assign(difference_gbp=[5_000.5, -4_000, 6_000])
        assert running_costs.rule_summary(rule) == {
            "body_count": 3,
            "allowance_gbp": 7_507_000.5,
            "adjusted_population": 300_000,
            "allowance_gbp_per_head": 7_507_000.5 / 300_000,
            "on_the_rule_count": 2,
            "largest_difference_gbp": 6_000,
        }


class TestOfficialLeftovers:
    def test_nothing_is_left_where_the_official_figures_exceed_the_total(self, tables):
        codes = organisations.footprint(tables["bodies"], "2017-04-01")["body_code"]
        much = with_official(tables, [(code, 1e7) for code in codes if code != "14L"])
        found = running_costs.allowances(much, "2017-04-01", "carried", ERA).set_index("body_code")["baseline_gbp"]
        assert found["14L"] == 0 and found.sum() == 206 * 10_000_000

    def test_the_rest_share_what_is_left_by_the_model(self, tables):
        """All but two have five million: the two have the other 185 million, in proportion to registered people."""
        bodies = organisations.footprint(tables["bodies"], "2017-04-01").set_index("body_code")
        two = ["00C", "14L"]
        most = with_official(tables, [(code, 5e6) for code in bodies.index if code not in two])
        found = running_costs.allowances(most, "2017-04-01", "per_head_registered", ERA).set_index("body_code")
        people = bodies.loc[two, "registered_population"]
        assert found.loc[two, "baseline_gbp"].tolist() == pytest.approx((people / people.sum() * 185e6).tolist(), abs=1)
        assert (found.loc[two, "allowance_kind"] == "modelled").all()


class TestObservations:
    def observed(self, tables, codes, measure="running costs", unit="£"):
        row = {"bodies": "Some", "body_codes": codes, "period": "2017/18", "measure": measure, "value": 1e7}
        frame = pd.DataFrame([row | {"unit": unit, "source": "a paper"}])
        return running_costs.validation(
            {**{name: tables[name] for name in NEEDED}, "running_cost_observations": frame}, ERA
        )

    def test_bodies_that_had_merged_by_the_year_are_their_successor(self, tables):
        base = running_costs.allowances(tables, "2017-04-01", "carried", ERA).set_index("body_code")["baseline_gbp"]
        for codes, of in (("00W 01M 01N", ["14L"]), ("14L", ["14L"]), ("02V 03C", ["02V", "03C"])):
            found = self.observed(tables, codes).set_index("allowance_model").loc["carried"]
            assert found["modelled_gbp"] == pytest.approx(base[of].sum(), abs=2)
            assert found["error_share"] == pytest.approx(base[of].sum() / 1e7 - 1, abs=1e-6)
            assert found[["bodies", "period", "reported_gbp", "source"]].tolist() == ["Some", "2017/18", 1e7, "a paper"]

    def test_a_body_of_another_time_is_named(self, tables):
        with pytest.raises(InputError, match="no 2017/18 baseline for 00W, 15E"):
            self.observed(tables, "00W 15E")

    @pytest.mark.parametrize(("measure", "unit"), [("saving", "£"), ("running costs", "£ per head")])
    def test_other_measures_are_left_out(self, tables, measure, unit):
        assert self.observed(tables, "14L", measure, unit).empty


NEEDED = ("bodies", "successors", "allowance_2013_14", "national_running_costs", "allowance_official")


@pytest.mark.parametrize(
    ("values", "rounded"),
    [([0.4, 0.4, 0.2], [1, 0, 0]), ([1.5, 2.5], [2, 2]), ([10.0, 20.0], [10, 20]), ([0.34, 0.33, 0.33], [1, 0, 0])],
)
def test_whole_numbers_keep_the_total(values, rounded):
    assert organisations.whole(pd.Series(values)).tolist() == rounded


class TestValidation:
    def test_each_observation_against_each_model(self, tables):
        frame = running_costs.validation(tables, ERA)
        assert len(frame) == 3 * frame["bodies"].nunique() == 12
        manchester = frame[frame["bodies"].str.startswith("Manchester")].set_index("allowance_model")
        assert (manchester["reported_gbp"] == 12_000_000).all()
        assert manchester.loc["carried", "error_share"] == pytest.approx(12.116 / 12 - 1, abs=1e-3)

    def test_savings_and_rates_are_not_levels(self, tables):
        assert not running_costs.validation(tables, ERA)["bodies"].str.contains("Shropshire|ICB").any()


def test_the_three_models_side_by_side_are_the_three_models(tables):
    side_by_side = running_costs.models_compared(tables, "2018-04-01", ERA).set_index("body_code")
    for model in running_costs.MODELS:
        alone = running_costs.allowances(tables, "2018-04-01", model, ERA).set_index("body_code")["baseline_gbp"]
        assert side_by_side[f"{model}_gbp"].to_dict() == alone.to_dict()
