"""Each chart together with its words, ready for `display.show(**...)`: the same figure reads the same in every notebook.

One module for each question: `answers`, `money`, `staff`, `choices`, `fit`, `hindsight`, `effects`; what they name as sources is in `sources`.
Functions take the tidy frame that is drawn and return the arguments of `display.show`. "figure" is a function that draws it:
`display.show` calls it, so that the words can be had, and tested, without a picture.
"""

from .answers import answer_map, beliefs, england_answer_map
from .choices import area_frontier, break_even_candidates, national_frontier
from .effects import event_study, leave_one_out, power, staff_by_month
from .fit import (
    alignment_by_year,
    alignment_hexes,
    alignment_map,
    alignment_small_multiples,
    authority_heatmap,
    lineage,
    people_per_officer,
)
from .hindsight import backtest_curves, backtest_map, backtest_strip, england_drawn
from .money import (
    break_even,
    cut_source,
    gaps,
    national_series,
    of_allowances,
    probability,
    scale,
    sensitivity,
    validation,
    waterfall,
)
from .sources import (
    ANNOUNCEMENTS,
    BACKTEST,
    BORDERS,
    CANDIDATES,
    CAP,
    EFFECTS,
    LEVERS,
    MAPS,
    MODEL,
    ODS,
    OFFICERS,
    ONS,
    PAPERS,
    PRESCRIBING,
    PRESS,
    PRICES,
    STAFF,
)
from .staff import beyond_sharing, elasticities, posts_paid, routes, staff_by_size

__all__ = [
    "ANNOUNCEMENTS",
    "BACKTEST",
    "BORDERS",
    "CANDIDATES",
    "CAP",
    "EFFECTS",
    "LEVERS",
    "MAPS",
    "MODEL",
    "ODS",
    "OFFICERS",
    "ONS",
    "PAPERS",
    "PRESCRIBING",
    "PRESS",
    "PRICES",
    "STAFF",
    "alignment_by_year",
    "alignment_hexes",
    "alignment_map",
    "alignment_small_multiples",
    "authority_heatmap",
    "answer_map",
    "backtest_curves",
    "backtest_map",
    "backtest_strip",
    "beliefs",
    "beyond_sharing",
    "break_even",
    "cut_source",
    "break_even_candidates",
    "elasticities",
    "england_answer_map",
    "england_drawn",
    "event_study",
    "gaps",
    "area_frontier",
    "leave_one_out",
    "lineage",
    "national_frontier",
    "national_series",
    "of_allowances",
    "people_per_officer",
    "posts_paid",
    "power",
    "probability",
    "routes",
    "scale",
    "sensitivity",
    "staff_by_month",
    "staff_by_size",
    "validation",
    "waterfall",
]
