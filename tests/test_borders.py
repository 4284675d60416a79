"""What an era asks of borders and size: by hand on a small country, by brute force on a region, and as counted by others."""

import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import oracle
import pandas as pd
import pytest
from test_candidates import AUTHORITIES, BODIES, OFFICERS, PAIRS

from ccganalysis import parameters
from ccganalysis.analysis import borders, candidates, criteria, options, routes
from ccganalysis.data import eras, ingest, organisations
from ccganalysis.data.checks import of_their_era
from ccganalysis.errors import InputError
from ccganalysis.presentation import findings

DATES = ("2024-04-01", "2026-04-01")

ASKED = eras.Borders(
    authority="strategic", patients_footprint="2018-04-01", floor_people=400, guideline_people=600
)  # by hand: people of Ash to Elm are 100, 300, 200, 400, 500

SMALL = borders.Borders(
    asked=ASKED,
    # The North is Ash, Beech and half of Cedar; the South is Date and a tenth of Elm, whose others are in none.
    strategic=np.array([[90, 0], [310, 0], [100, 0], [0, 400], [0, 50]], dtype="float64"),
    strategic_total=np.array([500.0, 450.0]),
    main_authority=np.array([0, 0, 4, 1, 6]),
    admissions=np.array([10.0, 30, 20, 40, 50]),
    flows=np.array([[4.0, 6, 0, 0, 0], [0, 20, 10, 0, 0], [0, 5, 10, 5, 0], [0, 0, 0, 30, 0], [0, 0, 0, 0, 50]]),
    # Trusts are counted on four bodies before: Cedar and Date were one with three, the others have one each or none.
    had_part=np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=bool),
    part_count=np.array([1, 1, 2, 1]),
    trust_count=np.array([0, 2, 3, 1]),
    mean_people=300.0,
)


@pytest.fixture(scope="module")
def country(tables):
    made = candidates.setting(BODIES, OFFICERS, AUTHORITIES, tables["levers"], 0.2, 1_000, 5)
    return replace(made, borders=SMALL)


@pytest.fixture(scope="module")
def row(country):
    return candidates.area_plans(country, PAIRS, "QAA")


@pytest.fixture(scope="module")
def icbs():
    return ingest.Tables(ingest.era(DATES[1]))


@pytest.fixture(scope="module")
def settings(icbs):
    era = ingest.era(DATES[1])
    return {date: candidates.prepare(icbs, date, "", 0.5, 1_000, 1, era) for date in DATES}


class TestByHand:
    def one(self, country, *codes):
        return candidates.merged_bodies(country, [codes]).iloc[0]

    def test_strategic_authorities(self, country):
        found = self.one(country, "00A", "00B", "00C")
        assert found[["strategic_contained", "strategic_split", "people_in_whole_strategic"]].tolist() == [1, 0, 500]
        found = self.one(country, "00C", "00D")
        assert found[["strategic_contained", "strategic_split", "people_in_whole_strategic"]].tolist() == [0, 2, 0]

    def test_trusts_of_a_divided_body_count_where_all_its_parts_are(self, country):
        columns = ["acute_trusts_least", "acute_trusts_most"]
        assert self.one(country, "00C")[columns].tolist() == [0, 3]
        assert self.one(country, "00B", "00C")[columns].tolist() == [2, 5]
        assert self.one(country, "00B", "00C", "00D")[columns].tolist() == [5, 5]

    def test_patients_treated_inside(self, country):
        found = self.one(country, "00A", "00B")
        assert found[["emergency_admissions", "admissions_inside", "treated_inside_share"]].tolist() == [40, 30, 0.75]
        assert self.one(country, "00A")["treated_inside_share"] == 0.4

    def test_people(self, country):
        columns = ["meets_floor", "meets_guideline", "size_to_mean"]
        assert self.one(country, "00D")[columns].tolist() == ["yes", "no", pytest.approx(4 / 3)]
        assert self.one(country, "00C", "00D")[columns].tolist() == ["yes", "yes", 2.0]
        assert self.one(country, "00B")["meets_floor"] == "no"

    def test_plans(self, row):
        """Authority 2 is in Elm too, and the South: both are divided whatever the row does."""
        assert len(row.plans) == 8
        nothing, (both,) = row.plans.iloc[0], row.plans.index[[row.find([["00A", "00B"], ["00C", "00D"]])]]
        columns = ["councils_divided", "strategic_divided", "people_in_whole_strategic", "single_trust_count"]
        assert nothing[columns].tolist() == [2, 2, 0, 1]
        assert row.plans.loc[both, columns].tolist() == [1, 2, 0, 0]
        columns = ["treated_inside_share", "under_floor_count", "under_guideline_count"]
        assert nothing[columns].tolist() == [0.64, 3, 4]
        assert row.plans.loc[both, columns].tolist() == [0.75, 0, 1]

    def test_bodies_of_one_strategic_authority_are_joined(self, country, row):
        """Cedar has half its people in the North and as many in none: no more there than elsewhere, so it stays."""
        found = {name: row.members(one.plan) for one in options.options(row, country) for name in one.names}
        assert found["same_authority"] == [["00A", "00B"], ["00C"], ["00D"]]
        without = replace(country, borders=None)
        found = {name: row.members(one.plan) for one in options.options(row, without) for name in one.names}
        assert found["same_authority"] == [["00A", "00B"], ["00C", "00D"]]

    def test_the_main_authority_may_be_none(self):
        residents = np.array([[90, 0], [100, 90], [40, 30], [0, 0]], dtype="float64")
        main = borders._main(residents, np.array([90.0, 200, 140, 10]))
        assert main.tolist() == [0, 0, 4, 5]  # the third has 70 in none, the fourth everybody

    def test_flows_of_a_divided_body(self):
        """X becomes a and b (3 in 10 people), Y is y: X's own patients stay in their part, those of Y go to both by people."""
        flows = np.array([[100.0, 20], [30, 200]])
        share = np.array([[0.7, 0.3, 0], [0, 0, 1.0]])
        found = borders.carried(flows, share)
        assert found == pytest.approx(np.array([[70, 0, 14], [0, 30, 6], [21, 9, 200]]))
        assert borders.carried(flows, np.eye(2)) == pytest.approx(flows)

    @pytest.mark.parametrize(
        ("codes", "expected"),
        [
            (["00A", "00B", "00C"], ["met", "not met", "met", "met in part", "proxy only"]),
            (["00A", "00B"], ["met", "not met", "met", "not met", "proxy only"]),
            (["00C", "00D"], ["met", "met", "met", "not met", "proxy only"]),
            (["00A", "00C"], ["not met", "not met", "proxy only", "not met", "proxy only"]),
        ],
    )
    def test_criteria(self, country, icbs, codes, expected):
        asked = icbs["criteria"].set_index("criterion").loc[["F2", "F3", "F4", "F5", "F6"]].reset_index()
        one = self.one(country, *codes).copy()
        if codes == ["00A", "00B", "00C"]:
            one["registered_population"], one["meets_guideline"] = 599, "no"
        card = criteria.scorecard(one, asked, icbs["criteria_evidence"], 0.5)
        assert card["status"].tolist() == expected
        words = findings.scorecard(card, one, 0.5).set_index("criterion")["evidence"]
        assert all(words) and "nan" not in " ".join(words)
        if codes == ["00A", "00C"]:
            assert words["F4"].startswith("at most three acute trusts with a major")


def test_coterminous_only_with_everybody_in_whole_authorities(country, icbs):
    asked = icbs["criteria"][icbs["criteria"]["criterion"] == "F5"]
    one = candidates.merged_bodies(country, [["00A", "00B", "00C"]]).iloc[0].copy()
    one["people_in_whole_strategic"] = one["residents"]
    assert criteria.scorecard(one, asked, icbs["criteria_evidence"], 0.5)["status"].tolist() == ["met"]


@pytest.mark.parametrize(("date", "councils", "strategic"), [(DATES[0], 10, 10), (DATES[1], 5, 7)])
def test_councils_and_strategic_authorities_in_several_bodies(icbs, settings, date, councils, strategic):
    """As counted from the files of their publishers: 10 and 10 of the 42, 5 and 7 of the 36."""
    bodies = organisations.footprint(icbs["bodies"], date)
    per_body, england = borders.today(icbs, bodies, ingest.era(date))
    assert (england["councils_divided"], england["strategic_divided"]) == (councils, strategic)
    assert len(borders.strategic_divided(icbs, bodies)) == strategic
    singles = candidates.merged_bodies(settings[date], [[code] for code in settings[date].bodies["body_code"]])
    same = [
        "authorities_contained",
        "authorities_split",
        "strategic_split",
        "acute_trusts_least",
        "treated_inside_share",
    ]
    alike = per_body.set_index("body_code")[same].loc[singles["body_codes"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(alike, singles[same], check_dtype=False)


def test_every_patient_and_trust_is_carried(settings):
    first, last = (settings[date].borders for date in DATES)
    flows = defaultdict(float)
    for one in oracle.rows("patient_flows"):
        flows[one["icb_code"], one["host_icb_code"]] += float(one["emergency_admissions"])
    codes = settings[DATES[0]].bodies["body_code"]
    inside = np.array([flows[code, code] for code in codes])
    assert np.diag(first.flows) == pytest.approx(inside)
    major = {r["trust_code"] for r in oracle.rows("acute_trust_catchments") if float(r["major_attendances"] or 0) > 0}
    for found in (first, last):
        assert found.flows.sum() == pytest.approx(sum(flows.values()))
        assert found.admissions.sum() == pytest.approx(sum(flows.values()))
        assert found.trust_count.sum() == len(major) == 125
    # Three were divided: their parts can only be joined to what they were.
    assert sorted(last.part_count)[-3:] == [2, 2, 3] and (first.part_count == 1).all()


@pytest.mark.parametrize(("date", "region"), [(DATES[0], "Y61"), (DATES[1], "Y61"), (DATES[1], "Y59")])
def test_every_plan_of_a_region_by_brute_force(icbs, settings, date, region):
    """Each plan's measures from the raw rows, place by place."""
    setting = settings[date]
    area = candidates.area_plans(setting, organisations.neighbours(icbs["links"], date), region)
    living, upper = oracle.on("local_authority_overlap", date), {}
    for one in oracle.rows("upper_tier_authorities"):
        upper[one["authority_code"]] = one["upper_tier_code"]
    strategic_of = {one["authority_code"]: one["strategic_name"] for one in oracle.rows("strategic_authorities")}
    councils, strategic = defaultdict(set), defaultdict(set)
    for one in living:
        councils[upper[one["authority_code"]]].add(one["body_code"])
        if one["authority_code"] in strategic_of:
            strategic[strategic_of[one["authority_code"]]].add(one["body_code"])
    people = setting.bodies.set_index("body_code")["registered_population"].astype(int)
    place = {code: number for number, code in enumerate(setting.bodies["body_code"])}
    own = set(area.codes)

    def divided(of, groups):
        return sum(bool(codes & own) and not any(codes <= group for group in groups) for codes in of.values())

    for plan in range(0, len(area.plans), max(1, len(area.plans) // 400)):
        groups = [set(group) for group in area.members(plan)]
        told = area.plans.iloc[plan]
        assert told["councils_divided"] == divided(councils, groups)
        assert told["strategic_divided"] == divided(strategic, groups)
        assert told["under_floor_count"] == sum(sum(people[list(group)]) < 1_000_000 for group in groups)
        assert told["under_guideline_count"] == sum(sum(people[list(group)]) < 2_000_000 for group in groups)
        inside = sum(
            setting.borders.flows[place[one], place[other]]
            for group in groups
            for one, other in itertools.product(group, group)
        )
        admitted = sum(setting.borders.admissions[place[code]] for code in own)
        assert told["treated_inside_share"] == pytest.approx(inside / admitted)


def test_more_is_inside_where_more_is_merged(settings, icbs):
    """Merging loses no patient, divides no authority and leaves no more bodies under the floor."""
    area = candidates.area_plans(settings[DATES[1]], organisations.neighbours(icbs["links"], DATES[1]), "Y60")
    no_change, worst = area.plans.iloc[0], area.plans
    assert (worst["treated_inside_share"] >= no_change["treated_inside_share"] - 1e-12).all()
    for column in ("councils_divided", "strategic_divided", "under_floor_count", "single_trust_count"):
        assert (worst[column] <= no_change[column]).all(), column


@pytest.fixture(scope="module")
def frame(settings, icbs):
    return options.of_england(settings[DATES[1]], organisations.neighbours(icbs["links"], DATES[1]), 26, 4)


class TestEngland:
    def test_rules_inside_regions_add_up(self, frame, settings, icbs):
        """What every region's own option comes to, added up."""
        pairs = organisations.neighbours(icbs["links"], DATES[1])
        setting = settings[DATES[1]]
        inside = frame[frame["across"] == "no"].set_index("option")
        assert list(inside.index) == list(options.BY_RULE)
        counted = defaultdict(int)
        for area in candidates.every_area(setting, pairs).values():
            for one in options.options(area, setting):
                for name in one.names:
                    counted[name, "body_count"] += area.plans["body_count"].iloc[one.plan]
                    counted[name, "disruption_people"] += area.plans["disruption_people"].iloc[one.plan]
                    counted[name, "under_floor_count"] += area.plans["under_floor_count"].iloc[one.plan]
        for (name, column), value in counted.items():
            assert inside.loc[name, column] == value, (name, column)
        assert inside.loc["no_change", ["body_count", "councils_divided", "strategic_divided"]].tolist() == [36, 5, 7]
        assert inside.loc["one_body", "body_count"] == 7 and set(inside["crossing_count"]) == {0}

    def test_the_best_are_best(self, frame):
        best = frame.set_index("option").loc[list(options.AIMS)]
        assert set(best["proven"]) == {"yes"} and set(best["across"]) == {"yes"}
        assert best.loc["reach_floor", "under_floor_count"] == 0
        with_26 = best.drop("reach_floor")
        assert set(with_26["body_count"]) == {26}
        measures = dict(best_councils="people_in_whole_authorities", best_strategic="people_in_whole_strategic")
        for aim, column in {**measures, "best_patients": "treated_inside_share"}.items():
            assert with_26.loc[aim, column] == with_26[column].max(), aim
        for codes in best["merged"]:
            assert max(group.count("+") for group in codes.split(", ")) <= 3

    def test_where_nothing_is_asked(self, settings):
        with pytest.raises(InputError, match="asks for nothing"):
            options.of_england(replace(settings[DATES[1]], borders=None), [], 26, 4)


def test_across_borders_by_hand(country):
    """Date and Elm belong together by an officer, across the border of the row; Elm has no neighbour in its own area."""
    shared = replace(country, bodies=country.bodies.assign(officer=["00A", "00B", "00C", "g", "g"]))
    frame = options.of_england(shared, PAIRS, 3, 2).set_index(["option", "across"])
    assert frame.loc[("same_officer", "no"), "merged"] == "none"
    assert frame.loc[("same_officer", "yes"), ["merged", "crossing_count"]].tolist() == ["00D+00E", 1]
    assert ("same_authority", "yes") not in frame.index and ("one_body", "yes") not in frame.index
    assert frame.loc[("one_body", "no"), "merged"] == "00A+00B+00C+00D"
    # Three bodies of at most two leave Ash, Cedar or Elm alone: of 150, 4 + 45 + 80, 30 + 10 + 80 or 30 + 45 + 50 are inside.
    assert frame.loc[("best_patients", "yes"), "merged"] == "00B+00C, 00D+00E"
    assert frame.loc[("best_patients", "yes"), "treated_inside_share"] == pytest.approx(129 / 150)
    assert frame.loc[("reach_floor", "yes"), ["merged", "disruption_people"]].tolist() == ["00A+00B, 00C+00D", 300]


def test_a_criterion_that_its_era_cannot_measure_is_named(icbs):
    declared = tuple(one.model_copy(update={"borders": None}) for one in ingest.all_eras() if one.name == "icb")
    tables = {"footprints": icbs["footprints"], "criteria": icbs["criteria"]}
    faults = of_their_era(tables, declared)
    assert len(faults) == 5 and "needs [icb.borders] in eras.toml" in str(faults[0])


def test_words_of_bodies_as_they_are(icbs):
    per_body, england = borders.today(icbs, organisations.footprint(icbs["bodies"], DATES[1]), ingest.era(DATES[1]))
    told = findings.bodies_today(per_body, england, ingest.era(DATES[1]).borders)
    assert told.startswith("Five councils and seven strategic authorities are in more than one {body}.")
    assert "as modelled" in told and "8 of 36 {bodies} are under the floor." in told


def test_plans_are_compared_on_it_only_where_it_is_asked():
    asked = {"area": "Y58", "as_at": DATES[1], "objectives": "released, strategic, patients"}
    assert parameters.check("area_report", asked)
    with pytest.raises(InputError, match="'strategic' is not measured for 2018-04-01.*released, coterminosity"):
        parameters.check("area_report", {"objectives": "released, strategic"})


def test_further_criteria_are_those_of_the_era(country, row, settings, icbs):
    """Of the row, whose members have no borders to keep to, nobody asks for strategic authorities."""
    without = replace(country, borders=None)
    plain = candidates.area_plans(without, PAIRS, "QAA")
    added = [
        set(options.with_and_without(area, options.options(area, one))["added"])
        for area, one in ((plain, without), (row, country))
    ]
    assert added[1] - added[0] == {"strategic", "patients"}


def test_a_merger_that_makes_a_strategic_authority_whole_improves_fit(settings, icbs):
    """London: every council is in one ICB as it is, and the Greater London Authority is in four."""
    setting, pairs = settings[DATES[1]], organisations.neighbours(icbs["links"], DATES[1])
    area = candidates.area_plans(setting, pairs, "Y56")
    assert set(area.plans["coterminous_share"]) == {1.0} and area.plans["strategic_divided"].iloc[0] == 1
    found = routes.evidence(icbs, setting.bodies, ingest.era(DATES[1]), seed=1)
    assert options.answer(area, setting, found).verdict.kind != options.NO_FIT
    east = candidates.area_plans(setting, pairs, "Y61")
    assert not east.plans["strategic_divided"].any()
    assert options.answer(east, setting, found).verdict.kind == options.NO_FIT
