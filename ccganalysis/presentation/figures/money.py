"""What the cut asks for, and what could release it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ... import wording
from ...analysis.levers import evidence_range
from ...analysis.running_costs import Cut
from .. import charts, findings
from .sources import LEVERS, MODEL, PUBLISHED


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
        **of_allowances(frame),
        "data": frame,
    }


def of_allowances(limits: pd.DataFrame) -> dict[str, str]:
    """`source` and `kind` of limits and gaps (`running_costs.limits`): reckoned from allowances modelled, or published."""
    kind = findings.reckoned_kind(limits["allowance_kind"])
    origin = {"source": MODEL if kind == "modelled" else PUBLISHED, "kind": kind}
    return origin


def cut_source(limits: pd.DataFrame) -> str:
    """What the readings of the cut rest on: the allowances of the limits, the years before, and prices."""
    if of_allowances(limits)["kind"] == "modelled":
        return "ccganalysis, from NHS England, NAO and ONS (GDP deflator YBGB)"
    return f"{PUBLISHED}, from these and ONS (GDP deflator YBGB)"


def validation(frame: pd.DataFrame, model: str) -> dict[str, Any]:
    words = findings.models(frame, model)
    return {
        "figure": partial(charts.validation, frame),
        "name": "validation",
        "headline": words,
        "subtitle": "Modelled {baseline_year} allowance less the running cost or allowance reported locally, per cent",
        "alt": f"Dot chart. {words}",
        "source": "Press and council papers (data/raw/running_cost_observations.csv); ccganalysis",
        "kind": ["reported", "modelled"],
        "data": frame,
    }


def break_even(test: pd.DataFrame, levers: pd.DataFrame, cut: Cut) -> dict[str, Any]:
    """Break-even saving of each area (`levers.merger_test`) against the range of evidence."""
    evidence = evidence_range(levers, "saving_per_body_removed_gbp")
    nearest = test.dropna(subset="break_even_saving_gbp").nsmallest(8, "break_even_saving_gbp")
    return {
        "figure": partial(charts.break_even, test.assign(place=test["area_name"].map(findings.brief)), evidence),
        "name": "break_even",
        "headline": findings.break_even(test, evidence),
        "subtitle": "Saving a year needed from each body removed, if the bodies of the {area} merge as far as neighbours "
        f"allow, £; the cut: {findings.reading(cut)}",
        "alt": "Dot chart. The lowest: "
        + findings.described(nearest, "area_name", "break_even_saving_gbp", ascending=True),
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
        "subtitle": f"Number of {{areas}} by probability of reaching the limit and by definition of the cut; {draws:,} draws, standard error at most {error:.1f} percentage points",
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
        "subtitle": f"Part of the variance of the gap left in {findings.the(place)} that each quantity accounts for, interactions "
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
        f"{{area}} at a time the fixed cost runs from {wording.gbp(fit.fixed_range_gbp[0])} to "
        f"{wording.gbp(fit.fixed_range_gbp[1])}",
        "alt": f"Scatter chart. {findings.scale(fit)}.",
        "source": "data/raw/outturn.csv, as supplied",
        "kind": sorted(set(frame["kind"])),
        "data": frame,
    }
