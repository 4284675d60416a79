"""The sentences: every number in them is the table's, and they change when the answer does."""

import pandas as pd
import pytest

from ccganalysis.analysis import running_costs
from ccganalysis.presentation import findings


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
            "break_even_saving_gbp": [float("nan"), *(400_000 * 0.2 / share for share in shares)],
            "alignment_state": ["within", *("equals" for _ in shares)],
            "released_central_gbp": [0, *(400_000 for _ in shares)],
        }
    )


class TestCandidates:
    def text(self, *shares: float, target: float = 0.2, stress_gbp: float = 1_000_000) -> str:
        return findings.candidates(sets(*shares), 7, target, "2018-04-01", stress_gbp)

    def test_none_some_and_the_highest(self):
        text = self.text(0.05, 0.10)
        assert "in two ways (3 connected sets, single bodies counted), which make 7 plans" in text
        assert "None of 2 mergers would release 20%" in text and "the highest share is 10.0% (A and B)" in text
        assert "1 of 2 mergers would release 10%" in self.text(0.05, 0.10, target=0.1)

    def test_the_trivial_answer_is_called_so(self):
        assert "trivial" in self.text(0.05)

    def test_the_stress_case_is_a_stress_case(self):
        """The two need 1.6 and 0.8 million each: 400,000 released is 5% and 10% of the cost, and 20% is asked for."""
        text = self.text(0.05, 0.10)
        assert "£1.0 million" in text and "not evidence" in text and "1 of 2 mergers would." in text
        assert "2 of 2 mergers would." in self.text(0.05, 0.10, stress_gbp=1_600_000)

    def test_one_merger_and_none(self):
        assert "not even the one merger possible would" in self.text(0.05)
        assert "the one merger possible would." in self.text(0.05, stress_gbp=1.6e6)
        assert self.text() == "No body of 1 April 2018 has a neighbour inside its ICS to merge with."

    def test_results_count_the_same(self):
        results = {r.name: r.value for r in findings.candidate_results(sets(0.05, 0.10), 7, 0.1, 1_000_000)}
        assert (results["candidates_passing"], results["candidates_passing_stress"]) == (1, 1)


class TestNational:
    STATE = pd.DataFrame({"body_count": [1, 3]})

    def text(self, target: float, islands: int = 0) -> str:
        bodies = limits(("a", 4_000_000, 800_000))
        test = pd.DataFrame({"released_central_gbp": [0.0, 400_000.0], "bodies_after": [1, 1 + islands]})
        return findings.national(bodies, self.STATE, sets(0.05), test, CHANCES, "cash", target)

    def test_alignment_and_money(self):
        text = self.text(0.2)
        assert text.startswith("1 of 2 ICSs have one body; with two bodies fewer all would.")
        assert "One body in every ICS would release £400,000 a year of a modelled £4.0 million, 10.0%" in text
        assert "as near as neighbours allow (3 bodies), would release" in self.text(0.2, islands=1)

    def test_the_conclusion_follows_the_numbers(self):
        assert "the money has to come from elsewhere" in self.text(0.5)
        assert "Mergers would carry a large part of it" in self.text(0.1)


def test_alt_text_says_the_values_and_how_many_are_left_out():
    frame = pd.DataFrame({"place": list("ABCDEFGHIJ"), "gap_gbp": [float(number) * 1e6 for number in range(10)]})
    text = findings.described(frame, "place", "gap_gbp", most=2)
    assert text == "J: £9.0 million; I: £8.0 million; and 8 more."
    assert findings.described(frame, "place", "gap_gbp", most=1, ascending=True).startswith("A: £0;")


def test_a_sum_with_an_estimate_in_it_is_not_published():
    assert findings.weakest_kind(pd.Series(["published", "published"])) == "published"
    assert findings.weakest_kind(pd.Series(["published", "modelled"])) == "modelled"
