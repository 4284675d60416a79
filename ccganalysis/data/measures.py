"""What can be chosen by name, once: what candidates are ranked by, the rules they are held against, what plans are for.

The choices of the parameters, the notebooks' comments on them (a test compares), the rankings and frontiers, the
back-test's words and the headings of tables and charts all come from these lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError, unknown


@dataclass(frozen=True)
class Measure:
    """A column of the scores to compare by, whether more of it is better, its words in a sentence and as a heading, and
    what who gives it weight is after (its words unless given); `if_asked` where it is measured in eras that ask for it only
    (`eras.Borders`).
    """

    column: str
    more_is_better: bool
    words: str
    heading: str
    aim: str = ""
    if_asked: bool = False


RANKINGS = {
    "place": Measure("place_order", True, "one place", "One place"),
    "released_share": Measure("released_share", True, "share of running cost released", "Share of cost released"),
    "released": Measure("released_central_gbp", True, "£ released", "£ released"),
    "coterminosity": Measure("coterminous_share", True, "coterminosity", "Coterminosity"),
    "similarity": Measure("difference", False, "similarity of members", "Similarity"),
    "nearness": Measure("farthest_km", False, "nearness of members", "Nearness"),
    "least_disruption": Measure("disruption_people", False, "least disruption", "Least disruption"),
    "shared_officer": Measure("officers_per_body", False, "fewest officers per body", "Fewest officers"),
    "smallest_first": Measure("people_per_body", False, "smallest first", "Smallest first"),
}
"""What candidates can be ranked by: columns of `candidates.score` and `candidates.per_body`."""

BASELINES = {
    "no_change": ("no change", "No change"),
    "one_per_area": ("one body per {area}", "One per {area}"),
    "random_plan": ("random contiguous plan", "Random plan"),
    "nearest_neighbour": ("nearest neighbour", "Nearest neighbour"),
    "smallest_first": (RANKINGS["smallest_first"].words, RANKINGS["smallest_first"].heading),
    "same_officer": ("shared officer alone", "Shared officer alone"),
    "same_authority": ("same upper-tier authority alone", "Same authority alone"),
}
"""The naive rules that the back-test holds the rankings against (`backtest.score_sets`): words and heading."""

OBJECTIVES = {
    "released": Measure("released_central_gbp", True, "money released", "Released a year at the central saving, £"),
    "coterminosity": Measure(
        "people_in_whole_authorities",
        True,
        "coterminosity",
        "Residents in an upper-tier authority wholly inside one body",
        "fit with local authorities",
    ),
    "disruption": Measure(
        "disruption_people",
        False,
        "disruption",
        "Registered people who change body",
        "keeping the same commissioner",
    ),
    "number_of_bodies": Measure("body_count", False, "number of bodies", "Bodies", "fewer bodies"),
    "size_balance": Measure(
        "size_balance",
        True,
        "size balance",
        "Smallest body's people as a share of the largest's",
        "bodies of equal size",
    ),
    "strategic": Measure(
        "people_in_whole_strategic",
        True,
        "fit with strategic authorities",
        "Residents in a strategic authority wholly inside one body",
        "whole strategic authorities",
        if_asked=True,
    ),
    "patients": Measure(
        "treated_inside_share",
        True,
        "patients treated inside",
        "Emergency admissions to trusts of the patient's body, modelled",
        if_asked=True,
    ),
}
"""What plans can be compared on, and the best plan be best at: columns of `candidates.plan_scores`."""


def named(names: Iterable[str]) -> str:
    """The names a user may choose from, for the description of a parameter."""
    return ", ".join(names)


def objectives(names: str) -> list[str]:
    """Objective names from a parameter such as "released, coterminosity"; raises `InputError` for an unknown one."""
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in OBJECTIVES:
            raise InputError(unknown("objective", name, OBJECTIVES))
    if len(chosen) < 2:
        raise InputError(f"A frontier needs at least two objectives, such as 'released, disruption'; got {names!r}.")
    return chosen
