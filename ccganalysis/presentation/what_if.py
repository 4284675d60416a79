"""What the page of an area needs to answer a reader's own questions by itself: plain values, and nothing that can be derived.

From bodies, borders, officers and authorities the page's script (`report/templates/what_if`) makes every connected set and
plan again and weighs them as `options` does; tests hold its figures against the package's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .. import wording
from ..analysis import acceptability, levers, options, plans, routes
from ..analysis.candidates import Setting
from ..analysis.options import Answer
from ..analysis.options.verdict import FIT
from .findings import answers
from .findings.words import the
from .verdicts import SENTENCES

MOST_BODIES, MOST_PLANS = 30, 250_000
"""A page holds no more: bits of a number in JavaScript, and what is listed while a reader waits."""

SAVING, HARVESTED = "saving_per_body_removed_gbp", "share_already_harvested"


SLIDERS = (
    ("target", "Asked for: a share of running costs", "share", 0.6, 0.005),
    ("saving", "A merger releases, for each body removed, a year", "gbp", 2_000_000, 10_000),
    ("share", "Or it releases, of what all bodies but the largest cost", "share", 0.4, 0.005),
    ("harvested", "Of that, had already where bodies share {an_officer}", "share", 1, 0.05),
)
"""What a reader can set: name, words, unit, the most, and the step. `target` aside they are those of `quoted`."""


def can_be_asked(one: Answer) -> bool:
    """Whether there is a choice, and one that a page can hold."""
    return len(one.area.codes) <= MOST_BODIES and 1 < len(one.area.plans) <= MOST_PLANS


def model(one: Answer, found: routes.Evidence, asked_gbp: float) -> dict[str, Any]:
    """What plans are made of and weighed with, and the words of the verdict: lists and numbers, ready for JSON.

    `found` is the evidence of the footprint and `asked_gbp` what the cut asks of the area.
    """
    area, own = one.area, one.setting.of(one.area.codes)
    columns = {
        "code": own.bodies["body_code"],
        "name": own.bodies["body_name"].map(wording.short_name),
        "people": own.bodies["registered_population"],
        "baseline": own.bodies["baseline_gbp"].astype("float64"),
        "officer": pd.factorize(own.bodies["officer"])[0],
    }
    return {
        "bodies": pd.DataFrame(columns).to_dict("records"),
        "neighbours": _neighbours(area.plan_set, len(area.codes)),
        "fits": _fits(own),
        "residents": int(area.sets.loc[area.sets["body_count"] == 1, "residents"].sum()),
        "quoted": quoted(one, found),
        "options": [{"names": list(each.names), "groups": area.plan_set.groups(each.plan)} for each in one.choices],
        "own": options.OWN,
        "called": [[name, words] for name, words in answers.OPTIONS.items()],
        "furthest": answers.FURTHEST,
        "shapes": [[name, words.removeprefix("savings are ")] for name, words in answers.SHAPES.items()],
        "aims": [answers.aim(name) for name in acceptability.CRITERIA],
        "place": the(area.area_name),
        "asked": float(asked_gbp),
        "floor": one.floor_people,
        "ceiling": one.ceiling_people,
        "most_named": answers.MOST_NAMED,
        "same": acceptability.SAME,
        "beyond": acceptability.BEYOND,
        "sentences": SENTENCES,
        "numbers": list(wording.NUMBERS),
    }


def _fits(own: Setting) -> list[dict[str, list[Any]]]:
    """Authorities of each kind that a merger may fit better, as `verdict.FIT` has them, the one weighed first: the `total` of each
    and the `residents` by body.

    Only those are kept that the area holds whole: no plan has another whole.
    """
    kinds = {FIT[0]: (own.authority_residents, own.authority_total)}
    if own.borders is not None:
        kinds[FIT[1]] = (own.borders.strategic, own.borders.strategic_total)
    found = []
    for residents, total in kinds.values():
        whole = (total > 0) & (residents.sum(axis=0) >= total)
        found.append({"total": total[whole].tolist(), "residents": residents[:, whole].tolist()})
    return found


def quoted(one: Answer, found: routes.Evidence) -> dict[str, list[float]]:
    """What was quoted, or assumed, of each quantity that a reader can set: when little, something and much is released."""
    cases = [levers.case(one.setting.levers, which) for which in levers.CASES]
    return {
        "saving": [case[SAVING] for case in cases],
        "share": [float(value) for value in found.proportional],
        "harvested": [case[HARVESTED] for case in cases],
    }


def _neighbours(plan_set: plans.PlanSet, count: int) -> list[int]:
    """Who borders whom, as one bit set for each body: two that are neighbours are a connected set."""
    pairs = plan_set.sets[np.bitwise_count(plan_set.sets) == 2].tolist()
    return [sum(pair - (1 << body) for pair in pairs if pair >> body & 1) for body in range(count)]


def settings(one: Answer, found: routes.Evidence, asked_gbp: float) -> list[dict[str, Any]]:
    """The sliders, one row each: `name`, `words`, `unit`, what is `published` in words, and `least`, `most`, `step`, `value`."""
    asked = asked_gbp / float(one.setting.of(one.area.codes).bodies["baseline_gbp"].sum())
    known = {"target": [asked] * 3, **quoted(one, found)}
    rows = []
    for name, words, unit, most, step in SLIDERS:
        low, value, high = sorted(known[name])
        told = wording.gbp_range(low, high) if unit == "gbp" else _share_range(low, high)
        rows.append(
            {
                "name": name,
                "words": words,
                "unit": unit,
                "published": told,
                "least": 0,
                "most": most,
                "step": step,
                "value": value,
            }
        )
    return rows


def _share_range(low: float, high: float) -> str:
    first, last = (wording.per_cent(share, 1) for share in (low, high))
    return first if first == last else SENTENCES["range"].format(low=first, high=last)
