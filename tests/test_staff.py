"""Staff: what is taken in adds up; elasticities are those of statsmodels and of hand-worked cases; prices are as printed."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from ccg import ERA

from ccganalysis.analysis import levers, regression, scale, staff, unit_costs
from ccganalysis.analysis.regression import Range
from ccganalysis.data import checks, datapackage, ingest, organisations, schemas
from ccganalysis.errors import InputError
from ccganalysis.presentation import charts, figures, findings

RAW = Path(__file__).parent.parent / "data" / "raw"


@pytest.fixture(scope="module")
def ccgs(tables):
    return staff.measured(tables, "2018-06-30")


@pytest.fixture(scope="module")
def groups(tables, bodies_2018):
    return levers.officer_groups(tables["shared_leadership"], tables["successors"], bodies_2018, ERA.leadership)


@pytest.fixture(scope="module")
def icbs():
    return ingest.Tables(ingest.era_on("2025-03-31"))


def rows(name: str) -> list[dict[str, str]]:
    with (RAW / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- what is taken in ---


class TestTheTable:
    def test_published_totals(self):
        for day, bodies, fte in (("2017-09-30", 198, 16_984), ("2018-06-30", 185, 17_704)):
            whole = [one for one in rows("staff") if one["date"] == day and one["staff_group"] == "All staff groups"]
            assert len(whole) == len({one["body_code"] for one in whole}) == bodies
            assert round(sum(float(one["staff_fte"]) for one in whole)) == fte

    def test_42_icbs_in_each_of_36_months(self):
        months: dict[str, set[str]] = {}
        for one in rows("staff"):
            if one["staff_group"] == "All staff groups" and "2023-01-31" <= one["date"] <= "2025-12-31":
                months.setdefault(one["date"], set()).add(one["body_code"])
        assert len(months) == 36 and {len(codes) for codes in months.values()} == {42}

    def test_every_group_is_part_of_the_total_and_of_no_other(self):
        """In the 383 breakdowns of CCGs that nothing is withheld from, the groups sum to the total to a hundredth."""
        sums: dict[tuple[str, str], list[float]] = {}
        for one in rows("staff"):
            if one["date"] < "2019":
                total = sums.setdefault((one["date"], one["body_code"]), [0.0, 0.0])
                total[one["staff_group"] != "All staff groups"] += float(one["staff_fte"])
        assert len(sums) == 383 and all(abs(whole - parts) < 0.01 for whole, parts in sums.values())

    def test_what_ingest_checked_is_told(self, tables):
        told = tables["quality"].set_index("check")
        assert told.loc["Their staff, full-time equivalents, 30 June 2018", "found"] == "17,704"
        managers = told.loc["Bodies whose managers in two publications agree, 30 September 2017"]
        assert managers["expected"] == managers["found"] == "195"

    def test_sources_of_every_row_are_described(self, tables):
        known = {source["name"] for source in datapackage.read_descriptor(RAW)["sources"]}
        for name in ("staff", "managers", "support_unit_staff"):
            assert set(tables[name]["source_id"]) <= known


class TestBadInput:
    """Each is named by the file's row, the heading being row 1."""

    def read(self, tmp_path, old: str, new: str, name: str = "staff"):
        text = (RAW / f"{name}.csv").read_text(encoding="utf-8")
        assert text.count(old) == 1
        path = tmp_path / f"{name}.csv"
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
        row = text[: text.index(old)].count("\n") + 1
        return datapackage.read_table(path, schemas.RAW[name]), row

    def test_a_body_twice_on_a_date_and_group(self, tmp_path):
        line = "2018-06-30,00M,All staff groups,485.027,NHSD-AH2324\n"
        frame, row = self.read(tmp_path, line, line * 2)
        (fault,) = schemas.validate(frame, schemas.RAW["staff"], "staff.csv")
        assert fault.row == row + 1 and "repeats an earlier row" in fault.rule and "00M" in fault.value

    @pytest.mark.parametrize(
        ("new", "rule", "column"),
        [
            ("2018-06-30,00M,All staff groups,-485.027,X", "must not be below 0", "staff_fte"),
            ("2018-06-30,00M,Manager,485.027,X", "must be one of", "staff_group"),
            ("2018-06-30,oldham,Managers,485.027,X", "must look like", "body_code"),
        ],
    )
    def test_cells_that_do_not_fit(self, tmp_path, new, rule, column):
        frame, row = self.read(tmp_path, "2018-06-30,00M,All staff groups,485.027,NHSD-AH2324", new)
        (fault,) = schemas.validate(frame, schemas.RAW["staff"], "staff.csv")
        assert (fault.row, fault.column) == (row, column) and rule in fault.rule

    @pytest.mark.parametrize("name", ["staff", "managers", "staff_breaks", "prescribing"])
    def test_an_unknown_code(self, tables, name):
        frame = tables[name].copy()
        frame.loc[3 if name != "staff_breaks" else 0, "body_code"] = "ZZ9"
        faults = [fault for fault in checks.codes_ever_in_force(dict(tables) | tables_for(tables) | {name: frame})]
        assert [(fault.file, fault.row, fault.value) for fault in faults] == [
            (f"{name}.csv", 2 if name == "staff_breaks" else 5, "ZZ9")
        ]

    def test_a_prescribing_measure_without_a_title(self, tables):
        frame = tables["prescribing"].head(4).assign(measure="saba")
        frame.loc[2, "measure"] = "sabba"
        given = {"prescribing": frame, "prescribing_measures": tables["prescribing_measures"]}
        (fault,) = checks.prescribing_measures_known(given)
        assert (fault.row, fault.value) == (4, "sabba") and "saba" in fault.remedy

    def given(self, *lines: tuple[str, float | None]) -> list:
        frame = pd.DataFrame(lines, columns=["staff_group", "staff_fte"])
        return list(
            checks.staff_groups_add_up({"staff": frame.assign(date=pd.Timestamp("2018-06-30"), body_code="00M")})
        )

    def test_a_group_that_does_not_sum(self):
        (fault,) = self.given(("Managers", 10.0), ("All staff groups", 30.0), ("Central functions", 20.1))
        assert (fault.row, fault.column, fault.value) == (3, "staff_fte", "30")
        assert "sum to 30.10, and all staff to 30.00 (groups in rows 2, 4)" in fault.rule and "00M" in fault.rule

    def test_rounding_and_what_was_withheld_are_allowed_and_no_more(self):
        assert self.given(("All staff groups", 30.01), ("Managers", 10.0), ("Central functions", 20.0)) == []
        assert self.given(("All staff groups", 30.02), ("Managers", 10.0), ("Central functions", 20.0))
        assert self.given(("All staff groups", 40.0), ("Managers", None), ("Central functions", 30.0)) == []
        assert (
            self.given(("All staff groups", 52.0), ("Managers", None), ("Midwives", None), ("Central functions", 30.0))
            == []
        )
        assert self.given(("All staff groups", 42.0), ("Managers", None), ("Central functions", 30.0))
        assert self.given(("All staff groups", 29.0), ("Managers", None), ("Central functions", 30.0))

    def test_groups_without_a_total_and_a_total_without_groups(self):
        (fault,) = self.given(("Managers", 10.0))
        assert "no total" in fault.rule and "All staff groups" in fault.remedy
        assert self.given(("All staff groups", 10.0)) == []


def tables_for(tables) -> dict:
    """The tables that `codes_ever_in_force` reads."""
    names = (
        "body_register icb_allowance footprints water_links allowance_official outturn staff managers staff_breaks prescribing "
        "clusters icb_registered_population acute_trust_catchments patient_flows"
    )
    return {name: tables[name] for name in names.split()}


# --- tidy staff ---


def tiny(*fte: tuple[str, str, float | None], people: int = 200_000, breaks: tuple[tuple[str, str], ...] = ()) -> dict:
    """Tables with the bodies 00A to 00E on 1 April 2018, of 200,000 people each, and these staff on 30 June."""
    codes = [f"00{letter}" for letter in "ABCDE"]
    bodies = pd.DataFrame(
        {
            "as_at": pd.Timestamp("2018-04-01"),
            "body_code": codes,
            "body_name": [f"NHS {code} CCG" for code in codes],
            "area_code": ["QAA", "QAA", "QAA", "QBB", "QBB"],
            "area_name": ["A", "A", "A", "B", "B"],
            "registered_population": people,
            "residents": [100_000, 300_000, 200_000, 200_000, 200_000],
            "area_km2": [10.0, 30.0, 20.0, 20.0, 20.0],
            "aged_65_plus_share": [0.1, 0.2, 0.2, 0.2, 0.2],
            "imd_average_score": [10.0, 30.0, 20.0, 20.0, 20.0],
        }
    )
    table = pd.DataFrame(fte, columns=["body_code", "staff_group", "staff_fte"])
    declared = pd.DataFrame(breaks, columns=["date", "body_code"]).astype({"date": "datetime64[ns]"})
    return {"bodies": bodies, "staff": table.assign(date=pd.Timestamp("2018-06-30")), "staff_breaks": declared}


def totals(*fte: float | None) -> list[tuple[str, str, float | None]]:
    return [
        (f"00{letter}", "All staff groups", one) for letter, one in zip("ABCDE", fte, strict=False) if one is not None
    ]


class TestWhoseStaff:
    def test_hosts_and_absent_bodies_by_the_rule(self):
        """Of 40, 60 and 100 the median is 60; twice that is a host; 14.9 and no row at all are employed elsewhere."""
        frame = staff.measured(tiny(*totals(40, 60, 120, 14.9)), "2018-06-30")
        assert frame["staff_state"].tolist() == [staff.OWN, staff.OWN, staff.HOST, staff.ELSEWHERE, staff.ELSEWHERE]
        assert frame["staff_per_100000"].tolist()[:4] == [20, 30, 60, 7.45] and frame["staff_fte"].isna()[4]
        almost = staff.measured(tiny(*totals(40, 60, 119.9, 15)), "2018-06-30")
        assert almost["staff_state"].tolist()[2:4] == [staff.HOST, staff.OWN]  # the median is now 50
        assert staff.measured(tiny(*totals(40, 60, 99, 40)), "2018-06-30")["staff_state"].tolist()[2] == staff.OWN

    def test_a_declared_break_counts_from_its_date_on(self):
        given = totals(40, 60, 50, 50, 50)
        for day, state in (("2018-06-30", staff.BROKEN), ("2018-07-01", staff.OWN)):
            assert staff.measured(tiny(*given, breaks=((day, "00B"),)), "2018-06-30")["staff_state"][1] == state

    def test_groups_of_staff(self):
        """A group without a row has nobody; a withheld one is not known; what is left holds the rest."""
        parts = [
            ("00A", "Managers", 10.0),
            ("00A", "Senior managers", 5.0),
            ("00A", "Central functions", 20.0),
            ("00B", "Managers", 12.0),
            ("00B", "Senior managers", None),
            ("00B", "Central functions", 20.0),
            ("00C", "Central functions", 20.0),
        ]
        tables = tiny(*totals(40, 60, 50, 50), *parts)
        count = {name: staff.measured(tables, "2018-06-30", name)["staff_fte"].tolist() for name in staff.COUNTED}
        assert count["all staff"][:4] == [40, 60, 50, 50]
        assert count["managers"][0] == 15 and np.isnan(count["managers"][1]) and count["managers"][2] == 0
        assert np.isnan(count["managers"][3])  # no breakdown is given
        assert count["central functions"][:3] == [20, 20, 20]
        assert count["other staff"][0] == 5 and np.isnan(count["other staff"][1]) and count["other staff"][2] == 30

    def test_bodies_under_one_officer_are_pooled(self):
        frame = staff.measured(tiny(*totals(60, None, 90, 40, 50)), "2018-06-30")
        pooled = staff.pooled(frame, pd.Series({"00A": "G", "00B": "G"})).set_index("body_code")
        assert pooled.index.tolist() == ["00C", "00D", "00E", "G"]
        group = pooled.loc["G"]
        assert (group["staff_fte"], group["registered_population"], group["body_count"]) == (60, 400_000, 2)
        assert group["staff_per_100000"] == 15 and group["staff_state"] == staff.OWN
        assert group["imd_average_score"] == pytest.approx(25) and group["aged_65_plus_share"] == pytest.approx(0.175)
        assert group["body_name"] == "00A with 1 more" and pooled.loc["00C", "body_name"] == "NHS 00C CCG"
        # The rate of the group is the median's fellow: 15, 45, 20, 25, so the host is found anew.
        assert pooled.loc["00C", "staff_state"] == staff.HOST

    def test_a_group_is_not_known_where_a_member_withheld_it(self):
        parts = [("00A", "Managers", 10.0), ("00B", "Managers", None)]
        frame = staff.measured(tiny(*totals(60, 60, 50, 50, 50), *parts), "2018-06-30", "managers")
        assert staff.pooled(frame, pd.Series({"00A": "G", "00B": "G"})).set_index("body_code")["staff_fte"].isna()["G"]

    def test_bad_questions(self, tables):
        with pytest.raises(InputError, match="nearest valid one is '2018-06-30'"):
            staff.measured(tables, "2018-06-29")
        with pytest.raises(InputError, match="nearest valid one is 'managers'"):
            staff.measured(tables, "2018-06-30", "manager")
        with pytest.raises(InputError, match="in no footprint held for 30 June 2018: 99Z"):
            staff.measured(tiny(*totals(40, 60), ("99Z", "All staff groups", 5.0)), "2018-06-30")

    def test_in_the_data(self, icbs, ccgs):
        hosts = set(ccgs.loc[ccgs["staff_state"] == staff.HOST, "body_code"])
        assert len(ccgs) == 195 and {"00M", "00Y", "09A", "07K"} <= hosts
        assert (ccgs["staff_state"] == staff.ELSEWHERE).sum() == 25 and ccgs["staff_fte"].isna().sum() == 10
        later = staff.measured(icbs, "2025-03-31")
        assert len(later) == 42 and later["area_name"].nunique() == 7
        assert later["residents"].sum() == 56_550_138 and later["registered_population"].sum() == 63_768_543
        assert later["area_km2"].sum() == pytest.approx(130_433, abs=1)


class TestBreaks:
    def test_the_support_unit_that_joined_is_declared_and_found(self, icbs):
        found = staff.jumps(icbs["staff"], icbs["staff_breaks"])
        first = found.iloc[0]
        assert (first["body_code"], f"{first['date']:%Y-%m}", first["declared"]) == ("QHM", "2025-04", "yes")
        assert first["staff_change_share"] == pytest.approx(896.60 / 592.52 - 1)
        assert (found["staff_change_share"].abs() >= 0.1).all() and found[
            "staff_change_share"
        ].abs().is_monotonic_decreasing
        before, after = (
            staff.measured(icbs, day).set_index("body_code")["staff_state"] for day in ("2025-03-31", "2025-04-30")
        )
        assert (before["QHM"], after["QHM"]) == (staff.OWN, staff.BROKEN)

    def test_who_cannot_be_compared_between_two_dates(self, tables):
        breaks = tables["staff_breaks"]
        assert staff.broken(breaks, "2025-03-31", "2025-12-31") == {"QHM"}
        assert (
            staff.broken(breaks, "2025-04-30", "2025-12-31")
            == set()
            == staff.broken(breaks, "2023-01-31", "2025-03-31")
        )

    def test_only_a_month_is_a_jump(self):
        days = pd.to_datetime(["2018-01-31", "2018-02-28", "2018-12-31"])
        table = pd.DataFrame(
            {"date": days, "body_code": "00A", "staff_group": "All staff groups", "staff_fte": [100, 89, 20.0]}
        )
        breaks = pd.DataFrame({"date": pd.to_datetime([]), "body_code": []})
        (found,) = staff.jumps(table, breaks).to_dict("records")
        assert found["staff_change_share"] == pytest.approx(-0.11) and found["declared"] == "no"


# --- size ---


class TestRegression:
    def test_by_hand(self):
        """x = -1, -1, 1, 1 and y = 0, 2, 4, 10: means 1 and 7, so the line is 4 + 3x and what is left is -1, 1, -3, 3.

        Each case has a leverage of 1/4 + 1/4. HC3: (1 + 1 + 9 + 9) / (1/2)^2 / 4^2 = 5. Classical: (20 / 2) / 4 = 2.5.
        """
        x, y = np.array([-1.0, -1.0, 1.0, 1.0]), np.array([0.0, 2.0, 4.0, 10.0])
        robust, plain = regression.least_squares(x, y, robust=True), regression.least_squares(x, y)
        assert robust.coefficients == pytest.approx([4, 3]) == plain.coefficients
        assert robust.standard_errors[1] ** 2 == pytest.approx(5) and plain.standard_errors[1] ** 2 == pytest.approx(
            2.5
        )
        assert robust.residual == pytest.approx(10**0.5) and robust.degrees == 2
        # Student's t at 97.5% with two degrees of freedom is 4.3027.
        assert plain.interval(1) == pytest.approx((3 - 4.3027 * 2.5**0.5, 3 + 4.3027 * 2.5**0.5), abs=1e-3)

    @pytest.mark.parametrize("columns", [1, 4])
    def test_against_statsmodels(self, columns):
        rng = np.random.default_rng(5)
        x = rng.normal(12, 1, (70, columns))
        y = x @ rng.normal(0, 1, columns) + rng.normal(0, 1, 70) * x[:, 0] ** 2
        for robust, kind in ((True, "HC3"), (False, "nonrobust")):
            mine, other = (
                regression.least_squares(x, y, robust),
                sm.OLS(y, sm.add_constant(x)).fit(cov_type=kind, use_t=True),
            )
            assert mine.coefficients == pytest.approx(other.params) and mine.standard_errors == pytest.approx(other.bse)
            assert mine.interval(1) == pytest.approx(other.conf_int()[1])
        at = np.column_stack([np.ones(3), rng.normal(12, 1, (3, columns))])
        told = other.get_prediction(at)
        line, low, high = mine.band(at)
        assert line == pytest.approx(told.predicted_mean) and np.column_stack([low, high]) == pytest.approx(
            told.conf_int()
        )


def generated(rng, power: float, bodies: int = 60, noise: float = 0.3) -> pd.DataFrame:
    """Bodies whose staff are 0.001 x people^power, spread more widely where they are small."""
    people = np.exp(rng.uniform(np.log(8e4), np.log(2e6), bodies))
    wider = noise * (1 + (people < 3e5))
    fte = 0.001 * people**power * np.exp(rng.normal(0, 1, bodies) * wider)
    frame = pd.DataFrame({"registered_population": people, "staff_fte": fte, "staff_state": staff.OWN})
    return frame.assign(area_code=[f"Q{number % 7}A" for number in range(bodies)])


class TestElasticity:
    def test_a_known_elasticity_is_found_exactly_without_noise(self):
        found = scale.elasticity(generated(np.random.default_rng(1), 0.9, noise=0))
        assert found.elasticity == pytest.approx(0.9) and found.range_without_area == pytest.approx((0.9, 0.9))
        assert found.per_100000(np.array([1e6]))[0] == pytest.approx(0.001 * 1e6**-0.1 * 1e5)

    def test_the_interval_holds_the_truth_in_95_of_100(self):
        rng, held = np.random.default_rng(2018), 0
        for _ in range(500):
            low, high = scale.elasticity(generated(rng, 0.85, bodies=100)).interval
            held += low <= 0.85 <= high
        assert 0.93 <= held / 500 <= 0.97

    def test_every_elasticity_is_that_of_statsmodels_from_the_files(self, tables, groups):
        """From the CSV files by another road: joined, pooled and filtered here, fitted by statsmodels."""
        table = pd.DataFrame(rows("staff")).query("date == '2018-06-30'")
        wide = table.assign(staff_fte=pd.to_numeric(table["staff_fte"])).pivot(
            index="body_code", columns="staff_group", values="staff_fte"
        )
        given = wide.drop(columns="All staff groups").notna().any(axis=1)
        counted = pd.DataFrame({"all staff": wide["All staff groups"]})
        counted["managers"] = wide[["Managers", "Senior managers"]].sum(axis=1).where(given)
        counted["central functions"] = wide["Central functions"].fillna(0).where(given)
        counted["other staff"] = counted["all staff"] - counted["managers"] - counted["central functions"]
        bodies = organisations.footprint(tables["bodies"], "2018-04-01").set_index("body_code").join(counted)
        # Left over from decimals: nobody is in the other groups.
        bodies["other staff"] = bodies["other staff"].where(bodies["other staff"].abs() > 1e-9, 0)
        for share in ("aged_65_plus_share", "imd_average_score"):
            bodies[share] *= bodies["residents"]
        found = scale.elasticities(tables, "2018-06-30", groups)
        assert len(found) == 2 * 4 * 2 * 2
        for row in found.itertuples():
            by = bodies.index if row.level == "each body" else groups.reindex(bodies.index)
            numbers = ["registered_population", "residents", "area_km2", "aged_65_plus_share", "imd_average_score"]
            units = bodies.groupby(by)[[*numbers, *counted]].sum()
            units = units[units["all staff"] >= 15]
            rate = units["all staff"] / units["registered_population"]
            kept = units[((rate < 2 * rate.median()) | (row.hosts == "included")) & (units[row.staff_counted] > 0)]
            x = pd.DataFrame({"people": np.log(kept["registered_population"])})
            if row.adjusted == "yes":
                x["density"] = np.log(kept["residents"] / kept["area_km2"])
                x["deprived"] = kept["imd_average_score"] / kept["residents"]
                x["older"] = kept["aged_65_plus_share"] / kept["residents"]
            fit = sm.OLS(np.log(kept[row.staff_counted]), sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
            assert row.body_count == len(kept), row
            assert row.elasticity == pytest.approx(fit.params["people"], rel=1e-6), row
            assert row.standard_error_elasticity == pytest.approx(fit.bse["people"], rel=1e-6), row
            assert (row.elasticity_low, row.elasticity_high) == pytest.approx(tuple(fit.conf_int().loc["people"])), row

    def test_icbs_against_statsmodels(self, icbs):
        people = pd.DataFrame(rows("icb_registered_population")).query("date == '2025-04-01'")
        table = pd.DataFrame(rows("staff")).query("date == '2025-03-31' and staff_group == 'All staff groups'")
        both = table.merge(people, left_on="body_code", right_on="icb_code")
        fte, size = pd.to_numeric(both["staff_fte"]), pd.to_numeric(both["registered_population"])
        fit = sm.OLS(np.log(fte), sm.add_constant(np.log(size))).fit(cov_type="HC3", use_t=True)
        found = scale.elasticity(staff.measured(icbs, "2025-03-31"))
        assert found.bodies == 42 and found.elasticity == pytest.approx(fit.params.iloc[1], rel=1e-6)
        assert found.interval == pytest.approx(tuple(fit.conf_int().iloc[1]))

    def test_the_range_leaves_out_each_area_in_turn(self, ccgs):
        kept = ccgs[ccgs["staff_fte"] >= 15]
        slopes = [
            np.polyfit(np.log(rest["registered_population"]), np.log(rest["staff_fte"]), 1)[0]
            for rest in (kept[kept["area_code"] != code] for code in kept["area_code"].unique())
        ]
        assert scale.elasticity(ccgs).range_without_area == pytest.approx((min(slopes), max(slopes)))

    def test_first_looks_are_met(self, icbs, ccgs, groups):
        """0.85 by CCG above 15 FTE and 0.71 by ICB; 0.92 by officer group, whose interval holds it."""
        assert round(scale.elasticity(ccgs).elasticity, 2) == 0.85
        assert round(scale.elasticity(staff.measured(icbs, "2025-03-31")).elasticity, 2) == 0.71
        low, high = scale.elasticity(staff.pooled(ccgs, groups)).interval
        assert low < 0.92 < high

    def test_bodies_with_a_break_or_staff_elsewhere_are_left_out_and_too_few_are_refused(self):
        frame = generated(np.random.default_rng(3), 0.9, bodies=12)
        frame.loc[0, "staff_state"], frame.loc[1, "staff_state"] = staff.BROKEN, staff.HOST
        assert scale.elasticity(frame).bodies == 11 and scale.elasticity(frame, hosts=False).bodies == 10
        frame.loc[2, "staff_state"] = staff.ELSEWHERE
        with pytest.raises(InputError, match="there are 9 in"):
            scale.elasticity(frame, hosts=False)


def known(power: float, half: float = 0.05) -> scale.Elasticity:
    line = regression.Regression(np.array([0.0, power]), np.eye(2) * 1e-9, 0.1, 50)
    return scale.Elasticity(52, power, half / 2, (power - half, power + half), (power, power), line)


class TestMergers:
    def test_two_three_and_five_equal_bodies(self):
        """1 - k^(e - 1) with e = 0.9: 1 - 2^-0.1 = 6.7%, 1 - 3^-0.1 = 10.4%, 1 - 5^-0.1 = 14.9%; ends at e = 0.95 and 0.85."""
        frame = scale.equal_mergers(known(0.9))
        assert frame["bodies_merged"].tolist() == [2, 3, 5]
        assert frame["fewer_staff_share"].round(3).tolist() == [0.067, 0.104, 0.149]
        assert frame["fewer_staff_share_low"].tolist() == pytest.approx([1 - k**-0.05 for k in (2, 3, 5)])
        assert frame["fewer_staff_share_high"].tolist() == pytest.approx([1 - k**-0.15 for k in (2, 3, 5)])

    def test_unequal_bodies_by_the_formula(self):
        """With e = 1/2, bodies of 900 and 1,600 have 30 + 40 staff and one of 2,500 has 50: 2/7 fewer."""
        assert known(0.5).released([900, 1600]).central == pytest.approx(2 / 7)
        assert known(0.5).released([900]) == pytest.approx((0, 0, 0))

    @pytest.mark.parametrize("power", [1.0, 1.2])
    def test_nothing_is_released_where_staff_grow_as_people_do_and_less_than_nothing_beyond(self, power):
        released = known(power).released([1, 1])
        assert (
            released.central == pytest.approx(1 - 2 ** (power - 1)) and released.low < released.central < released.high
        )


# --- prices ---


class TestPrices:
    def test_cost_per_head_over_measured_staff(self, tables):
        """North East and North Cumbria: £20 for each of 3,160,954 people, over 592.52 FTE."""
        costs = unit_costs.cost_per_fte(tables)
        mine = costs[costs["basis"] == unit_costs.PER_HEAD].set_index("bodies")["cost_gbp_per_fte"]
        assert mine["NHS North East and North Cumbria ICB"] == pytest.approx(20 * 3_160_954 / 592.52)
        assert mine["NHS Surrey Heartlands ICB"] == pytest.approx(49 * 1_128_479 / 532.16)
        assert mine["NHS Sussex ICB"] == pytest.approx(39.83 * 1_866_614 / 768.32)
        assert len(mine) == 3 and set(costs["kind"]) == {"derived", "reported"}

    def test_the_range_is_the_figures(self, tables):
        low, central, high = unit_costs.price_per_fte(tables)
        assert (round(low, -3), round(central, -3), round(high, -3)) == (97_000, 104_000, 107_000)
        # £29m for 400 posts; £700m to £750m for 12,500; £1,000m for 18,000.
        assert unit_costs.price_per_fte(tables, unit_costs.SAVED) == pytest.approx(
            (1e9 / 18_000, 725e6 / 12_500, 72_300)
        )

    def test_closing_a_post(self, tables):
        """Reported: 104,000 and 43,095. Over posts: £600m to £1,000m for 12,500, £1,000m for 18,000; the middles are 43,095,
        55,556, 64,000 and 104,000."""
        costs = unit_costs.one_off_per_post(tables).set_index("bodies")
        assert costs.loc["ICBs alone, 12,500 posts, 2025", "one_off_gbp_per_post_low"] == 48_000
        assert costs.loc["ICBs alone, 12,500 posts, 2025", "one_off_gbp_per_post_high"] == 80_000
        assert len(costs) == 4
        assert unit_costs.price_of_closing(tables) == pytest.approx((43_095, (1e9 / 18_000 + 64_000) / 2, 104_000))

    def test_a_body_without_people_or_staff_is_named_by_row(self, tables):
        observed = tables["cost_observations"].copy()
        row = observed.index[observed["bodies"] == "NHS Sussex ICB"][0]
        observed.loc[row, "body_codes"] = "QZZ"
        names = ("staff", "icb_allowance", "reorganisation_costs")
        with pytest.raises(InputError, match=f"row {row + 2}, NHS Sussex ICB"):
            unit_costs.cost_per_fte({name: tables[name] for name in names} | {"cost_observations": observed})

    def test_an_unknown_basis(self, tables):
        with pytest.raises(InputError, match="nearest valid one is 'saving reported per post'"):
            unit_costs.price_per_fte(tables, "saving")


# --- words and pictures ---


class TestWords:
    def frame(self, count: int = 1) -> pd.DataFrame:
        return pd.DataFrame({"date": [pd.Timestamp("2018-06-30")], "body_count": [count]})

    def test_twice_the_size(self):
        text = findings.staff_by_size(self.frame(), known(0.9))
        assert (
            text == "On 30 June 2018 twice the people went with 7% fewer staff per head (95% interval 3% to 10% fewer)"
        )
        assert "where bodies under one {officer} are taken together" in findings.staff_by_size(
            self.frame(2), known(0.9)
        )

    @pytest.mark.parametrize(
        ("power", "words"),
        [
            (0.97, "2% fewer staff per head, but the 95% interval, 1% more to 5% fewer, leaves no difference open"),
            (1.0, "no fewer staff per head, but the 95% interval, 4% more to 3% fewer, leaves"),
            (0.953, "but the 95% interval, 0% to 7% fewer, leaves"),
            (1.1, "7% more staff per head (95% interval 4% to 11% more)"),
        ],
    )
    def test_no_difference_left_open(self, power, words):
        assert words in findings.staff_by_size(self.frame(), known(power))

    def test_equal_mergers(self):
        text = findings.equal_mergers(known(0.9))
        assert (
            "7% fewer (3% to 10% fewer) in place of two, 10% fewer" in text and "in place of five equal bodies" in text
        )
        assert "not an effect of any merger" in text and "save" not in text

    def test_hosts_are_named_and_counted(self, ccgs):
        text = findings.staff_hosts(ccgs)
        assert text.startswith("9 of 195 bodies had at least 2 times the median") and "Oldham, South Tees" in text
        assert "25 of 195 bodies had none or fewer than 15" in text
        alone = findings.staff_hosts(staff.measured(tiny(*totals(40, 60, 120, 14)), "2018-06-30"))
        assert "1 of 5 bodies had at least 2 times" in alone and "is taken to host" in alone
        none = findings.staff_hosts(staff.measured(tiny(*totals(40, 60, 50, 50, 60)), "2018-06-30"))
        assert none == "None of the 5 bodies had as much as 2 times the median staff per head."

    def test_at_equal_density_deprivation_and_age(self, tables, groups):
        frame = scale.elasticities(tables, "2018-06-30", groups)
        row = frame[(frame["level"] == "bodies under one officer") & (frame["staff_counted"] == "all staff")]
        row = row[(row["hosts"] == "included") & (row["adjusted"] == "yes")].iloc[0]
        text = findings.adjusted(frame)
        assert f"{row['elasticity']:.2f} (95% interval {row['elasticity_low']:.2f} to" in text
        assert ("leaves no difference open" in text) == (row["elasticity_high"] >= 1)

    def test_prices(self):
        text = findings.price_of_posts(Range(97_000, 1, 107_000), Range(43_095, 1, 104_000))
        assert "£97,000 to £107,000 a year" in text and "£43,000 to £104,000 once" in text


class TestPictures:
    def test_every_body_is_drawn_where_it_is_and_hosts_are_named(self, ccgs):
        axes = charts.staff_by_size(ccgs, scale.elasticity(ccgs)).axes[0]
        drawn = {points.get_label(): points.get_offsets() for points in axes.collections if len(points.get_offsets())}
        drawn = {label: points for label, points in drawn.items() if "(" in str(label)}
        assert sum(len(points) for points in drawn.values()) == 195
        assert len(drawn["Host of others (9)"]) == 9 and len(drawn["Staff employed elsewhere (25)"]) == 25
        oldham = ccgs.set_index("body_code").loc["00Y"]
        assert [oldham["registered_population"], oldham["staff_per_100000"]] in drawn["Host of others (9)"].tolist()
        assert "Oldham" in "".join(text.get_text() for text in axes.texts)
        assert axes.yaxis.label.get_text() == "" and axes.get_title() == ""

    def test_the_curve_is_the_association(self, ccgs):
        found = scale.elasticity(ccgs)
        line = charts.staff_by_size(ccgs, found).axes[0].lines[0]
        people, rate = line.get_xdata(), line.get_ydata()
        assert rate[-1] / rate[0] == pytest.approx((people[-1] / people[0]) ** (found.elasticity - 1))

    def test_the_words_of_both_eras(self, icbs, ccgs):
        for frame in (ccgs, staff.measured(icbs, "2025-12-31")):
            shown = figures.staff_by_size(frame, scale.elasticity(frame))
            assert {"figure", "name", "headline", "subtitle", "alt", "source", "kind", "data"} == set(shown)
            assert "nan" not in shown["alt"] and shown["headline"] in shown["alt"]
        assert "North East and North Cumbria" in shown["alt"] and "staff_breaks.csv" in shown["alt"]

    def test_elasticities_have_their_intervals(self, tables):
        shown = figures.elasticities(scale.elasticities(tables, "2018-06-30"))
        axes = shown["figure"]().axes[0]
        points = np.concatenate(
            [one.get_offsets() for one in axes.collections if one.get_label() in ("People alone", "Adjusted")]
        )
        assert sorted(set(points[:, 0])) == pytest.approx(sorted(set(shown["data"]["elasticity"])))
        assert set(shown["data"]["hosts"]) == {"included"} and "8 elasticities" in shown["headline"]
