"""How bodies fit the integrated care systems, local authorities and shared officers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ... import wording
from ...analysis import alignment
from ...data.tables import Day
from .. import charts, findings, maps
from .sources import MAPS, ODS, OFFICERS, ONS

STATES = {"equals": "Equals its {area}", "within": "Within {an_area} of several bodies"}
_STATE_COLOURS = dict(zip(STATES.values(), (charts.PALETTE[0], charts.PALE), strict=True))


def alignment_hexes(cells, bodies: pd.DataFrame, states: pd.DataFrame, per_area: pd.DataFrame) -> dict[str, Any]:
    """`cells` from `maps.hexes`, a footprint, and its `alignment.bodies_state` and `alignment.state`."""
    category = states.set_index("body_code")["state"].map(STATES)
    counts = per_area.set_index("area_code")["body_count"]
    largest = per_area.loc[per_area["body_count"] == counts.max(), "area_name"]
    day = wording.date(bodies["as_at"].iloc[0])
    listed = "; ".join(f"{row.area_name} {row.body_count}" for row in per_area.itertuples())
    return {
        "figure": partial(maps.hex_map, cells, bodies, category, _STATE_COLOURS, counts),
        "name": "alignment_hexes",
        "headline": f"Bodies per {{area}} run from {counts.min()} to {counts.max()}, the most in {' and '.join(map(findings.the, largest))}",
        "subtitle": f"Bodies in each {{area}}, England, {day}; hexagons alike for all bodies, so that cities show",
        "alt": f"Hexagon map of England with the number of bodies in each {{area}}: {listed}.",
        "source": "NHS Digital, Organisation Data Service; the layout is our own",
        "kind": "derived",
        "data": per_area[["area_code", "area_name", "body_count"]],
    }


def alignment_by_year(years: pd.DataFrame, last: Day) -> dict[str, Any]:
    """`years` as `alignment.by_year`; what is after the `last` footprint is aligned by law."""
    share = years["share_of_people_aligned"].map(wording.per_cent)
    followed = bool((years["as_at"] > pd.Timestamp(last)).any())
    listed = [
        f"{row.as_at:%B %Y}: {part} of people, {row.mergers_needed} mergers needed"
        for row, part in zip(years.itertuples(), share, strict=True)
    ]
    now = share[years["as_at"] == pd.Timestamp(last)].iloc[0]
    moved = f"{share.iloc[0]} of people were in an aligned body at first, {now} at the last footprint"
    return {
        "figure": partial(charts.alignment_by_year, years),
        "name": "alignment_by_year",
        "headline": (moved if years["people_aligned"].any() else "Nobody was in an aligned body at any footprint")
        + (", all once ICBs began" if followed else ""),
        "subtitle": "Registered people in a body that equals its {area}, %; mergers needed for one body per {area}; England",
        "alt": f"Two line charts. {'; '.join(listed)}.",
        "source": ODS,
        "kind": "derived",
        "data": years,
    }


def alignment_small_multiples(
    lineage: pd.DataFrame, years: pd.DataFrame, regions: pd.DataFrame, last: Day
) -> dict[str, Any]:
    """`lineage`, `years` and the `last` footprint's `regions` as `alignment.lineage`, `by_year` and `by_region`."""
    listed = "; ".join(f"{row.as_at:%B %Y} {row.area_aligned} of {row.area_count}" for row in years.itertuples())
    dates = sorted(lineage["as_at"].unique())
    drawn = {date: maps.drawn_on(date) for date in dates}
    others = [f"{date:%B %Y} on the boundaries of {day:%B %Y}" for date, day in drawn.items() if day != date]
    return {
        "figure": partial(maps.small_multiples, lineage.assign(category=lineage["state"].map(STATES)), _STATE_COLOURS),
        "name": "alignment_small_multiples",
        "headline": findings.aligned_regions(regions, last),
        "subtitle": "; ".join(["Bodies by state of alignment, England", *others]),
        "alt": f"{wording.sentence(wording.count(len(dates), 'map'))} of England. {{Areas}} with one body: {listed}.",
        "source": MAPS,
        "kind": "derived",
        "data": lineage,
    }


def lineage(links: pd.DataFrame, merged: pd.DataFrame, last: Day) -> dict[str, Any]:
    """`links` and `merged` as `alignment.lineage` and `alignment.mergers`; after the `last` footprint came ICBs."""
    counts = links.groupby("as_at").size()
    followed = counts[counts.index > pd.Timestamp(last)]
    return {
        "figure": partial(charts.lineage, links),
        "name": "alignment_lineage",
        "headline": f"{counts.iloc[0]} bodies became {counts[pd.Timestamp(last)]}"
        + "".join(f", then {number} ICBs" for number in followed),
        "subtitle": "A line is a body, joined to others where merged; at the right each body of the last date, with its "
        "number of bodies at the left. Blue: equals its {area}. Orange: joins bodies of several {areas}",
        "alt": f"Flow chart of mergers. {findings.mergers(merged)}",
        "source": "NHS Digital, Organisation Data Service",
        "kind": ["published", "derived"],
        "data": links,
    }


def people_per_officer(groups: pd.DataFrame, last: Day) -> dict[str, Any]:
    """`groups` as `leadership.groups`, followed to the `last` footprint."""
    by = f"By {pd.Timestamp(last):%B %Y}"
    shown = groups.assign(group_name=groups["group_name"].map(partial(findings.brief, most=36)))
    one = int(groups["followed"].str.startswith("merged").sum())
    listed = "; ".join(
        f"{row.group_name} {wording.people(row.registered_population)}, {row.followed}" for row in groups.itertuples()
    )
    return {
        "figure": partial(charts.people_per_officer, shown, by),
        "name": "people_per_officer",
        "headline": f"{by}, {one} of {len(groups)} groups under one {{officer}} had become one body",
        "subtitle": "Registered people per shared {officer}, England, {officers_known}, by what followed; a"
        " group has the name of its {area}, or of its first body",
        "alt": f"Bar chart of people per shared {{officer}}, largest first: {listed}.",
        "source": OFFICERS,
        "kind": ["reported", "derived"],
        "data": groups,
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
        "headline": f"{wording.sentence(wording.count(one, '{area} has', '{areas} have'))} one body, "
        f"{wording.count(several, 'has', 'have')} several"
        if several
        else f"All {one} {{areas}} have one body",
        "subtitle": f"Bodies by state of alignment, England, {wording.date(footprint['as_at'].iloc[0])}; heavy lines are "
        "borders of {areas}, thin lines of bodies",
        "alt": "Map of England with London enlarged. "
        + (
            f"{{areas}} with one body: {'; '.join(aligned['area_name'])}."
            if len(aligned)
            else "No {area} has one body."
        ),
        "source": MAPS,
        "kind": "derived",
        "data": by_body.reset_index(),
    }


def _authorities_whole(whole: int, total: int) -> str:
    """How many of an area's upper-tier authorities are wholly in one body."""
    if total == 1:
        return f"Its only upper-tier authority is {'' if whole else 'not '}wholly in one body"
    if total == 2 and not whole:
        return "Neither of its two upper-tier authorities is wholly in one body"
    if whole in (0, total):
        every = "Both" if total == 2 else f"All {total}"
        return f"{every if whole else f'None of {total}'} upper-tier authorities are wholly in one body"
    split = total - whole
    return f"{split} of {total} upper-tier authorities {'is' if split == 1 else 'are'} not wholly in one body"


def authority_heatmap(shares: pd.DataFrame, place: str, as_at: Day) -> dict[str, Any]:
    """Upper-tier authorities of an area by body; `shares` as `alignment.authority_shares`."""
    whole = shares.groupby("authority_code")["share_of_authority_residents"].max() >= 1
    said = _authorities_whole(int(whole.sum()), len(whole))
    parts = shares["share_of_authority_residents"].map(wording.per_cent)
    listed = "; ".join(
        f"{row.authority_name} in {wording.short_name(row.body_name)} {part}"
        for row, part in zip(shares.itertuples(), parts, strict=True)
    )
    return {
        "figure": partial(charts.authority_heatmap, shares),
        "name": "authorities",
        "headline": f"{place}: {said[:1].lower()}{said[1:]}",
        "subtitle": f"Share of each upper-tier authority's residents in each body, %, {wording.date(as_at)}",
        "alt": f"Table of shares: {listed}.",
        "source": ONS,
        "kind": "derived",
        "data": shares,
    }
