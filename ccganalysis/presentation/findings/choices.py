"""What could merge: the candidates of England, and one ICS's plans."""

from __future__ import annotations

import pandas as pd

from ...analysis.levers import CASES, merger_test
from ...analysis.running_costs import Cut
from ...wording import count, date, gbp, listed, people, per_cent, sentence, share_of, short_name
from ..display import Result
from .words import asked, bodies, people_of, weakest_kind


def candidates(sets: pd.DataFrame, plan_total: int, saving_target: float, as_at: object) -> str:
    """The opening of the candidates' report; `sets` has every connected set of every ICS, scored."""
    mergers = sets[sets["body_count"] > 1]
    best = mergers.loc[mergers["released_share"].idxmax()]
    passing = int((mergers["released_share"] >= saving_target).sum())
    programme = int((mergers["probability_whole_programme"] >= 0.5).sum())
    return (
        f"The {int((sets['body_count'] == 1).sum())} bodies of {date(as_at)} could merge with neighbours inside their ICS in "
        f"{len(mergers):,} ways ({len(sets):,} connected sets, single bodies counted), which make {plan_total:,} plans; all "
        f"are listed and scored. At the central saving per body removed, {share_of(passing, len(mergers), 'mergers')} would release "
        f"{per_cent(saving_target)} of the members' running cost alone; the nearest ({listed(best['bodies'].split('; '))}) "
        f"would release {per_cent(best['released_share'], 1)}. On the evidence of whole programmes, which counts other "
        f"savings too, {programme:,} of {len(mergers):,} more likely than not would. One body per ICS releases most under "
        f"any fixed cost per body: that answer is trivial, and what follows is about what it costs in people moved and in "
        f"fit with local authorities."
    )


def frontier_of(ics_name: str, plan_total: int, front: pd.DataFrame) -> str:
    largest = front.loc[front["released_central_gbp"].idxmax()]
    return (
        f"{sentence(count(len(front), 'plan'))} of {plan_total:,} in {ics_name} cannot be beaten on every measure at once; the one that "
        f"would release most, {gbp(largest['released_central_gbp'])} a year, moves {people(largest['disruption_people'])} people"
    )


def no_choice(ics) -> str:
    why = "it has one body already" if len(ics.codes) == 1 else "none of its bodies are neighbours"
    return f"{ics.ics_name} has one plan only: {why}. There is nothing to choose between."


def ics(
    plans,
    limits: pd.DataFrame,
    place: pd.DataFrame,
    levers: pd.DataFrame,
    saving_target: float,
    cuts: dict[str, Cut],
    as_at: object,
) -> str:
    """The opening of the report on one ICS; `cuts` are the readings of the cut, `place` the ICS's one row."""
    total = int(limits["baseline_gbp"].sum())
    opening = (
        f"{plans.ics_name} had {bodies(len(limits))} on {date(as_at)}, for {people_of(limits)}, with a modelled running "
        f"cost baseline of {gbp(total)}. {asked(cuts, total)} "
    )
    if len(plans.plans) == 1:
        return opening + no_choice(plans)
    test = merger_test(place, levers).iloc[0]
    met = [case for case in CASES if test[f"met_{case}"]]
    mergers = plans.sets[plans.sets["bodies_removed"] > 0]
    passing = int((mergers["released_share"] >= saving_target).sum())
    cover = plans.plans["coterminous_share"]
    return opening + (
        f"Neighbouring bodies could merge in {len(mergers):,} ways, which make {len(plans.plans):,} plans, all listed. Merging "
        f"them all would release {gbp(test['released_low_gbp'])} to {gbp(test['released_high_gbp'])} a year. To "
        f"meet the limit chosen here ({gbp(limits['gap_gbp'].sum())}) by that alone, each body removed would have to "
        f"release {gbp(test['break_even_saving_gbp'])}, "
        + (
            f"which it does at the {listed(met)} saving priced for a merger"
            if met
            else "more than was ever priced for a merger alone; the rest has to come from other levers"
        )
        + f". {sentence(share_of(passing, len(mergers), 'mergers'))} would pass the {per_cent(saving_target)} test alone. "
        f"Residents in an upper-tier authority wholly inside one body would go from {per_cent(cover.iloc[0])} to at most "
        f"{per_cent(cover.max())}."
    )


def reference(plans, marks: dict[str, int], outcome: pd.Series, saving_target: float) -> str:
    """What the plans of reference are, and why one is missing."""
    lines = []
    if "One body" not in marks:
        lines.append("**One body for the ICS** is not a plan: its bodies are not all connected (see `water_links`).")
    elif len(plans.plans) > 1:
        lines.append(
            "**One body for the ICS** is the default of the policy and, under any fixed cost per body, releases most: a "
            "trivial answer. The frontier shows what it costs."
        )
    if "Smallest change that passes" not in marks:
        lines.append(
            f"**No plan passes**: in none would every merger alone release {per_cent(saving_target)} of its running "
            "cost at the central saving, so there is no smallest change that does."
        )
    if "Best by objective" not in marks:
        lines.append("**No plan fits the floor and ceiling** asked for; lower the floor or raise the ceiling.")
    mine = outcome.reindex(list(plans.codes))
    if "April 2021" not in marks:
        lines.append(
            "**What happened by April 2021** is not one of the plans: a body joined others outside the ICS, or was "
            "not a neighbour of those it joined."
        )
    else:
        lines.append(f"**By April 2021** its {bodies(len(mine))} had become {bodies(mine.nunique())}.")
    return "\n\n".join(lines)


def ics_results(
    plans, limits: pd.DataFrame, place: pd.DataFrame, chances: pd.DataFrame, marks: dict[str, int], definition: str
) -> list[Result]:
    """The key results of one ICS: the same names for every ICS, so that they make one table."""
    chance = chances.set_index("reduction_definition").loc[definition, "probability"]
    mergers = plans.sets[plans.sets["bodies_removed"] > 0]
    probability = float(mergers["probability_whole_programme"].max()) if len(mergers) else 0.0
    return [
        Result("ics_code", "ICS code", plans.ics_code, "published"),
        Result("ics_name", "ICS", plans.ics_name, "published"),
        Result("region_name", "Region", str(limits["region_name"].iloc[0]), "published"),
        Result("body_count", "Bodies", len(limits), "published"),
        Result("officer_count", "Accountable officers, November 2018", int(place["officer_count"].iloc[0]), "reported"),
        Result(
            "registered_population",
            "Registered people",
            int(limits["registered_population"].sum()),
            weakest_kind(limits["registered_population_kind"]),
        ),
        Result("baseline_gbp", "Baseline 2017/18, £", int(limits["baseline_gbp"].sum()), "modelled"),
        Result("gap_gbp", "Gap to the limit, £", int(limits["gap_gbp"].sum()), "modelled"),
        Result("connected_sets", "Connected sets of bodies", len(plans.sets), "derived"),
        Result("plan_count", "Plans", len(plans.plans), "derived"),
        Result(
            "released_central_gbp",
            "Most that mergers would release, £ a year",
            int(plans.plans["released_central_gbp"].max()),
            "modelled",
        ),
        Result(
            "probability_limit_met", "Probability that all levers reach the limit", round(float(chance), 4), "modelled"
        ),
        Result(
            "probability_whole_programme",
            "Highest probability of a merger passing the test, whole programme",
            round(probability, 4),
            "modelled",
        ),
        Result(
            "coterminous_share",
            "Residents in whole upper-tier authorities, no change",
            round(float(plans.plans["coterminous_share"].iloc[0]), 4),
            "derived",
        ),
        Result(
            "coterminous_share_best",
            "The same, best plan",
            round(float(plans.plans["coterminous_share"].max()), 4),
            "derived",
        ),
    ]


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
        f"{sentence(share_of(reached, len(mergers), 'candidates'))} would pass at the highest saving ever priced for a "
        f"merger alone, {gbp(high)} per body removed; half of them need more than "
        f"{gbp(mergers['break_even_saving_gbp'].median())}"
    )


def candidate_results(sets: pd.DataFrame, plan_total: int, saving_target: float) -> list[Result]:
    mergers = sets[sets["body_count"] > 1]
    return [
        Result("bodies", "Bodies", int((sets["body_count"] == 1).sum()), "published"),
        Result("connected_sets", "Connected sets, single bodies counted", len(sets), "derived"),
        Result("plan_count", "Plans", plan_total, "derived"),
        Result(
            "candidates_passing",
            "Mergers that alone would release the target at the central saving",
            int((mergers["released_share"] >= saving_target).sum()),
            "modelled",
        ),
        Result(
            "candidates_passing_programme",
            "Mergers more likely than not to release it, on the evidence of whole programmes",
            int((mergers["probability_whole_programme"] >= 0.5).sum()),
            "modelled",
        ),
        Result(
            "median_break_even_saving_gbp",
            "Median break-even saving per body removed, £",
            round(float(mergers["break_even_saving_gbp"].median())),
            "modelled",
        ),
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
