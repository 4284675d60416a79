"""A plan of the reader's own, from text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...data import organisations
from ...errors import InputError, unknown
from ...wording import short_name
from .. import plans
from ..candidates import AreaPlans


def mergers(text: str, bodies: pd.DataFrame, pairs: Sequence[tuple[str, str]], area: str) -> list[list[str]]:
    """The mergers that a reader asks for inside one area, such as "01F+02D, 01J+01X+01T": lists of codes.

    `bodies` is the footprint, `pairs` its neighbours (`organisations.neighbours`). Bodies not named stay as they are;
    no text is no merger. Raises `InputError`, in one line, for a code that is unknown or of another area, a body named
    twice, a merger of one body, and one whose bodies are not connected.
    """
    own = organisations.within_area(bodies, area)
    area_name, codes = own["area_name"].iloc[0], own["body_code"].tolist()
    groups = [[code.strip() for code in group.split("+")] for group in text.split(",") if group.strip()]
    seen: set[str] = set()
    for group in groups:
        merger = "+".join(group)
        for code in group:
            if code not in codes:
                elsewhere = bodies.loc[bodies["body_code"] == code, "area_name"]
                if len(elsewhere):
                    raise InputError(
                        f"merge: {code} of {merger!r} is in {elsewhere.iloc[0]}, not in {area_name}, "
                        "and bodies may merge inside one area only."
                    )
                named = unknown("body code", code, codes, [short_name(name) for name in own["body_name"]])
                raise InputError(f"merge: {named}")
            if code in seen:
                raise InputError(f"merge: {code} is named twice; a body can go into one merger only.")
            seen.add(code)
        if len(group) == 1:
            raise InputError(f"merge: {merger!r} is one body; write what it merges with after a +, or leave it out.")
        inside = [pair for pair in pairs if set(pair) <= set(group)]
        parts = plans.components(plans.neighbour_masks(group, inside))
        if len(parts) > 1:
            first, *_ = members = [[code for place, code in enumerate(group) if part >> place & 1] for part in parts]
            rest = [code for part in members[1:] for code in part]
            raise InputError(
                f"merge: {merger!r} is not connected: no border between {_either(first)} and {_either(rest)}."
            )
    return groups


def _either(codes: Sequence[str]) -> str:
    return " or ".join(codes)


def plan_of(area: AreaPlans, groups: Sequence[Sequence[str]]) -> int:
    """The plan of an area that makes just these mergers and leaves the other bodies as they are (see `mergers`)."""
    merged = {code for group in groups for code in group}
    plan = area.find([*groups, *([code] for code in area.codes if code not in merged)])
    if plan is None:
        raise InputError(f"{area.area_name} has no plan of the mergers {', '.join(map('+'.join, groups))}.")
    return plan
