"""What an era asks of borders and size, in words: bodies as they are, options, and England across the borders of areas."""

from __future__ import annotations

import pandas as pd

from ...analysis import options
from ...analysis.borders import OF_BODIES, OF_PLANS
from ...analysis.options import Answer
from ...data.eras import Borders
from ...wording import count, gbp_range, number, people, per_cent, sentence, share_of
from .answers import OPTIONS, option_names
from .words import bodies

MODELLED = "as modelled from trusts' catchments"
"""How it is known where patients are treated, wherever that is told."""


def bodies_today(per_body: pd.DataFrame, england: pd.Series, asked: Borders) -> str:
    """Bodies as they are against what is asked of borders and size; frames as `borders.today`."""
    total, councils = len(per_body), int(england["councils_divided"])
    strategic = count(int(england["strategic_divided"]), "strategic authority", "strategic authorities")
    under, below, single = (
        share_of(int(england[name]), total, "{bodies}")
        for name in ("under_floor_count", "under_guideline_count", "single_trust_count")
    )
    unsure = int(((per_body["acute_trusts_least"] < 2) & (per_body["acute_trusts_most"] > 1)).sum())
    not_known = f" Of {number(unsure)} more it is not known, as bodies were divided." if unsure else ""
    return (
        f"{sentence(count(councils, 'council'))} and {strategic} are in more than one {{body}}. The floor is "
        f"{people(asked.floor_people)} registered people, the guideline {people(asked.guideline_people)}. {sentence(under)} are under "
        f"the floor. {sentence(below)} are under the guideline. {sentence(single)} have one acute trust at most.{not_known} "
        f"{per_cent(england['treated_inside_share'])} of emergency admissions are to trusts of the patient's {{body}}, {MODELLED}."
    )


def bodies_table(per_body: pd.DataFrame) -> pd.DataFrame:
    """Every body and its measures, those with most authorities split first, then the least of people."""
    split = per_body["authorities_split"] + per_body["strategic_split"]
    order = per_body.assign(split=split).sort_values(["split", "registered_population"], ascending=[False, True])
    return order[["body_name", "registered_population", *OF_BODIES]]


def options_borders(one: Answer) -> pd.DataFrame:
    """What each option does to what is asked of borders and size, one row an option."""
    frame = one.table
    names = [
        sentence(option_names(option, int(left))[0])
        for option, left in zip(one.choices, frame["body_count"], strict=True)
    ]
    return frame[["body_count", *OF_PLANS]].assign(option=names)[["option", "body_count", *OF_PLANS]]


AIMS = {
    options.BEST_COUNCILS: "most residents in whole councils",
    options.BEST_STRATEGIC: "most residents in whole strategic authorities",
    options.BEST_PATIENTS: "most patients treated inside",
    options.REACH_FLOOR: "every body at the floor, fewest people moved",
}
"""What the plans for England that are best on one measure are after."""


def england_options(frame: pd.DataFrame) -> pd.DataFrame:
    """Plans for England for readers; `frame` as `options.of_england`."""
    words = OPTIONS | {options.ONE_BODY: "one body in every {area}"} | AIMS
    named = [
        sentence(words[option]) + (", across borders" if across == "yes" and option in OPTIONS else "")
        for option, across in zip(frame["option"], frame["across"], strict=True)
    ]
    released = [
        gbp_range(low, high) for low, high in zip(frame["released_low_gbp"], frame["released_high_gbp"], strict=True)
    ]
    columns = ["body_count", "crossing_count", *OF_PLANS, "disruption_people"]
    return frame[columns].assign(option=named, released_fixed=released)[["option", *columns, "released_fixed"]]


def across_areas(frame: pd.DataFrame, now: int, number_of_bodies: int, largest: int) -> str:
    """What could be done without regard to the borders of areas; `frame` as `options.of_england`, `now` the bodies there are."""
    found = frame.set_index(["option", "across"])
    inside = int(found.loc[(options.BOTH, "no"), "body_count"])
    rule = "neighbours of one {authority}, and those under one {officer},"
    told = [f"Joining {rule} inside {{areas}} would leave {bodies(inside)} of {now}."]
    if (options.BOTH, "yes") in found.index:
        across = int(found.loc[(options.BOTH, "yes"), "body_count"])
        told.append(f"Joining them across the borders of {{areas}} too would leave {number(across)}.")
    if (options.BEST_STRATEGIC, "yes") in found.index:
        best = found.loc[(options.BEST_STRATEGIC, "yes"), "people_in_whole_strategic"]
        today = found.loc[(options.NO_CHANGE, "no"), "people_in_whole_strategic"]
        told.append(
            f"In {number_of_bodies} bodies of at most {count(largest, 'member')}, {people(best)} residents could live in a strategic "
            f"authority wholly inside one; now {people(today)} do."
        )
    if (options.REACH_FLOOR, "yes") in found.index:
        floor = found.loc[(options.REACH_FLOOR, "yes"), "disruption_people"]
        told.append(
            f"For every body to reach the floor, {people(floor)} registered people at the least would change body."
        )
    return " ".join(told)
