"""Which bodies belong to one place: candidates ranked by it.

The order was chosen by the back-test's protocol on mergers up to April 2019, but thought of when the later ones were
known: that has to be said wherever it is used. It finds what is plausible, not what will happen.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import plans
from .candidates import AreaPlans, Setting


def same_officer(setting: Setting) -> NDArray[np.bool_]:
    """Whether two bodies are under one officer (bodies x bodies; a body is with itself)."""
    return _alike(setting.bodies["officer"].to_numpy())


def same_authority(setting: Setting) -> NDArray[np.bool_]:
    """Whether most residents of two bodies are in the same upper-tier authority (bodies x bodies)."""
    return _alike(setting.authority_residents.argmax(axis=1))


def _alike(label: np.ndarray) -> NDArray[np.bool_]:
    alike: NDArray[np.bool_] = label[:, None] == label[None, :]
    return alike


def of_area(setting: Setting, area: AreaPlans) -> Setting:
    """The setting of one area's bodies, in the order of its codes."""
    return setting.only(pd.Index(setting.bodies["body_code"]).get_indexer(list(area.codes)))


def by_place(setting: Setting, area: AreaPlans) -> pd.DataFrame:
    """The merged bodies that an area could have, the whole area first, then by how much of one place they are.

    Rows of `area.sets` with two members or more, and before them `rank` from 1, `officer_share` and `authority_share`
    (of the pairs of members those under one officer, and those mainly in one upper-tier authority), and `place_index`,
    the mean of these and of `coterminous_share`. Ties go to fewer people moved, then by code.
    """
    own = of_area(setting, area)
    members = plans.membership(area.plan_set.sets, len(area.codes)).astype("float64")
    several = area.sets["body_count"].to_numpy() > 1
    members, frame = members[several], area.sets[several].reset_index(drop=True)
    for place, (name, alike) in enumerate([("officer", same_officer(own)), ("authority", same_authority(own))]):
        together = ((members @ alike) * members).sum(axis=1) - frame["body_count"]
        frame.insert(place, f"{name}_share", together / (frame["body_count"] * frame["bodies_removed"]))
    index = frame[["officer_share", "authority_share", "coterminous_share"]].mean(axis=1)
    frame.insert(2, "place_index", index.round(9))
    order = frame.assign(part=frame["alignment_state"] != "equals", worst_first=-frame["place_index"]).sort_values(
        ["part", "worst_first", "disruption_people", "body_codes"]
    )
    frame = frame.loc[order.index].reset_index(drop=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    return frame
