"""What bodies employ, and what that says of size."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ... import wording
from ...analysis.routes import Evidence
from ...analysis.scale import Elasticity
from ...data.eras import Cap
from .. import charts, findings
from .sources import CAP, OFFICERS, PRICES, STAFF


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
    return _by_route(rows) | {
        "name": "routes",
        "headline": findings.routes_headline(rows, found),
        "subtitle": "If the bodies merge as far as neighbours allow, £ a year: lowest, central and highest of prices quoted "
        "(squares), and estimates from all staff, whoever pays them, with 95% intervals (points)",
    }


def beyond_sharing(rows: pd.DataFrame) -> dict[str, Any]:
    """What merging the groups of one place would release beyond sharing (its rows of `beyond_cluster.by_route`)."""
    return _by_route(rows) | {
        "name": "beyond_sharing",
        "headline": findings.beyond_headline(rows),
        "subtitle": "If the {groups} merge, £ a year beyond what sharing has released: lowest, central and highest of prices quoted (squares); from all "
        "staff, whoever pays them (points), by scale from a {group} staffed as one body to bodies staffed apart, as measured with a 95% interval",
        "source": f"{PRICES}; {STAFF}; {OFFICERS}",
    }


def _by_route(rows: pd.DataFrame) -> dict[str, Any]:
    """The picture of the routes that are held, its values in words, and where they come from."""
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
        "alt": f"Dot chart with intervals; low, central and high. {told}.",
        "source": f"{PRICES}; {STAFF}",
        "kind": sorted(set(shown["kind"])),
        "data": shown,
    }


def posts_paid(frame: pd.DataFrame, cap: Cap) -> dict[str, Any]:
    """What the cap pays for in each place, beside the staff there are (`cap.against_staff`)."""
    before, by = wording.date(cap.before), wording.date(cap.by)
    told = "; ".join(
        f"{row.place}: {row.posts_paid_low:,.0f} to {row.posts_paid_high:,.0f} posts paid for, {row.staff_fte:,.0f} staff"
        for row in frame.itertuples()
    )
    shown = frame.assign(place=[findings.brief(wording.short_name(name)) for name in frame["place"]])
    return {
        "figure": partial(charts.posts_paid, shown, before, by),
        "name": "posts_paid",
        "headline": findings.cap_headline(frame, cap),
        "subtitle": f"Staff on {before} (circles) and {by} (diamonds) and the posts that the cap pays for, from the dearest to the cheapest published cost "
        "of a post (bars; a line at the central one), full-time equivalents, if all of the cap goes on posts",
        "alt": f"Dot chart over bars. On {by}: {told}.",
        "source": CAP,
        "kind": ["published", "reported", "derived"],
        "data": frame,
    }


def _label(row: Any) -> str:
    return f"{wording.sentence(row.staff_counted)}, {row.level}, {wording.date(row.date)}"
