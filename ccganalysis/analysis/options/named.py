"""The same named options for every area, by rule and without weights.

The rules are five: leave everything as it is, join neighbours that have the same main authority (upper-tier, or as the era
declares), join neighbours under one officer, join neighbours that share either, join all. What a rule calls for is joined only where
neighbours allow, and options that come to the same plan are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import place, plans
from ..candidates import AreaPlans, Setting, real_plan
from .own import plan_of

BY_RULE = NO_CHANGE, SAME_AUTHORITY, SAME_OFFICER, BOTH, ONE_BODY = (
    "no_change",
    "same_authority",
    "same_officer",
    "both",
    "one_body",
)
"""The options of every area; `BOTH` joins neighbours that share either, `ONE_BODY` all that neighbours allow."""

CARRIED_OUT, OWN = "carried_out", "own"
"""The plan that came about, in hindsight, and the reader's."""

DO_NOTHING, DO_MINIMUM, INTERMEDIATE, DO_MAXIMUM = TERMS = ("do nothing", "do minimum", "intermediate", "do maximum")
"""What the Green Book calls options (HM Treasury 2022, chapter 4)."""


@dataclass(frozen=True)
class Option:
    """A plan of an area that has a name: `names` (codes of this module, all that come to it), its number, and its term.

    `term` is one of `TERMS`, of options by rule only.
    """

    names: tuple[str, ...]
    plan: int
    term: str | None

    @property
    def hindsight(self) -> bool:
        """Whether nothing but what happened later names it."""
        return self.names == (CARRIED_OUT,)


def options(
    area: AreaPlans,
    setting: Setting,
    outcome: pd.Series | None = None,
    own: Sequence[Sequence[str]] = (),
) -> list[Option]:
    """The named options of an area, in the order of `BY_RULE`; then the plan carried out, then the reader's own.

    `setting` is that of the footprint (`candidates.prepare`), `outcome` what happened (`candidates.came_about`), `own`
    the reader's mergers (`mergers`). Where what was carried out crosses the area's border or is not contiguous, it is
    none of the area's plans and left out. Of options by rule the one that keeps all bodies is "do nothing" and the one
    with fewest "do maximum"; between them the one that removes fewest bodies, of equals the one that moves fewest
    people, is "do minimum".
    """
    found = dict(zip(BY_RULE, _by_rule(area, setting), strict=True))
    terms = _terms(area, found)
    if outcome is not None and (real := real_plan(area, outcome)) is not None:
        found[CARRIED_OUT] = real
    if own:
        found[OWN] = plan_of(area, own)
    names: dict[int, list[str]] = {}
    for name, plan in found.items():
        names.setdefault(plan, []).append(name)
    return [Option(tuple(of), plan, terms.get(plan)) for plan, of in names.items()]


def _by_rule(area: AreaPlans, setting: Setting) -> list[int]:
    """The number of the plan that each rule of `BY_RULE` gives."""
    own = setting.of(area.codes)
    officer, authority = place.same_officer(own), place.same_main(own)
    nobody, everybody = np.zeros_like(officer), np.ones_like(officer)
    return [_joining(area, together) for together in (nobody, authority, officer, authority | officer, everybody)]


def _joining(area: AreaPlans, together: np.ndarray) -> int:
    """The plan that joins the neighbours that belong together by a matrix (bodies x bodies), and nobody else."""
    sets = area.plan_set.sets
    pairs = plans.membership(sets[np.bitwise_count(sets) == 2], len(area.codes)).astype("int64")
    near = pairs.T @ pairs > 0
    np.fill_diagonal(near, False)
    weights = np.uint64(1) << np.arange(len(area.codes), dtype=np.uint64)
    parts = plans.components(((near & together) * weights).sum(axis=1).astype(np.uint64))
    return area.plan_set.find([[body for body in range(len(area.codes)) if part >> body & 1] for part in parts])


def _terms(area: AreaPlans, by_rule: Mapping[str, int]) -> dict[int, str]:
    """What the Green Book calls the plan of each rule."""
    nothing, most = by_rule[NO_CHANGE], by_rule[ONE_BODY]
    between = area.plans.loc[sorted(set(by_rule.values()) - {nothing, most})]
    between = between.sort_values(["bodies_removed", "disruption_people"], kind="stable")
    found = dict.fromkeys(between.index.tolist(), INTERMEDIATE)
    return found | dict.fromkeys(between.index[:1].tolist(), DO_MINIMUM) | {most: DO_MAXIMUM} | {nothing: DO_NOTHING}
