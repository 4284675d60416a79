"""What bodies employ, and what that says of size."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ... import wording
from ...analysis.routes import Evidence
from ...analysis.scale import Elasticity
from .. import charts, findings
from .sources import PRICES, STAFF


def staff_by_size(frame: pd.DataFrame, found: Elasticity, name: str = "staff_by_size") -> dict[str, Any]:
    """Staff per head against size (`staff.measured` or `staff.pooled`), with the fit of `scale.elasticity`."""
    headline = findings.staff_by_size(frame, found)
    together = "Bodies under one {officer} taken together" if (frame["body_count"] > 1).any() else "Each body"
    return {
        "figure": partial(charts.staff_by_size, frame, found),
        "name": name,
        "headline": headline,
        "subtitle": f"Full-time equivalents per 100,000 registered people by registered people, "
        f"{wording.date(frame['date'].iloc[0])}. {together}; the curve is the association in {found.bodies} of them, elasticity "
        f"{found.elasticity:.2f}, with its 95% band",
        "alt": f"Scatter chart. {headline}. {findings.staff_hosts(frame)}",
        "source": STAFF,
        "kind": ["derived", "modelled"],
        "data": frame,
    }


def elasticities(frame: pd.DataFrame) -> dict[str, Any]:
    """Elasticities of staff on people (rows of `scale.elasticities`), hosts included."""
    shown = frame[frame["hosts"] == "included"].reset_index(drop=True)
    shown = shown.assign(label=[_label(row) for row in shown.itertuples()])
    headline = findings.elasticities(shown)
    return {
        "figure": partial(charts.elasticities, shown),
        "name": "elasticities",
        "headline": headline,
        "subtitle": "Per cent more staff where there are one per cent more registered people, with 95% intervals (robust); "
        "hollow: at equal density, deprivation and age",
        "alt": f"Dot chart with intervals. {headline}.",
        "source": STAFF,
        "kind": "modelled",
        "data": shown.drop(columns="label"),
    }


def routes(rows: pd.DataFrame, found: Evidence) -> dict[str, Any]:
    """What merging in one place would release, by each route that is held (its rows of `routes.compared`)."""
    shown = rows.dropna(subset="released_central_gbp").reset_index(drop=True)
    told = "; ".join(
        f"{row.route}: {wording.gbp(row.released_low_gbp)}, {wording.gbp(row.released_central_gbp)} and "
        f"{wording.gbp(row.released_high_gbp)}"
        if row.released_low_gbp or row.released_high_gbp
        else f"{row.route}: nothing"
        for row in shown.itertuples()
    )
    return {
        "figure": partial(charts.routes, shown),
        "name": "routes",
        "headline": findings.routes_headline(rows, found),
        "subtitle": "If the bodies merge as far as neighbours allow, £ a year: lowest, central and highest of prices quoted "
        "(squares), and estimates from all staff, whoever pays them, with 95% intervals (points)",
        "alt": f"Dot chart with intervals; low, central and high. {told}.",
        "source": f"{PRICES}; {STAFF}",
        "kind": sorted(set(shown["kind"])),
        "data": shown,
    }


def _label(row: Any) -> str:
    return f"{wording.sentence(row.staff_counted)}, {row.level},\n{wording.date(row.date)}"
