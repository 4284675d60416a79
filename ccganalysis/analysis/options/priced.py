"""Every plan of an area with its money in both shapes, and with posts, cost once and payback beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from .. import levers as lever
from .. import routes
from ..candidates import AreaPlans

FIXED, PROPORTIONAL = "fixed", "proportional"

SHAPES = {
    shape: (f"{stem}_low_gbp", f"{stem}_central_gbp", f"{stem}_high_gbp")
    for shape, stem in ((FIXED, "released"), (PROPORTIONAL, "released_proportional"))
}
"""The shapes of saving (`routes`): an amount for each body removed, or a share of the running cost of all bodies but the
largest. By name, the columns of `AreaPlans.plans` with low, central and high, £ a year; the first is what a verdict starts from.
"""


def priced(area: AreaPlans, found: routes.Evidence) -> AreaPlans:
    """The area with more columns of `plans`: what each plan would release in the proportional shape, and what it takes.

    `released_proportional_low_gbp` and so on, a year; `posts_fewer`, the posts that the central release per body removed would
    close, each merged body's share of running cost released being the same share of its staff, with `posts_fewer_low` and
    `posts_fewer_high` over both shapes; `one_off_low_gbp` and so on, those posts at what closing a post costs, and
    `payback_low_years` and so on (as `routes.repaid`). Missing without staff; cost once and payback are missing too where
    nothing is released, or the staff of a merging body are employed elsewhere.
    """
    acted = routes.acted_on(found, found.members(area.sets["body_codes"].str.split()))
    several, total = (acted["body_count"] > 1).to_numpy(), area.plan_set.sum
    staff_per_gbp = (acted["staff_fte"] / acted["baseline_gbp"]).to_numpy()
    by_route = {FIXED: routes.FIXED, PROPORTIONAL: routes.PROPORTIONAL}
    amounts = {
        shape: {case: routes.quoted_gbp(found, by_route[shape], case, acted) for case in lever.CASES}
        for shape in SHAPES
    }
    columns = {
        name: total(amounts[PROPORTIONAL][case]).round(2)
        for name, case in zip(SHAPES[PROPORTIONAL], lever.CASES, strict=True)
    }
    posts = {
        case: [total(np.where(several, amount[case] * staff_per_gbp, 0.0)) for amount in amounts.values()]
        for case in lever.CASES
    }
    columns |= {
        "posts_fewer_low": np.minimum(*posts["low"]),
        "posts_fewer": posts["central"][0],
        "posts_fewer_high": np.maximum(*posts["high"]),
    }
    elsewhere = total(np.where(several, acted["elsewhere_count"], 0)) > 0
    yearly = area.plans[SHAPES[FIXED][1]].to_numpy("float64")
    known = ~elsewhere & (yearly > 0)
    once = {
        case: np.where(known, columns["posts_fewer"] * getattr(found.closing, case), np.nan) for case in lever.CASES
    }
    columns |= {f"one_off_{case}_gbp": once[case] for case in lever.CASES}
    columns |= {
        f"payback_{case}_years": getattr(routes.DELAY_YEARS, case)
        + np.divide(once[case], yearly, out=np.full_like(yearly, np.nan), where=known)
        for case in lever.CASES
    }
    return replace(area, plans=pd.concat([area.plans, pd.DataFrame(columns, index=area.plans.index)], axis=1))
