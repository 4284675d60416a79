"""The sentences that open the reports and head the charts, made from computed tables so that none can go stale.

Wording follows METHOD rules 14 to 17: "would release, if", never "saves"; the population and the kind are named.
"""

from __future__ import annotations

import pandas as pd

from .display import Result
from .wording import count, date, gbp, listed, per_cent, people, sentence, short_name


def bodies(number: int) -> str:
    """A number of bodies in words."""
    return count(number, "body", "bodies")


def plain(name: str) -> str:
    """A parameter's value as words: `per_head_adjusted` is per head adjusted."""
    return name.replace("_", " ")


def brief(name: str, most: int = 34) -> str:
    """A long ICS name cut at a word, for the axis of a chart."""
    if len(name) <= most:
        return name
    return name[: name.rfind(" ", 0, most)].rstrip(",") + " ..."


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
        f"({plain(definition)}), mergers alone, one body to each ICS, would meet the limit for "
        f"{met['low']}, {met['central']} and {met['high']} of the {len(limits)} bodies at the low, central and high "
        f"saving per body removed. With every other lever pulled as well, {likely} of {len(mine)} ICSs would more "
        f"likely than not reach it; most of what is needed has to come from elsewhere than the number of bodies."
    )


def running_cost_results(
    limits: pd.DataFrame, compared: pd.DataFrame, test: pd.DataFrame, chances: pd.DataFrame, validation: pd.DataFrame,
    model: str, definition: str,
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
            Result(f"bodies_met_{case}", f"Bodies whose limit mergers alone would meet, {case} saving",
                   int(test.loc[test[f"met_{case}"], "body_count"].sum()), "modelled")
            for case in ("low", "central", "high")
        ),
        Result("ics_likely", "ICSs more likely than not to reach the limit with every lever",
               int((mine["probability"] >= 0.5).sum()), "modelled"),
        Result("model_error", "Mean absolute difference of the model from reported figures", round(float(error), 4),
               "derived"),
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
    name = first["quantity"].removesuffix("_gbp").replace("_", " ").replace("csu", "CSU")
    tail = "an assumption without a source" if first["kind"] == "assumed" else f"a {first['kind']} figure"
    return f"{sentence(name)} moves the answer most ({per_cent(first['total'])} of its spread), and it is {tail}"


def scale(fit) -> str:
    low, high = fit.fixed_interval_gbp
    return (
        f"Outturn of {fit.bodies} bodies is {gbp(fit.fixed_gbp)} a body (95% interval {gbp(low)} to {gbp(high)}) plus "
        f"{gbp(fit.rate_gbp)} a registered person; elasticity {fit.elasticity:.2f}. An association, not an effect of size"
    )


def described(frame: pd.DataFrame, name: str, value: str, most: int = 8, ascending: bool = False) -> str:
    """Alt text: the values of a chart in words, largest first unless `ascending`, at most `most` of them."""
    words = gbp if value.endswith("_gbp") else per_cent
    ordered = frame.dropna(subset=value).sort_values(value, ascending=ascending, kind="stable")
    if name in {"financial_year", "step"}:
        ordered = frame.dropna(subset=value)
    shown = [f"{row[name]}: {words(row[value])}" for _, row in ordered.head(most).iterrows()]
    rest = len(ordered) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more." if rest else ".")


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


def aligned(state: pd.DataFrame) -> str:
    """How many ICSs have one body, and the mergers still needed; `state` has one row per ICS with `body_count`."""
    one = int((state["body_count"] == 1).sum())
    needed = int((state["body_count"] - 1).sum())
    return f"{one} of {len(state)} ICSs have one body; {needed} bodies would have to go for all to"


def people_of(bodies: pd.DataFrame) -> str:
    return f"{people(bodies['registered_population'].sum())} registered people"


# --- merger candidates ---


def candidates(sets: pd.DataFrame, plan_total: int, saving_target: float, as_at: object) -> str:
    """The opening of the candidates' report; `sets` has every connected set of every ICS, scored."""
    mergers = sets[sets["body_count"] > 1]
    best = mergers.loc[mergers["released_share"].idxmax()]
    passing = int((mergers["released_share"] >= saving_target).sum())
    programme = int((mergers["probability_whole_programme"] >= 0.5).sum())
    return (
        f"The {int((sets['body_count'] == 1).sum())} bodies of {date(as_at)} could merge with neighbours inside their ICS in "
        f"{len(mergers):,} ways ({len(sets):,} connected sets, single bodies counted), which make {plan_total:,} plans; all "
        f"are listed and scored. At the central saving per body removed, {count(passing, 'merger')} would release "
        f"{per_cent(saving_target)} of the members' running cost alone; the nearest ({listed(best['bodies'].split('; '))}) "
        f"would release {per_cent(best['released_share'], 1)}. On the evidence of whole programmes, which counts other "
        f"savings too, {programme:,} of {len(mergers):,} would more likely than not. One body per ICS releases most under "
        f"any fixed cost per body: that answer is trivial, and what follows is about what it costs in people moved and in "
        f"fit with local authorities."
    )


def frontier_of(ics_name: str, plan_total: int, front: pd.DataFrame) -> str:
    largest = front.loc[front["released_central_gbp"].idxmax()]
    return (
        f"{count(len(front), 'plan')} of {plan_total:,} in {ics_name} cannot be beaten on every measure at once; the one that "
        f"would release most, {gbp(largest['released_central_gbp'])} a year, moves {people(largest['disruption_people'])} people"
    )


def no_choice(ics_name: str, note: str) -> str:
    return f"{ics_name} has one plan only: {note}. There is nothing to choose between."


def national_frontier(disruption: pd.DataFrame, reached: pd.DataFrame) -> str:
    """Against the least that any plan within ICSs could move for the same number of bodies."""
    last = reached.iloc[-1]
    least = disruption.set_index("body_count")["disruption_people"].get(last["body_count"])
    return (
        f"By {date(last['as_at'])} England had {int(last['body_count'])} of these bodies and had moved "
        f"{people(last['disruption_people'])} registered people; the same number could have been reached moving "
        f"{people(least)}"
    )


def across_borders(partition, merged: pd.DataFrame, number: int, within_best: float) -> str:
    crossing = merged[merged["alignment_state"] == "crosses"]
    proof = "proven optimal" if partition.proven_optimal else f"not proven optimal: {partition.status}"
    return (
        f"With {number} bodies of at most five members and no regard to ICS borders, {people(partition.objective)} residents "
        f"could live in an upper-tier authority wholly inside one body ({proof}; bound {people(partition.bound)}); inside ICS "
        f"borders it is {people(within_best)}. {count(len(crossing), 'body', 'bodies').capitalize()} would cross a border"
    )


def break_even_candidates(sets: pd.DataFrame, low: float, high: float) -> str:
    mergers = sets[sets["body_count"] > 1]
    reached = int((mergers["break_even_saving_gbp"] <= high).sum())
    return (
        f"{count(reached, 'candidate').capitalize()} of {len(mergers):,} would pass at the highest saving ever priced for a "
        f"merger alone, {gbp(high)} per body removed; half of them need more than "
        f"{gbp(mergers['break_even_saving_gbp'].median())}"
    )


def candidate_results(sets: pd.DataFrame, plan_total: int, saving_target: float) -> list[Result]:
    mergers = sets[sets["body_count"] > 1]
    return [
        Result("bodies", "Bodies", int((sets["body_count"] == 1).sum()), "published"),
        Result("connected_sets", "Connected sets, single bodies counted", len(sets), "derived"),
        Result("plan_count", "Plans", plan_total, "derived"),
        Result("candidates_passing", "Mergers that alone would release the target at the central saving",
               int((mergers["released_share"] >= saving_target).sum()), "modelled"),
        Result("candidates_passing_programme", "Mergers more likely than not to, on whole programmes",
               int((mergers["probability_whole_programme"] >= 0.5).sum()), "modelled"),
        Result("median_break_even_saving_gbp", "Median break-even saving per body removed, £",
               round(float(mergers["break_even_saving_gbp"].median())), "modelled"),
    ]


def islands(alone: pd.DataFrame, water_links: str) -> str:
    if alone.empty:
        return f"No body is cut off from the others of its ICS (water links: {water_links})."
    names = listed([f"{short_name(row.body_name)} ({row.ics_name})" for row in alone.itertuples()])
    return (
        f"**Alone in every plan:** {names}, with no neighbour inside its ICS (water links: {water_links}). It is kept as it "
        "is, not dropped; `water_links` set to `listed` or to a distance lets it join."
    )


def board_reasons(ranked: pd.DataFrame) -> str:
    """Why the first candidates stand where they do: one line each."""
    states = {"equals": "gives the ICS one body", "within": "stays within the ICS", "crosses": "crosses the ICS border"}
    lines = []
    for row in ranked.itertuples():
        parts = [
            f"would release {gbp(row.released_central_gbp)} a year, {per_cent(row.released_share, 1)} of running cost, if each "
            "body removed releases the central saving",
            states[row.alignment_state],
            f"keeps {count(row.authorities_contained, 'upper-tier authority', 'upper-tier authorities')} whole and splits "
            f"{row.authorities_split}",
            f"moves {people(row.disruption_people)} people",
        ]
        if row.officer_count < row.body_count:
            parts.append(f"its {row.body_count} bodies had {count(row.officer_count, 'accountable officer')} in 2018")
        lines.append(f"{row.rank}. **{listed(row.bodies.split('; '), most=12)}** ({row.ics_name}): {'; '.join(parts)}.")
    return "\n".join(lines)
