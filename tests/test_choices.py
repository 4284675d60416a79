"""Sentences about one ICS's plans: true for every area, date, water link, target, floor and ceiling."""

import re

import pandas as pd
import pytest
from ccg import ERA, MONEY

from ccganalysis.analysis import candidates, running_costs
from ccganalysis.analysis import levers as lever
from ccganalysis.data import organisations
from ccganalysis.parameters import AreaReport
from ccganalysis.presentation import display, findings, sections
from ccganalysis.presentation.findings import choices

STRESS = 1_500_000
COMPARED = ["released", "coterminosity", "disruption"]
DATES = ("2017-04-01", "2018-04-01", "2019-04-01", "2020-04-01", "2021-04-01")
FAULTS = (
    r"\bnan\b",
    r"\binf\b",
    r"\bNone\b(?! of)",
    r"  ",
    r"\bin 1 ",
    r"\bof 1\b(?!,)",
    r"(?<![\d,.])1 (ways|mergers|plans|bodies|candidates|outcomes)\b",
    r"\bone (ways|plans|outcomes|mergers)\b",
    r"from (\S+) to at most \1[ .]",
    r"(£[\d.,]+( million)?) to \1[ ,.]",
    r"(\w+) bodies had become \1 bod",
    r"\ball listed\b",
    r"\bever priced\b",
    r"whole programmes?\b",
    r"rest has to come from",
)


class Place:
    """One footprint with everything that the sentences about its ICSs are made of."""

    def __init__(self, tables, as_at: str, water_links: str, target: float):
        self.tables, self.as_at, self.water_links, self.target = tables, as_at, water_links, target
        self.setting = candidates.prepare(tables, as_at, "per_head_adjusted", target, 1_000, 1, ERA)
        self.pairs = organisations.neighbours(tables["links"], as_at, water_links, tables["water_links"])
        self.cuts = running_costs.cuts(tables, target, MONEY)
        self.limits = running_costs.with_limits(self.setting.bodies, self.cuts["cash"])
        self.places = lever.places(self.limits, self.limits.set_index("body_code")["officer"], self.pairs)
        self.chances = lever.probabilities(self.places, tables["levers"], self.cuts, 200, 1)
        self.outcome = candidates.what_happened(self.setting.bodies, tables["successors"], "2021-04-01")
        self.all_areas = candidates.every_area(self.setting, self.pairs)

    def opening(self, code: str) -> str:
        own = organisations.within_area(self.limits, code)
        place = self.places[self.places["area_code"] == code]
        levers = self.tables["levers"]
        return findings.area(self.all_areas[code], own, place, levers, self.target, self.cuts, self.as_at, STRESS)

    def results(self, code: str) -> dict[str, display.Result]:
        own = organisations.within_area(self.limits, code)
        place, chances = (frame[frame["area_code"] == code] for frame in (self.places, self.chances))
        found = findings.area_results(self.all_areas[code], own, place, chances, "cash", STRESS)
        return {result.name: result for result in found}

    def marks(self, code: str, objective: str, floor: int, ceiling: int) -> dict[str, int]:
        return candidates.marked_plans(self.all_areas[code], self.outcome, objective, floor, ceiling, self.target)

    def sentences(self, code: str, objective: str, floor: int, ceiling: int) -> list[str]:
        plans, marks = self.all_areas[code], self.marks(code, objective, floor, ceiling)
        front = candidates.frontier(plans, COMPARED)
        told = [findings.reference(plans, marks, self.outcome, self.target, objective, floor, ceiling)]
        told.append(findings.plan_table(front, len(plans.plans)))
        if len(plans.plans) > 1:
            told.append(findings.frontier_of(plans, front))
            if candidates.BEST in marks:
                told.append(findings.best_plan(plans, marks[candidates.BEST], objective, floor, ceiling))
        return told


@pytest.fixture(scope="module")
def of_2018(tables):
    return Place(tables, "2018-04-01", "none", 0.2)


@pytest.fixture(scope="module")
def of_2021(tables):
    return Place(tables, "2021-04-01", "none", 0.2)


@pytest.mark.parametrize("water_links", ["none", "listed", "1"])
@pytest.mark.parametrize("as_at", DATES)
def test_no_sentence_has_a_fault_and_the_pounds_agree(tables, as_at, water_links):
    """Every ICS of every footprint, with three targets in turn, with and without a floor and ceiling.

    What merging releases is the same in the finding, the waterfall and the plans, islands or not.
    """
    target = {"none": 0.2, "listed": 0.1, "1": 0.02}[water_links]
    here = Place(tables, as_at, water_links, target)
    test = lever.merger_test(here.places, tables["levers"]).set_index("area_code")
    for code, plans in here.all_areas.items():
        told = [here.opening(code), *here.sentences(code, "coterminosity", 0, 0)]
        told += here.sentences(code, "released", 300_000, 900_000)
        for text, fault in ((text, fault) for text in told for fault in FAULTS):
            assert not re.search(fault, text), (code, fault, text)
        furthest = plans.plans.loc[plans.plans["body_count"].idxmin()]
        assert test.loc[code, "bodies_after"] == furthest["body_count"]
        for case in lever.CASES:
            assert test.loc[code, f"released_{case}_gbp"] == pytest.approx(furthest[f"released_{case}_gbp"])
            assert furthest[f"released_{case}_gbp"] == plans.plans[f"released_{case}_gbp"].max()
        assert not any(pd.isna(result.value) for result in here.results(code).values())
    steps = lever.waterfall(lever.Scope.merged(here.places), tables["levers"], 1.0).set_index("step")
    everywhere = sum(plans.plans["released_central_gbp"].max() for plans in here.all_areas.values())
    assert steps.loc["merger", "central_gbp"] == pytest.approx(everywhere)


class TestTheIsland:
    def test_one_rule(self, of_2018, tables):
        """Six of Hampshire's seven merge: £1.8 million. Five officers in two parts, so 3 x 400 + 2 x 300 thousand."""
        test = lever.merger_test(of_2018.places, tables["levers"]).set_index("area_code")
        assert test.loc["QRL", ["bodies_after", "released_central_gbp"]].tolist() == [2, 1_800_000]
        gap = of_2018.limits.loc[of_2018.limits["area_code"] == "QRL", "gap_gbp"].sum()
        assert test.loc["QRL", "break_even_saving_gbp"] == pytest.approx(gap / (3 + 2 * 0.75))
        assert test["released_central_gbp"].sum() == 52_600_000

    def test_merging_all_is_not_said_of_it(self, of_2018):
        text = " ".join([of_2018.opening("QRL"), *of_2018.sentences("QRL", "coterminosity", 0, 0)])
        assert "Merging as far as neighbours allow, to two bodies, would release" in text
        assert "is not a plan" in text and "erging them all" not in text
        assert "erging them all" in of_2018.opening("QOP")

    def test_with_its_water_link_it_merges(self, tables):
        """Seven under four: (3 + 3 x 0.5) x 300,000 at the low values, (3 + 3) x 500,000 at the high ones."""
        linked = Place(tables, "2018-04-01", "listed", 0.2)
        assert linked.places["bodies_after"].eq(1).all()
        assert "erging them all would release £1.4 million to £3.0 million" in linked.opening("QRL")


class TestCoverage:
    def test_nothing_that_changes_stays(self, of_2018):
        assert "stay at 33.4% in every plan" in of_2018.opening("QRL")
        for code in ("QM7", "QJG", "QPM", "QXU"):
            assert "stay at 0% in every plan" in of_2018.opening(code)
            assert of_2018.results(code)["coterminous_share_best"].value == 0
        assert "from 22.6% to at most 100%" in of_2018.opening("QNC")

    @pytest.mark.parametrize(
        ("first", "best", "words"),
        [
            (0.9921, 0.9938, "from 99.2% to at most 99.4%"),
            (0.99210, 0.99214, "from 99.210% to at most 99.214%"),
            (0.5, 0.5, "stay at 50.0% in every plan"),
            (0.0, 1.0, "from 0% to at most 100%"),
            (0.5, 0.5000001, "are 50.0% in every plan, to within"),
        ],
    )
    def test_ends_that_differ_read_differently(self, first, best, words):
        assert words in choices._cover(pd.Series([first, best]))


class TestCounts:
    def test_outcomes_and_plans_stand_in_headline_and_caption(self, of_2018):
        for text in of_2018.sentences("QOP", "coterminosity", 0, 0)[1:3]:
            assert "ten outcomes, reached by 320 of 4,181 plans" in text.lower()

    def test_one_merger(self, of_2018):
        assert "in one way, which makes two plans" in of_2018.opening("QPM")
        assert "Not even the one merger possible would release 20%" in of_2018.opening("QPM")

    @pytest.mark.parametrize(
        ("reached", "total", "words"),
        [(1, 1, "the one plan there is"), (2, 2, "both plans"), (5, 5, "all 5 plans"), (1, 5, "1 of 5 plans")],
    )
    def test_all_plans(self, reached, total, words):
        front = pd.DataFrame({"plan_count": [reached]})
        assert choices.outcomes(front, total) == f"one outcome, reached by {words}"

    def test_the_stress_case_counts_break_even_savings(self, of_2018):
        for code, plans in of_2018.all_areas.items():
            mergers = plans.sets[plans.sets["body_count"] > 1]
            needs = 0.2 * mergers["baseline_gbp"]
            apart, shared = mergers["officer_count"] - 1, mergers["body_count"] - mergers["officer_count"]
            passing = int((STRESS * (apart + 0.75 * shared) >= needs - 1).sum())
            assert of_2018.results(code)["candidates_passing_stress"].value == passing


class TestOfficers:
    def test_what_is_assumed_is_called_so(self, of_2018):
        """Nothing is known of ten bodies in Greater Manchester; all eight of North West London are under one."""
        found = of_2018.results("QOP")["officer_count"]
        assert (found.value, found.kind, found.words[-7:]) == (10, "assumed", "at most")
        assert of_2018.results("QRV")["officer_count"].kind == "reported"

    def test_at_most_where_one_may_be_unknown(self, of_2018):
        ranked = candidates.ranking(candidates.all_sets(of_2018.all_areas), "smallest_first")
        for row in ranked.head(200).itertuples():
            text = findings.board_reasons(ranked[ranked["rank"] == row.rank])
            assert ("had at most" in text) == (1 < row.officer_count < row.body_count)


class TestHappened:
    def test_none_had_merged(self, of_2018):
        assert "none of its ten bodies had merged" in of_2018.sentences("QOP", "coterminosity", 0, 0)[0]

    def test_merged_inside(self, of_2018):
        assert "its four bodies had become one body." in of_2018.sentences("QGH", "coterminosity", 0, 0)[0]

    def test_merged_with_bodies_of_another_area(self, of_2018):
        """Surrey Downs and its two neighbours became one with East Surrey, of the ICS of Sussex."""
        assert "had joined bodies of other {areas}" in of_2018.sentences("QXU", "coterminosity", 0, 0)[0]

    def test_on_the_last_footprint(self, of_2021):
        reached = candidates.footprints_reached(of_2021.setting, of_2021.tables["successors"])
        disruption, _ = candidates.national_frontier(of_2021.all_areas, "disruption")
        assert findings.national_frontier(disruption, reached) == (
            "One body fewer moves 114,000 registered people at the least, the fewest bodies possible, 42, 18.4 million"
        )


class TestFloorAndCeiling:
    def test_no_plan_fits_is_said_and_none_is_called_best(self, of_2018):
        text = of_2018.sentences("QRL", "coterminosity", 300_000, 0)
        assert candidates.BEST not in of_2018.marks("QRL", "coterminosity", 300_000, 0)
        assert (
            "**No plan fits** in Hampshire and the Isle of Wight with a floor of 300,000 people to each body" in text[0]
        )
        assert "at most 144,464" in text[0] and not any("Best by" in line for line in text)

    def test_bounds_stand_in_the_headline(self, of_2018):
        headline = of_2018.sentences("QOP", "released", 300_000, 900_000)[-1]
        assert headline.startswith(
            "Best by money released with a floor of 300,000 and a ceiling of 900,000 people: four"
        )

    def test_ties_are_named(self, of_2018):
        told = of_2018.sentences("QOP", "coterminosity", 0, 0)
        assert "all 4,181 plans are equal on it" in told[-1] and "ties go to the plan that moves fewest" in told[0]
        assert "no other plan equals it" in of_2018.sentences("QGH", "released", 0, 0)[0]

    def test_ties_count_only_plans_that_fit(self, of_2018):
        plans = of_2018.all_areas["QOP"]
        best = candidates.best_plan(plans, "released", 300_000, 900_000)
        fitting = plans.plans[candidates.fits(plans, 300_000, 900_000)]
        equal = (fitting["released_central_gbp"] == fitting["released_central_gbp"].max()).sum()
        assert candidates.as_good(plans, best, "released", 300_000, 900_000) == equal == 7


class TestBestPlanSection:
    @pytest.fixture
    def shown(self, monkeypatch):
        told = []
        monkeypatch.setattr(display, "say", lambda text: told.append(("say", text)))
        monkeypatch.setattr(display, "show", lambda **words: told.append(("show", words["headline"])))
        monkeypatch.setattr(display, "show_table", lambda frame, **words: told.append(("table", words["caption"])))
        monkeypatch.setattr(sections.figures, "area_plan_map", self.words)
        return told

    @staticmethod
    def words(shapes, footprint, plans, plan, objective, floor, ceiling, tables):
        return {"headline": findings.best_plan(plans, plan, objective, floor, ceiling)}

    def section(self, place: Place, code: str, **values) -> None:
        p = AreaReport(area=code, as_at=place.as_at, **values)
        marks = place.marks(code, p.objective, p.floor_people, p.ceiling_people)
        sections.best_plan(place.all_areas[code], marks, p, None, place.setting.bodies, place.tables)

    def test_a_card_is_made_for_a_merger(self, of_2018, shown):
        self.section(of_2018, "QGH", objective="released")
        assert [kind for kind, _ in shown] == ["show", "table", "say"]
        assert "largest merged body: " in shown[1][1] and ";" in shown[1][1]

    def test_none_for_a_body_that_stays_alone(self, of_2018, shown):
        self.section(of_2018, "QOP")
        assert [kind for kind, _ in shown] == ["show", "say"] and "no merger to hold against" in shown[1][1]

    def test_none_where_no_plan_fits_or_there_is_one(self, of_2018, shown):
        self.section(of_2018, "QRL", floor_people=300_000)
        self.section(of_2018, "QSL")
        assert [kind for kind, _ in shown] == ["say", "say"]
        assert "No plan fits" in shown[0][1] and "one plan only" in shown[1][1]

    def test_the_largest_merged_body_is_no_single_one(self, of_2018):
        plans = of_2018.all_areas["QRL"]
        for plan in range(len(plans.plans)):
            merged = candidates.largest_merged(plans, plan)
            several = [group for group in plans.members(plan) if len(group) > 1]
            assert (merged is None) == (not several)
            if several:
                people = plans.sets.set_index("body_codes")["registered_population"]
                assert merged["registered_population"] == max(people[" ".join(group)] for group in several)


def test_of_several_optima_one_is_shown():
    partition = type("P", (), {"proven_optimal": True, "objective": 5e7, "bound": 5e7, "status": "Optimal"})()
    merged = pd.DataFrame({"alignment_state": ["crosses", "within"]})
    text = findings.across_borders(partition, merged, 106, 4e7)
    assert "one of those that reach this, and others may differ: in this one, one body would cross a border" in text
    assert "no plan has that number" in findings.across_borders(partition, merged, 42, None)


def test_lists_said_to_be_split_are_split(tables, bodies_2018):
    validation = pd.DataFrame({"bodies": ["A"], "error_share": [0.1]})
    text = findings.limitations(validation, bodies_2018, ["merger"], tables["registered_population"])
    assert (
        "the lists of six bodies are split from a merged body's list and the lists of six bodies are estimated" in text
    )
    of_2019 = organisations.footprint(tables["bodies"], "2019-04-01")
    text = findings.limitations(validation, of_2019, ["merger"], tables["registered_population"])
    assert "no list of this footprint is an estimate" in text


def test_what_would_let_an_island_join(of_2018):
    alone = candidates.islands(of_2018.setting.bodies, of_2018.pairs)
    assert "set to `listed` or to a distance may let it join" in findings.islands(alone, "none")
    assert "`listed`" not in findings.islands(alone, "1").split("set to")[1]
