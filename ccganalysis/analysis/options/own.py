"""A plan of the reader's own."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import InputError
from ..candidates import AreaPlans


def plan_of(area: AreaPlans, groups: Sequence[Sequence[str]]) -> int:
    """The plan of an area that makes just these mergers and leaves the other bodies as they are (see `organisations.mergers`)."""
    merged = {code for group in groups for code in group}
    plan = area.find([*groups, *([code] for code in area.codes if code not in merged)])
    if plan is None:
        raise InputError(f"{area.area_name} has no plan of the mergers {', '.join(map('+'.join, groups))}.")
    return plan
