"""Each chart together with its words, ready for `display.show(**...)`: the same figure reads the same in every notebook.

Functions take the tidy frame that is drawn and return the arguments of `display.show`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from . import charts, findings
from .candidates import OBJECTIVES
from .levers import evidence_range

MODEL = "ccganalysis, allowance model on NHS England, NHS Digital and ONS data"
LEVERS = "ccganalysis, from the levers in data/raw/levers.csv"


def national_series(series: pd.DataFrame) -> dict[str, Any]:
    return {
        "figure": charts.national_series(series),
        "name": "national_series",
        "headline": findings.national_total(series),
        "subtitle": "Total running cost allowance of CCGs in England, £ million in cash; hatched years are assumed",
        "alt": "Bar chart. " + findings.described(series, "financial_year", "allowance_gbp"),
        "source": "NHS England, running cost allowances; NAO, A review of the role and costs of CCGs (HC 1783)",
        "kind": ["published", "derived", "assumed"],
        "data": series,
    }


def gaps(frame: pd.DataFrame, place: str, definition: str, name: str, where: str) -> dict[str, Any]:
    """Limit and gap of each place named in the column `place`."""
    return {
        "figure": charts.limits_bars(frame.assign(place=frame[place].map(findings.short_name))),
        "name": name,
        "headline": findings.largest_gap(frame, place),
        "subtitle": f"Running cost baseline 2017/18, {where}, £; the cut in the sense: {findings.plain(definition)}",
        "alt": "Bar chart of what each place has to release. " + findings.described(frame, place, "gap_gbp"),
        "source": MODEL,
        "kind": "modelled",
        "data": frame,
    }


def validation(frame: pd.DataFrame, model: str) -> dict[str, Any]:
    words = findings.models(frame, model)
    return {
        "figure": charts.validation(frame),
        "name": "validation",
        "headline": words.split(";")[0],
        "subtitle": "Modelled 2017/18 allowance less the running cost or allowance reported locally, per cent",
        "alt": f"Dot chart. {words}",
        "source": "Press and council papers (data/raw/running_cost_observations.csv); ccganalysis",
        "kind": ["reported", "modelled"],
        "data": frame,
    }


def break_even(test: pd.DataFrame, levers: pd.DataFrame, definition: str) -> dict[str, Any]:
    """Break-even saving of each ICS (`levers.merger_test`) against the range of evidence."""
    evidence = evidence_range(levers, "saving_per_body_removed_gbp")
    nearest = test.dropna(subset="break_even_saving_gbp").nsmallest(8, "break_even_saving_gbp")
    return {
        "figure": charts.break_even(test.assign(place=test["ics_name"].map(findings.brief)), evidence),
        "name": "break_even",
        "headline": findings.break_even(test, evidence),
        "subtitle": "Saving a year needed from each body removed, if all bodies of the ICS merge into one, £; "
        f"the cut in the sense: {findings.plain(definition)}",
        "alt": "Dot chart. The lowest: " + findings.described(nearest, "ics_name", "break_even_saving_gbp", ascending=True),
        "source": f"{MODEL}; evidence in data/raw/merger_saving_evidence.csv",
        "kind": ["modelled", "reported"],
        "data": test,
    }


def waterfall(steps: pd.DataFrame, baseline_gbp: float, gap_gbp: float, place: str) -> dict[str, Any]:
    return {
        "figure": charts.waterfall(steps, baseline_gbp, gap_gbp),
        "name": "waterfall",
        "headline": findings.waterfall(steps, gap_gbp, place),
        "subtitle": "One body to each ICS and every lever pulled, £ a year; lines from the low to the high case; "
        "hatched where any part is an assumption",
        "alt": "Waterfall chart, central values. " + findings.described(steps, "step", "central_gbp"),
        "source": LEVERS,
        "kind": ["modelled", "assumed"],
        "data": steps,
    }


def probability(chances: pd.DataFrame, draws: int) -> dict[str, Any]:
    headline = findings.probability(chances)
    error = chances["standard_error"].max()
    return {
        "figure": charts.probability_table(chances),
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
        "figure": charts.sensitivity(indices),
        "name": "sensitivity",
        "headline": findings.sensitivity(indices),
        "subtitle": f"Part of the variance of the gap left in {place} that each quantity accounts for, interactions "
        "included (total Sobol index), per cent",
        "alt": "Bar chart. " + findings.described(indices, "quantity", "total"),
        "source": f"{LEVERS}; indices by scipy.stats",
        "kind": ["modelled", "assumed"],
        "data": indices,
    }


def scale(frame: pd.DataFrame, fit) -> dict[str, Any]:
    """Outturn against people with the fitted line; only where outturn was supplied."""
    ends = pd.Series([0, frame["registered_population"].max() * 1.05]).to_numpy("float64")
    people = pd.Series(range(51)).to_numpy("float64") / 50 * ends[1]
    return {
        "figure": charts.scale_fit(frame, people, *fit.band(people)),
        "name": "scale",
        "headline": findings.scale(fit),
        "subtitle": "Actual running cost by registered people, £, with the fitted line and its 95% band; leaving out one "
        f"ICS at a time the fixed cost runs from {findings.gbp(fit.fixed_range_gbp[0])} to "
        f"{findings.gbp(fit.fixed_range_gbp[1])}",
        "alt": f"Scatter chart. {findings.scale(fit)}.",
        "source": "data/raw/outturn.csv, as supplied",
        "kind": sorted(set(frame["kind"])),
        "data": frame,
    }



# --- merger candidates ---

CANDIDATES = "ccganalysis, every connected set of neighbours inside an ICS; NHS Digital and ONS data"
MEASURES = {
    "released_central_gbp": "Released a year at the central saving, £",
    "people_in_whole_authorities": "Residents in an upper-tier authority wholly inside one body",
    "disruption_people": "Registered people who change body",
    "body_count": "Bodies",
    "size_balance": "Smallest body's people as a share of the largest's",
}


def break_even_candidates(sets: pd.DataFrame, levers: pd.DataFrame) -> dict[str, Any]:
    alone = evidence_range(levers, "saving_per_body_removed_gbp")
    programme = evidence_range(levers, "programme_saving_per_body_removed_gbp")
    mergers = sets[sets["body_count"] > 1]
    return {
        "figure": charts.break_even_histogram(
            mergers, {"evidence: the merger alone was priced": alone, "evidence: whole programmes": programme}
        ),
        "name": "break_even_candidates",
        "headline": findings.break_even_candidates(sets, *alone),
        "subtitle": "Candidates by the saving a year that each body removed would have to release to pass the test alone, £",
        "alt": f"Histogram. {findings.break_even_candidates(sets, *alone)}.",
        "source": f"{CANDIDATES}; evidence in data/raw/merger_saving_evidence.csv",
        "kind": ["modelled", "reported"],
        "data": mergers[["body_codes", "bodies", "ics_name", "body_count", "baseline_gbp", "break_even_saving_gbp"]],
    }


def national_frontier(disruption: pd.DataFrame, coterminosity: pd.DataFrame, reached: pd.DataFrame) -> dict[str, Any]:
    """Exact national frontiers (`candidates.national_frontier`) and the footprints that came about."""
    columns = {"disruption_people": disruption, "people_in_whole_authorities": coterminosity}
    titles = {
        "disruption_people": "Fewest registered people who would change body",
        "people_in_whole_authorities": "Most residents in an upper-tier authority wholly inside one body",
    }
    lines = [frame.set_axis(["body_count", "value"], axis=1).assign(measure=titles[name]) for name, frame in columns.items()]
    marks = [
        pd.DataFrame({"body_count": reached["body_count"], "value": reached[name], "measure": titles[name],
                      "label": [f"{day.year}" for day in reached["as_at"]]})
        for name in columns
    ]
    headline = findings.national_frontier(disruption, reached)
    return {
        "figure": charts.national_frontier(pd.concat(lines), pd.concat(marks)),
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
    plans (label to plan number)."""
    y, x = (OBJECTIVES[name][0] for name in (names[0], names[-1]))
    by_plan: dict[int, list[str]] = {}
    for label, plan in marks.items():
        by_plan.setdefault(plan, []).append(label)
    points = pd.DataFrame(
        [{"label": ", ".join(labels), **ics.plans.loc[plan, [x, y]]} for plan, labels in by_plan.items()]
    )
    headline = findings.frontier_of(ics.ics_name, len(ics.plans), front)
    return {
        "figure": charts.frontier(ics.plans, front, points, x, y, (MEASURES[x], MEASURES[y])),
        "name": "frontier",
        "headline": headline,
        "subtitle": f"{MEASURES[y]}, by {MEASURES[x][0].lower()}{MEASURES[x][1:]}; grey: all plans; line: the frontier",
        "alt": f"Scatter chart. {headline}.",
        "source": CANDIDATES,
        "kind": "modelled",
        "data": front,
    }
