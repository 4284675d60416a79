"""What the cut asks for, and what could release it."""

from __future__ import annotations

import pandas as pd

from ...wording import date, gbp, listed, per_cent, quantity, sentence, share_of
from ..display import Result
from .words import plain


def running_costs(
    limits: pd.DataFrame, test: pd.DataFrame, compared: pd.DataFrame, chances: pd.DataFrame, definition: str, as_at: str
) -> str:
    """The opening of the running-cost reports: what the cut asks, and what mergers and the other levers would release."""
    total, gaps = limits["baseline_gbp"].sum(), compared.set_index("reduction_definition")["gap_gbp"]
    met = {case: int(test.loc[test[f"met_{case}"], "body_count"].sum()) for case in ("low", "central", "high")}
    mine = chances[chances["reduction_definition"] == definition]
    likely = int((mine["probability"] >= 0.5).sum())
    return (
        f"The {len(limits)} bodies of {date(as_at)} have a modelled 2017/18 baseline of {gbp(total)}. "
        f"The cut asks {gbp(gaps['cash'])} of them in cash, {gbp(gaps['real'])} in real terms, and "
        f"{gbp(gaps['observed_cash'])} as local papers show it. In the sense chosen here "
        f"({plain(definition)}), mergers alone, as far as neighbours allow, would meet the limit for "
        + (
            f"{met['low']}, {met['central']} and {met['high']} of the {len(limits)} bodies at the low, central and high "
            "saving per body removed. "
            if met["high"]
            else f"none of the {len(limits)} bodies, even at the highest saving per body removed. "
        )
        + f"With every other lever pulled as well, {share_of(likely, len(mine), 'ICSs')} would more likely than not reach it"
        + (
            "; most of what is needed has to come from elsewhere than the number of bodies."
            if met["central"] < len(limits) / 2
            else "."
        )
    )


def running_cost_results(
    limits: pd.DataFrame,
    compared: pd.DataFrame,
    test: pd.DataFrame,
    chances: pd.DataFrame,
    validation: pd.DataFrame,
    model: str,
    definition: str,
) -> list[Result]:
    """The key results of the running-cost notebook."""
    gaps = compared.set_index("reduction_definition")["gap_gbp"]
    mine = chances[chances["reduction_definition"] == definition]
    error = validation[validation["allowance_model"] == model]["error_share"].abs().mean()
    return [
        Result("bodies", "Bodies", len(limits), "published"),
        Result("registered_population", "Registered people", int(limits["registered_population"].sum()), "published"),
        Result("baseline_gbp", "Baseline 2017/18, £", int(limits["baseline_gbp"].sum()), "modelled"),
        *(
            Result(f"gap_{name}_gbp", f"Asked for: {plain(name)}, £", int(value), "modelled")
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
            "ics_likely",
            "ICSs more likely than not to reach the limit with every lever",
            int((mine["probability"] >= 0.5).sum()),
            "modelled",
        ),
        Result(
            "model_error",
            "Mean absolute difference of the model from reported figures",
            round(float(error), 4),
            "derived",
        ),
    ]


def national_total(series: pd.DataFrame) -> str:
    first, last = series.iloc[0], series.iloc[-1]
    fall = 1 - last["allowance_gbp"] / first["allowance_gbp"]
    return (
        f"The total allowance fell {per_cent(fall)} in cash from {first['financial_year']} to {last['financial_year']}"
        ", nearly all of it in one year"
    )


def national_gap(arithmetic: pd.DataFrame) -> str:
    """Why the £320 million of the letter is not a sum of CCGs' running costs."""
    total, part, asked, rest = arithmetic["value_gbp"]
    return (
        f"The target is {gbp(part)} of CCGs' {gbp(total)}. The letter's {gbp(asked)} is that together with national "
        f"bodies, whose part is at least {gbp(rest)}; it is not a figure of CCG running costs."
    )


def models(validation: pd.DataFrame, chosen: str) -> str:
    """How far the models are from the local figures: mean absolute error, and the worst case of the chosen model."""
    error = validation.groupby("allowance_model")["error_share"].agg(lambda shares: shares.abs().mean())
    mine = validation[validation["allowance_model"] == chosen]
    worst = mine.loc[mine["error_share"].abs().idxmax()]
    best = error.idxmin()
    return (
        f"Against {len(mine)} reported figures the chosen model ({chosen.replace('_', ' ')}) is "
        f"{per_cent(error[chosen])} off on average; {best.replace('_', ' ')} is nearest with {per_cent(error[best])}. "
        f"The largest difference is {worst['error_share']:+.0%}, for {worst['bodies']}: what a body spends is not what "
        "it is allowed, so a difference is not an error of the model alone."
    )


def break_even(test: pd.DataFrame, evidence: tuple[float, float]) -> str:
    able = test.dropna(subset="break_even_saving_gbp")
    within = able[able["break_even_saving_gbp"] <= evidence[1]]
    lowest = able.loc[able["break_even_saving_gbp"].idxmin()]
    if len(within) == 0:
        return (
            f"No ICS would meet its limit by merging alone within the evidence; {lowest['ics_name']} comes nearest and "
            f"needs {gbp(lowest['break_even_saving_gbp'])} from each body removed"
        )
    return (
        f"In {len(within)} of {len(able)} ICSs a saving within the evidence would meet the limit by merging alone: "
        f"{listed(list(within.sort_values('break_even_saving_gbp')['ics_name']))}"
    )


def waterfall(steps: pd.DataFrame, gap_gbp: float, place: str) -> str:
    levers, left = steps.iloc[:-1], steps.iloc[-1]
    largest = levers.loc[levers["central_gbp"].idxmax()]
    found = levers["central_gbp"].sum()
    tail = (
        f"{gbp(left['central_gbp'])} is still to be found"
        if left["central_gbp"] > 0
        else f"that is {gbp(-left['central_gbp'])} more than asked for"
    )
    return (
        f"All levers together would release {gbp(found)} of the {gbp(gap_gbp)} asked of {place} at central values, "
        f"most of it from {largest['step']}; {tail}"
    )


def probability(chances: pd.DataFrame) -> str:
    likely = (
        chances.assign(likely=chances["probability"] >= 0.5).groupby("reduction_definition", sort=False)["likely"].sum()
    )
    total = chances["ics_name"].nunique()
    parts = [f"{number} of {total} ({name.replace('_', ' ')})" for name, number in likely.items()]
    return f"ICSs more likely than not to reach the limit with every lever pulled: {listed(parts)}"


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
    return f"{first[name]} has the most to release: {gbp(first['gap_gbp'])} of {gbp(frame['gap_gbp'].sum())}"


def no_outturn() -> str:
    return (
        "**Empty, and why:** no actual spending by body is in `data/raw/outturn.csv`. Allowances cannot stand in for it: "
        "they are a rate per head by rule, so a regression on them would only return the rule. With a table of "
        "`body_code`, `financial_year`, `outturn_gbp`, `kind` and `source` for the year of the footprint, this section "
        "shows spend against allowance and the fixed cost of a body."
    )
