"""What happened to staff when bodies merged: measured, by difference in differences, with permutation tests.

`panel` says who is compared, `permutation` which other groups could have merged, `estimates` what happened, `power` how
small an effect would have been seen. `clusters` is about ICBs under one team since 2025, `prescribing` about a
secondary outcome. Nothing here says that a merger is the cause of anything: mergers were chosen, not drawn.
"""

from . import clusters, prescribing
from .estimates import MEASURES, PRIMARY, Results, every_outcome, primary, run, spans
from .panel import (
    AFTER,
    BASE,
    LARGEST_CHANGE,
    LEFT_OUT,
    MERGED,
    OUTCOMES,
    YEARS_BEFORE,
    Panel,
    analysable,
    left_out,
    panel,
)
from .permutation import CONTROLS, LEVEL, Assignments, assignments, draw, interval, p_values
from .power import FALLS, POWER, per_body_removed, power, share_of_staff, smallest_visible

__all__ = [
    "AFTER",
    "BASE",
    "CONTROLS",
    "FALLS",
    "LARGEST_CHANGE",
    "LEFT_OUT",
    "LEVEL",
    "MEASURES",
    "MERGED",
    "OUTCOMES",
    "POWER",
    "PRIMARY",
    "YEARS_BEFORE",
    "Assignments",
    "Panel",
    "Results",
    "analysable",
    "assignments",
    "clusters",
    "draw",
    "every_outcome",
    "interval",
    "left_out",
    "p_values",
    "panel",
    "per_body_removed",
    "power",
    "prescribing",
    "primary",
    "run",
    "share_of_staff",
    "smallest_visible",
    "spans",
]
