"""What the cut asks for, and what could release it."""

from __future__ import annotations

import pandas as pd

from ...analysis.levers import THE_CUT
from ...analysis.running_costs import Cut
from ...wording import count, date, gbp, listed, per_cent, quantity, sentence, share_of
from ..display import Result
from .words import asked, plain, reading, reading_note, reckoned_kind, the, weakest_kind


def running_costs(
    limits: pd.DataFrame, test: pd.DataFrame, cuts: dict[str, Cut], chances: pd.DataFrame, definition: str
) -> str:
    """The opening of the running-cost reports: what mergers and the other levers would release of what is asked.

    `test` is from `levers.merger_test`, `cuts` from `running_costs.cuts`, `chances` from `levers.probabilities`.
    """
    gap = limits["gap_gbp"].sum()
    alone = test["released_central_gbp"].sum()
    mine = chances[chances["reduction_definition"] == definition]
    likely = int((mine["probability"] >= 0.5).sum())
    return f"{_alone(alone, gap, cuts[definition])} With every other lever pulled as well, {share_of(likely, len(mine), '{areas}')} would more likely than not reach the limit."


def baseline_and_cut(limits: pd.DataFrame, cuts: dict[str, Cut], as_at: str) -> str:
    """What the bodies had, and what each reading of the cut asks of it."""
    total = limits["baseline_gbp"].sum()
    return (
        f"The {count(len(limits), 'body', 'bodies')} of {date(as_at)} had a {weakest_kind(limits['allowance_kind'])} running cost "
        f"allowance of {gbp(total)} in {{baseline_year}}. {asked(cuts, total)}"
    )


def _alone(released_gbp: float, gap_gbp: float, cut: Cut) -> str:
    """What mergers alone would do towards the gap."""
    if released_gbp <= 0:
        return "There is nothing left to merge inside the {areas}, so mergers would release nothing towards it."
    if gap_gbp <= 0:
        return f"In the sense chosen here ({reading(cut)}) nothing has to be released."
    part = per_cent(released_gbp / gap_gbp) if released_gbp < gap_gbp else "all"
    return (
        f"As few bodies as neighbours allow in every {{area}} would release {gbp(released_gbp)} a year, if each body removed "
        f"releases the central saving quoted for mergers. That is {part} of the {gbp(gap_gbp)} to be released in the sense "
        f"chosen here ({reading(cut)})."
    )


def running_cost_results(
    limits: pd.DataFrame,
    asked_for: pd.DataFrame,
    test: pd.DataFrame,
    chances: pd.DataFrame,
    validation: pd.DataFrame | None,
    model: str,
    definition: str,
) -> list[Result]:
    """The key results of the running-cost notebook; `validation` is None where nothing is modelled."""
    gaps = asked_for.set_index("reduction_definition")["gap_gbp"]
    mine = chances[chances["reduction_definition"] == definition]
    kind = weakest_kind(limits["allowance_kind"])
    return [
        Result("bodies", "Bodies", len(limits), "published"),
        Result("registered_population", "Registered people", int(limits["registered_population"].sum()), "published"),
        Result("baseline_gbp", "Baseline {baseline_year}, £", int(limits["baseline_gbp"].sum()), kind),
        *(
            Result(
                f"gap_{name}_gbp",
                f"To be released: {plain(name)}, £",
                int(value),
                reckoned_kind(limits["allowance_kind"]),
            )
            for name, value in gaps.items()
        ),
        *(
            Result(
                f"bodies_met_{case}",
                f"Bodies whose limit mergers alone would meet, {case} saving",
                int(test.loc[test[f"met_{case}"], "body_count"].sum()),
                "modelled",
            )
            for case in ("low", "central", "high")
        ),
        Result(
            "area_likely",
            "{areas} more likely than not to reach the limit with every lever",
            int((mine["probability"] >= 0.5).sum()),
            "modelled",
        ),
        *([] if validation is None else [_model_error(validation, model)]),
    ]


def _model_error(validation: pd.DataFrame, model: str) -> Result:
    error = validation[validation["allowance_model"] == model]["error_share"].abs().mean()
    words = "Mean absolute difference of the model from reported figures"
    return Result("model_error", words, round(float(error), 4), "derived")


def readings(asked_for: pd.DataFrame, cuts: dict[str, Cut]) -> pd.DataFrame:
    """`running_costs.definitions_compared` with what each reading counts, in words."""
    return asked_for.assign(reading=[reading_note(cuts[name]) for name in asked_for["reduction_definition"]])


def national_total(series: pd.DataFrame) -> str:
    first, last = series.iloc[0], series.iloc[-1]
    fall = 1 - last["allowance_gbp"] / first["allowance_gbp"]
    return (
        f"The total allowance fell {per_cent(fall)} in cash from {first['financial_year']} to {last['financial_year']}"
        ", nearly all of it in one year"
    )


RULE = (
    "## The rule behind every allowance\n\nAllowances were a rate per head: a price list, not a cost. So they add up when "
    "bodies merge, and no regression on them can show economies of scale. The check below stops the notebook if any "
    "published allowance leaves the rule."
)


def arithmetic(values: pd.DataFrame, saving_target: float) -> pd.DataFrame:
    """`running_costs.national_arithmetic` as a table: what each line is, in words."""
    words = {
        "total": "Total allowance of CCGs in {baseline_year}",
        "part": f"{per_cent(saving_target)} of that total",
        "letter": "Saving named in the letter of {asked}, CCGs together with national bodies",
        "others": "So the national bodies' part is at least",
    }
    return values.assign(measure=values.index.map(words))[["measure", *values.columns]]


def national_gap(arithmetic: pd.DataFrame) -> str:
    """Why the £320 million of the letter is not a sum of CCGs' running costs."""
    total, part, asked, rest = arithmetic["value_gbp"]
    return (
        f"The target is {gbp(part)} of CCGs' {gbp(total)}. The letter's {gbp(asked)} is that together with national "
        f"bodies, whose part is at least {gbp(rest)}; it is not a figure of CCG running costs."
    )


def models(validation: pd.DataFrame, chosen: str) -> str:
    """How far the chosen model is from the local figures, and on which side of them."""
    mine = validation.loc[validation["allowance_model"] == chosen, "error_share"]
    error = validation.groupby("allowance_model")["error_share"].agg(lambda shares: shares.abs().mean())
    best, average = error.idxmin(), per_cent(mine.abs().mean())
    if (mine > 0).all():
        side = f"is above every one of {len(mine)} figures reported locally, by {average} on average"
    elif (mine < 0).all():
        side = f"is below every one of {len(mine)} figures reported locally, by {average} on average"
    else:
        side = f"is above {int((mine > 0).sum())} of {len(mine)} figures reported locally, and {average} off on average"
    text = f"The chosen model ({plain(chosen)}) {side}"
    return text if best == chosen else f"{text}; {plain(best)} is nearest, with {per_cent(error[best])}"


def models_note(validation: pd.DataFrame, chosen: str) -> str:
    """The worst case of the chosen model, and what a difference means."""
    mine = validation[validation["allowance_model"] == chosen]
    worst = mine.loc[mine["error_share"].abs().idxmax()]
    return (
        f"{models(validation, chosen)}. The largest difference is {worst['error_share']:+.0%}, for {worst['bodies']}. What a "
        "body spends is not what it is allowed, so a difference is not an error of the model alone: the National Audit "
        "Office found that CCGs spent less than their limit."
    )


def break_even(test: pd.DataFrame, evidence: tuple[float, float]) -> str:
    able = test.dropna(subset="break_even_saving_gbp")
    within = able[able["break_even_saving_gbp"] <= evidence[1]]
    if able.empty:
        return "No {area} has bodies left to merge, so none could meet its limit by merging"
    lowest = able.loc[able["break_even_saving_gbp"].idxmin()]
    if len(within) == 0:
        return (
            f"No {{area}} would meet its limit by merging alone within the evidence; {the(lowest['area_name'])} comes nearest and "
            f"would need {gbp(lowest['break_even_saving_gbp'])} from each body removed"
        )
    return (
        f"In {len(within)} of {len(able)} {{areas}} a saving within the evidence would meet the limit by merging alone: "
        f"{listed(list(within.sort_values('break_even_saving_gbp')['area_name']))}"
    )


def evidence(quoted: pd.DataFrame) -> str:
    """What the other quoted figures can and cannot bear; `quoted` is the table `merger_saving_evidence`."""
    restated = quoted[quoted["scope"] == THE_CUT]
    return (
        f"The papers of {count(len(restated), 'other merger')} restate the cut itself, so they are evidence for the cut and not "
        "for what a merger releases. A whole programme holds other savings too and is not used. The fixed cost of a body is a planning "
        "figure: it is used as a stress case, not as evidence."
    )


def waterfall(steps: pd.DataFrame, gap_gbp: float, place: str) -> str:
    """What all levers together would release at central values, which gives most, and what is left."""
    levers, left = steps.iloc[:-1], steps.iloc[-1]
    largest = levers.loc[levers["central_gbp"].idxmax()]
    found = levers["central_gbp"].sum()
    if found <= 0:
        return f"No lever would release anything of the {gbp(gap_gbp)} asked of {the(place)} at central values"
    share = largest["central_gbp"] / found
    # One decimal, so that just below half does not read as half.
    part = "most of it" if share > 0.5 else f"the largest part, {per_cent(share, 1)},"
    source = f"{part} from {largest['step']}{' (an assumption)' if largest['kind'] == 'assumed' else ''}"
    if left["central_gbp"] <= 0:
        return (
            f"All levers together would release {gbp(found)} at central values, {source}; that is "
            f"{gbp(-left['central_gbp'])} more than the {gbp(gap_gbp)} asked of {the(place)}"
        )
    return (
        f"All levers together would release {gbp(found)} of the {gbp(gap_gbp)} asked of {the(place)} at central values, {source}; "
        f"{gbp(left['central_gbp'])} is still to be found"
    )


def probability(chances: pd.DataFrame) -> str:
    likely = (
        chances.assign(likely=chances["probability"] >= 0.5).groupby("reduction_definition", sort=False)["likely"].sum()
    )
    total = chances["area_name"].nunique()
    parts = [f"{number} of {total} ({str(name).replace('_', ' ')})" for name, number in likely.items()]
    return f"{{areas}} more likely than not to reach the limit with every lever pulled: {listed(parts)}"


def sensitivity(indices: pd.DataFrame) -> str:
    first = indices.iloc[0]
    name = quantity(first["quantity"])
    tail = "an assumption without a source" if first["kind"] == "assumed" else f"a {first['kind']} figure"
    return f"{sentence(name)} moves the answer most ({per_cent(first['total'])} of its spread), and it is {tail}"


def scale(fit) -> str:
    low, high = fit.fixed_interval_gbp
    return (
        f"Outturn of {fit.bodies} bodies is {gbp(fit.fixed_gbp)} a body (95% interval {gbp(low)} to {gbp(high)}) plus "
        f"{gbp(fit.rate_gbp)} a registered person; elasticity {fit.elasticity:.2f}. An association, not an effect of size"
    )


def largest_gap(frame: pd.DataFrame, name: str) -> str:
    first = frame.loc[frame["gap_gbp"].idxmax()]
    return f"{sentence(the(first[name]))} has the most to release: {gbp(first['gap_gbp'])} of {gbp(frame['gap_gbp'].sum())}"


def no_outturn() -> str:
    return (
        "**Empty, and why:** no actual spending by body is in `data/raw/outturn.csv`. Allowances cannot stand in for it: "
        "they are a rate per head by rule, so a regression on them would only return the rule. With a table of "
        "`body_code`, `financial_year`, `outturn_gbp`, `kind` and `source` for the year of the footprint, this section "
        "shows spend against allowance and the fixed cost of a body."
    )


def published_rule(summary: dict[str, float]) -> pd.DataFrame:
    """The check of the rule of 2013/14, line by line: `measure`, `found`; `summary` as `running_costs.rule_summary`."""
    lines = {
        "Bodies": f"{summary['body_count']:,}",
        "Sum of the allowances": f"£{summary['allowance_gbp'] / 1e6:,.1f} million",
        "ONS-adjusted registered people": f"{summary['adjusted_population']:,}",
        "Allowance per ONS-adjusted registered person": f"£{summary['allowance_gbp_per_head']:.2f}",
        "Bodies at £25.00 a head, to the publisher's rounding": f"{summary['on_the_rule_count']:,}",
        "Largest difference of one body": f"£{summary['largest_difference_gbp']:,.0f}",
    }
    return pd.DataFrame(list(lines.items()), columns=["measure", "found"])
