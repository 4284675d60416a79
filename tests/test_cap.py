"""The cap of 2025 beside measured staff: each figure from the files themselves, and what it may never be mixed with."""

import oracle
import pandas as pd
import pytest
import sentence_rules
import sentences

from ccganalysis.analysis import cap, levers, unit_costs
from ccganalysis.data import ingest, organisations
from ccganalysis.errors import InputError
from ccganalysis.presentation import charts, findings

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


# --- what readers are told ---


@pytest.fixture(scope="module")
def pages(era):
    """The reports that have the cap: England's running costs, and every region's."""
    given = {"saving_target": era.money.target, "draws": 1_000}
    regions = ("Y56", "Y58", "Y59", "Y60", "Y61", "Y62", "Y63")
    with sentences.recording():
        found = {(date, ""): sentences.page("02_running_costs", as_at=date, **given) for date in (FIRST, LAST)}
        for date in (FIRST, LAST):
            for area in regions:
                found[date, area] = sentences.page("area_report", as_at=date, area=area, **given)
    return found


def told(page):
    """The three paragraphs: what the cap is, what it pays for, and what that leaves out."""
    texts = [text for part, text in page.texts if part == "text"]
    (start,) = (place for place, text in enumerate(texts) if text.startswith("## The cap"))
    return texts[start : start + 3]


def test_england_in_words(pages):
    """All 42, and the 36 after them; 3.9% fewer staff since April of the half asked for."""
    meaning, found, caveats = told(pages[FIRST, ""])
    assert "£18.76 a head" in meaning and "never added up, compared or joined" in meaning
    assert found.startswith("**All 42 ICBs had more staff on 31 December 2025 than the cap would pay for**, if a post")
    assert "There were 22,823," in found and "From 30 April 2025 to that day staff fell by 3.9%." in found
    assert found.endswith("In March 2025 50% of running costs was asked for.")
    assert "is given for North East and North Cumbria, as staff of a support unit joined" in caveats
    later = told(pages[LAST, ""])[1]
    assert later.startswith("**All 36 ICBs had more staff") and "those of the 42 ICBs before them" in later


def test_a_sentence_has_at_most_two_numbers(pages):
    for page in pages.values():
        assert not sentence_rules.of_many_numbers(told(page))


def test_each_region_has_its_own_bodies(pages):
    for date, count in ((FIRST, 42), (LAST, 36)):
        shown = [pages[date, area].tables["cap_by_body"] for day, area in pages if day == date and area]
        assert sum(map(len, shown)) == count == len(pages[date, ""].tables["cap_by_body"])
        everywhere = pages[date, ""].tables["posts_paid"]
        assert sum(frame["staff_fte"].sum() for frame in shown) == pytest.approx(everywhere["staff_fte"].sum())


def test_the_cap_stands_in_no_table_with_an_allowance(pages):
    for page in pages.values():
        for name, frame in page.tables.items():
            allowances = {"baseline_gbp", "limit_gbp", "gap_gbp"} & set(frame)
            assert not (allowances and {"cost_cap_gbp", "posts_paid"} & set(frame)), name


def test_an_era_without_a_cap_is_told_of_none():
    with sentences.recording():
        page = sentences.page("02_running_costs", as_at="2018-04-01", draws=1_000)
    assert not {"posts_paid", "cap_by_body"} & set(page.tables) and "## The cap" not in page.part("text")


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ([1.0], "The one {body} had"),
        ([-1.0], "Not even the one {body} had"),
        ([1.0, 2.0], "Both {bodies} had"),
        ([-1.0, -2.0], "Neither of the 2 {bodies} had"),
        ([1.0, -1.0], "1 of 2 {bodies} had"),
        ([-1.0] * 3, "None of 3 {bodies} had"),
        ([1.0] * 3, "All 3 {bodies} had"),
    ],
)
def test_however_many_are_above_it(era, over, words):
    each = pd.DataFrame({"posts_over_low": over})
    whole = {"place": "London", "cost_cap_gbp": 2e8, "posts_paid_low": 10.0, "posts_paid_high": 10.2, "staff_fte": 12.0}
    row = pd.Series(whole | {"staff_fte_before": 12.0})
    text = findings.cap_against_staff(each, row, row, era.cap, None)
    assert (
        text.startswith(f"**{words} more staff")
        and "pay for 10 posts" in text
        and text.endswith("staff did not change.")
    )


def test_the_chart_has_every_place_twice_and_says_what_is_too_much():
    frame = pd.DataFrame({"place": ["A", "B"], "staff_fte_before": [30.0, 9.0], "staff_fte": [25.0, 8.0]})
    frame = frame.assign(posts_paid_low=[10.0, 10.0], posts_paid=[12.0, 12.0], posts_paid_high=[15.0, 15.0])
    axes = charts.posts_paid(frame.assign(posts_over=[13.0, -4.0]), "then", "now").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [5, 5] and [bar.get_x() for bar in axes.patches] == [10, 10]
    points = [sorted(one.get_offsets()[:, 0]) for one in axes.collections[1:]]
    assert points == [[9, 30], [8, 25]]
    assert [text.get_text().strip() for text in axes.texts] == ["A: 13 too many", "B: 4 more paid for"]
