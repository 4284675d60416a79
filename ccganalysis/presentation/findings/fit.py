"""How bodies fit the integrated care systems, local authorities and shared officers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...analysis.leadership import PRESS_LARGEST_BODIES, PRESS_LARGEST_PEOPLE, PRESS_SMALLEST_PEOPLE
from ...data.tables import Day
from ...wording import count, date, people, per_cent, sentence, share_of, short_name
from ..display import Result
from .words import bodies, the


def aligned(state: pd.DataFrame) -> str:
    """How many areas have one body, and the mergers still needed; `state` has one row per area with `body_count`."""
    one = int((state["body_count"] == 1).sum())
    needed = int((state["body_count"] - 1).sum())
    if not needed:
        return f"all {len(state)} {{areas}} have one body"
    return f"{share_of(one, len(state), '{areas}')} {'has' if one <= 1 else 'have'} one body; with {bodies(needed)} fewer all would"


def alignment(years: pd.DataFrame, as_at: Day) -> str:
    """The paragraph that answers, for one date and against the year before; `years` as `alignment.by_year`."""
    day = pd.Timestamp(as_at)
    now = years[years["as_at"] == day].to_dict("records")[0]
    text = (
        f"On {date(day)}, {_of_areas(now)} had a single body. "
        + (
            f"For the rest to follow, at least {count(now['mergers_needed'], 'merger was', 'mergers were')} needed (one "
            f"in each), taking {now['bodies_to_remove']} of the {now['body_count']} bodies away. "
            if now["mergers_needed"]
            else ""
        )
        + f"{sentence(_living(now, ', {}, '))}lived in an aligned body"
    )
    earlier = years[years["as_at"] < day].to_dict("records")
    if not earlier:
        return f"{text}. It is the first footprint held, so there is no year before to compare with."
    before = earlier[-1]
    years_ago = day.year - before["as_at"].year
    when = "A year before" if years_ago == 1 else f"{sentence(count(years_ago, 'year'))} before"
    return (
        f"{text}. {when} it was {_of_areas(before)}, "
        f"{count(before['mergers_needed'], 'merger')} needed, {bodies(before['bodies_to_remove'])} too many and "
        f"{_living(before, ' ({})').rstrip()}."
    )


def _of_areas(year: dict[str, Any]) -> str:
    if not year["area_aligned"]:
        return f"none of {year['area_count']} {{areas}}"
    return f"{count(year['area_aligned'], '{area}')} of {year['area_count']}"


def _living(year: dict[str, Any], share: str) -> str:
    """People in an aligned body, with their share in the form given; nobody, where there is none."""
    if not year["people_aligned"]:
        return "nobody "
    return (
        f"{people(year['people_aligned'])} registered people{share.format(per_cent(year['share_of_people_aligned']))}"
    )


def aligned_regions(regions: pd.DataFrame, as_at: Day) -> str:
    """Which region had got furthest, and which had not begun; `regions` as `alignment.by_region`."""
    if not regions["area_aligned"].any():
        return f"By {pd.Timestamp(as_at):%B %Y} none of {regions['area_count'].sum()} {{areas}} had one body"
    most = regions.loc[(regions["area_aligned"] / regions["area_count"]).idxmax()]
    none = list(regions.loc[regions["area_aligned"] == 0, "region_name"])
    furthest = f"{most['area_aligned']} of {most['area_count']} {{areas}}"
    if most["area_aligned"] == most["area_count"]:
        furthest = "every {area}"
    text = f"By {pd.Timestamp(as_at):%B %Y}, {furthest} in {the(most['region_name'])}"
    named = " or ".join(map(the, none))
    return f"{text} had one body; none had in {named}" if none else f"{text} had one body"


def mergers(merged: pd.DataFrame) -> str:
    """What the mergers did, with those that crossed a border by name; `merged` as `alignment.mergers`."""
    effects = merged["effect"].value_counts()
    first, last = (date(merged["effective_date"].agg(end)) for end in ("min", "max"))
    text = (
        f"{sentence(count(len(merged), 'merger'))} {f'of {first}' if first == last else f'from {first} to {last}'} took {merged['predecessor_count'].sum()} "
        f"bodies into {len(merged)}: {effects.get('completed', 0)} completed the alignment of {{an_area}}, "
        f"{effects.get('advanced', 0)} advanced it and {effects.get('crossed', 0)} crossed a border between {{areas}}"
    )
    crossed = [
        f"{short_name(row.successor_name)} ({date(row.effective_date)}) joined bodies from {row.area_names_before}, and "
        f"is now in {row.area_name}, with {bodies(row.bodies_left)}"
        for row in merged[merged["effect"] == "crossed"].itertuples()
    ]
    return ". ".join([text, *crossed]) + "."


def crossings(maps: dict[pd.Timestamp, pd.DataFrame], as_at: Day) -> str:
    """Which bodies cross a border of another date's map, and by how much; `maps` as `alignment.on_other_maps`."""
    sentences = []
    for day, states in maps.items():
        later = day > pd.Timestamp(as_at)
        name = f"the map of the boards that took over on {date(day)}" if later else f"the map of {date(day)}"
        crossing = states[states["state"] == "crosses"].sort_values("share_of_body_in_area")
        named = [
            f"{short_name(row.body_name)} ({per_cent(1 - row.share_of_body_in_area, 1)} of its people outside "
            f"{row.area_name})"
            for row in crossing.itertuples()
        ]
        number = sentence(count(len(crossing), "body crosses", "bodies cross"))
        sentences.append(f"{number} a border of {name}" + (f": {'; '.join(named)}." if named else "."))
    return " ".join(sentences) or "No other map is held to compare the bodies with."


def officers(bounds: pd.DataFrame, groups: pd.DataFrame, unknown: int) -> str:
    """Shared officers in November 2018: how many bodies, how the groups fit the areas, and what they became.

    `bounds` and `groups` as `leadership.bounds` and `leadership.groups`; `unknown` bodies without evidence.
    """
    counted, share = bounds["sharing_count"], bounds["share"].map(per_cent)
    states, followed = groups["state"].value_counts(), groups["followed"].value_counts()
    crossing = "; ".join(groups.loc[groups["state"] == "crosses", "group_name"])
    crossing = f" ({crossing})" if crossing else ""
    return (
        f"In {{officers_known}}, {counted[0]} of {bounds['body_count'][0]} bodies ({share[0]}) shared {{an_officer}} "
        f"by a source, {counted[1]} ({share[1]}) with probable cases. Of {unknown} nothing is known, which is no evidence "
        f"that they did not: at most {share[2]} did. Of {len(groups)} groups {states.get('equals', 0)} equal {{an_area}}, "
        f"{states.get('within', 0)} are within one and {states.get('crosses', 0)} cross a border{crossing}. By the "
        f"last footprint {followed.get('merged', 0)} had become one body, {followed.get('merged with others', 0)} one "
        f"body together with others, {followed.get('partly merged', 0)} fewer bodies, and "
        f"{followed.get('not merged', 0)} had not merged."
    )


def no_officers() -> str:
    """Where no evidence of shared officers is held."""
    return "No evidence of bodies under one {officer} is held for this era, so each is counted by itself."


def coterminosity(per_body: pd.DataFrame, per_area: pd.DataFrame, levers: pd.DataFrame) -> str:
    """Bodies, areas and upper-tier authorities, beside what was reported; both frames as `alignment.coterminosity`."""
    told = levers[levers["measure"].str.contains("not aligned with their local authority")]
    beside = "".join(
        f" (reported {row.period}, by a definition that may differ: over {row.value:.0f}%)" for row in told.itertuples()
    )
    fitting = [int((frame["upper_tier_split"] == 0).sum()) for frame in (per_body, per_area)]
    shares = [
        (frame["share_in_whole_upper_tier_authorities"] * frame["residents"]).sum() / frame["residents"].sum()
        for frame in (per_body, per_area)
    ]
    return (
        f"{fitting[0]} of {len(per_body)} bodies and {fitting[1]} of {len(per_area)} {{areas}} split no upper-tier authority;"
        f" {per_cent(1 - fitting[0] / len(per_body))} of bodies do{beside}. {per_cent(shares[0])} of residents live in an authority wholly"
        f" inside their body, {per_cent(shares[1])} in one wholly inside their {{area}}. Residents are those of {{residents_of}}."
    )


def alignment_results(
    years: pd.DataFrame, as_at: Day, per_body: pd.DataFrame, split: int, sharing: int
) -> list[Result]:
    """The key results of 03_alignment; `split` authorities in several areas, `sharing` bodies with shared officers."""
    now = years[years["as_at"] == pd.Timestamp(as_at)].to_dict("records")[0]
    whole = int((per_body["upper_tier_split"] == 0).sum())
    return [
        Result("area_aligned", f"{{areas}} with one body, {date(as_at)}", now["area_aligned"], "derived"),
        Result("mergers_needed", "Mergers needed for one body per {area}", now["mergers_needed"], "derived"),
        Result("bodies_to_remove", "Bodies those mergers would remove", now["bodies_to_remove"], "derived"),
        Result("people_aligned", "Registered people in aligned bodies", now["people_aligned"], "derived"),
        Result("bodies_splitting_no_authority", "Bodies that split no upper-tier authority", whole, "derived"),
        Result("authorities_in_several_area", "Upper-tier authorities in more than one {area}", split, "derived"),
        Result(
            "sharing_an_officer",
            "Bodies sharing {an_officer}, {officers_known}, known or probable",
            sharing,
            "reported",
        ),
    ]


def officer_checks(found: Mapping[str, Any]) -> pd.DataFrame:
    """The table of shared officers beside what was told of them: `measure`, `reported`, `found`.

    `found` as `leadership.checks`.
    """
    rows = [
        (
            "Bodies that share {an_officer}",
            per_cent(found["share_published"]),
            f"{per_cent(found['share'])} with probable cases; at least {per_cent(found['share_low'])}, at most"
            f" {per_cent(found['share_high'])}",
        ),
        (
            "The largest group",
            f"over {people(PRESS_LARGEST_PEOPLE)} people in {PRESS_LARGEST_BODIES} bodies",
            f"{people(found['largest_people'])} in {found['largest_body_count']} bodies ({found['largest_name']})",
        ),
        (
            "An officer with one small body",
            f"under {people(PRESS_SMALLEST_PEOPLE)} people",
            f"{found['alone_count']} bodies of that size are not known to share; the smallest has"
            f" {people(found['alone_least_people'])}",
        ),
        (
            "13 officers (reported: those of the 12 STPs with most sharing; found: those with most people)",
            f"{per_cent(found['thirteen_reported_share'])} of people, {found['thirteen_reported_body_count']} bodies",
            f"{per_cent(found['thirteen_share'])} of people, {found['thirteen_body_count']} bodies",
        ),
    ]
    return pd.DataFrame(rows, columns=["measure", "reported", "found"])


def agreement(table: pd.DataFrame, from_date: Day, as_at: Day) -> pd.DataFrame:
    """How far ways of dividing England agree, best first, with their names; `table` as `agreement.agreement`, of the bodies
    of `from_date` and what they were on `as_at`.
    """
    named = {
        "body_code": f"Bodies of {pd.Timestamp(from_date):%B %Y}",
        "group_code": "{Officers}",
        "area_code": "{areas}",
        "upper_tier_code": "Upper-tier authorities",
        "successor_code": f"Bodies of {pd.Timestamp(as_at):%B %Y}",
    }
    table = table.sort_values("adjusted_rand", ascending=False)
    return table.assign(partition_a=table["partition_a"].map(named), partition_b=table["partition_b"].map(named))
