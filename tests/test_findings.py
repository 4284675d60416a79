"""The sentences: every number in them is the table's, and they change when the answer does."""

import pandas as pd
import pytest

from ccganalysis.analysis import candidates, running_costs
from ccganalysis.analysis import levers as lever
from ccganalysis.presentation import display, figures, findings


def limits(*rows: tuple[str, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["body_code", "baseline_gbp", "gap_gbp"])
    return frame.assign(registered_population=100_000, region_name="North")


def merger_test(*rows: tuple[str, int, float, bool, bool, bool]) -> pd.DataFrame:
    columns = ["ics_name", "body_count", "break_even_saving_gbp", "met_low", "met_central", "met_high"]
    return pd.DataFrame(rows, columns=columns)


ASKED = pd.DataFrame(
    {"reduction_definition": ["cash", "real", "observed_cash"], "gap_gbp": [600_000, 360_000, 354_000]}
)
CHANCES = pd.DataFrame(
    {
        "ics_name": ["A", "B"] * 2,
        "reduction_definition": ["cash"] * 2 + ["real"] * 2,
        "probability": [0.1, 0.6, 0.7, 0.8],
    }
)


class TestRunningCosts:
    def text(self, definition: str = "cash") -> str:
        bodies = limits(("a", 2_000_000, 400_000), ("b", 1_000_000, 200_000))
        test = merger_test(("A", 2, 5e5, False, False, True), ("B", 1, float("nan"), False, False, False))
        return findings.running_costs(bodies, test, ASKED, CHANCES, definition, "2018-04-01")

    def test_what_each_definition_asks(self):
        assert "£600,000 of them in cash, £360,000 in real terms, and £354,000 as local papers show it" in self.text()

    def test_bodies_that_mergers_alone_would_do_for_are_counted_not_icss(self):
        assert "0, 0 and 2 of the 2 bodies" in self.text()

    def test_icss_that_every_lever_would_do_for(self):
        assert "1 of 2 ICSs would more likely than not" in self.text()
        assert "2 of 2 ICSs would more likely than not" in self.text("real")

    def test_the_conclusion_follows_the_numbers(self):
        assert "elsewhere than the number of bodies" in self.text()
        bodies = limits(("a", 2_000_000, 400_000), ("b", 1_000_000, 200_000))
        enough = merger_test(("A", 2, 5e5, True, True, True))
        assert "elsewhere" not in findings.running_costs(bodies, enough, ASKED, CHANCES, "cash", "2018-04-01")

    def test_results_have_the_same_numbers(self):
        bodies = limits(("a", 2_000_000, 400_000), ("b", 1_000_000, 200_000))
        test = merger_test(("A", 2, 5e5, False, True, True))
        validation = pd.DataFrame({"allowance_model": ["carried"] * 2, "error_share": [0.1, -0.3]})
        results = findings.running_cost_results(bodies, ASKED, test, CHANCES, validation, "carried", "cash")
        values = {result.name: result.value for result in results}
        assert values["baseline_gbp"] == 3_000_000 and values["gap_real_gbp"] == 360_000
        assert (values["bodies_met_low"], values["bodies_met_central"]) == (0, 2)
        assert values["ics_likely"] == 1 and values["model_error"] == pytest.approx(0.2)


def test_320_million_is_explained_from_the_table(tables):
    text = findings.national_gap(running_costs.national_arithmetic(tables["national_running_costs"], 0.2))
    assert text.startswith("The target is £242.0 million of CCGs' £1.21 billion. The letter's £320.0 million")
    assert "not a figure of CCG running costs" in text


def test_the_nearest_model_and_the_worst_case_are_named():
    frame = pd.DataFrame(
        {
            "bodies": ["X", "Y"] * 2,
            "allowance_model": ["carried"] * 2 + ["per_head_adjusted"] * 2,
            "error_share": [0.02, -0.04, 0.10, -0.30],
        }
    )
    text = findings.models(frame, "per_head_adjusted")
    assert "per head adjusted) is 20% off" in text and "carried is nearest with 3%" in text and "-30%, for Y" in text


class TestBreakEven:
    TEST = merger_test(("A", 2, 450_000.0, False, False, True), ("B", 3, 900_000.0, False, False, False))

    def test_none_within_the_evidence_names_the_nearest(self):
        text = findings.break_even(self.TEST, (300_000, 400_000))
        assert text.startswith("No ICS") and "A comes nearest and needs £450,000" in text

    def test_some_within_the_evidence_are_counted_and_named(self):
        assert findings.break_even(self.TEST, (300_000, 500_000)).startswith("In 1 of 2 ICSs")


class TestWaterfall:
    def steps(self, left: float) -> pd.DataFrame:
        return pd.DataFrame({"step": ["merger", "joint working", "gap left"], "central_gbp": [400_000, 100_000, left]})

    def test_what_is_left(self):
        text = findings.waterfall(self.steps(300_000), 800_000, "A")
        assert "£500,000 of the £800,000 asked of A" in text and "most of it from merger; £300,000 is still" in text

    def test_more_than_asked_for(self):
        assert "£200,000 more than asked for" in findings.waterfall(self.steps(-200_000), 300_000, "A")


def sets(*shares: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "body_count": [1, *([2] * len(shares))],
            "released_share": [0.0, *shares],
            "bodies": ["A", *("A; B" for _ in shares)],
            "probability_whole_programme": [0.0, *(0.6 for _ in shares)],
            "alignment_state": ["within", *("equals" for _ in shares)],
            "released_central_gbp": [0, *(400_000 for _ in shares)],
        }
    )


class TestCandidates:
    def test_none_some_and_the_nearest(self):
        text = findings.candidates(sets(0.05, 0.10), 7, 0.2, "2018-04-01")
        assert "in 2 ways (3 connected sets, single bodies counted), which make 7 plans" in text
        assert "none of 2 mergers would release 20%" in text and "(A and B) would release 10.0%" in text
        assert "1 of 2 mergers would release 10%" in findings.candidates(sets(0.05, 0.10), 7, 0.1, "2018-04-01")

    def test_the_trivial_answer_is_called_so(self):
        assert "trivial" in findings.candidates(sets(0.05), 2, 0.2, "2018-04-01")


class TestNational:
    STATE = pd.DataFrame({"body_count": [1, 3]})

    def text(self, target: float) -> str:
        bodies = limits(("a", 4_000_000, 800_000))
        test = pd.DataFrame({"released_central_gbp": [0.0, 400_000.0]})
        return findings.national(bodies, self.STATE, sets(0.05), test, CHANCES, "cash", target)

    def test_alignment_and_money(self):
        text = self.text(0.2)
        assert text.startswith("1 of 2 ICSs has one body; with two bodies fewer all would.")
        assert "One body in every ICS would release £400,000 a year of a modelled £4.0 million, 10.0%" in text

    def test_the_conclusion_follows_the_numbers(self):
        assert "the money has to come from elsewhere" in self.text(0.5)
        assert "Mergers would carry a large part of it" in self.text(0.1)


@pytest.mark.parametrize("ics", ["QOP", "QQ1", "QSL", "QRL"])
def test_every_kind_of_ics_has_an_opening(tables, setting_2018, pairs_2018, ics):
    """Several bodies, one body, an island: and an unknown code is the only one without."""
    if ics == "QQ1":
        with pytest.raises(Exception, match="nearest"):
            candidates.ics_plans(setting_2018, pairs_2018, ics)
        return
    plans = candidates.ics_plans(setting_2018, pairs_2018, ics)
    own = setting_2018.bodies[setting_2018.bodies["ics_code"] == ics]
    place = lever.places(own, own.set_index("body_code")["officer"])
    cuts = {"cash": 0.2, "real": 0.1189, "observed_cash": 0.118}
    text = findings.ics(plans, own, place, tables["levers"], 0.2, cuts, "2018-04-01")
    assert plans.ics_name in text and "nan" not in text
    assert ("one plan only" in text) == (len(plans.plans) == 1)


def test_alt_text_says_the_values_and_how_many_are_left_out():
    frame = pd.DataFrame({"place": list("ABCDEFGHIJ"), "gap_gbp": [float(number) * 1e6 for number in range(10)]})
    text = findings.described(frame, "place", "gap_gbp", most=2)
    assert text == "J: £9.0 million; I: £8.0 million; and 8 more."
    assert findings.described(frame, "place", "gap_gbp", most=1, ascending=True).startswith("A: £0;")


def test_a_sum_with_an_estimate_in_it_is_not_published():
    assert findings.weakest_kind(pd.Series(["published", "published"])) == "published"
    assert findings.weakest_kind(pd.Series(["published", "modelled"])) == "modelled"


def test_one_body_in_every_ics_releases_the_same_in_the_finding_and_in_the_chart(tables, setting_2018):
    """The ICS with the island counts in both, although its bodies are not connected by land."""
    bodies = setting_2018.bodies
    places = lever.places(bodies, bodies.set_index("body_code")["officer"])
    told = lever.merger_test(places, tables["levers"])["released_central_gbp"].sum()
    scope = lever.Scope.one_body_each(places["baseline_gbp"], places["body_count"], places["officer_count"])
    drawn = lever.waterfall(scope, tables["levers"], bodies["gap_gbp"].sum()).set_index("step")["central_gbp"]
    assert told == pytest.approx(drawn["merger"]) and len(places) == 42


class TestHindsight:
    """ "Beaten" only where the paired interval leaves out nought; a baseline above within it is said to be so."""

    RESULTS = {
        "ranking": "smallest first",
        "formed_in_sample": 7,
        "formed_held_out": 25,
        "set_percentile": 0.7,
        "set_percentile_low": 0.6,
        "set_percentile_high": 0.8,
        "beaten_by": "none",
        "higher_within_chance": "none",
        "best_baseline": "no change",
        "best_baseline_share": 0.6,
        "plan_percentile": 0.5,
        "best_plan_baseline": "no change",
        "best_plan_baseline_share": 0.7,
        "best_plan_baseline_advantage_low": 0.05,
        "roc_area": 0.55,
        "best_pair_baseline": "shared officer",
        "best_pair_baseline_roc_area": 0.6,
        "best_pair_baseline_advantage_low": -0.05,
    }

    def text(self, **changes) -> str:
        values = {**self.RESULTS, **changes}
        return findings.backtest([display.Result(name, name, value, "derived") for name, value in values.items()])

    def test_beaten_and_above_within_chance(self):
        text = self.text(beaten_by="size (90%)", higher_within_chance="distance (75%)")
        assert "It is beaten there by size (90%). Higher, but within chance of it: distance (75%). No change" in text
        assert "No other ranking stands higher there. No change" in self.text()

    def test_plans_and_pairs(self):
        assert "For whole plans a baseline beats it: no change has 70%, the ranking 50%." in self.text()
        assert "shared officer, has 0.60, which is within chance of it." in self.text()
        assert self.text(roc_area=0.7).endswith("it has 0.70; the highest baseline, shared officer, has 0.60.")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 1, 1], "all 3 ICSs have one body"),
        ([1, 3], "1 of 2 ICSs has one body; with two bodies fewer all would"),
        ([2, 3], "none of 2 ICSs has one body; with three bodies fewer all would"),
        ([1, 1, 2], "2 of 3 ICSs have one body; with one body fewer all would"),
    ],
)
def test_how_many_icss_have_one_body(counts, expected):
    assert findings.aligned(pd.DataFrame({"body_count": counts})) == expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([[1.0]], "Its only upper-tier authority is wholly in one body"),
        ([[0.6, 0.4]], "Its only upper-tier authority is not wholly in one body"),
        ([[1.0], [1.0]], "Both upper-tier authorities are wholly in one body"),
        ([[0.5], [0.6, 0.4]], "None of 2 upper-tier authorities are wholly in one body"),
        ([[1.0], [0.6, 0.4]], "1 of 2 upper-tier authorities is not wholly in one body"),
        ([[1.0], [0.5], [0.6, 0.4]], "2 of 3 upper-tier authorities are not wholly in one body"),
    ],
)
def test_authorities_wholly_in_one_body(shares, expected):
    rows = [(f"E{number}", share) for number, parts in enumerate(shares) for share in parts]
    frame = pd.DataFrame(rows, columns=["authority_code", "share_of_authority_residents"])
    shown = figures.authority_heat_map(frame.assign(authority_name="A", body_name="B"), "the ICS")
    assert shown["headline"] == expected


def test_a_plan_that_changes_nothing_is_called_so(setting_2018, pairs_2018, tables):
    plans = candidates.ics_plans(setting_2018, pairs_2018, "QGH")
    headlines = [
        figures.ics_plan_map(None, setting_2018.bodies, plans, plan, "coterminosity", tables)["headline"]
        for plan in (0, candidates.best_plan(plans, "coterminosity"))
    ]
    assert headlines[0].startswith("Best by coterminosity is no change: 24%") and "nobody changes body" in headlines[0]
    assert headlines[1].startswith("Best by coterminosity is a plan of two bodies: 100%")
