"""England as a whole: what the options of all areas come to together, and what could be done across the borders of areas.

The rules are those of `named`; what shares an authority or an officer may have neighbours in another area. Beside them stand
plans that are best on one measure, proven by set partitioning over every connected set of a few bodies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import InputError
from .. import place, plans
from ..borders import of_plans
from ..candidates import Setting, score, sets_across
from .named import BY_RULE, ONE_BODY

AIMS = BEST_COUNCILS, BEST_STRATEGIC, BEST_PATIENTS, REACH_FLOOR = (
    "best_councils",
    "best_strategic",
    "best_patients",
    "reach_floor",
)
"""The plans that are best on one measure: with a given number of bodies most residents in whole upper-tier authorities, most in
whole strategic authorities, and most patients treated inside; and, with any number, fewest people moved where every body
reaches the floor of people."""

_VALUES = {
    BEST_COUNCILS: "people_in_whole_authorities",
    BEST_STRATEGIC: "people_in_whole_strategic",
    BEST_PATIENTS: "admissions_inside",
}


def of_england(
    setting: Setting, pairs: Sequence[tuple[str, str]], number_of_bodies: int, max_size: int
) -> pd.DataFrame:
    """Plans for England, one row each: every rule inside areas, and across their borders where that differs; then `AIMS`.

    `option` (of `BY_RULE` or `AIMS`), `across` (yes or no: whether borders of areas may be crossed), `body_count`,
    `crossing_count` (bodies in more than one area), `released_low_gbp` and so on a year, at so much for each body removed,
    `disruption_people`, `people_in_whole_authorities`, the measures of `borders.of_plans`, `proven` (yes: no plan of such
    bodies is better; blank for a rule) and `merged`, in codes. Bodies of `AIMS` have at most `max_size` members, and there are
    `number_of_bodies` of them but for the floor. An aim that no such plan reaches is left out. Raises `InputError` where
    the era asks for nothing of borders.
    """
    if setting.borders is None:
        raise InputError("Plans for England are compared on what an era asks of borders; this era asks for nothing.")
    rows = []
    for rule, together in zip(BY_RULE, _together(setting), strict=True):
        inside, across = (_joined(setting, pairs, together, across) for across in (False, True))
        rows.append(_row(setting, rule, False, inside, ""))
        if rule != ONE_BODY and across.shape != inside.shape:
            rows.append(_row(setting, rule, True, across, ""))
    members = sets_across(setting, pairs, max_size)
    found = score(setting, members)
    for aim in AIMS:
        chosen = _best(found, members, aim, number_of_bodies)
        if chosen is not None:
            rows.append(_row(setting, aim, True, members[list(chosen.sets)], "yes" if chosen.proven_optimal else "no"))
    return pd.DataFrame(rows)


def _together(setting: Setting) -> list[NDArray[np.bool_]]:
    """Which bodies belong together by each of `BY_RULE` (bodies x bodies)."""
    officer, authority = place.same_officer(setting), place.same_main(setting)
    return [np.zeros_like(officer), authority, officer, authority | officer, np.ones_like(officer)]


def _joined(
    setting: Setting, pairs: Sequence[tuple[str, str]], together: NDArray[np.bool_], across: bool
) -> NDArray[np.bool_]:
    """The bodies that joining neighbours which belong together leaves (merged x bodies)."""
    codes, area = setting.bodies["body_code"].tolist(), setting.bodies["area_code"].to_numpy()
    near = np.zeros_like(together)
    for one, others in enumerate(plans.neighbour_lists(codes, pairs)):
        near[one, others] = True
    linked = near & together & (across | (area[:, None] == area[None, :]))
    linked |= np.eye(len(codes), dtype=bool)
    part = np.arange(len(codes))
    while True:
        least = np.where(linked, part[None, :], len(codes)).min(axis=1)
        if (least == part).all():
            members: NDArray[np.bool_] = np.unique(part)[:, None] == part[None, :]
            return members
        part = least


def _best(found: pd.DataFrame, members: NDArray[np.bool_], aim: str, number_of_bodies: int) -> plans.Partition | None:
    allowed = np.flatnonzero((found["meets_floor"] == "yes") | (aim != REACH_FLOOR))
    sets = [np.flatnonzero(members[row]).tolist() for row in allowed]
    values = -found["disruption_people"] if aim == REACH_FLOOR else found[_VALUES[aim]]
    number = None if aim == REACH_FLOOR else number_of_bodies
    try:
        best = plans.best_partition(members.shape[1], sets, values.to_numpy("float64")[allowed], number)
    except InputError:  # there is no such plan
        return None
    return replace(best, sets=tuple(allowed[list(best.sets)].tolist())) if best.sets else None


def _row(setting: Setting, option: str, across: bool, members: NDArray[np.bool_], proven: str) -> dict[str, object]:
    found = score(setting, members)
    several = found["body_count"] > 1
    assert setting.borders is not None
    asked = of_plans(setting.borders, setting.authority_residents, np.sum, found).iloc[0]
    return {
        "option": option,
        "across": "yes" if across else "no",
        "body_count": len(found),
        "crossing_count": int((found["alignment_state"] == "crosses").sum()),
        **{f"released_{case}_gbp": float(found[f"released_{case}_gbp"].sum()) for case in ("low", "central", "high")},
        "disruption_people": int(found["disruption_people"].sum()),
        "people_in_whole_authorities": int(found["people_in_whole_authorities"].sum()),
        **{str(name): value for name, value in asked.items()},
        "proven": proven,
        "merged": ", ".join(found.loc[several, "body_codes"].str.replace(" ", "+")) or "none",
    }
