"""Which bodies belong to one place: what candidates are ranked by.

The order was chosen by the back-test's protocol on mergers up to April 2019, but thought of when the later ones were
known: that has to be said wherever it is used. It finds what is plausible, not what will happen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .candidates import Setting


def same_officer(setting: Setting) -> NDArray[np.bool_]:
    """Whether two bodies are under one officer (bodies x bodies; a body is with itself)."""
    return _alike(setting.bodies["officer"].to_numpy())


def same_authority(setting: Setting) -> NDArray[np.bool_]:
    """Whether most residents of two bodies are in the same upper-tier authority (bodies x bodies)."""
    return _alike(setting.authority_residents.argmax(axis=1))


def same_main(setting: Setting) -> NDArray[np.bool_]:
    """Whether two bodies have the same main authority of the kind by which they belong together in their era
    (`eras.Borders.authority`; upper-tier where none is declared).
    """
    return same_authority(setting) if setting.borders is None else _alike(setting.borders.main_authority)


def _alike(label: np.ndarray) -> NDArray[np.bool_]:
    alike: NDArray[np.bool_] = label[:, None] == label[None, :]
    return alike


def pair_share(members: NDArray[np.bool_], alike: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of the pairs of each set's members (sets x bodies), the share that are alike; 1 for a single body."""
    weights = members.astype("float64")
    count = weights.sum(axis=1)
    together = ((weights @ alike) * weights).sum(axis=1) - count
    share: NDArray[np.float64] = np.divide(together, count * (count - 1), out=np.ones_like(count), where=count > 1)
    return share
