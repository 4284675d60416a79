"""The options of an area: the same few for every area, by rule and without weights; how they compare; the verdict.

The rules are four: leave everything as it is, join neighbours that have the same main upper-tier authority, join neighbours under
one officer, join both kinds, join all. What a rule calls for is joined only where neighbours allow, and options that
come to the same plan are one. Beside them stand the plan that was carried out, where that is known (hindsight), and one of the
reader's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data import organisations
from ..errors import InputError, unknown
from ..wording import listed, short_name
from . import plans
from .candidates import AreaPlans, Setting, real_plan

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
    the reader's mergers (`mergers`). A plan carried out across the area's border, or not contiguous, is none of its plans and is
    left out. Of options by rule the one with all bodies is "do nothing", the one with fewest "do maximum"; between
    them the one that removes fewest bodies, of equals the one that moves fewest people, is "do minimum".
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
    places = pd.Index(setting.bodies["body_code"]).get_indexer(list(area.codes))
    officer = setting.bodies["officer"].to_numpy()[places]
    authority = setting.authority_residents[places].argmax(axis=1)
    same_officer, same_authority = (label[:, None] == label[None, :] for label in (officer, authority))
    everyone = np.ones_like(same_officer)
    joined = (~everyone, same_authority, same_officer, same_authority | same_officer, everyone)
    return [_joining(area, together) for together in joined]


def _joining(area: AreaPlans, together: np.ndarray) -> int:
    """The plan that joins the neighbours that belong together by a matrix (bodies x bodies), and nobody else."""
    sets = area.plan_set.sets
    pairs = plans.membership(sets[np.bitwise_count(sets) == 2], len(area.codes)).astype("int64")
    near = pairs.T @ pairs > 0
    np.fill_diagonal(near, False)
    weights = np.uint64(1) << np.arange(len(area.codes), dtype=np.uint64)
    parts = plans.components(((near & together) * weights).sum(axis=1).astype(np.uint64))
    return area.plan_set.find([[place for place in range(len(area.codes)) if part >> place & 1] for part in parts])


def _terms(area: AreaPlans, by_rule: Mapping[str, int]) -> dict[int, str]:
    """What the Green Book calls the plan of each rule."""
    nothing, most = by_rule[NO_CHANGE], by_rule[ONE_BODY]
    between = area.plans.loc[sorted(set(by_rule.values()) - {nothing, most})]
    between = between.sort_values(["bodies_removed", "disruption_people"], kind="stable")
    found = dict.fromkeys(between.index.tolist(), INTERMEDIATE)
    return found | dict.fromkeys(between.index[:1].tolist(), DO_MINIMUM) | {most: DO_MAXIMUM} | {nothing: DO_NOTHING}


# --- a plan of the reader's own ---


def mergers(text: str, bodies: pd.DataFrame, pairs: Sequence[tuple[str, str]], area: str) -> list[list[str]]:
    """The mergers that a reader asks for inside one area, such as "01F+02D, 01J+01X+01T", as lists of codes.

    `bodies` is the footprint, `pairs` its neighbours (`organisations.neighbours`). Bodies not named stay as they are; no
    text is no merger. Raises `InputError`, in one line, for a code that is not of the footprint or of another area, a
    body named twice, a merger of one body, and one whose bodies are not connected.
    """
    own = organisations.within_area(bodies, area)
    area_name, codes = own["area_name"].iloc[0], own["body_code"].tolist()
    groups = [[code.strip() for code in group.split("+")] for group in text.split(",") if group.strip()]
    seen: set[str] = set()
    for group in groups:
        merger = "+".join(group)
        for code in group:
            if code not in codes:
                elsewhere = bodies.loc[bodies["body_code"] == code, "area_name"]
                if len(elsewhere):
                    raise InputError(
                        f"merge: {code} of {merger!r} is in {elsewhere.iloc[0]}, not in {area_name}, "
                        "and bodies may merge inside one area only."
                    )
                named = unknown("body code", code, codes, [short_name(name) for name in own["body_name"]])
                raise InputError(f"merge: {named}")
            if code in seen:
                raise InputError(f"merge: {code} is named twice; a body can go into one merger only.")
            seen.add(code)
        if len(group) == 1:
            raise InputError(f"merge: {merger!r} is one body; write what it merges with after a +, or leave it out.")
        inside = [pair for pair in pairs if set(pair) <= set(group)]
        parts = plans.components(plans.neighbour_masks(group, inside))
        if len(parts) > 1:
            first, *_ = members = [[code for place, code in enumerate(group) if part >> place & 1] for part in parts]
            rest = [code for part in members[1:] for code in part]
            raise InputError(
                f"merge: {merger!r} is not connected: no border between {listed(first)} and {listed(rest, 'or')}."
            )
    return groups


def plan_of(area: AreaPlans, groups: Sequence[Sequence[str]]) -> int:
    """The plan of an area that makes just these mergers and leaves the other bodies as they are (see `mergers`)."""
    merged = {code for group in groups for code in group}
    plan = area.find([*groups, *([code] for code in area.codes if code not in merged)])
    if plan is None:
        raise InputError(f"{area.area_name} has no plan of the mergers {', '.join(map('+'.join, groups))}.")
    return plan
