"""The sentences that open the reports and head the charts, made from computed tables so that none can go stale.

Wording follows METHOD rules 14 to 17: "would release, if", never "saves"; the population and the kind are named.
"""

from __future__ import annotations

import textwrap

import pandas as pd

from .display import Result
from .levers import CASES, merger_test
from .wording import count, date, gbp, listed, people, per_cent, sentence, share_of, short_name


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
        "likely than not reach it"
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
        f"are listed and scored. At the central saving per body removed, {share_of(passing, len(mergers), 'mergers')} would release "
        f"{per_cent(saving_target)} of the members' running cost alone; the nearest ({listed(best['bodies'].split('; '))}) "
        f"would release {per_cent(best['released_share'], 1)}. On the evidence of whole programmes, which counts other "
        f"savings too, {programme:,} of {len(mergers):,} would more likely than not. One body per ICS releases most under "
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
    cuts: dict[str, float],
    as_at: object,
) -> str:
    """The opening of the report on one ICS; `cuts` is the cash cut of each definition, `place` the ICS's one row."""
    total = int(limits["baseline_gbp"].sum())
    opening = (
        f"{plans.ics_name} had {bodies(len(limits))} on {date(as_at)}, for {people_of(limits)}, with a modelled running "
        f"cost baseline of {gbp(total)}. The cut asks {gbp(cuts['cash'] * total)} of it in cash, "
        f"{gbp(cuts['real'] * total)} in real terms, {gbp(cuts['observed_cash'] * total)} as local papers show it. "
    )
    if len(plans.plans) == 1:
        return opening + no_choice(plans)
    test = merger_test(place, levers).iloc[0]
    met = [case for case in CASES if test[f"met_{case}"]]
    mergers = plans.sets[plans.sets["bodies_removed"] > 0]
    passing = int((mergers["released_share"] >= saving_target).sum())
    cover = plans.plans["coterminous_share"]
    return opening + (
        f"Its neighbours could merge in {len(mergers):,} ways, which make {len(plans.plans):,} plans, all listed. Merging "
        f"them all would release {gbp(test['released_low_gbp'])} to {gbp(test['released_high_gbp'])} a year, and would "
        f"meet the limit chosen here ({gbp(limits['gap_gbp'].sum())}) alone "
        + (
            f"at the {listed(met)} saving per body removed"
            if met
            else "at no saving that was ever priced for a merger alone"
        )
        + f": it takes {gbp(test['break_even_saving_gbp'])} from each body removed, and the rest from other levers. "
        f"{sentence(share_of(passing, len(mergers), 'mergers'))} would pass the {per_cent(saving_target)} test alone. "
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
        lines.append(f"**By April 2021** its {bodies(len(mine))} had become {mine.nunique()}.")
    return "\n\n".join(lines)


def weakest_kind(kinds: pd.Series) -> str:
    """The kind of a sum of published and modelled figures: published only if all of them are."""
    return "published" if (kinds == "published").all() else "modelled"


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
            "Mergers more likely than not to, on whole programmes",
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


# --- alignment ---


def alignment(years: pd.DataFrame, as_at: object) -> str:
    """The paragraph that answers, for one date and against the year before; `years` as `alignment.by_year`."""
    day = pd.Timestamp(as_at)
    now = years[years["as_at"] == day].to_dict("records")[0]
    text = (
        f"On {date(day)}, {count(now['ics_aligned'], 'ICS')} of {now['ics_count']} had one body for the whole of it. "
        f"For the other {now['ics_count'] - now['ics_aligned']} to follow, at least {now['mergers_needed']} mergers "
        f"were needed (one in each), taking {now['bodies_to_remove']} of the {now['body_count']} bodies away. "
        f"{people(now['people_aligned'])} registered people, {per_cent(now['share_of_people_aligned'])}, "
        "lived in an aligned body"
    )
    earlier = years[years["as_at"] < day].to_dict("records")
    if not earlier:
        return f"{text}. It is the first footprint held, so there is no year before to compare with."
    before = earlier[-1]
    return (
        f"{text}. A year before it was {count(before['ics_aligned'], 'ICS')} of {before['ics_count']}, "
        f"{before['mergers_needed']} mergers needed, {before['bodies_to_remove']} bodies too many and "
        f"{people(before['people_aligned'])} people ({per_cent(before['share_of_people_aligned'])})."
    )


def aligned_regions(regions: pd.DataFrame, as_at: object) -> str:
    """Which region had got furthest, and which had not begun; `regions` as `alignment.by_region`."""
    most = regions.loc[(regions["ics_aligned"] / regions["ics_count"]).idxmax()]
    none = list(regions.loc[regions["ics_aligned"] == 0, "region_name"])
    text = f"By {pd.Timestamp(as_at):%B %Y}, {most['ics_aligned']} of {most['ics_count']} ICSs in {most['region_name']}"
    return f"{text} had one body; none had in the {' or the '.join(none)}" if none else f"{text} had one body"


def mergers(merged: pd.DataFrame) -> str:
    """What the mergers did, with those that crossed a border by name; `merged` as `alignment.mergers`."""
    effects = merged["effect"].value_counts()
    first, last = (date(merged["effective_date"].agg(end)) for end in ("min", "max"))
    text = (
        f"{sentence(count(len(merged), 'merger'))} from {first} to {last} took {merged['predecessor_count'].sum()} "
        f"bodies into {len(merged)}: {effects.get('completed', 0)} completed the alignment of an ICS, "
        f"{effects.get('advanced', 0)} advanced it and {effects.get('crossed', 0)} crossed a border between ICSs"
    )
    crossed = [
        f"{short_name(row.successor_name)} ({date(row.effective_date)}) joined bodies from {row.ics_names_before}, and "
        f"is now in {row.ics_name}, with {bodies(row.bodies_left)}"
        for row in merged[merged["effect"] == "crossed"].itertuples()
    ]
    return ". ".join([text, *crossed]) + "."


def crossings(maps: dict[str, pd.DataFrame]) -> str:
    """Which bodies cross a border of another date's map, and by how much; `maps` as `alignment.on_other_maps`."""
    sentences = []
    for name, states in maps.items():
        crossing = states[states["state"] == "crosses"].sort_values("share_of_body_in_ics")
        named = [
            f"{short_name(row.body_name)} ({per_cent(1 - row.share_of_body_in_ics, 1)} of its people outside "
            f"{row.ics_name})"
            for row in crossing.itertuples()
        ]
        number = sentence(count(len(crossing), "body crosses", "bodies cross"))
        sentences.append(f"{number} a border of {name}" + (f": {'; '.join(named)}." if named else "."))
    return " ".join(sentences) or "No earlier map is held to compare the bodies with."


def officers(bounds: pd.DataFrame, groups: pd.DataFrame, unknown: int) -> str:
    """Shared officers in November 2018: how many bodies, how the groups fit the ICSs, and what they became.

    `bounds` and `groups` as `leadership.bounds` and `leadership.groups`; `unknown` bodies without evidence.
    """
    counted, share = bounds["sharing_count"], bounds["share"].map(per_cent)
    states, followed = groups["state"].value_counts(), groups["followed"].value_counts()
    crossing = "; ".join(groups.loc[groups["state"] == "crosses", "group_name"])
    return (
        f"In November 2018, {counted[0]} of {bounds['body_count'][0]} bodies ({share[0]}) shared an accountable officer "
        f"by a source, {counted[1]} ({share[1]}) with probable cases. Of {unknown} nothing is known, which is no evidence "
        f"that they did not: at most {share[2]} did. Of {len(groups)} groups {states.get('equals', 0)} equal an ICS, "
        f"{states.get('within', 0)} are within one and {states.get('crosses', 0)} cross a border ({crossing}). By the "
        f"last footprint {followed.get('merged', 0)} had become one body, {followed.get('merged with others', 0)} one "
        f"body together with others, {followed.get('partly merged', 0)} fewer bodies, and "
        f"{followed.get('not merged', 0)} had not merged."
    )


def coterminosity(per_body: pd.DataFrame, per_ics: pd.DataFrame, levers: pd.DataFrame) -> str:
    """Bodies, ICSs and upper-tier authorities, beside what was reported; both frames as `alignment.coterminosity`."""
    reported = levers[levers["measure"].str.contains("not aligned with their local authority")].iloc[0]
    fitting = [int((frame["upper_tier_split"] == 0).sum()) for frame in (per_body, per_ics)]
    shares = [
        (frame["share_in_whole_upper_tier_authorities"] * frame["residents"]).sum() / frame["residents"].sum()
        for frame in (per_body, per_ics)
    ]
    return (
        f"{fitting[0]} of {len(per_body)} bodies and {fitting[1]} of {len(per_ics)} ICSs split no upper-tier authority;"
        f" {per_cent(1 - fitting[0] / len(per_body))} of bodies do (reported {reported['period']}, by a definition that"
        f" may differ: over {reported['value']:.0f}%). {per_cent(shares[0])} of residents live in an authority wholly"
        f" inside their body, {per_cent(shares[1])} in one wholly inside their ICS."
    )


def alignment_results(
    years: pd.DataFrame, as_at: object, per_body: pd.DataFrame, split: int, sharing: int
) -> list[Result]:
    """The key results of 03_ics_alignment; `split` authorities in several ICSs, `sharing` bodies with shared officers."""
    now = years[years["as_at"] == pd.Timestamp(as_at)].to_dict("records")[0]
    whole = int((per_body["upper_tier_split"] == 0).sum())
    return [
        Result("ics_aligned", f"ICSs with one body, {date(as_at)}", now["ics_aligned"], "derived"),
        Result("mergers_needed", "Mergers needed for one body per ICS", now["mergers_needed"], "derived"),
        Result("bodies_to_remove", "Bodies those mergers would remove", now["bodies_to_remove"], "derived"),
        Result("people_aligned", "Registered people in aligned bodies", now["people_aligned"], "derived"),
        Result("bodies_splitting_no_authority", "Bodies that split no upper-tier authority", whole, "derived"),
        Result("authorities_in_several_ics", "Upper-tier authorities in more than one ICS", split, "derived"),
        Result(
            "sharing_an_officer", "Bodies sharing an officer, November 2018, known or probable", sharing, "reported"
        ),
    ]


# --- England on a page ---


def national(
    limits: pd.DataFrame,
    state: pd.DataFrame,
    sets: pd.DataFrame,
    chances: pd.DataFrame,
    definition: str,
    saving_target: float,
    as_at: object,
) -> str:
    """The answer to the project's question for England, in one paragraph; `state` is from `alignment.state`."""
    mergers = sets[sets["body_count"] > 1]
    passing = int((mergers["released_share"] >= saving_target).sum())
    mine = chances[chances["reduction_definition"] == definition]
    total, likely = limits["baseline_gbp"].sum(), int((mine["probability"] >= 0.5).sum())
    everything = sets[(sets["alignment_state"] == "equals") & (sets["body_count"] > 1)]["released_central_gbp"].sum()
    return (
        f"{sentence(aligned(state))}. One body in every ICS would release {gbp(everything)} a year of a modelled "
        f"{gbp(total)}, {per_cent(everything / total, 1)}, if each body removed releases the central saving that was priced "
        f"for mergers alone, against the {per_cent(saving_target)} asked for. "
        f"{sentence(share_of(passing, len(mergers), 'possible mergers'))} would reach {per_cent(saving_target)} by itself; "
        f"with every other lever pulled, {share_of(likely, len(mine), 'ICSs')} would more likely than not. "
        + (
            "What mergers can be had for is fit with the ICS and with local authorities; the money has to come from elsewhere."
            if everything < saving_target * total / 2
            else "Mergers would carry a large part of it."
        )
    )


def limitations(validation: pd.DataFrame, bodies_now: pd.DataFrame, levers_assumed: list[str]) -> str:
    """What a reader must know before using a number, with its numbers computed."""
    estimated = int((bodies_now["registered_population_kind"] != "published").sum())
    worst = validation["error_share"].abs().max()
    return (
        f"- **Allowances after 2013/14 are modelled** from the published rule; against {validation['bodies'].nunique()} "
        f"figures reported locally the models are up to {per_cent(worst)} out. The official spreadsheet, put in "
        "`data/raw/`, replaces them.\n"
        "- **An allowance is not a cost.** Nothing here shows economies of scale; that takes actual spending.\n"
        f"- **Assumptions without a source** are part of these levers: {listed(levers_assumed)}. They are labelled wherever "
        "they are used.\n"
        f"- **Savings of mergers are plans quoted by the press**, not audited results; sharing officers had come first in "
        "many places.\n"
        f"- **Registered people** of {bodies(estimated)} of this footprint are estimates, split from a merged body's list.\n"
        "- **Not measured:** votes of member practices, the view of a region, and whether a merger is clinically led."
    )


def national_results(
    limits: pd.DataFrame,
    state: pd.DataFrame,
    sets: pd.DataFrame,
    plan_total: int,
    chances: pd.DataFrame,
    definition: str,
) -> list[Result]:
    mine = chances[chances["reduction_definition"] == definition]
    whole = sets[(sets["alignment_state"] == "equals") & (sets["body_count"] > 1)]
    return [
        Result("body_count", "Bodies", len(limits), "published"),
        Result("ics_count", "ICSs", len(state), "published"),
        Result("registered_population", "Registered people", int(limits["registered_population"].sum()), "published"),
        Result("ics_aligned", "ICSs with one body", int((state["body_count"] == 1).sum()), "derived"),
        Result(
            "bodies_to_remove",
            "Bodies that would have to go for all to",
            int((state["body_count"] - 1).sum()),
            "derived",
        ),
        Result("baseline_gbp", "Baseline 2017/18, £", int(limits["baseline_gbp"].sum()), "modelled"),
        Result("gap_gbp", "Gap to the limit, £", int(limits["gap_gbp"].sum()), "modelled"),
        Result(
            "released_one_per_ics_gbp",
            "One body in every connected ICS would release, £ a year",
            int(whole["released_central_gbp"].sum()),
            "modelled",
        ),
        Result("connected_sets", "Connected sets of bodies", len(sets), "derived"),
        Result("plan_count", "Plans", plan_total, "derived"),
        Result(
            "ics_likely",
            "ICSs more likely than not to reach the limit with every lever",
            int((mine["probability"] >= 0.5).sum()),
            "modelled",
        ),
    ]


# --- back-test ---


def area(row: pd.Series) -> str:
    """An ROC area with its interval; `row` of `backtest.pair_table`."""
    return f"{row['roc_area']:.2f} ({row['roc_area_low']:.2f} to {row['roc_area_high']:.2f})"


def backtest(results: list[Result]) -> str:
    """The answer of the back-test in one paragraph, from its key results; the README quotes it."""
    value = {result.name: result.value for result in results}
    low, high = value["set_percentile_low"], value["set_percentile_high"]
    mine, better = value["set_percentile"], value["beaten_by"]
    opening = "Better than chance on average, but no forecast" if low > 0.5 else "No better than chance"
    return (
        f"{opening}. Ranked by {value['ranking']}, which the {bodies(value['formed_in_sample'])} formed up to April 2019 "
        f"support, the {bodies(value['formed_held_out'])} formed in April 2020 and 2021 stand on average above "
        f"{per_cent(mine)} of the other mergers possible (95% interval {per_cent(low)} to {per_cent(high)}; chance is "
        "50%). "
        + ("No other ranking does better there" if better == "none" else f"It is beaten there by {better}")
        + f"; {value['best_baseline']}, the best of the other baselines, has {per_cent(value['best_baseline_share'])}. "
        + _beaten(
            "For whole plans",
            value["plan_percentile"],
            value["best_plan_baseline"],
            value["best_plan_baseline_share"],
            per_cent,
        )
        + " "
        + _beaten(
            "For pairs of neighbours, by ROC area,",
            value["roc_area"],
            value["best_pair_baseline"],
            value["best_pair_baseline_roc_area"],
            "{:.2f}".format,
        )
    )


def backtest_bullet(results: list[Result]) -> str:
    """`backtest` as the README has it: a bullet in lines of at most 120 characters."""
    text = f"- **The mergers that happened** (`06_backtest`). {backtest(results)}"
    return textwrap.fill(text, 120, subsequent_indent="  ", break_on_hyphens=False)


def _beaten(what: str, mine: float, baseline: str, theirs: float, words) -> str:
    if theirs > mine:
        return f"{what} a baseline beats it: {baseline} has {words(theirs)}, the ranking {words(mine)}."
    return f"{what} it has {words(mine)}; the best baseline, {baseline}, has {words(theirs)}."


def backtest_results(results, by: str, pair_table: pd.DataFrame) -> list[Result]:
    """The key results; `results` from `backtest.run`, `pair_table` from `backtest.pairs_comparison`."""
    from .backtest import BASELINES, HELD_OUT, IN_SAMPLE, LABELS

    held = results.summary[results.summary["sample"] == HELD_OUT].set_index("ranked_by")
    seen = results.summary[results.summary["sample"] == IN_SAMPLE].set_index("ranked_by")
    pair = pair_table.set_index("ranked_by")
    rivals = [name for name in BASELINES if name != by]
    better = held.loc[held["set_percentile"] > held.loc[by, "set_percentile"], "set_percentile"]
    better = better.sort_values(ascending=False)
    sets, plan = (held.loc[rivals, column].idxmax() for column in ("set_percentile", "plan_percentile"))
    pairs = pair.loc[rivals, "roc_area"].idxmax()

    def share(value: float) -> float:
        return round(float(value), 6)  # words round it once more: at four digits twice would tell

    return [
        Result("ranking", "Ranking that the decisions up to April 2019 support", LABELS[by], "derived"),
        Result("rank_by", "The same, as a parameter of 04_merger_candidates", by, "derived"),
        Result(
            "formed_in_sample",
            "Bodies formed up to April 2019, with a choice",
            int(seen.loc[by, "formed_count"]),
            "published",
        ),
        Result(
            "formed_held_out",
            "Bodies formed in April 2020 and 2021, with a choice",
            int(held.loc[by, "formed_count"]),
            "published",
        ),
        Result(
            "set_percentile_in_sample",
            "Mean percentile of the bodies formed, in sample",
            share(seen.loc[by, "set_percentile"]),
            "derived",
        ),
        Result(
            "set_percentile",
            "Mean percentile of the bodies formed, held out",
            share(held.loc[by, "set_percentile"]),
            "derived",
        ),
        Result("set_percentile_low", "95% interval, low", share(held.loc[by, "set_percentile_low"]), "derived"),
        Result("set_percentile_high", "95% interval, high", share(held.loc[by, "set_percentile_high"]), "derived"),
        Result(
            "beaten_by",
            "Rankings with a higher one, held out",
            listed([f"{LABELS[name]} ({per_cent(value)})" for name, value in better.items()]) or "none",
            "derived",
        ),
        Result("best_baseline", "Best of the other baselines, held out", LABELS[sets], "derived"),
        Result("best_baseline_share", "Its mean percentile", share(held.loc[sets, "set_percentile"]), "derived"),
        Result(
            "plan_percentile",
            "Mean percentile of the plans carried out, held out",
            share(held.loc[by, "plan_percentile"]),
            "derived",
        ),
        Result("best_plan_baseline", "Best baseline for plans, held out", LABELS[plan], "derived"),
        Result(
            "best_plan_baseline_share",
            "Its mean percentile, plans",
            share(held.loc[plan, "plan_percentile"]),
            "derived",
        ),
        Result("roc_area", "ROC area, pairs, held out", share(pair.loc[by, "roc_area"]), "derived"),
        Result("best_pair_baseline", "Best baseline for pairs, held out", LABELS[pairs], "derived"),
        Result("best_pair_baseline_roc_area", "Its ROC area", share(pair.loc[pairs, "roc_area"]), "derived"),
    ]


def backtest_order(held: pd.Series, by: str) -> str:
    """Which ranking put the mergers that happened highest; `held` is the mean percentile by ranking, best first."""
    from .backtest import LABELS

    first, place = held.index[0], list(held.index).index(by) + 1
    text = f"{sentence(LABELS[first])} put the mergers of 2020 and 2021 highest ({per_cent(held[first])})"
    if first == by:
        return text
    return f"{text}; {LABELS[by]}, chosen on earlier ones, is number {place} of {len(held)} ({per_cent(held[by])})"


def backtest_pairs(area_by_ranking: pd.DataFrame, by: str) -> str:
    """Which ranking tells pairs that merge best from those that do not; indexed by ranking, best first."""
    from .backtest import LABELS

    best = area_by_ranking.index[0]
    mine = area_by_ranking.loc[by]
    chance = mine["roc_area_low"] <= 0.5 <= mine["roc_area_high"]
    verdict = "cannot be told from chance" if chance else "differs from chance"
    if best == by:
        return f"{sentence(LABELS[by])} is best at pairs: ROC area {mine['roc_area']:.2f}"
    return (
        f"For pairs, {LABELS[best]} is best (ROC area {area_by_ranking.loc[best, 'roc_area']:.2f}); {LABELS[by]} "
        f"{verdict} ({mine['roc_area']:.2f})"
    )


def backtest_choice(results, by: str, offered: str) -> str:
    """How the ranking was chosen, and how little there was to choose on; `offered` is the default of 04."""
    from .backtest import IN_SAMPLE, LABELS

    seen = results.summary[results.summary["sample"] == IN_SAMPLE].set_index("ranked_by")
    order = seen["set_percentile"].sort_values(ascending=False, kind="stable")
    mine = seen.loc[by]
    named = listed([f"{LABELS[name]} {per_cent(value)}" for name, value in order.head(4).items()])
    formed = results.merged[(results.merged["sample"] == IN_SAMPLE) & (results.merged["rivals"] > 0)]
    known = sum(d.sample == IN_SAMPLE and d.setting.bodies["officer"].duplicated().any() for d in results.decisions)
    tail = (
        "It is the default of `rank_by` in 04_merger_candidates."
        if by == offered
        else f"The default of `rank_by` in 04_merger_candidates is another: {offered}."
    )
    return (
        f"Up to April 2019 the mean percentiles were: {named}. **{sentence(LABELS[by])}** is chosen, on "
        f"{bodies(len(formed))} in {count(formed['ics_code'].nunique(), 'ICS')}: its own 95% interval runs from "
        f"{per_cent(mine['set_percentile_low'])} to {per_cent(mine['set_percentile_high'])}, so the order of the first few "
        f"is within chance. Shared officers were on record before {count(known, 'decision')} of these only. {tail}"
    )


def backtest_formed(merged: pd.DataFrame) -> str:
    """What could not be ranked in the ordinary way; `merged` from `backtest.merged_percentiles`."""
    alone, crossing, apart = (
        merged.loc[chosen, "formed"].tolist()
        for chosen in (
            merged["rivals"] == 0,
            merged["ics_count"] > 1,
            (merged["connected"] == "no") & (merged["ics_count"] == 1),
        )
    )
    return (
        f"{sentence(bodies(len(merged)))} were formed. No rival, being the only way to merge in the ICS, so in no mean: "
        f"{'; '.join(alone) or 'none'}. Across an ICS border, so among all national sets of up to five bodies: "
        f"{'; '.join(crossing) or 'none'}. Not connected by land (see `water_links`), compared with the sets that are: "
        f"{'; '.join(apart) or 'none'}."
    )


def backtest_calibration(table: pd.DataFrame, scores: tuple[float, float]) -> str:
    """Whether a probability could be claimed; `table` and `scores` from `backtest.calibration` and `backtest.brier`."""
    before, after = (
        (table[share] * table[size]).sum() / table[size].sum()
        for share, size in (("forecast", "pair_count_before"), ("observed", "pair_count"))
    )
    return (
        "**No probability of merging is claimed.** The P of 04_merger_candidates is about money released, and no audited "
        f"release is held to check it with. Had the shares of the decisions up to April 2019 ({per_cent(before, 1)} of "
        f"pairs came together) been the forecast, in April 2020 and 2021 {per_cent(after, 1)} did: a mean squared error of "
        f"{scores[0]:.2f}, where {scores[1]:.2f} was in reach by saying {per_cent(after)} of every pair, which nobody "
        "could know."
    )


def backtest_attempts(results, by: str) -> str:
    """Whether plans that were not completed were ranked lower than those that were."""
    from .backtest import HELD_OUT, LABELS

    tried, formed = (
        frame[(frame["rivals"] > 0) & (frame["sample"] == HELD_OUT)] for frame in (results.attempted, results.merged)
    )
    return (
        f"Held out, the {len(tried)} plans that were not completed on time stand above {per_cent(tried[by].mean())} of "
        f"the other mergers possible by {LABELS[by]}, the {len(formed)} that were above {per_cent(formed[by].mean())}: "
        + ("the ranking does not tell them apart." if tried[by].mean() > formed[by].mean() - 0.1 else "lower.")
    )
