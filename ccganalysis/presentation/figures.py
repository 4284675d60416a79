"""Each chart together with its words, ready for `display.show(**...)`: the same figure reads the same in every notebook.

Functions take the tidy frame that is drawn and return the arguments of `display.show`. "figure" is a function that draws
it: `display.show` calls it, so that the words can be had, and tested, without a picture.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from .. import wording
from ..analysis import alignment, backtest
from ..analysis.candidates import OBJECTIVES, ranking
from ..analysis.levers import evidence_range
from ..analysis.running_costs import Cut
from ..data import organisations
from ..data.tables import Day
from . import charts, findings, maps

MODEL = "ccganalysis, allowance model on NHS England, NHS Digital and ONS data"
LEVERS = "ccganalysis, from the levers in data/raw/levers.csv"


def national_series(series: pd.DataFrame) -> dict[str, Any]:
    return {
        "figure": partial(charts.national_series, series),
        "name": "national_series",
        "headline": findings.national_total(series),
        "subtitle": "Total running cost allowance of CCGs in England, £ million in cash; hatched years are assumed",
        "alt": "Bar chart. " + findings.described(series, "financial_year", "allowance_gbp"),
        "source": "NHS England, running cost allowances; NAO, A review of the role and costs of CCGs (HC 1783)",
        "kind": ["published", "derived", "assumed"],
        "data": series,
    }


def gaps(frame: pd.DataFrame, place: str, cut: Cut, name: str, where: str) -> dict[str, Any]:
    """Limit and gap of each place named in the column `place`."""
    return {
        "figure": partial(charts.limits_bars, frame.assign(place=frame[place].map(wording.short_name))),
        "name": name,
        "headline": findings.largest_gap(frame, place),
        "subtitle": f"Running costs of {where}, limit and what is to be released, £; the cut: {findings.reading(cut)}",
        "alt": "Bar chart of what each place has to release. " + findings.described(frame, place, "gap_gbp"),
        "source": MODEL,
        "kind": "modelled",
        "data": frame,
    }


def validation(frame: pd.DataFrame, model: str) -> dict[str, Any]:
    words = findings.models(frame, model)
    return {
        "figure": partial(charts.validation, frame),
        "name": "validation",
        "headline": words,
        "subtitle": "Modelled 2017/18 allowance less the running cost or allowance reported locally, per cent",
        "alt": f"Dot chart. {words}",
        "source": "Press and council papers (data/raw/running_cost_observations.csv); ccganalysis",
        "kind": ["reported", "modelled"],
        "data": frame,
    }


def break_even(test: pd.DataFrame, levers: pd.DataFrame, cut: Cut) -> dict[str, Any]:
    """Break-even saving of each ICS (`levers.merger_test`) against the range of evidence."""
    evidence = evidence_range(levers, "saving_per_body_removed_gbp")
    nearest = test.dropna(subset="break_even_saving_gbp").nsmallest(8, "break_even_saving_gbp")
    return {
        "figure": partial(charts.break_even, test.assign(place=test["ics_name"].map(findings.brief)), evidence),
        "name": "break_even",
        "headline": findings.break_even(test, evidence),
        "subtitle": "Saving a year needed from each body removed, if the bodies of the ICS merge as far as neighbours "
        f"allow, £; the cut: {findings.reading(cut)}",
        "alt": "Dot chart. The lowest: "
        + findings.described(nearest, "ics_name", "break_even_saving_gbp", ascending=True),
        "source": f"{MODEL}; evidence in data/raw/merger_saving_evidence.csv",
        "kind": ["modelled", "reported"],
        "data": test,
    }


def waterfall(steps: pd.DataFrame, gap_gbp: float, place: str, cut: Cut) -> dict[str, Any]:
    return {
        "figure": partial(charts.waterfall, steps, gap_gbp),
        "name": "waterfall",
        "headline": findings.waterfall(steps, gap_gbp, place),
        "subtitle": "As few bodies as neighbours allow and every lever pulled, £ a year; lines from the low to the high "
        f"case; hatched where any part is an assumption; the cut: {findings.reading(cut)}",
        "alt": "Waterfall chart, central values. " + findings.described(steps, "step", "central_gbp"),
        "source": LEVERS,
        "kind": ["modelled", "assumed"],
        "data": steps,
    }


def probability(chances: pd.DataFrame, draws: int) -> dict[str, Any]:
    headline = findings.probability(chances)
    error = chances["standard_error"].max()
    return {
        "figure": partial(charts.probability_table, chances),
        "name": "probability",
        "headline": headline,
        "subtitle": f"Number of ICSs by probability of reaching the limit and by definition of the cut; {draws:,} draws, standard error at most {error:.1f} percentage points",
        "alt": f"Grid of counts. {headline}.",
        "source": LEVERS,
        "kind": ["modelled", "assumed"],
        "data": chances,
    }


def sensitivity(indices: pd.DataFrame, place: str) -> dict[str, Any]:
    return {
        "figure": partial(charts.sensitivity, indices),
        "name": "sensitivity",
        "headline": findings.sensitivity(indices),
        "subtitle": f"Part of the variance of the gap left in {place} that each quantity accounts for, interactions "
        "included (total Sobol index), per cent",
        "alt": "Bar chart. "
        + findings.described(indices.assign(quantity=indices["quantity"].map(wording.quantity)), "quantity", "total"),
        "source": f"{LEVERS}; indices by scipy.stats",
        "kind": ["modelled", "assumed"],
        "data": indices,
    }


def scale(frame: pd.DataFrame, fit) -> dict[str, Any]:
    """Outturn against people with the fitted line; only where outturn was supplied."""
    ends = pd.Series([0, frame["registered_population"].max() * 1.05]).to_numpy("float64")
    people = pd.Series(range(51)).to_numpy("float64") / 50 * ends[1]
    return {
        "figure": partial(charts.scale_fit, frame, people, *fit.band(people)),
        "name": "scale",
        "headline": findings.scale(fit),
        "subtitle": "Actual running cost by registered people, £, with the fitted line and its 95% band; leaving out one "
        f"ICS at a time the fixed cost runs from {wording.gbp(fit.fixed_range_gbp[0])} to "
        f"{wording.gbp(fit.fixed_range_gbp[1])}",
        "alt": f"Scatter chart. {findings.scale(fit)}.",
        "source": "data/raw/outturn.csv, as supplied",
        "kind": sorted(set(frame["kind"])),
        "data": frame,
    }


# --- merger candidates ---

CANDIDATES = "ccganalysis, every connected set of neighbours inside an ICS; NHS Digital and ONS data"


def break_even_candidates(sets: pd.DataFrame, levers: pd.DataFrame, stress_gbp: float) -> dict[str, Any]:
    alone = evidence_range(levers, "saving_per_body_removed_gbp")
    mergers = sets[sets["body_count"] > 1]
    return {
        "figure": partial(charts.break_even_histogram, mergers, {"quoted for mergers alone": alone}, stress_gbp),
        "name": "break_even_candidates",
        "headline": findings.break_even_candidates(sets, *alone),
        "subtitle": "Candidates by the saving a year that each body removed would have to release to pass the test alone, £",
        "alt": f"Histogram. {findings.break_even_candidates(sets, *alone)}.",
        "source": f"{CANDIDATES}; evidence in data/raw/merger_saving_evidence.csv",
        "kind": ["modelled", "reported"],
        "data": mergers[["body_codes", "bodies", "ics_name", "body_count", "baseline_gbp", "break_even_saving_gbp"]],
    }


def candidate_map(shapes, footprint: pd.DataFrame, sets: pd.DataFrame, by: str) -> dict[str, Any]:
    """England with the first candidate of each ICS by one ranking: the bodies in it, and those left out of it."""
    ranked = ranking(sets, by)
    first = ranked.drop_duplicates("ics_code")
    inside = {code for codes in first["body_codes"] for code in codes.split()}
    names = {True: "In the first candidate of its ICS", False: "Not in it"}
    single = footprint.groupby("ics_code")["body_code"].transform("size") == 1
    category = footprint["body_code"].isin(inside).map(names).mask(single, "Alone in its ICS")
    colours = {names[True]: charts.PALETTE[0], names[False]: charts.PALE, "Alone in its ICS": "white"}
    whole = int((first["alignment_state"] == "equals").sum())
    return {
        "figure": partial(maps.national_map, shapes, footprint, category.set_axis(footprint["body_code"]), colours),
        "name": "candidate_map",
        "headline": f"In {wording.share_of(whole, len(first), 'ICSs')} with several bodies the first candidate is the "
        f"whole ICS; the first candidates hold {len(inside)} of {len(footprint)} bodies",
        "subtitle": f"First candidate of each ICS, ranked by {findings.plain(by)}, {wording.date(footprint['as_at'].iloc[0])}",
        "alt": "Map of England with London enlarged. First candidates with fewest members: "
        + "; ".join(
            f"{row.ics_name}: {row.bodies.replace('; ', ', ')}" for row in first.nsmallest(5, "body_count").itertuples()
        )
        + ".",
        "source": f"{CANDIDATES}; boundaries: Office for National Statistics",
        "kind": ["modelled", "derived"],
        "data": first[["ics_code", "ics_name", "body_codes", "bodies", "body_count", "alignment_state"]],
    }


def national_frontier(disruption: pd.DataFrame, coterminosity: pd.DataFrame, reached: pd.DataFrame) -> dict[str, Any]:
    """Exact national frontiers (`candidates.national_frontier`) and the footprints that came about."""
    columns = {"disruption_people": disruption, "people_in_whole_authorities": coterminosity}
    titles = {
        "disruption_people": "Fewest registered people who would change body",
        "people_in_whole_authorities": "Most residents in an upper-tier authority wholly inside one body",
    }
    lines = [
        frame.set_axis(["body_count", "value"], axis=1).assign(measure=titles[name]) for name, frame in columns.items()
    ]
    marks = [
        pd.DataFrame(
            {
                "body_count": reached["body_count"],
                "value": reached[name],
                "measure": titles[name],
                "label": [f"{day.year}" for day in reached["as_at"]],
            }
        )
        for name in columns
    ]
    headline = findings.national_frontier(disruption, reached)
    return {
        "figure": partial(charts.national_frontier, pd.concat(lines), pd.concat(marks)),
        "name": "national_frontier",
        "headline": headline,
        "subtitle": "The best any plan within ICS borders could do for each number of bodies (lines), and what came about "
        "(points), people",
        "alt": f"Two line charts. {headline}.",
        "source": CANDIDATES,
        "kind": ["derived", "published"],
        "data": pd.concat(lines),
    }


def ics_frontier(ics, front: pd.DataFrame, names: list[str], marks: dict[str, int]) -> dict[str, Any]:
    """All plans of one ICS (`candidates.IcsPlans`) by the last and the first objective named, the frontier and marked
    plans (label to plan number).
    """
    down, across = (OBJECTIVES[name] for name in (names[0], names[-1]))
    y, x = down.column, across.column
    by_plan: dict[int, list[str]] = {}
    for label, plan in marks.items():
        by_plan.setdefault(plan, []).append(label)
    points = pd.DataFrame(
        [{"label": ", ".join(labels), **ics.plans.loc[plan, [x, y]]} for plan, labels in by_plan.items()]
    )
    headline = findings.frontier_of(ics, front)
    return {
        "figure": partial(charts.frontier, ics.plans, front, points, x, y, (across.heading, down.heading)),
        "name": "frontier",
        "headline": headline,
        "subtitle": f"{down.heading}, by {across.heading[0].lower()}{across.heading[1:]}; grey: all plans; points on the line: outcomes on the frontier",
        "alt": f"Scatter chart. {headline}.",
        "source": CANDIDATES,
        "kind": "modelled",
        "data": front,
    }


# --- alignment ---

ODS = "NHS Digital, Organisation Data Service and Patients Registered at a GP Practice"
ONS = "Office for National Statistics, small-area lookups and mid-2019 population estimates"
BOUNDARIES = "Office for National Statistics, boundaries; NHS Digital, Organisation Data Service"
ANNOUNCEMENTS = "NHS England and HSJ, announcements"
OFFICERS = "HSJ, NHS and council papers, compiled per group; NHS Digital, Patients Registered at a GP Practice"
STATES = {"equals": "Equals its ICS", "within": "Within an ICS of several bodies"}
_STATE_COLOURS = dict(zip(STATES.values(), (charts.PALETTE[0], charts.PALE), strict=True))


def alignment_hexes(cells, bodies: pd.DataFrame, states: pd.DataFrame, per_ics: pd.DataFrame) -> dict[str, Any]:
    """`cells` from `maps.hexes`, a footprint, and its `alignment.bodies_state` and `alignment.state`."""
    category = states.set_index("body_code")["state"].map(STATES)
    counts = per_ics.set_index("ics_code")["body_count"]
    largest = per_ics.loc[per_ics["body_count"] == counts.max(), "ics_name"]
    day = wording.date(bodies["as_at"].iloc[0])
    listed = "; ".join(f"{row.ics_name} {row.body_count}" for row in per_ics.itertuples())
    return {
        "figure": partial(maps.hex_map, cells, bodies, category, _STATE_COLOURS, counts),
        "name": "alignment_hexes",
        "headline": f"Bodies per ICS run from {counts.min()} to {counts.max()}, the most in {' and '.join(largest)}",
        "subtitle": f"Bodies in each ICS, England, {day}; one hexagon is a body of April 2018, so that cities show",
        "alt": f"Hexagon map of England with the number of bodies in each ICS: {listed}.",
        "source": "NHS Digital, Organisation Data Service; the layout is our own",
        "kind": "derived",
        "data": per_ics[["ics_code", "ics_name", "body_count"]],
    }


def alignment_by_year(years: pd.DataFrame) -> dict[str, Any]:
    """`years` as `alignment.by_year`, the ICBs last."""
    share = years["share_of_people_aligned"].map(wording.per_cent)
    listed = [
        f"{row.as_at:%B %Y}: {part} of people, {row.mergers_needed} mergers needed"
        for row, part in zip(years.itertuples(), share, strict=True)
    ]
    return {
        "figure": partial(charts.alignment_by_year, years),
        "name": "alignment_by_year",
        "headline": f"{share.iloc[0]} of people were in an aligned body at first, {share.iloc[-2]} at the last footprint,"
        " all once ICBs began",
        "subtitle": "Registered people in a body that equals its ICS, %; mergers needed for one body per ICS; England",
        "alt": f"Two line charts. {'; '.join(listed)}.",
        "source": ODS,
        "kind": "derived",
        "data": years,
    }


def alignment_small_multiples(lineage: pd.DataFrame, years: pd.DataFrame, regions: pd.DataFrame) -> dict[str, Any]:
    """`lineage`, `years` and the last footprint's `regions` as `alignment.lineage`, `by_year` and `by_region`."""
    listed = "; ".join(f"{row.as_at:%B %Y} {row.ics_aligned} of {row.ics_count}" for row in years.itertuples())
    last = years["as_at"].iloc[-2]
    return {
        "figure": partial(maps.small_multiples, lineage.assign(category=lineage["state"].map(STATES)), _STATE_COLOURS),
        "name": "alignment_small_multiples",
        "headline": findings.aligned_regions(regions, last),
        "subtitle": "Bodies by state of alignment, England; July 2022 on the ICB boundaries of April 2024",
        "alt": f"Six maps of England. ICSs with one body: {listed}.",
        "source": BOUNDARIES,
        "kind": "derived",
        "data": lineage,
    }


def lineage(links: pd.DataFrame, merged: pd.DataFrame) -> dict[str, Any]:
    """`links` and `merged` as `alignment.lineage` and `alignment.mergers`."""
    counts = links.groupby("as_at").size()
    return {
        "figure": partial(charts.lineage, links),
        "name": "alignment_lineage",
        "headline": f"{counts.iloc[0]} bodies became {counts.iloc[-2]}, then {counts.iloc[-1]} ICBs",
        "subtitle": "A line is a body, joined to others where merged; at the right each ICB, with its number of bodies"
        " at the left. Blue: equals its ICS. Orange: joins bodies of several ICSs",
        "alt": f"Flow chart of mergers. {findings.mergers(merged)}",
        "source": "NHS Digital, Organisation Data Service",
        "kind": ["published", "derived"],
        "data": links,
    }


def people_per_officer(groups: pd.DataFrame) -> dict[str, Any]:
    """`groups` as `leadership.groups`."""
    one = int(groups["followed"].str.startswith("merged").sum())
    listed = "; ".join(
        f"{row.group_name} {wording.people(row.registered_population)}, {row.followed}" for row in groups.itertuples()
    )
    return {
        "figure": partial(charts.people_per_officer, groups),
        "name": "people_per_officer",
        "headline": f"{one} of {len(groups)} groups under one officer in 2018 were in one body by 2021",
        "subtitle": "Registered people per shared accountable officer, England, November 2018, by what followed; a"
        " group has the name of its ICS, or of its first body",
        "alt": f"Bar chart of people per shared officer, largest first: {listed}.",
        "source": OFFICERS,
        "kind": ["reported", "derived"],
        "data": groups,
    }


def authority_heatmap(shares: pd.DataFrame, ics_name: str, as_at: Day) -> dict[str, Any]:
    """`shares` of one ICS as `alignment.authority_shares`."""
    most = shares.groupby("authority_code")["share_of_authority_residents"].max()
    parts = shares["share_of_authority_residents"].map(wording.per_cent)
    listed = "; ".join(
        f"{row.authority_name} in {wording.short_name(row.body_name)} {part}"
        for row, part in zip(shares.itertuples(), parts, strict=True)
    )
    return {
        "figure": partial(charts.authority_heatmap, shares),
        "name": "authority_heatmap",
        "headline": f"{ics_name}: {wording.share_of(int((most == 1).sum()), len(most), 'upper-tier authorities')} "
        "wholly in one body",
        "subtitle": f"Share of each upper-tier authority's residents in each body, %, {wording.date(as_at)}",
        "alt": f"Table of shares: {listed}.",
        "source": ONS,
        "kind": "derived",
        "data": shares,
    }


def alignment_map(shapes, footprint: pd.DataFrame) -> dict[str, Any]:
    """England by state of alignment on the map of the footprint's own date."""
    by_body = alignment.bodies_state(footprint).set_index("body_code")
    state = alignment.state(footprint)
    aligned = state[state["aligned"] == "yes"]
    one, several = len(aligned), len(state) - len(aligned)
    return {
        "figure": partial(maps.national_map, shapes, footprint, by_body["state"].map(STATES), _STATE_COLOURS),
        "name": "alignment_map",
        "headline": f"{wording.sentence(wording.count(one, 'ICS has', 'ICSs have'))} one body, "
        f"{wording.count(several, 'has', 'have')} several"
        if several
        else f"All {one} ICSs have one body",
        "subtitle": f"Bodies by state of alignment, England, {wording.date(footprint['as_at'].iloc[0])}; heavy lines are "
        "borders of ICSs, thin lines of bodies",
        "alt": f"Map of England with London enlarged. ICSs with one body: {'; '.join(aligned['ics_name'])}.",
        "source": MAPS,
        "kind": "derived",
        "data": by_body.reset_index(),
    }


# --- one ICS ---

MAPS = "Office for National Statistics, boundaries; NHS Digital, Organisation Data Service"


def ics_map(shapes, footprint: pd.DataFrame, ics: str, tables) -> dict[str, Any]:
    """The bodies of one ICS with their people; `tables` gives the colour that the ICS has everywhere."""
    own = organisations.within_ics(footprint, ics).sort_values("registered_population", ascending=False)
    notes = {row.body_code: f"{wording.people(row.registered_population)} people" for row in own.itertuples()}
    name, day = own["ics_name"].iloc[0], wording.date(own["as_at"].iloc[0])
    largest = own.iloc[0]
    share = largest["registered_population"] / own["registered_population"].sum()
    headline = (
        f"{wording.short_name(largest['body_name'])} is the whole of the ICS"
        if len(own) == 1
        else f"{wording.short_name(largest['body_name'])}, the {'larger' if len(own) == 2 else 'largest'} of {len(own)}, has "
        f"{wording.per_cent(share)} of the people"
    )
    return {
        "figure": partial(_bodies_map, shapes, footprint, ics, notes, tables),
        "name": "ics_map",
        "headline": headline,
        "subtitle": f"Bodies of {name} and their registered population, {day}",
        "alt": "Map. "
        + "; ".join(f"{wording.short_name(row.body_name)}: {notes[row.body_code]}" for row in own.itertuples())
        + ".",
        "source": MAPS,
        "kind": sorted({*own["registered_population_kind"], "derived"}, reverse=True),
        "data": own[["body_code", "body_name", "registered_population", "area_km2"]],
    }


def _bodies_map(shapes, footprint: pd.DataFrame, ics: str, notes: dict[str, str], tables) -> Figure:
    return maps.ics_map(shapes, footprint, ics, maps.ics_colours(tables["bodies"], tables["links"])[ics], notes)


def ics_plan_map(
    shapes, footprint: pd.DataFrame, plans, plan: int, objective: str, floor_people: int, ceiling_people: int, tables
) -> dict[str, Any]:
    """The ICS as its best plan would have it: merged bodies as one shape each."""
    groups = plans.members(plan)
    return {
        "figure": partial(_plan_map, shapes, footprint, groups, plans.ics_code, tables),
        "name": "plan_map",
        "headline": findings.best_plan(plans, plan, objective, floor_people, ceiling_people),
        "subtitle": f"{plans.ics_name} under the plan that is best by {findings.plain(objective)}; compare the first map",
        "alt": "Map of the plan. " + "; ".join(" with ".join(group) for group in _names(footprint, groups)) + ".",
        "source": MAPS,
        "kind": "derived",
        "data": pd.DataFrame({"body_codes": [" ".join(group) for group in groups]}),
    }


def _plan_map(shapes, footprint: pd.DataFrame, groups: list[list[str]], ics: str, tables) -> Figure:
    merged_shapes, merged_footprint, notes = maps.merged(shapes, footprint, groups)
    return _bodies_map(merged_shapes, merged_footprint, ics, notes, tables)


def _names(footprint: pd.DataFrame, groups: list[list[str]]) -> list[list[str]]:
    name = footprint.set_index("body_code")["body_name"].map(wording.short_name)
    return [[name[code] for code in group] for group in groups]


def _authorities_whole(whole: int, total: int) -> str:
    """How many of an ICS's upper-tier authorities are wholly in one body."""
    if total == 1:
        return f"Its only upper-tier authority is {'' if whole else 'not '}wholly in one body"
    if total == 2 and not whole:
        return "Neither of its two upper-tier authorities is wholly in one body"
    if whole in (0, total):
        every = "Both" if total == 2 else f"All {total}"
        return f"{every if whole else f'None of {total}'} upper-tier authorities are wholly in one body"
    split = total - whole
    return f"{split} of {total} upper-tier authorities {'is' if split == 1 else 'are'} not wholly in one body"


def authority_heat_map(shares: pd.DataFrame, place: str) -> dict[str, Any]:
    """Upper-tier authorities of an ICS by body (`alignment.authority_shares`)."""
    whole = shares.groupby("authority_code")["share_of_authority_residents"].max() >= 1
    return {
        "figure": partial(charts.authority_heatmap, shares),
        "name": "authorities",
        "headline": _authorities_whole(int(whole.sum()), len(whole)),
        "subtitle": f"Share of each upper-tier authority's residents in each body of {place}, %",
        "alt": "Table of shares: "
        + "; ".join(
            f"{row.authority_name} in {wording.short_name(row.body_name)} {wording.per_cent(row.share_of_authority_residents)}"
            for row in shares.itertuples()
        )
        + ".",
        "source": "Office for National Statistics, small-area lookups and mid-2019 population estimates",
        "kind": "derived",
        "data": shares,
    }


# --- back-test ---

BACKTEST = f"{CANDIDATES}; NHS Digital, mergers of CCGs"
PAPERS = f"{BACKTEST}; HSJ, NHS and council papers"
_HIT_COLOURS = {
    backtest.HIT: charts.PALETTE[0],
    backtest.MISS: charts.PALETTE[3],
    backtest.ONLY: charts.PALETTE[1],
    backtest.PLANNED: charts.PALETTE[2],
    backtest.STAYED: charts.PALE,
}


def backtest_strip(results: backtest.Results, by: str) -> dict[str, Any]:
    """Percentiles of every body formed, by every ranking but the one that ties all; `by` is set in bold."""
    formed = results.merged[results.merged["rivals"] > 0]
    held = results.summary[results.summary["sample"] == backtest.HELD_OUT].set_index("ranked_by")["set_percentile"]
    order = held.drop("no_change").sort_values(ascending=False, kind="stable")
    long = formed.melt(["effective_date", "sample", "formed"], list(order.index), "ranked_by", "percentile")
    long["when"] = [f"{row.effective_date:%B %Y}, {row.sample}" for row in long.itertuples()]
    long["when"] = pd.Categorical(long["when"], long.sort_values("effective_date")["when"].unique(), ordered=True)
    long["ranking"] = long["ranked_by"].map(backtest.LABELS)
    means = order.rename("mean").reset_index()
    means = means.assign(ranking=means["ranked_by"].map(backtest.LABELS), emphasis=means["ranked_by"] == by)
    listed = "; ".join(f"{row.ranking} {wording.per_cent(row.mean)}" for row in means.itertuples())
    return {
        "figure": partial(charts.percentile_strip, long, means),
        "name": "backtest_strip",
        "headline": findings.backtest_order(order, by),
        "subtitle": "Share of the other connected sets of two or more bodies that each body really formed ranks above, "
        "%; a dot is a body, the bar and the number the mean of April 2020 and 2021; bold: the ranking chosen",
        "alt": f"Dots in a row for each ranking. Mean of the dates held out: {listed}.",
        "source": BACKTEST,
        "kind": "derived",
        "data": long[["effective_date", "sample", "formed", "ranked_by", "percentile"]],
    }


def backtest_curves(
    results: backtest.Results, table: pd.DataFrame, shown: list[str], resamples: int, seed: int
) -> dict[str, Any]:
    """ROC and precision-recall of a few rankings on the held-out pairs; `table` is `backtest.pairs_comparison`."""
    held = results.pairs[results.pairs["sample"] == backtest.HELD_OUT]
    lines = backtest.curves(held, shown, resamples, seed)
    area = table.set_index("ranked_by")
    words = {name: f"{wording.sentence(backtest.LABELS[name])}: {findings.area(area.loc[name])}" for name in shown}
    return {
        "figure": partial(
            charts.curves_with_bands, lines.assign(ranking=lines["ranked_by"].map(words)), held["together"].mean()
        ),
        "name": "backtest_curves",
        "headline": findings.backtest_pairs(area, shown[0]),
        "subtitle": f"{len(held)} pairs of neighbours inside an ICS, decisions of April 2020 and 2021: in one body after "
        "the decision? ROC area with 95% interval; bands: 95%, bootstrap by ICS",
        "alt": f"ROC curve and precision-recall curve. ROC areas: {'; '.join(words.values())}.",
        "source": BACKTEST,
        "kind": "derived",
        "data": lines,
    }


def backtest_map(shapes, bodies: pd.DataFrame, category: pd.Series, by: str) -> dict[str, Any]:
    """Bodies of the footprint before the held-out decisions by what became of them (`backtest.hits`)."""
    counts = category.value_counts()
    merged = counts.reindex([backtest.HIT, backtest.MISS, backtest.ONLY], fill_value=0)
    listed = "; ".join(f"{name}: {counts.get(name, 0)} bodies" for name in _HIT_COLOURS)
    return {
        "figure": partial(maps.national_map, shapes, bodies, category, _HIT_COLOURS),
        "name": "backtest_map",
        "headline": f"Of {merged.sum()} bodies that merged in April 2020 or 2021, {merged.iloc[0]} did so in a merger "
        f"that {backtest.LABELS[by]} had in the top quarter of those possible",
        "subtitle": f"Bodies of {wording.date(bodies['as_at'].iloc[0])} by whether they merged by April 2021 and how the "
        "merger was ranked the day before; heavy lines are borders of ICSs",
        "alt": f"Map of England with London enlarged. {listed}.",
        "source": f"{BACKTEST}; Office for National Statistics, boundaries",
        "kind": "derived",
        "data": bodies[["body_code", "body_name", "ics_name"]].assign(happened=bodies["body_code"].map(category)),
    }
