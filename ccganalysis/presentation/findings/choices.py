"""What could merge: the candidates of England, and one area's plans."""

from __future__ import annotations

import pandas as pd

from ...analysis.candidates import real_plan
from ...analysis.levers import CASES, case, merger_test
from ...analysis.running_costs import Cut
from ...wording import (
    count,
    date,
    gbp,
    gbp_range,
    listed,
    people,
    per_cent,
    sentence,
    share_of,
    short_name,
    whole_and_split,
)
from ..display import Result
from ..verdicts import SENTENCES
from .words import asked, bodies, people_of, reckoned_kind, the, weakest_kind

STRESS = "the fixed cost of a body in the Department of Health's reckoner of 2011 (a planning figure: a stress case, not evidence)"


def counted(sets: pd.DataFrame, plan_total: int, as_at: object) -> str:
    """How much there is to choose from; `sets` has every connected set of every area, scored."""
    mergers = sets[sets["body_count"] > 1]
    singles = int((sets["body_count"] == 1).sum())
    if mergers.empty:
        return f"No body of {date(as_at)} has a neighbour inside its {{area}} to merge with."
    return (
        f"The {bodies(singles)} of {date(as_at)} could merge with neighbours inside their {{area}} in "
        f"{count(len(mergers), 'way')}. With single bodies these are {len(sets):,} connected sets, which make {plan_total:,} "
        "plans; all are compared."
    )


def tested(sets: pd.DataFrame, saving_target: float, stress_gbp: float) -> str:
    """How many mergers would release the share asked for by themselves; nothing where there is none.

    `stress_gbp` is the fixed cost of a body in the reckoner of 2011 (`levers.stress_saving_gbp`).
    """
    mergers = sets[sets["body_count"] > 1]
    if mergers.empty:
        return ""
    best = mergers.loc[mergers["released_share"].idxmax()]
    passing = int((mergers["released_share"] >= saving_target).sum())
    stressed = int((mergers["break_even_saving_gbp"] <= stress_gbp).sum())
    return (
        f"{sentence(some_of(passing, len(mergers)))} would release {per_cent(saving_target)} of the members' running cost alone, "
        f"if each body removed releases the central saving. The highest share is {per_cent(best['released_share'], 1)} "
        f"({listed(best['bodies'].split('; '))}). If each released {gbp(stress_gbp)}, {STRESS}, "
        f"{some_of(stressed, len(mergers))} would."
    )


def some_of(number: int, total: int, singular: str = "merger") -> str:
    """Some of a total, whatever the total: none of 12 mergers, 3 of 12 mergers; of one, the one merger or not even it."""
    if total == 1:
        return f"the one {singular} possible" if number else f"not even the one {singular} possible"
    return share_of(number, total, singular + "s")


def outcomes(front: pd.DataFrame, plan_total: int) -> str:
    """The outcomes on the frontier (`candidates.frontier`) and how many of all plans reach them."""
    reached = int(front["plan_count"].sum())
    return f"{count(len(front), 'outcome')}, reached by {_plans(reached, plan_total)}"


def _plans(number: int, plan_total: int) -> str:
    """Some of all plans, or all of them: 12 of 4,181 plans, both plans."""
    every = {1: "the one plan there is", 2: "both plans"}.get(plan_total, f"all {plan_total:,} plans")
    return every if number == plan_total else f"{number:,} of {plan_total:,} plans"


def frontier_of(area, front: pd.DataFrame) -> str:
    """The headline of the frontier of one area (`candidates.AreaPlans`)."""
    furthest = area.plans.loc[area.plans["body_count"].idxmin()]
    return (
        f"{sentence(outcomes(front, len(area.plans)))}, cannot be beaten on every measure at once in {the(area.area_name)}; merging "
        f"{_all_of(int(furthest['body_count']))} would release {gbp(furthest['released_central_gbp'])} a year, if each body "
        f"removed releases the central saving, and move {people(furthest['disruption_people'])} people"
    )


def _all_of(bodies_after: int) -> str:
    """What is merged when all is that can be."""
    return "them all" if bodies_after == 1 else f"as far as neighbours allow, to {bodies(bodies_after)},"


def plan_table(front: pd.DataFrame, plan_total: int) -> str:
    """The caption of the table of plans."""
    if plan_total == 1:
        return "The one plan there is"
    return f"Plans of reference, and the frontier: {outcomes(front, plan_total)}; of equal plans one is shown"


def no_choice(area) -> str:
    why = "it has one body already" if len(area.codes) == 1 else "none of its bodies are neighbours"
    return f"{sentence(the(area.area_name))} has one plan only: {why}. There is nothing to choose between."


def area(plans, limits: pd.DataFrame, cuts: dict[str, Cut], as_at: object) -> str:
    """The bodies of an area, its baseline and what the cut asks; `cuts` are the readings of the cut."""
    total = int(limits["baseline_gbp"].sum())
    mergers = int((plans.sets["bodies_removed"] > 0).sum())
    ways = (
        f" Neighbouring bodies could merge in {count(mergers, 'way')}, which {'makes' if mergers == 1 else 'make'} "
        f"{count(len(plans.plans), 'plan')}; all are compared."
        if mergers
        else ""
    )
    return (
        f"{sentence(the(plans.area_name))} had {bodies(len(limits))} on {date(as_at)}, for {people_of(limits)}.{ways} Its "
        f"{weakest_kind(limits['allowance_kind'])} running cost baseline is {gbp(total)}. {asked(cuts, total)}"
    )


def merging_all(
    plans, limits: pd.DataFrame, place: pd.DataFrame, levers: pd.DataFrame, saving_target: float, stress_gbp: float
) -> str:
    """What merging as far as neighbours allow would do towards the limit, and whether single mergers would.

    `place` is the area's one row of `levers.places`, `stress_gbp` the fixed cost of a body in the reckoner of 2011. Where
    nothing can merge it says so.
    """
    if len(plans.plans) == 1:
        return no_choice(plans)
    test = merger_test(place, levers).iloc[0]
    mergers = plans.sets[plans.sets["bodies_removed"] > 0]
    passing = int((mergers["released_share"] >= saving_target).sum())
    stressed = int((mergers["break_even_saving_gbp"] <= stress_gbp).sum())
    harvested = case(levers, "central")["share_already_harvested"]
    return (
        f"Merging {_all_of(int(test['bodies_after']))} would release "
        f"{gbp_range(test['released_low_gbp'], test['released_high_gbp'])} a year, if each body removed releases the price quoted for "
        f"a merger alone. That is {_met(test)}. To release {gbp(limits['gap_gbp'].sum())} by that alone, each body "
        f"removed would have to release {gbp(test['break_even_saving_gbp'])}. Bodies that share {{an_officer}} are taken to have "
        f"released {per_cent(harvested)} of it before. {sentence(some_of(passing, len(mergers)))} would release "
        f"{per_cent(saving_target)} of its members' running cost alone at the central saving. At {gbp(stress_gbp)} per body removed, "
        f"{STRESS}, {some_of(stressed, len(mergers))} would. {_cover(plans.plans['coterminous_share'])}"
    )


def _met(test: pd.Series) -> str:
    """Whether a merger alone meets the limit in the low, central and high case (a row of `levers.merger_test`)."""
    met, gap = [which for which in CASES if test[f"met_{which}"]], gbp(test["gap_gbp"])
    if not met:
        return f"less than the {gap} that the limit chosen here asks for"
    if len(met) == len(CASES):
        return f"at least the {gap} that the limit chosen here asks for"
    return f"at least the {gap} that the limit chosen here asks for in the {listed(met)} case only"


def _cover(shares: pd.Series) -> str:
    """How residents in whole authorities change over all plans; the first plan is no change."""
    who = "Residents in an upper-tier authority wholly inside one body"
    first, best = shares.iloc[0], shares.max()
    if best == first:
        return f"{who} stay at {_share(first)} in every plan."
    for digits in (1, 2, 3):
        if _share(first, digits) != _share(best, digits):
            return f"{who} would go from {_share(first, digits)} to at most {_share(best, digits)}."
    return f"{who} are {_share(first)} in every plan, to within a thousandth of a percentage point."


def _share(share: float, decimals: int = 1) -> str:
    """A share in per cent; nought and all without decimals, and only they: what is near them has as many as tell it apart."""
    if share in (0, 1):
        return per_cent(share)
    while decimals < 3 and round(100 * share, decimals) in (0, 100):
        decimals += 1
    return per_cent(share, decimals)


def reference(plans, outcome: pd.Series | None) -> str:
    """What one body is, and what came about; `outcome` has every body of England, so that mergers across the border are seen."""
    lines = []
    left = int(plans.plans["body_count"].min())
    if left > 1:
        lines.append(
            "**One body for the {area}** is not a plan: its bodies are not all connected (see `water_links`). Merging as far "
            f"as neighbours allow leaves {bodies(left)}."
        )
    elif len(plans.plans) > 1:
        lines.append(
            "**One body for the {area}** is the default of the policy and, under any fixed cost, releases most: a "
            "trivial answer. The frontier shows what it costs."
        )
    lines.append("What these bodies became is not held." if outcome is None else _happened(plans, outcome))
    return "\n\n".join(lines)


def _happened(plans, outcome: pd.Series) -> str:
    """What became of the bodies."""
    mine = outcome.reindex(list(plans.codes))
    outside = mine.isin(outcome.drop(mine.index)).sum()
    if real_plan(plans, outcome) is None:
        return (
            "**What happened by {hindsight}** is not one of the plans: bodies became one that are not connected inside the "
            "{area}."
        )
    before, after = len(mine), mine.nunique()
    if after < before:
        came = f"its {bodies(before)} had become {bodies(after)}"
    elif before == 1:
        came = "its one body had not merged with another of the {area}"
    else:
        none = "neither of its two bodies" if before == 2 else f"none of its {bodies(before)}"
        came = f"{none} had merged with another of the {{area}}"
    across = f"; {bodies(int(outside))} had joined bodies of other {{areas}}" if outside else ""
    return f"**By {{hindsight}}** {came}{across}."


def bounds(floor_people: int, ceiling_people: int) -> str:
    """The floor and ceiling asked for; nothing where there are none."""
    given = {"floor": floor_people, "ceiling": ceiling_people}
    ends = [SENTENCES[end].format(number=f"{number:,}") for end, number in given.items() if number]
    return SENTENCES["edges"].format(ends=" and ".join(ends)) if ends else ""


def no_plan_fits(plans, floor_people: int, ceiling_people: int) -> str:
    """That no plan keeps to the floor and ceiling, and what would."""
    widest, narrowest = plans.plans["smallest_body_people"].max(), plans.plans["largest_body_people"].min()
    return SENTENCES["nothing_fits"].format(
        place=the(plans.area_name),
        edges=bounds(floor_people, ceiling_people),
        widest=f"{widest:,}",
        narrowest=f"{narrowest:,}",
    )


def no_merger(plans) -> str:
    """Why there is no scorecard."""
    return f"The leading plan merges no bodies of {the(plans.area_name)}, so there is no merger to hold against the criteria."


def area_results(
    plans,
    limits: pd.DataFrame,
    place: pd.DataFrame,
    chances: pd.DataFrame,
    definition: str,
    stress_gbp: float,
) -> list[Result]:
    """The key results of one area: the same names for every area, so that they make one table."""
    chance = chances.set_index("reduction_definition").loc[definition, "probability"]
    mergers = plans.sets[plans.sets["bodies_removed"] > 0]
    # A body without evidence that it shared an officer is a group of its own: that it did not is assumed.
    unknown = len(limits) > 1 and (limits["officer"] == limits["body_code"]).any()
    return [
        Result("area_code", "{area} code", plans.area_code, "published"),
        Result("area_name", "{area}", plans.area_name, "published"),
        *(
            []
            if limits["region_code"].iloc[0] == limits["area_code"].iloc[0]
            else [Result("region_name", "Region", str(limits["region_name"].iloc[0]), "published")]
        ),
        Result("body_count", "Bodies", len(limits), "published"),
        Result(
            "officer_count",
            "{Officers}, {officers_known}, at most",
            int(place["officer_count"].iloc[0]),
            "assumed" if unknown else "reported",
        ),
        Result(
            "registered_population",
            "Registered people",
            int(limits["registered_population"].sum()),
            weakest_kind(limits["registered_population_kind"]),
        ),
        Result(
            "baseline_gbp",
            "Baseline {baseline_year}, £",
            int(limits["baseline_gbp"].sum()),
            weakest_kind(limits["allowance_kind"]),
        ),
        Result("gap_gbp", "Gap to the limit, £", int(limits["gap_gbp"].sum()), reckoned_kind(limits["allowance_kind"])),
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
            "candidates_passing_stress",
            f"Mergers that alone would pass the test at {gbp(stress_gbp)} per body removed (2011 reckoner, stress case)",
            int((mergers["break_even_saving_gbp"] <= stress_gbp).sum()),
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
    """Against the least that any plan within areas could move for the same number of bodies."""
    last = reached.iloc[-1]
    if not last["disruption_people"]:
        if len(reached) > 1:
            return f"None of these bodies had merged by {date(last['as_at'])}"
        return _fewest_moved(disruption)
    least = disruption.set_index("body_count")["disruption_people"].get(last["body_count"])
    became = f"By {date(last['as_at'])} these bodies had become {int(last['body_count'])}"
    return f"{became}, and {people(last['disruption_people'])} registered people had moved; " + (
        "no plan within {area} borders has that number"
        if least is None
        else f"the same number could have been reached moving {people(least)}"
    )


def _fewest_moved(disruption: pd.DataFrame) -> str:
    """How many would have to move for one body fewer, and for the fewest bodies that any plan leaves."""
    moved = disruption.set_index("body_count")["disruption_people"].sort_index(ascending=False)
    if len(moved) < 2:
        return "No two bodies of {an_area} can merge"
    told = f"One body fewer moves {people(moved.iloc[1])} registered people at the least"
    most = f", the fewest bodies possible, {moved.index[-1]}, {people(moved.iloc[-1])}"
    return told + (most if len(moved) > 2 else "")


def across_borders(partition, merged: pd.DataFrame, total: int, within_best: float | None, largest: int) -> str:
    """England in a total of bodies without regard to area borders, of at most `largest` members each; `within_best` is the
    best inside the borders, None where the number is not possible.
    """
    crossing = int((merged["alignment_state"] == "crosses").sum())
    proof = "proven optimal" if partition.proven_optimal else f"not proven optimal: {partition.status}"
    inside = "no plan has that number" if within_best is None else f"it is {people(within_best)}"
    return (
        f"With {total} bodies of at most {count(largest, 'member')} and no regard to {{area}} borders, {people(partition.objective)} residents "
        f"could live in an upper-tier authority wholly inside one body ({proof}; bound {people(partition.bound)}). Inside {{area}} "
        f"borders {inside}. The plan shown is one of those that reach this, and others may differ: in this one, "
        f"{count(crossing, 'body', 'bodies')} would cross a border."
    )


def break_even_candidates(sets: pd.DataFrame, high: float) -> str:
    """How many candidates would pass at the most in plans where a merger alone was priced."""
    mergers = sets[sets["body_count"] > 1]
    reached = int((mergers["break_even_saving_gbp"] <= high).sum())
    return (
        f"{sentence(some_of(reached, len(mergers), 'candidate'))} would pass at {gbp(high)} per body removed, the most in plans "
        f"where a merger alone was priced; the median candidate needs {gbp(mergers['break_even_saving_gbp'].median())}"
    )


def candidate_results(sets: pd.DataFrame, plan_total: int, saving_target: float, stress_gbp: float) -> list[Result]:
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
            "candidates_passing_stress",
            f"Mergers that alone would release it at {gbp(stress_gbp)} per body removed (2011 reckoner, stress case)",
            int((mergers["break_even_saving_gbp"] <= stress_gbp).sum()),
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
    """Which bodies have no neighbour inside their area, and what would let them join."""
    if alone.empty:
        return f"No body is cut off from the others of its {{area}} (water links: {water_links})."
    names = listed([f"{short_name(row.body_name)} ({row.area_name})" for row in alone.itertuples()])
    kept, them = ("It is kept as it is", "it") if len(alone) == 1 else ("They are kept as they are", "them")
    wider = "`listed` or to a distance" if water_links == "none" else "a wider distance"
    return (
        f"**Alone in every plan:** {names}, with no neighbour inside its {{area}} (water links: {water_links}). {kept}, not "
        f"dropped; `water_links` set to {wider} may let {them} join."
    )


def board_reasons(ranked: pd.DataFrame) -> str:
    """Why the first candidates stand where they do: one line each."""
    states = {
        "equals": "gives the {area} one body",
        "within": "stays within the {area}",
        "crosses": "crosses the {area} border",
    }
    lines = []
    for row in ranked.itertuples():
        parts = [
            f"would release {gbp(row.released_central_gbp)} a year, {per_cent(row.released_share, 1)} of running cost, if each "
            "body removed releases the central saving",
            states[row.alignment_state],
            f"leaves {whole_and_split(row.authorities_contained, row.authorities_split)}",
            f"moves {people(row.disruption_people)} people",
        ]
        if row.officer_count < row.body_count:
            officers = count(row.officer_count, "{officer}")
            # One officer is known; of several, a body without evidence is counted apart.
            most = "" if row.officer_count == 1 else "at most "
            parts.append(f"its {bodies(row.body_count)} had {most}{officers} in {{officers_known}}")
        lines.append(
            f"{row.rank}. **{listed(row.bodies.split('; '), most=12)}** ({row.area_name}): {'; '.join(parts)}."
        )
    return "\n".join(lines)
