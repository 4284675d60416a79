"""What happened to staff when bodies merged."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ...analysis import effects as analysis
from ...analysis.effects import clusters
from ...analysis.regression import Range
from ...wording import date, per_cent, sentence, short_name
from .. import charts, findings
from ..findings.effects import Outcomes
from .sources import EFFECTS, PRESS, STAFF


def _signed(share: float) -> str:
    """A change for alt text: -3%, +5%, 0%."""
    return per_cent(share) if round(share, 2) < 0 else f"+{per_cent(share)}" if round(share, 2) > 0 else "0%"


def event_study(results: Outcomes) -> dict[str, Any]:
    """Every year against the year before the merger, with each kind of controls."""
    rows = [
        found.estimates.assign(outcome=sentence(found.panel.outcome.words))
        for found in sorted(results.values(), key=lambda one: -len(one.panel.years))
    ]
    long = pd.concat(rows, ignore_index=True)
    long = long[(long["measure"] == analysis.PRIMARY[1]) & (long["from_year"] == analysis.BASE)]
    panel = next(iter(results.values())).panel
    told = "; ".join(
        f"{row.outcome}, {row.to_label}, {row.controls}: {_signed(row.change_share)}" for row in long.itertuples()
    )
    return {
        "figure": partial(charts.event_study, long),
        "name": "event_study",
        "headline": findings.event_study(results),
        "subtitle": f"Change of full-time equivalents of bodies formed on {date(panel.merger_date)} (predecessors summed) beyond "
        "that of others, against the year before, %, with 95% intervals by permutation; dashed: the merger",
        "alt": f"Points with intervals by date. {told}.",
        "source": EFFECTS,
        "kind": "derived",
        "data": long.drop(columns=["from_year", "to_year", "exact"]),
    }


def leave_one_out(results: Outcomes) -> dict[str, Any]:
    """The change without each merged body in turn."""
    rows = []
    for found in results.values():
        words = sentence(found.panel.outcome.words)
        table = found.leave_one_out
        place = ["with all" if name == "none" else f"without {short_name(name)}" for name in table["left_out"]]
        spans = [f"{words},\n{row.from_label}\nto {row.to_label}" for row in table.itertuples()]
        rows.append(table.assign(outcome=words, place=[findings.brief(one, 40) for one in place], panel=spans))
    long = pd.concat(rows, ignore_index=True)
    told = "; ".join(
        f"{row.outcome} from {row.from_label}, {row.place}: {_signed(row.change_share)}" for row in long.itertuples()
    )
    return {
        "figure": partial(charts.leave_one_out, long),
        "name": "leave_one_out",
        "headline": findings.effects_without(results),
        "subtitle": "Change beyond that of bodies that did not merge, %, with all merged bodies and without each in turn, "
        "with 95% intervals by permutation; dashed: with all",
        "alt": f"Forest plot. {told}.",
        "source": EFFECTS,
        "kind": "derived",
        "data": long.drop(columns=["from_year", "to_year", "exact", "place", "panel"]),
    }


def power(results: Outcomes, price: Range, quoted_gbp: tuple[float, float]) -> dict[str, Any]:
    """How small a fall would have been seen, in £ for each body removed."""
    rows = [
        found.power.assign(
            outcome=sentence(found.panel.outcome.words),
            gbp_per_body_removed=[
                analysis.per_body_removed(found.panel, share, price.central) for share in found.power["fall_share"]
            ],
        )
        for found in results.values()
    ]
    long = pd.concat(rows, ignore_index=True)
    headline = findings.effects_power(results, price, quoted_gbp)
    worlds = int(long["world_count"].iloc[0])
    return {
        "figure": partial(charts.power, long, quoted_gbp),
        "name": "power",
        "headline": headline,
        "subtitle": f"Share of {worlds} worlds in which the test finds a fall put into groups that did not merge, by its size at "
        "the central price of a post",
        "alt": f"Rising curves. {headline}.",
        "source": f"{EFFECTS}; prices of posts and of mergers in cost_observations.csv and levers.csv",
        "kind": "modelled",
        "data": long,
    }


def staff_by_month(found: clusters.Clusters, events: pd.DataFrame) -> dict[str, Any]:
    """ICBs in clusters beside those alone, by month."""
    words = {clusters.GROUPED: "under one team with others", clusters.ALONE: "alone"}
    series = found.series.assign(
        series=[f"{row.body_count} ICBs {words[row.role]}" for row in found.series.itertuples()]
    )
    named = "; ".join(f"{date(row.date)}, {row.event}" for row in events.sort_values("date").itertuples())
    last = series[series["date"] == series["date"].max()]
    told = "; ".join(f"{row.series}: {row.staff_index:.1f}" for row in last.itertuples())
    return {
        "figure": partial(charts.staff_by_month, series, events, clusters.BASE),
        "name": "staff_by_month",
        "headline": findings.clusters_by_month(found),
        "subtitle": f"Full-time equivalents by month, {date(clusters.BASE)} = 100. Dashed: {named}",
        "alt": f"Two lines by month with dated vertical lines. In the last month, {told}.",
        "source": f"{STAFF}; {PRESS}",
        "kind": ["published", "derived"],
        "data": series[["date", "series", "body_count", "staff_fte", "staff_index"]],
    }
