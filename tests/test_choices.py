"""Sentences about one ICS's plans: true for every area, date, water link, target, floor and ceiling."""

import re

import numpy as np
import pandas as pd
import pytest
from ccg import ERA, MONEY
from turns import each_in_turn

from ccganalysis.analysis import candidates, options, routes, running_costs
from ccganalysis.analysis import levers as lever
from ccganalysis.data import organisations
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
        self.found = routes.evidence(tables, self.setting.bodies, ERA, permutations=200)
        self.outcome = candidates.what_happened(self.setting.bodies, tables["successors"], "2021-04-01")
        self.all_areas = candidates.every_area(self.setting, self.pairs)

    def opening(self, code: str) -> str:
        own = organisations.within_area(self.limits, code)
        place = self.places[self.places["area_code"] == code]
        plans, levers = self.all_areas[code], self.tables["levers"]
        opening = findings.area(plans, own, self.cuts, self.as_at)
        return f"{opening} {findings.merging_all(plans, own, place, levers, self.target, STRESS)}"

    def results(self, code: str) -> dict[str, display.Result]:
        own = organisations.within_area(self.limits, code)
        place, chances = (frame[frame["area_code"] == code] for frame in (self.places, self.chances))
        found = findings.area_results(self.all_areas[code], own, place, chances, "cash", STRESS)
        return {result.name: result for result in found}

    def answer(self, code: str, floor: int = 0, ceiling: int = 0) -> options.Answer:
        return options.answer(
            self.all_areas[code], self.setting, self.found, self.outcome, floor_people=floor, ceiling_people=ceiling
        )

    def sentences(self, code: str, floor: int = 0, ceiling: int = 0) -> list[str]:
        """What is said of an area's plans: what happened, the frontier, and the answer with all that stands beside it."""
        plans, one = self.all_areas[code], self.answer(code, floor, ceiling)
        front = candidates.frontier(plans, COMPARED)
        told = [findings.reference(plans, self.outcome), findings.plan_table(front, len(plans.plans))]
        if len(plans.plans) > 1:
            told.append(findings.frontier_of(plans, front))
            told += [
                findings.outdone(one),
                findings.weighed_on(one),
                findings.beliefs(one),
                findings.beliefs_headline(one),
            ]
        return [
            *told,
            findings.answer(one),
            *findings.bullets(one, 1e6),
            findings.answer_map(one),
        ]


@pytest.fixture(scope="module")
def of_2018(tables):
    return Place(tables, "2018-04-01", "none", 0.2)


@pytest.fixture(scope="module")
def of_2021(tables):
    return Place(tables, "2021-04-01", "none", 0.2)


@pytest.mark.parametrize(("as_at", "water_links"), each_in_turn(DATES, ["none", "listed", "1"]))
def test_no_sentence_has_a_fault_and_the_pounds_agree(tables, as_at, water_links):
    """Every ICS of every footprint, with three targets in turn, with and without a floor and ceiling.

    What merging releases is the same in the finding, the waterfall and the plans, islands or not.
    """
    target = {"none": 0.2, "listed": 0.1, "1": 0.02}[water_links]
    here = Place(tables, as_at, water_links, target)
    test = lever.merger_test(here.places, tables["levers"]).set_index("area_code")
    for code, plans in here.all_areas.items():
        told = [here.opening(code), *here.sentences(code), *here.sentences(code, 300_000, 900_000)]
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
        text = " ".join([of_2018.opening("QRL"), *of_2018.sentences("QRL")])
        assert "Merging as far as neighbours allow, to two bodies, would release" in text
        assert "is not a plan" in text and "erging them all" not in text
        assert "erging them all" in of_2018.opening("QOP")

    def test_with_its_water_link_it_merges(self, tables):
        """Seven under four: (3 + 3 x 0.5) x 300,000 at the low values, (3 + 3) x 500,000 at the high ones."""
        linked = Place(tables, "2018-04-01", "listed", 0.2)
        assert linked.places["bodies_after"].eq(1).all()
        assert "erging them all would release £1.4 to £3.0 million" in linked.opening("QRL")


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
        for text in of_2018.sentences("QOP")[1:3]:
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
        assert "none of its ten bodies had merged" in of_2018.sentences("QOP")[0]

    def test_merged_inside(self, of_2018):
        assert "its four bodies had become one body." in of_2018.sentences("QGH")[0]

    def test_merged_with_bodies_of_another_area(self, of_2018):
        """Surrey Downs and its two neighbours became one with East Surrey, of the ICS of Sussex."""
        assert "had joined bodies of other {areas}" in of_2018.sentences("QXU")[0]

    def test_on_the_last_footprint(self, of_2021):
        reached = candidates.footprints_reached(of_2021.setting, of_2021.tables["successors"])
        disruption, _ = candidates.national_frontier(of_2021.all_areas, "disruption")
        assert findings.national_frontier(disruption, reached) == (
            "One body fewer moves 114,000 registered people at the least, the fewest bodies possible, 42, 18.4 million"
        )


class TestFloorAndCeiling:
    def test_no_plan_fits_is_said_and_none_leads(self, of_2018):
        one = of_2018.answer("QRL", floor=300_000)
        assert one.verdict.kind == options.NOTHING_FITS and findings.strip(one, 1e6) == []
        text = findings.answer(one)
        assert text.startswith("**No plan fits** in Hampshire and the Isle of Wight with a floor of 300,000 people")
        assert "at most 144,464" in text

    def test_only_plans_that_fit_are_weighed(self, of_2018):
        """By brute force: the leader fits, and of the plans that fit none is ahead of it at its central weights."""
        one = of_2018.answer("QOP", floor=300_000, ceiling=900_000)
        fitting = candidates.fits(one.area, 300_000, 900_000).to_numpy()
        assert fitting[one.verdict.plan] and not fitting.all()
        weighing = one.weighings[options.FIXED]
        assert set(weighing.first["plan"]) <= set(np.flatnonzero(fitting))
        values = weighing.scaled @ np.array(list(weighing.central(one.verdict.plan).values()))
        assert values[one.verdict.plan] == pytest.approx(values[fitting].max())
        assert any(
            "Only plans with a floor of 300,000 and a ceiling of 900,000 people" in line
            for line in findings.bullets(one, 1e6)
        )


class TestScorecardSection:
    @pytest.fixture
    def shown(self, monkeypatch):
        told = []
        monkeypatch.setattr(display, "say", lambda text: told.append(("say", text)))
        monkeypatch.setattr(display, "show_table", lambda frame, **words: told.append(("table", words["caption"])))
        return told

    def test_a_card_is_made_for_a_merger(self, of_2018, shown):
        sections.scorecard(of_2018.answer("QGH"), 0.2, of_2018.tables)
        assert [kind for kind, _ in shown] == ["table", "say"] and "largest merged body" in shown[0][1]

    def test_none_where_nothing_merges(self, of_2018, shown):
        sections.scorecard(of_2018.answer("QSL"), 0.2, of_2018.tables)
        assert [kind for kind, _ in shown] == ["say"] and "no merger to hold against" in shown[0][1]

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
    text = findings.across_borders(partition, merged, 106, 4e7, 5)
    assert "one of those that reach this, and others may differ: in this one, one body would cross a border" in text
    assert "no plan has that number" in findings.across_borders(partition, merged, 42, None, 5)


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
