"""Each kind of verdict in a few words, apart from the analysis, so that a page can be made without it."""

from __future__ import annotations

VERDICTS = {
    "first": "one plan comes first",
    "turns": "it turns on an assumption",
    "no_fit": "no merger improves fit",
    "nothing_to_choose": "nothing to choose",
    "nothing_fits": "no plan fits",
}
"""By the names of `analysis.options.VERDICTS`, in the order of the key of a map."""
