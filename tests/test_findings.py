"""The sentences: every number in them is the table's, and they change when the answer does."""

import pandas as pd
import pytest
from ccg import MONEY

from ccganalysis.analysis import running_costs
from ccganalysis.analysis.running_costs import Cut
from ccganalysis.presentation import display, figures, findings


def limits(*rows: tuple[str, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["body_code", "baseline_gbp", "gap_gbp"]).assign(allowance_kind="modelled")
    return frame.assign(registered_population=100_000, region_name="North")


def merger_test(*rows: tuple[str, int, float, bool, bool, bool]) -> pd.DataFrame:
    columns = ["area_name", "body_count", "break_even_saving_gbp", "met_low", "met_central", "met_high"]
    return pd.DataFrame(rows, columns=columns)


CUTS = {
    "cash": Cut("cash", 0.2, 0.2, 0.0, 0.0),
    "real": Cut("real", 0.2, 0.12, 0.10, 0.10),
    "observed_cash": Cut("observed_cash", 0.2, 0.118, 0.0, 0.0),
}
ASKED = running_costs.definitions_compared(CUTS, 3_000_000)
CHANCES = pd.DataFrame(
    {
        "area_name": ["A", "B"] * 2,
        "reduction_definition": ["cash"] * 2 + ["real"] * 2,
        "probability": [0.1, 0.6, 0.7, 0.8],
    }
)


class TestRunningCosts:
    def text(self, definition: str = "cash", released: float = 150_000.0) -> str:
        bodies = limits(("a", 2_000_000, 400_000), ("b", 1_000_000, 200_000))
        test = pd.DataFrame({"released_central_gbp": [released, 0.0]})
        return findings.running_costs(bodies, test, CUTS, CHANCES, definition)

    def test_the_fall_of_the_allowance_and_what_has_to_be_released_are_two_figures(self):
        """3.0 million: 20% in cash; in real terms the allowance falls by 12% and costs rise by 10%, so 22% has to go."""
        bodies = limits(("a", 2_000_000, 400_000), ("b", 1_000_000, 200_000))
        text = findings.baseline_and_cut(bodies, CUTS, "2018-04-01")
        assert "asks £600,000 of it in cash" in text
        assert "the allowance falls by £360,000, and £660,000 would have to be released, with costs up 10%" in text
        assert "Local papers show a fall of £354,000" in text

    def test_mergers_alone_are_a_share_of_what_has_to_be_released(self):
        assert "£150,000 a year, if" in self.text() and "That is 25% of the £600,000 to be released" in self.text()
        assert "all of the £600,000" in self.text(released=700_000.0)
        assert "nothing left to merge" in self.text(released=0.0)

    def test_areas_that_every_lever_would_do_for(self):
        assert "1 of 2 {areas} would more likely than not" in self.text()
        assert "2 of 2 {areas} would more likely than not" in self.text("real")

    def test_results_have_the_same_numbers(self):
        bodies = limits(("a", 2_000_000, 400_000), ("b", 1_000_000, 200_000))
        test = merger_test(("A", 2, 5e5, False, True, True))
        validation = pd.DataFrame({"allowance_model": ["carried"] * 2, "error_share": [0.1, -0.3]})
        results = findings.running_cost_results(bodies, ASKED, test, CHANCES, validation, "carried", "cash")
        values = {result.name: result.value for result in results}
        assert values["baseline_gbp"] == 3_000_000 and values["gap_real_gbp"] == 660_000
        assert (values["bodies_met_low"], values["bodies_met_central"]) == (0, 2)
        assert values["area_likely"] == 1 and values["model_error"] == pytest.approx(0.2)


def test_320_million_is_explained_from_the_table(tables):
    text = findings.national_gap(running_costs.national_arithmetic(tables["national_running_costs"], 0.2, MONEY))
    assert text.startswith("The target is £242.0 million of CCGs' £1.21 billion. The letter's £320.0 million")
    assert "not a figure of CCG running costs" in text


def models_frame(*chosen: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "bodies": ["X", "Y"] * 2,
            "allowance_model": ["carried"] * 2 + ["per_head_adjusted"] * 2,
            "error_share": [0.02, -0.04, *chosen],
        }
    )


def test_the_side_on_which_the_model_stands_is_said_and_the_nearest_and_the_worst_case():
    frame = models_frame(0.10, -0.30)
    text = findings.models_note(frame, "per_head_adjusted")
    assert "is above 1 of 2 figures reported locally, and 20% off on average" in text
    assert "carried is nearest, with 3%" in text and "-30%, for Y" in text
    assert "above every one of 2" in findings.models(models_frame(0.10, 0.30), "per_head_adjusted")
    assert "below every one of 2" in findings.models(models_frame(-0.10, -0.30), "per_head_adjusted")


class TestBreakEven:
    TEST = merger_test(("A", 2, 450_000.0, False, False, True), ("B", 3, 900_000.0, False, False, False))

    def test_none_within_the_evidence_names_the_nearest(self):
        text = findings.break_even(self.TEST, (300_000, 400_000))
        assert text.startswith("No {area}") and "A comes nearest and would need £450,000" in text

    def test_some_within_the_evidence_are_counted_and_named(self):
        assert findings.break_even(self.TEST, (300_000, 500_000)).startswith("In 1 of 2 {areas}")


class TestWaterfall:
    def test_most_is_said_above_half_only_and_an_assumption_is_called_one(self):
        steps = self.steps(0.0).assign(central_gbp=[100_000, 101_000, 0.0])
        steps.loc[len(steps) - 1, "step"] = "gap left"
        assert "most of it from joint working (an assumption)" in findings.waterfall(steps, 1e6, "A")
        more = pd.DataFrame({"step": ["consultants"], "central_gbp": [90_000], "kind": ["derived"]})
        text = findings.waterfall(pd.concat([more, steps], ignore_index=True), 1e6, "A")
        assert "the largest part, 34.7%, from joint working" in text

    def steps(self, left: float) -> pd.DataFrame:
        kinds = ["reported", "assumed", "modelled"]
        steps, central = ["merger", "joint working", "gap left"], [400_000, 100_000, left]
        return pd.DataFrame({"step": steps, "central_gbp": central, "kind": kinds})

    def test_what_is_left(self):
        text = findings.waterfall(self.steps(300_000), 800_000, "A")
        assert "£500,000 of the £800,000 asked of A" in text and "most of it from merger; £300,000 is still" in text

    def test_more_than_asked_for(self):
        assert "£200,000 more than the £300,000 asked of A" in findings.waterfall(self.steps(-200_000), 300_000, "A")


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
        frame = sets(*shares)
        return f"{findings.counted(frame, 7, '2018-04-01')} {findings.tested(frame, target, stress_gbp)}".strip()

    def test_none_some_and_the_highest(self):
        text = self.text(0.05, 0.10)
        assert "in two ways. With single bodies these are 3 connected sets, which make 7 plans" in text
        assert "Neither of the 2 mergers would release 20%" in text and "The highest share is 10.0% (A and B)" in text
        assert "1 of 2 mergers would release 10%" in self.text(0.05, 0.10, target=0.1)

    def test_the_stress_case_is_a_stress_case(self):
        """The two need 1.6 and 0.8 million each: 400,000 released is 5% and 10% of the cost, and 20% is asked for."""
        text = self.text(0.05, 0.10)
        assert "£1.0 million" in text and "not evidence" in text and "1 of 2 mergers would." in text
        assert "2 of 2 mergers would." in self.text(0.05, 0.10, stress_gbp=1_600_000)

    def test_one_merger_and_none(self):
        assert "not even the one merger possible would" in self.text(0.05)
        assert "the one merger possible would." in self.text(0.05, stress_gbp=1.6e6)
        assert self.text() == "No body of 1 April 2018 has a neighbour inside its {area} to merge with."

    def test_results_count_the_same(self):
        results = {r.name: r.value for r in findings.candidate_results(sets(0.05, 0.10), 7, 0.1, 1_000_000)}
        assert (results["candidates_passing"], results["candidates_passing_stress"]) == (1, 1)


class TestNational:
    STATE = pd.DataFrame({"body_count": [1, 3]})

    def text(self, islands: int = 0) -> str:
        test = pd.DataFrame(
            {"released_central_gbp": [0.0, 400_000.0], "body_count": [1, 3], "bodies_after": [1, 1 + islands]}
        )
        return findings.national(self.STATE, test, CHANCES, "cash")

    def test_alignment_and_money(self):
        text = self.text()
        assert text.startswith("1 of 2 {areas} has one body; with two bodies fewer all would.")
        assert "would release £400,000 a year, if" in text and "1 of 2 {areas} would more likely than not" in text
        assert "as near as neighbours allow (3 bodies), would release" in self.text(islands=1)

    def test_nothing_left_to_merge(self):
        assert self.text(islands=2).endswith("No neighbours inside {an_area} are left to merge.")


def test_alt_text_says_the_values_and_how_many_are_left_out():
    frame = pd.DataFrame({"place": list("ABCDEFGHIJ"), "gap_gbp": [float(number) * 1e6 for number in range(10)]})
    text = findings.described(frame, "place", "gap_gbp", most=2)
    assert text == "J: £9.0 million; I: £8.0 million; and 8 more."
    assert findings.described(frame, "place", "gap_gbp", most=1, ascending=True).startswith("A: £0;")


def test_a_sum_with_an_estimate_in_it_is_not_published():
    assert findings.weakest_kind(pd.Series(["published", "published"])) == "published"
    assert findings.weakest_kind(pd.Series(["published", "modelled"])) == "modelled"


class TestHindsight:
    """ "Beaten" only where the paired interval leaves out nought; a baseline above within it is said to be so."""

    RESULTS = {
        "chosen_on": "up to April 2019",
        "reported_on": "in April 2020 and 2021",
        "ranking": "one place",
        "formed_in_sample": 7,
        "first_five_in_sample": 6,
        "formed_held_out": 23,
        "first_five": 21,
        "first_five_share": 0.913,
        "first_five_low": 0.79,
        "first_five_high": 1.0,
        "next_ranking": "£ released",
        "next_share": 0.65,
        "options_share": 0.94,
        "options_changed_share": 0.87,
        "attempted": 10,
        "attempted_first_five": 7,
        "set_percentile": 0.7,
        "set_percentile_low": 0.6,
        "set_percentile_high": 0.8,
        "beaten_by": "none",
        "plan_percentile": 0.5,
        "best_plan_baseline": "no change",
        "best_plan_baseline_share": 0.7,
        "best_plan_baseline_advantage_low": 0.05,
        "roc_area": 0.55,
        "best_pair_baseline": "shared officer",
        "best_pair_baseline_roc_area": 0.6,
        "best_pair_baseline_advantage_low": -0.05,
    }

    def told(self, **changes) -> list[display.Result]:
        return [display.Result(name, name, value, "derived") for name, value in {**self.RESULTS, **changes}.items()]

    def test_the_headline_counts_and_gives_the_interval(self):
        text = findings.backtest(self.told())
        assert text.startswith(
            "Of the 23 bodies formed in April 2020 and 2021 inside one {area}, 21 are among the first five"
        )
        assert (
            "That is 91%, with a 95% interval from 79% to 100%." in text and "plausible, not what will happen" in text
        )

    def test_beaten_only_by_what_is_named(self):
        assert "It is beaten there by size (95%)." in findings.backtest_caveats(self.told(beaten_by="size (95%)"))
        assert any("the next, £ released, has 65%" in line for line in findings.backtest_caveats(self.told()))

    def test_what_has_to_be_said_with_it(self):
        text = " ".join(findings.backtest_caveats(self.told()))
        assert "thought of when the later mergers were known" in text and "7 are among the first five too" in text

    def test_plans_and_pairs(self):
        text = findings.backtest_beside(self.told())
        assert "For whole plans a baseline beats it: no change has 70%, the ranking 50%." in text
        assert "shared officer, has 0.60, which is within chance of it." in text
        better = findings.backtest_beside(self.told(roc_area=0.7))
        assert better.endswith("it has 0.70; the highest baseline, shared officer, has 0.60.")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 1, 1], "all 3 {areas} have one body"),
        ([1, 3], "1 of 2 {areas} has one body; with two bodies fewer all would"),
        ([2, 3], "neither of the 2 {areas} has one body; with three bodies fewer all would"),
        ([1, 1, 2], "2 of 3 {areas} have one body; with one body fewer all would"),
    ],
)
def test_how_many_areas_have_one_body(counts, expected):
    assert findings.aligned(pd.DataFrame({"body_count": counts})) == expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([[1.0]], "Its only upper-tier authority is wholly in one body"),
        ([[0.6, 0.4]], "Its only upper-tier authority is not wholly in one body"),
        ([[1.0], [1.0]], "Both upper-tier authorities are wholly in one body"),
        ([[0.5], [0.6, 0.4]], "Neither of its two upper-tier authorities is wholly in one body"),
        ([[1.0], [0.6, 0.4]], "1 of 2 upper-tier authorities is not wholly in one body"),
        ([[1.0], [0.5], [0.6, 0.4]], "2 of 3 upper-tier authorities are not wholly in one body"),
    ],
)
def test_authorities_wholly_in_one_body(shares, expected):
    rows = [(f"E{number}", share) for number, parts in enumerate(shares) for share in parts]
    frame = pd.DataFrame(rows, columns=["authority_code", "share_of_authority_residents"])
    shown = figures.authority_heatmap(frame.assign(authority_name="A", body_name="B"), "Here", "2018-04-01")
    assert shown["headline"] == f"Here: {expected[:1].lower()}{expected[1:]}"
