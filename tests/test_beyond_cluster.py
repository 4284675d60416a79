"""What merging releases beyond sharing: by hand, by the formula of the break-even, and as told on every page that has it."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
import sentence_rules
import sentences
from test_routes import BODIES, elasticity, evidence

from ccganalysis.analysis import beyond_cluster, candidates, levers, routes, scale, staff
from ccganalysis.data import ingest, organisations
from ccganalysis.errors import InputError
from ccganalysis.presentation import findings

FIRST, LAST = "2024-04-01", "2026-04-01"

SHARED = BODIES.assign(
    body_name=["Alpha", "Beta", "Gamma", "Delta"],
    area_code="Y",
    area_name="Here",
    officer=["Two of them", "Two of them", "second", "third"],
)
LINKS = [("A", "B"), ("B", "C"), ("C", "D")]


@pytest.fixture
def found(tables):
    """A and B, of £4m and £2m and 60 staff, share an officer; C and D do not."""
    return evidence(tables, bodies=SHARED[list(BODIES)])


@pytest.fixture
def apart(found):
    return dataclasses.replace(
        found, bodies=found.bodies.assign(officer=found.bodies["body_code"]), elasticity=elasticity(0.8)
    )


@pytest.fixture
def groups():
    return beyond_cluster.open_groups(SHARED, LINKS)


# --- who could merge ---


def test_only_neighbours_inside_an_area_that_share_an_officer(groups):
    assert groups["body_code"].tolist() == ["A", "B"] and set(groups["place"]) == {"Two of them"}
    assert beyond_cluster.open_groups(SHARED, LINKS[1:]).empty
    beyond = SHARED.assign(area_code=["Y", "Z", "Y", "Y"])
    assert beyond_cluster.open_groups(beyond, LINKS).empty


def test_a_group_recorded_by_a_code_is_named_after_its_bodies():
    coded = SHARED.assign(officer=["ABC", "ABC", "ABC", "D"])
    assert set(beyond_cluster.open_groups(coded, LINKS)["place"]) == {"Alpha with 2 more"}


def test_a_part_of_a_group_does_not_go_by_its_name():
    """All four share; D is nobody's neighbour, so three could merge, and the fourth not."""
    all_four = SHARED.assign(officer="All of them")
    assert set(beyond_cluster.open_groups(all_four, LINKS[:2])["place"]) == {"Alpha with 2 more"}


# --- one group by hand ---


def test_break_even_by_hand(tables, groups):
    """20% of £6m is £1.2m; one body removed that shared, of whose saving a quarter was had: £1.2m / 0.75."""
    (row,) = beyond_cluster.break_even(groups, tables["levers"], 0.20).itertuples()
    assert (row.body_count, row.group_count, row.bodies) == (2, 1, "Alpha; Beta")
    assert row.asked_gbp == pytest.approx(1_200_000) and row.break_even_saving_gbp == pytest.approx(1_600_000)


def test_break_even_of_several_groups_together(tables):
    """£8m of four bodies in two groups: half is £4m, and two bodies go: £4m / (2 x 0.75)."""
    two = SHARED.assign(officer=["first pair", "first pair", "second pair", "second pair"])
    both = beyond_cluster.open_groups(two, LINKS).assign(whole="all")
    (row,) = beyond_cluster.break_even(both, tables["levers"], 0.50, "whole").itertuples()
    assert (row.group_count, row.body_count) == (2, 4)
    assert row.break_even_saving_gbp == pytest.approx(4e6 / 1.5)


def test_routes_by_hand(found, apart, groups):
    rows = beyond_cluster.by_route(found, apart, groups).set_index("route")
    pounds = [f"released_{case}_gbp" for case in levers.CASES]
    assert rows.loc[routes.FIXED, pounds].tolist() == pytest.approx([300_000 * 0.5, 400_000 * 0.75, 500_000])
    # Of the smaller one, £2m: 4%, 10% and 12%, less half, a quarter and nothing.
    assert rows.loc[routes.PROPORTIONAL, pounds].tolist() == pytest.approx([40_000, 150_000, 240_000])
    # 400,000 and 200,000 people: staffed as one already, nothing; as apart, by the line of single bodies.
    shares = {power: 1 - 600**power / (400**power + 200**power) for power in (0.75, 0.8)}
    assert rows.loc[routes.SCALE, "released_low_gbp"] == 0
    assert rows.loc[routes.SCALE, "released_central_gbp"] == pytest.approx(60 * shares[0.8] * 100_000 * 0.75)
    assert rows.loc[routes.SCALE, "released_high_gbp"] == pytest.approx(60 * shares[0.75] * 110_000)
    assert rows.loc[routes.SCALE, "posts_fewer_high"] == pytest.approx(60 * shares[0.75])
    assert rows.loc[routes.MEASURED, "released_central_gbp"] == pytest.approx(60 * 0.03 * 100_000)


def test_where_more_people_go_with_more_staff_a_head_a_merger_may_take_more(found, apart, groups):
    rising = dataclasses.replace(apart, elasticity=elasticity(1.1))
    row = beyond_cluster.by_route(found, rising, groups).set_index("route").loc[routes.SCALE]
    assert row["released_low_gbp"] < 0 and row["released_high_gbp"] == 0


def test_groups_add_up(tables, found, apart):
    two = SHARED.assign(officer=["first pair", "first pair", "second pair", "second pair"])
    shared = dataclasses.replace(found, bodies=two[list(BODIES)])
    both = beyond_cluster.open_groups(two, LINKS).assign(whole="all")
    each = beyond_cluster.by_route(shared, apart, both)
    whole = beyond_cluster.by_route(shared, apart, both, "whole").set_index("route")
    for case in levers.CASES:
        name = f"released_{case}_gbp"
        assert each.groupby("route")[name].sum().to_dict() == pytest.approx(whole[name].to_dict())


def test_without_staff_only_prices_are_told(tables, groups):
    bodies = SHARED[list(BODIES)].assign(staff_fte=np.nan)
    bare = evidence(tables, bodies=bodies, staff_date=None, elasticity=None, effect=None)
    separate = beyond_cluster.apart(bare, tables)
    rows = beyond_cluster.by_route(bare, separate, groups)
    assert rows["released_central_gbp"].notna().tolist() == [True, True, False, False]
    needed = beyond_cluster.break_even(groups, tables["levers"], 0.2)
    answer = findings.beyond_answer("here", FIRST, needed.iloc[0], rows, bare)
    assert "By scale" not in answer and "As measured" not in answer and "£40,000 to £500,000 a year" in answer
    none = pd.DataFrame(columns=["place", "bodies", "body_count", "registered_population", "area_name", "followed"])
    (cells,) = findings.beyond_table(needed, rows, routes.repaid(bare, rows), none).to_dict("records")
    assert (cells["released_by_scale"], cells["cost_once"]) == ("", "") and cells["break_even"] == "£1.6 million"


# --- the ICBs ---


@pytest.fixture(scope="module")
def era():
    return ingest.era(LAST)


@pytest.fixture(scope="module")
def icbs(era):
    return ingest.Tables(era)


def of(icbs, era, date):
    setting = candidates.prepare(icbs, date, "", 0.5, 1_000, 1, era)
    return setting.bodies, beyond_cluster.open_groups(setting.bodies, organisations.neighbours(icbs["links"], date))


def test_clusters_left_and_merged(icbs, era):
    """26 teams for 36 ICBs: ten bodies more, in eight clusters. Of the thirteen of 2025 five had merged by April 2026."""
    _, groups = of(icbs, era, LAST)
    assert (groups["place"].nunique(), len(groups)) == (8, 18)
    assert groups.groupby("area_name")["place"].nunique().to_dict() == {"Midlands": 5, "South West": 3}
    regions = ["London", "East of England", "South East", "Midlands", "South West"]
    merged = beyond_cluster.merged(icbs, era.leadership, LAST, regions)
    assert merged.groupby("area_name")["body_count"].sum().to_dict() == {
        "East of England": 5,
        "London": 2,
        "South East": 4,
    }
    _, before = of(icbs, era, FIRST)
    assert set(before["place"]) == {*groups["place"], *merged["place"]} and len(before) == 18 + 11
    assert beyond_cluster.merged(icbs, era.leadership, FIRST, regions).empty


def test_a_cluster_of_two_by_hand(icbs, era):
    """Devon, and Cornwall: half of both allowances over three quarters of one body; both shapes between £0.15m and 12% of Cornwall's."""
    bodies, groups = of(icbs, era, LAST)
    printed = icbs["icb_allowance"].set_index("icb_code")["allowance_2025_26_gbp"]
    mine = groups[groups["place"] == "Cornwall & Isles of Scilly and Devon"]
    assert set(mine["body_code"]) == {"QJK", "QT6"}
    (row,) = beyond_cluster.break_even(mine, icbs["levers"], 0.5).itertuples()
    assert row.break_even_saving_gbp == pytest.approx(0.5 * (printed["QJK"] + printed["QT6"]) / 0.75)
    found = routes.evidence(icbs, bodies, era)
    rows = beyond_cluster.by_route(found, beyond_cluster.apart(found, icbs), mine).set_index("route")
    assert rows.loc[routes.FIXED, "released_low_gbp"] == pytest.approx(150_000)
    rate = routes.proportional_rate(icbs["merger_saving_evidence"])
    assert rows.loc[routes.PROPORTIONAL, "released_high_gbp"] == pytest.approx(rate.high * printed["QT6"])


def test_apart_is_the_line_of_single_bodies(icbs, era):
    bodies, _ = of(icbs, era, LAST)
    found = routes.evidence(icbs, bodies, era)
    own = beyond_cluster.apart(found, icbs)
    assert own.elasticity.elasticity == scale.elasticity(staff.measured(icbs, found.staff_date)).elasticity
    assert own.elasticity.bodies > found.elasticity.bodies and (own.bodies["officer"] == own.bodies["body_code"]).all()


def test_the_question_is_a_row_of_the_facts(icbs, era):
    fact = beyond_cluster.question(icbs["policy_facts"], era.leadership)
    assert fact["period"] == "2025-10-17" and "79842" in fact["source"]
    asked = findings.beyond_question(fact)
    assert "A minister said on 17 October 2025 that it was not possible to estimate the difference in savings" in asked
    with pytest.raises(InputError, match=r"policy_facts.csv must have one row 'minister"):
        beyond_cluster.question(icbs["policy_facts"].iloc[:3], era.leadership)


def test_the_same_function_answers_for_ccgs(tables, setting_2018, pairs_2018):
    groups = beyond_cluster.open_groups(setting_2018.bodies, pairs_2018)
    sizes = groups.groupby("place")["body_code"].size()
    assert sizes.min() >= 2 and groups["place"].str.contains("with").any()
    officers = setting_2018.bodies["officer"].value_counts()
    assert len(groups) <= officers[officers > 1].sum()
    needed = beyond_cluster.break_even(groups, tables["levers"], 0.2)
    removed = (needed["body_count"] - 1) * 0.75
    assert (needed["break_even_saving_gbp"] * removed).to_numpy() == pytest.approx(
        0.2 * needed["baseline_gbp"].to_numpy()
    )


# --- what readers are told ---


@pytest.fixture(scope="module")
def pages(era):
    with sentences.recording():
        given = {"saving_target": era.money.target, "draws": 1_000}
        return {
            (date, area): sentences.page(
                *(["area_report"] if area else ["05_national_report"]),
                as_at=date,
                **given,
                **({"area": area} if area else {}),
            )
            for date in (FIRST, LAST)
            for area in ("", "Y56", "Y58", "Y59", "Y60", "Y61", "Y62", "Y63")
        }


def told(page):
    """The paragraphs of the part: the heading's, and those between it and the next heading."""
    texts = [text for part, text in page.texts if part == "text"]
    (start,) = (place for place, text in enumerate(texts) if text.startswith("## Cluster or merger?"))
    found = texts[start : start + 1]
    for text in texts[start + 1 :]:
        if not text.startswith(("On the map", "**It rests", "In the", "In London", "No ICBs")):
            break
        found.append(text)
    return found


def test_it_is_told_on_every_page_of_the_era(pages):
    for (date, area), page in pages.items():
        held = "beyond_sharing_by_group" in page.tables
        assert held == (len(told(page)) == 3), (date, area)
        assert held or re.search("no cluster is left to merge|question does not arise", told(page)[1]), (date, area)
    regions = {
        date: {area for day, area in pages if day == date and "beyond_sharing" in pages[day, area].tables}
        for date in (FIRST, LAST)
    }
    assert regions == {FIRST: {"", "Y58", "Y59", "Y60", "Y61"}, LAST: {"", "Y58", "Y60"}}


def test_a_sentence_has_at_most_two_numbers(pages):
    for page in pages.values():
        assert not sentence_rules.of_many_numbers(told(page))


def test_the_answer_is_that_of_the_tables(pages):
    """England in April 2026: ten bodies of eight clusters, £150,000 to £500,000 each, or 12% of what all but the largest cost."""
    page = pages[LAST, ""]
    answer = told(page)[1]
    assert "England has eight clusters, of 18 ICBs." in answer
    rows = page.tables["beyond_sharing"].set_index("route")
    assert rows.loc[routes.FIXED, "released_low_gbp"] == pytest.approx(10 * 150_000)
    assert rows.loc[routes.FIXED, "released_high_gbp"] == pytest.approx(10 * 500_000)
    most = rows.loc[routes.PROPORTIONAL, "released_high_gbp"]
    assert f"would release £1.5 to £{most / 1e6:.1f} million a year beyond what sharing has released, if" in answer
    every = page.tables["beyond_sharing_by_route"].set_index(["place", "route"])["released_high_gbp"]
    regions = every["Midlands", routes.PROPORTIONAL] + every["South West", routes.PROPORTIONAL]
    assert regions == pytest.approx(most)
    followed = page.tables["beyond_sharing_by_group"]["followed"].value_counts().to_dict()
    assert (
        followed
        == {"not merged": 8, "merged": 5}
        == pages[FIRST, ""].tables["beyond_sharing_by_group"]["followed"].value_counts().to_dict()
    )


def test_nothing_of_it_where_nobody_asked():
    with sentences.recording():
        page = sentences.page("05_national_report", as_at="2018-04-01", draws=1_000)
    assert "or merger?" not in page.part("text") and "beyond_sharing_by_group" not in page.tables
