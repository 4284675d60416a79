"""What the back-test says."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ... import wording
from ...analysis import backtest
from .. import charts, findings, maps
from .sources import BACKTEST, OFFICERS

_HIT_COLOURS = {
    backtest.HIT: charts.PALETTE[0],
    backtest.MISS: charts.PALETTE[3],
    backtest.ONLY: charts.PALETTE[1],
    backtest.PLANNED: "white",
    backtest.STAYED: charts.PALE,
}
_HIT_HATCHES = {backtest.PLANNED: "////"}


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
        "headline": findings.backtest_order(order, by, results.dates(backtest.HELD_OUT)),
        "subtitle": "Share of the other connected sets of two or more bodies that each body really formed ranks above, "
        "%; a dot is a body, the bar and the number the mean of those held out; bold: the ranking chosen",
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
    when = findings.held_out_in(results)
    lines = backtest.curves(held, shown, resamples, seed)
    area = table.set_index("ranked_by")
    words = {
        name: f"{wording.sentence(backtest.LABELS[name])}: {findings.roc_area_words(area.loc[name])}" for name in shown
    }
    return {
        "figure": partial(
            charts.curves_with_bands, lines.assign(ranking=lines["ranked_by"].map(words)), held["together"].mean()
        ),
        "name": "backtest_curves",
        "headline": findings.backtest_pairs(area, shown[0]),
        "subtitle": f"{len(held)} pairs of neighbours inside {{an_area}}, decisions held out {when}: in one body after "
        "the decision? ROC area with 95% interval; bands: 95%, bootstrap by {area}",
        "alt": f"ROC curve and precision-recall curve. ROC areas: {'; '.join(words.values())}.",
        "source": BACKTEST,
        "kind": "derived",
        "data": lines,
    }


def backtest_map(
    shapes, bodies: pd.DataFrame, category: pd.Series, by: str, results: backtest.Results
) -> dict[str, Any]:
    """Bodies of the footprint before the held-out decisions by what became of them (`backtest.hits`)."""
    when = findings.held_out_in(results)
    counts = category.value_counts()
    merged = counts.reindex([backtest.HIT, backtest.MISS, backtest.ONLY], fill_value=0)
    listed = "; ".join(f"{name}: {counts.get(name, 0)} bodies" for name in _HIT_COLOURS)
    return {
        "figure": partial(maps.national_map, shapes, bodies, category, _HIT_COLOURS, _HIT_HATCHES),
        "name": "backtest_map",
        "headline": f"Of {merged.sum()} bodies that merged {when}, {merged.iloc[0]} did so in a merger "
        f"that {backtest.LABELS[by]} had in the top quarter of those possible",
        "subtitle": f"Bodies of {wording.date(bodies['as_at'].iloc[0])} by whether they merged {when} and how the "
        "merger was ranked the day before; heavy lines are borders of {areas}",
        "alt": f"Map of England with London enlarged. {listed}.",
        "source": f"{BACKTEST}; Office for National Statistics, boundaries",
        "kind": "derived",
        "data": bodies[["body_code", "body_name", "area_name"]].assign(happened=bodies["body_code"].map(category)),
    }


IN_MILLIONS = {backtest.SPREAD: 1e6}
"""What the chart divides by, of the measures of England's groups."""

_PANELS = {
    backtest.APART: "Mean distance, km",
    backtest.SPREAD: "Spread of people, millions",
    backtest.SPLIT: "Authorities split",
}


def england_drawn(found: backtest.OutOfSample) -> dict[str, Any]:
    """The real groups of England beside plans drawn at random, on three measures; `found` as `backtest.out_of_sample`."""
    frame = found.england
    scale = frame["measure"].map(IN_MILLIONS).fillna(1)
    values = ["real", "drawn_low", "drawn_middle", "drawn_high"]
    shown = frame.assign(
        **frame[values].div(scale, axis=0),
        measure=frame["measure"].map(_PANELS),
        drawn_from=frame["drawn_from"].map(findings.in_its_words(found, findings.DRAWN_FROM)),
    )
    told = [
        f"{findings.MEASURED[name]}: really {findings.in_units(name, real)}, drawn from {findings.DRAWN_FROM[what]} "
        f"{findings.in_units(name, low)} to {findings.in_units(name, high)}"
        for what, name, real, low, high in frame[
            ["drawn_from", "measure", "real", "drawn_low", "drawn_high"]
        ].itertuples(index=False)
    ]
    words = {
        "figure": partial(charts.drawn_and_real, shown),
        "name": "england_drawn",
        "headline": findings.england_headline(found),
        "subtitle": f"{{Bodies}} of England in {found.group_count} groups: the real ones, and plans of as many groups of neighbours, each "
        "drawn with the same chance; bars hold 90% of those drawn, dots are their middle; less is better",
        "alt": f"Bars and a line for each measure. {'; '.join(told)}.",
        "source": OFFICERS,
        "kind": ["reported", "derived"],
        "data": frame,
    }
    return findings.in_its_words(found, words)
