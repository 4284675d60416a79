"""The words of a verdict, apart from the analysis: a page is made without it, and a page's own script fills them in too."""

from __future__ import annotations

VERDICTS = {
    "first": "one plan comes first",
    "turns": "it turns on an assumption",
    "no_fit": "no merger improves fit",
    "nothing_to_choose": "nothing to choose",
    "nothing_fits": "no plan fits",
}
"""By the names of `analysis.options.VERDICTS`, in the order of the key of a map."""

SENTENCES = {
    "first": "**{leader}** leads {how_often}, however savings are reckoned.",
    "first_until": "**{leader}** leads {how_often}, however savings are reckoned, until {aim} weighs over {weight}.",
    "leads": "**{leader}** leads.",
    "leads_until": "**{leader}** leads until {aim} weighs over {weight}; then {next}.",
    "savings_decide": "Savings decide: {leaders}.",
    "leader_if": "**{plan}** if {shape}",
    "no_fit": "**No merger improves fit.** {more}",
    "nothing_fits": "**No plan fits** in {place}{edges} to each body: the smallest body can have at most {widest}, and the largest "
    "at least {narrowest}.",
    "always": "whatever the weights",
    "often": "in {share} of weightings",
    "share": "{share}",
    "at_least": "at least {share}",
    "over_half": "over half",
    "edges": " with {ends} people",
    "floor": "a floor of {number}",
    "ceiling": "a ceiling of {number}",
    "only": "Only plans{edges} are weighed.",
    "joining": "joining {members}",
    "another": "another plan of {left}",
    "left_one": "{number} body",
    "left": "{number} bodies",
    "nobody": "nobody",
    "as_now": "{share}, as now",
    "range": "{low} to {high}",
    "of_asked": "{part} of what is asked.",
    "frontier": "Outcomes that none of {plans} plans beats on money, fit and people at once: {some}",
    "apart": "{members} are not joined by borders, so no plan merges them.",
    "weighed": "With your weights, {leaders} comes first.",
    "weighed_decide": "With your weights, savings decide: {leaders}.",
}
"""What is said of an area, to be filled in: by `findings.answers`, and in the page by its script, from the same words."""
