"""England on a page."""

from __future__ import annotations

import pandas as pd

from ...wording import gbp, listed, per_cent, sentence, share_of
from ..display import Result
from ..verdicts import VERDICTS
from .answers import of_england
from .fit import aligned
from .words import bodies, reckoned_kind, weakest_kind


def national(state: pd.DataFrame, test: pd.DataFrame, chances: pd.DataFrame, definition: str) -> str:
    """How near England is to one body for each area, and what all levers together would do.

    `state` is from `alignment.state`, `test` from `levers.merger_test`.
    """
    mine = chances[chances["reduction_definition"] == definition]
    likely = int((mine["probability"] >= 0.5).sum())
    if not (test["body_count"] > test["bodies_after"]).any():
        return f"{sentence(aligned(state))}. No neighbours inside {{an_area}} are left to merge."
    return (
        f"{sentence(aligned(state))}. {_merged(test)} would release {gbp(test['released_central_gbp'].sum())} a year, if each body "
        f"removed releases the central saving quoted for mergers. With every other lever pulled as well, "
        f"{share_of(likely, len(mine), '{areas}')} would more likely than not reach the limit."
    )


def _merged(test: pd.DataFrame) -> str:
    """What is merged: one body in every area, or as near to it as neighbours allow."""
    left, one_each = int(test["bodies_after"].sum()), len(test)
    return "One body in every {area}" + (
        f", or as near as neighbours allow ({left} bodies)," if left > one_each else ""
    )


def limitations(
    validation: pd.DataFrame | None, bodies_now: pd.DataFrame, levers_assumed: list[str], registered: pd.DataFrame
) -> str:
    """What a reader must know before using a number, with its numbers computed.

    `validation` is None where nothing is modelled; `registered` is the table `registered_population`, which says how
    each list was counted.
    """
    modelled = ""
    if validation is not None:
        modelled = (
            f"- **Allowances after 2013/14 are modelled** from the published rule; against {validation['bodies'].nunique()} "
            f"figures reported locally the models are up to {per_cent(validation['error_share'].abs().max())} out. The "
            "official spreadsheet, put in `data/raw/`, replaces them.\n"
        )
    return (
        f"{modelled}- **An allowance is not a cost.** Nothing here shows economies of scale; that takes actual spending.\n"
        f"- **Assumptions without a source** are part of these levers: {listed(levers_assumed)}. They are labelled wherever "
        "they are used.\n"
        f"- **Savings of mergers are plans quoted by the press**, not audited results; sharing {{officers}} had come first in "
        "many places.\n"
        f"- **Registered people**: {_estimates(bodies_now, registered)}.\n"
        "- **Not measured:** {not_measured}."
    )


def _estimates(bodies_now: pd.DataFrame, registered: pd.DataFrame) -> str:
    """How many lists of a footprint are estimates, and of which sort."""
    key = ["as_at", "body_code"]
    basis = bodies_now[key].merge(registered.rename(columns={"date": "as_at"})[[*key, "basis"]], on=key)["basis"]
    split = int(basis.str.contains("split by").sum())
    estimated = bodies_now[bodies_now["registered_population_kind"] != "published"]
    carried = int((estimated["registered_on"] != estimated["as_at"]).sum())
    other = len(estimated) - split - carried
    if not split + other + carried:
        return "no list of this footprint is an estimate"
    parts = [f"{_lists(split)} split from a merged body's list"] * (split > 0)
    parts += [f"{_lists(carried)} divided by residents, as a body before them was"] * (carried > 0)
    parts += [f"{_lists(other)} estimated, with practices that changed body put back"] * (other > 0)
    return listed(parts)


def _lists(number: int) -> str:
    return f"the list{'' if number == 1 else 's'} of {bodies(number)} {'is' if number == 1 else 'are'}"


def national_results(
    limits: pd.DataFrame,
    state: pd.DataFrame,
    sets: pd.DataFrame,
    test: pd.DataFrame,
    plan_total: int,
    chances: pd.DataFrame,
    definition: str,
    verdicts: pd.DataFrame,
) -> list[Result]:
    """The key results of England; `verdicts` from `options.side_by_side`."""
    mine = chances[chances["reduction_definition"] == definition]
    return [
        Result("body_count", "Bodies", len(limits), "published"),
        Result("area_count", "{areas}", len(state), "published"),
        Result("registered_population", "Registered people", int(limits["registered_population"].sum()), "published"),
        Result("area_aligned", "{areas} with one body", int((state["body_count"] == 1).sum()), "derived"),
        Result(
            "bodies_to_remove",
            "Bodies to go if each {area} is to have one",
            int((state["body_count"] - 1).sum()),
            "derived",
        ),
        Result(
            "baseline_gbp",
            "Baseline {baseline_year}, £",
            int(limits["baseline_gbp"].sum()),
            weakest_kind(limits["allowance_kind"]),
        ),
        Result("gap_gbp", "Gap to the limit, £", int(limits["gap_gbp"].sum()), reckoned_kind(limits["allowance_kind"])),
        Result(
            "released_one_per_area_gbp",
            "One body in every {area}, or as near as neighbours allow, would release, £ a year",
            int(test["released_central_gbp"].sum()),
            "modelled",
        ),
        Result("verdict", "Verdict", of_england(verdicts), "modelled"),
        *(
            Result(f"area_{kind}", f"{{areas}} of which: {words}", int((verdicts["verdict"] == kind).sum()), "modelled")
            for kind, words in VERDICTS.items()
        ),
        Result(
            "bodies_left",
            "Bodies left, were every {area} to follow its leading plan",
            int(verdicts["bodies_left"].sum()),
            "modelled",
        ),
        *(
            Result(
                f"released_{end}_gbp",
                f"These would release, at {words}, £ a year",
                round(verdicts[f"released_{end}_gbp"].sum()),
                "modelled",
            )
            for end, words in (("low", "least"), ("high", "most"))
        ),
        Result(
            "disruption_people",
            "People who would change commissioner",
            int(verdicts["disruption_people"].sum()),
            "derived",
        ),
        Result("connected_sets", "Connected sets of bodies", len(sets), "derived"),
        Result("plan_count", "Plans", plan_total, "derived"),
        Result(
            "area_likely",
            "{areas} more likely than not to reach the limit with every lever",
            int((mine["probability"] >= 0.5).sum()),
            "modelled",
        ),
    ]
