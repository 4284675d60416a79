"""The cap of 2025 beside measured staff: each figure from the files themselves, and what it may never be mixed with."""

import oracle
import pandas as pd
import pytest

from ccganalysis.analysis import cap, levers, unit_costs
from ccganalysis.data import ingest, organisations
from ccganalysis.errors import InputError

FIRST, LAST = "2024-04-01", "2026-04-01"


@pytest.fixture(scope="module")
def era():
    return ingest.era(FIRST)


@pytest.fixture(scope="module")
def icbs(era):
    return ingest.Tables(era)


@pytest.fixture(scope="module")
def teams(icbs, era):
    return {
        date: levers.officer_groups(
            icbs["shared_leadership"], icbs["successors"], organisations.footprint(icbs["bodies"], date), era.leadership
        )
        for date in (FIRST, LAST)
    }


@pytest.fixture(scope="module")
def against(icbs, era, teams):
    """The cap beside staff on a footprint, by something, from another day than the declared one if given."""

    def found(date, by=cap.BODY, before=None, tables=icbs):
        bodies = organisations.footprint(icbs["bodies"], date)
        declared = era.cap.model_copy(update={"before": before}) if before else era.cap
        return cap.against_staff(tables, bodies, teams[date], declared, by)

    return found


def fte(code: str, date: str) -> float:
    (row,) = (
        row
        for row in oracle.rows("staff")
        if (row["body_code"], row["date"], row["staff_group"]) == (code, date, "All staff groups")
    )
    return float(row["staff_fte"])


def test_one_body_by_hand(icbs, against):
    """Lancashire and South Cumbria: 1,870,895 people at £18.76."""
    found = against(FIRST).set_index("place").loc["NHS Lancashire and South Cumbria ICB"]
    pounds = 1_870_895 * 18.76
    assert found["cost_cap_gbp"] == pytest.approx(pounds)
    assert (found["staff_fte_before"], found["staff_fte"]) == (832.68, 831.62)
    assert found["staff_change_share"] == pytest.approx(831.62 / 832.68 - 1)
    price = unit_costs.price_per_fte(icbs)
    assert found["posts_paid_low"] == pytest.approx(pounds / price.high)
    assert found["posts_paid_high"] == pytest.approx(pounds / price.low)
    assert found["posts_over"] == pytest.approx(831.62 - pounds / price.central)
    assert found["posts_over_low"] == pytest.approx(831.62 - pounds / price.low)
    assert found["posts_over_share"] == pytest.approx(1 - pounds / price.central / 831.62)


def test_the_cap_of_every_body_is_the_one_worked_out_by_its_source(icbs, era):
    """Whose figures are in whole £ thousand."""
    printed = {row["icb_code"]: float(row["cost_cap_2025_26_gbp"]) for row in oracle.rows("icb_allowance")}
    found = cap.by_body(icbs, FIRST, era.cap).set_index("body_code")["cost_cap_gbp"]
    assert set(found.index) == set(printed) and all(abs(found[code] - pounds) < 501 for code, pounds in printed.items())


def test_first_looks_are_met(against, era):
    """All 42 were above what the cap pays for in December 2025, whatever a post costs; staff fell 3.9% from April."""
    each = against(FIRST)
    assert len(each) == 42 and (each["posts_over_low"] > 0).all()
    (england,) = against(FIRST, cap.EVERYONE, era.cap.since).itertuples()
    assert round(england.staff_fte_before) == 23_741 and round(england.staff_fte) == 22_823
    assert england.staff_change_share == pytest.approx(-0.039, abs=5e-4)
    assert england.cost_cap_gbp == pytest.approx(18.76 * 63_849_321)


def test_a_declared_break_is_not_taken_for_a_change(against, era):
    """Staff of a support unit joined North East and North Cumbria in April 2025."""
    each = against(FIRST).set_index("place")["staff_change_share"]
    assert list(each.index[each.isna()]) == ["NHS North East and North Cumbria ICB"]
    later = against(FIRST, before=era.cap.since)
    assert later["staff_change_share"].notna().all()
    regions = against(FIRST, cap.AREA).set_index("place")["staff_change_share"]
    assert list(regions.index[regions.isna()]) == ["North East and Yorkshire"]


@pytest.mark.parametrize("by", cap.BY)
@pytest.mark.parametrize("date", [FIRST, LAST])
def test_parts_add_up_to_england(against, date, by):
    table = against(date, by)
    counts = {FIRST: {"body": 42, "group": 26, "area": 7}, LAST: {"body": 36, "group": 26, "area": 7}}[date]
    assert len(table) == counts.get(by, 1) and table["body_count"].sum() == counts["body"]
    assert table["allowance_population"].sum() == pytest.approx(63_849_321)
    assert table["staff_fte"].sum() == pytest.approx(
        sum(fte(row["icb_code"], "2025-12-31") for row in oracle.rows("icb_allowance"))
    )
    assert table["posts_over"].is_monotonic_decreasing
    assert (table["posts_paid_low"] < table["posts_paid"]).all() and (
        table["posts_paid"] < table["posts_paid_high"]
    ).all()


def test_what_was_divided_is_carried_by_residents(icbs, era):
    """Essex: all of Mid and South Essex, 34.9% of Suffolk and North East Essex, 21.0% of Hertfordshire and West Essex."""
    after = cap.by_body(icbs, LAST, era.cap).set_index("body_code").loc["D7T5G"]
    parts = {"QH8": 1.0, "QJG": 344_553 / 987_177, "QM7": 312_214 / 1_488_061}
    assert after["staff_fte"] == pytest.approx(sum(share * fte(code, "2025-12-31") for code, share in parts.items()))


def test_a_cluster_is_named_and_a_body_alone_has_its_own_name(against):
    places = set(against(LAST, cap.GROUP)["place"])
    assert "Birmingham, Solihull and Black Country" in places and "NHS Essex ICB" in places


def test_where_less_is_spent_than_the_cap_pays_for(icbs, against):
    """Half the staff everywhere: posts too many are negative where the cap pays for more."""
    staff = icbs["staff"]
    few = staff.assign(
        staff_fte=staff["staff_fte"].where(staff["date"] != pd.Timestamp("2025-12-31"), staff["staff_fte"] / 10)
    )
    table = against(FIRST, tables={**_given(icbs), "staff": few})
    price = unit_costs.price_per_fte(icbs).central
    assert table["posts_over"].tolist() == pytest.approx((table["staff_fte"] - table["cost_cap_gbp"] / price).tolist())
    assert (table["posts_over"] < 0).all()


def _given(tables):
    names = "bodies successors staff staff_breaks icb_allowance national_running_costs cost_observations reorganisation_costs"
    return {name: tables[name] for name in names.split()}


def test_what_cannot_be_told_is_named(icbs, era, against):
    with pytest.raises(InputError, match="nearest valid one is 'area'"):
        against(FIRST, "aera")
    with pytest.raises(InputError, match="must have one row 'ICB cost cap"):
        cap.rate_gbp(icbs["national_running_costs"].query("unit != 'GBP per head'"), era.cap)
