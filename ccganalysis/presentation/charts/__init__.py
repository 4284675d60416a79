"""Charts: each function takes a tidy frame and returns a Figure with no title inside.

One module for each question: `answers`, `money`, `staff`, `choices`, `fit`, `hindsight`, `effects`; what they share is in `style`. The headline,
subtitle, alt text and source are words on the page (see `display.show`). Colours are the Analysis Function's categorical
four, in order; things are labelled directly, and all text is horizontal.
"""

from .answers import beliefs
from .choices import break_even_histogram, frontier, national_frontier
from .effects import event_study, leave_one_out, power, staff_by_month
from .fit import alignment_by_year, authority_heatmap, lineage, people_per_officer
from .hindsight import curves_with_bands, drawn_and_real, percentile_strip
from .money import (
    break_even,
    limits_bars,
    national_series,
    probability_table,
    scale_fit,
    sensitivity,
    validation,
    waterfall,
)
from .staff import elasticities, posts_paid, routes, staff_by_size
from .style import GREY, INK, PALE, PALETTE, WIDTH, new_figure, pounds_axis, theme

__all__ = [
    "GREY",
    "INK",
    "PALE",
    "PALETTE",
    "WIDTH",
    "alignment_by_year",
    "authority_heatmap",
    "beliefs",
    "break_even",
    "break_even_histogram",
    "curves_with_bands",
    "drawn_and_real",
    "elasticities",
    "event_study",
    "frontier",
    "leave_one_out",
    "limits_bars",
    "lineage",
    "national_frontier",
    "national_series",
    "new_figure",
    "people_per_officer",
    "percentile_strip",
    "posts_paid",
    "pounds_axis",
    "power",
    "probability_table",
    "routes",
    "scale_fit",
    "sensitivity",
    "staff_by_month",
    "staff_by_size",
    "theme",
    "validation",
    "waterfall",
]
