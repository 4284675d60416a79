"""Coterminosity: do units (bodies, merged bodies, areas) hold local authorities whole? The one definition of it.

Strictly, an authority is whole where all its residents are in the unit: one small area outside splits it. Beside that
stands a measure without the cliff, `share_together`. Residents are counted, not registered people, because only they
are counted by place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Fit(NamedTuple):
    """How well units fit authorities, one entry per unit in every array.

    residents        residents of the unit
    whole, split     authorities wholly inside it, and those that it has only a part of
    people_in_whole  its residents who live in authorities wholly inside it
    share_in_whole   those over its residents; 0 where no authority is whole
    share_together   how much of their own authority its residents have with them in the unit, on average
    """

    residents: np.ndarray
    whole: np.ndarray
    split: np.ndarray
    people_in_whole: np.ndarray
    share_in_whole: np.ndarray
    share_together: np.ndarray


def fit(members: np.ndarray, residents: np.ndarray, total: np.ndarray) -> Fit:
    """How well does each unit fit the authorities?

    `members` says which bodies a unit has (units x bodies, true or false), `residents` where their residents live
    (bodies x authorities) and `total` how many residents each authority has in all: those of bodies in no unit count.
    """
    inside = np.asarray(members, dtype="float64") @ np.asarray(residents, dtype="float64")
    total = np.asarray(total, dtype="float64")
    touched = inside > 0
    whole = touched & (inside >= total)
    people = inside.sum(axis=1)
    in_whole = (inside * whole).sum(axis=1)
    together = (inside**2) @ np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return Fit(
        people.round().astype("int64"),
        whole.sum(axis=1),
        (touched & ~whole).sum(axis=1),
        in_whole.round().astype("int64"),
        shares(in_whole, people),
        shares(together, people),
    )


def shares(part: ArrayLike, people: ArrayLike) -> np.ndarray:
    """Part over people; 0 where there are none, never "not a number"."""
    found: np.ndarray = np.divide(part, people, out=np.zeros(np.shape(part)), where=np.asarray(people) > 0)
    return found
