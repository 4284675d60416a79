"""The answer in pictures: the leading plan on the map, England by verdict, and what one would have to believe."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from ... import wording
from ...analysis import acceptability
from ...analysis.options import Answer
from .. import charts, findings, maps
from ..verdicts import VERDICTS
from .sources import CANDIDATES, MAPS

OTHERS = "plans without a name"

FILLS = ((charts.PALETTE[0], ""), (charts.PALETTE[1], ""), ("white", "////"), ("white", ""), (charts.PALE, "xxxx"))
"""Colour and hatch of each verdict, in the order of `VERDICTS`; the map of the first page has the same (index.css)."""


def answer_map(shapes, footprint: pd.DataFrame, one: Answer) -> dict[str, Any]:
    """One area as the plan that leads would have it: merged bodies coloured, outlined and named by their members."""
    groups = one.leading
    people = footprint.set_index("body_code")["registered_population"]
    notes = {group[0]: f"{wording.people(people[group].sum())} people" for group in groups}
    names = footprint.set_index("body_code")["body_name"].map(wording.short_name)
    told = [f"{' + '.join(names[group])}: {notes[group[0]]}" for group in groups]
    headline = findings.answer_map(one)
    return {
        "figure": partial(maps.area_map, shapes, footprint, one.area.area_code, notes=notes, groups=groups),
        "name": "answer_map",
        "headline": headline,
        "subtitle": f"Registered people, {wording.date(footprint['as_at'].iloc[0])}",
        "alt": f"Map. {headline}. {'; '.join(told)}.",
        "source": f"{MAPS}; {CANDIDATES}",
        "kind": ["modelled", "derived"],
        "key": told,
        "data": pd.DataFrame(
            {
                "body_codes": [" ".join(group) for group in groups],
                "bodies": ["; ".join(names[group]) for group in groups],
                "registered_population": [int(people[group].sum()) for group in groups],
            }
        ),
    }


def england_answer_map(
    shapes, footprint: pd.DataFrame, answers: Mapping[str, Answer], table: pd.DataFrame
) -> dict[str, Any]:
    """England by verdict, with the borders of bodies as the leading plans would have them; `table` is `options.side_by_side`."""
    kind = table.set_index("area_code")["verdict"]
    groups = [group for one in answers.values() for group in one.leading]
    words = {kind: wording.sentence(told) for kind, told in VERDICTS.items()}
    headline = findings.england_map(table)
    return {
        "figure": partial(_england, shapes, footprint, groups, kind.map(words)),
        "name": "answer_map",
        "headline": headline,
        "subtitle": f"Each {{area}} by its verdict, with the borders of the bodies that its leading plan would leave, {wording.date(footprint['as_at'].iloc[0])}",
        "alt": "Map of England with London enlarged. "
        + "; ".join(
            f"{told}: {wording.listed(table.loc[table['verdict'] == code, 'area_name'].tolist(), most=50)}"
            for code, told in words.items()
            if (table["verdict"] == code).any()
        )
        + ".",
        "source": f"{CANDIDATES}; boundaries: Office for National Statistics",
        "kind": ["modelled", "derived"],
        "data": table[["area_code", "area_name", "verdict", "merged", "body_count", "bodies_left"]],
    }


def _england(shapes, footprint: pd.DataFrame, groups, verdicts: pd.Series) -> Figure:
    colours, hatches = (
        {wording.sentence(told): fill[part] for told, fill in zip(VERDICTS.values(), FILLS, strict=True)}
        for part in (0, 1)
    )
    joined, left = maps.merged(shapes, footprint, groups)
    category = left.set_index("body_code")["area_code"].map(verdicts)
    return maps.national_map(joined, left, category, colours, hatches)


def beliefs(one: Answer) -> dict[str, Any]:
    """How often each plan comes first, by shape of saving, and what comes first as one criterion counts for more."""
    named = {option.plan: findings.plan_name(one, option.plan) for option in one.choices}
    by_outcome = {
        shape: {weighing.outcome[plan]: name for plan, name in named.items() if weighing.outcome[plan] >= 0}
        for shape, weighing in one.weighings.items()
    }
    shares = []
    for shape, weighing in one.weighings.items():
        names = [by_outcome[shape].get(row, OTHERS) for row in range(len(weighing.first))]
        found = weighing.first["first_share"].groupby(names).sum()
        found = found.reindex([name for name in (*named.values(), OTHERS) if name in found.index])
        bar = f"If {findings.SHAPES[shape]}"
        shares.append(pd.DataFrame({"bar": bar, "plan": found.index, "first_share": found.to_numpy()}))
    shape, weighing = next(iter(one.weighings.items()))
    swept = acceptability.sweeps(weighing)
    swept["plan"] = [by_outcome[shape].get(weighing.outcome[plan], OTHERS) for plan in swept["plan"]]
    swept["bar"] = [wording.sentence(findings.aim(name)) for name in swept["criterion"]]
    # Plans without a name that follow one another are one stretch.
    stretch = (swept[["bar", "plan"]] != swept[["bar", "plan"]].shift()).any(axis=1).cumsum()
    swept = swept.groupby(stretch, sort=False).agg(
        {"bar": "first", "plan": "first", "from_weight": "first", "to_weight": "last"}
    )
    together = pd.concat(shares, ignore_index=True)
    headline = findings.beliefs_headline(one)
    return {
        "figure": partial(charts.beliefs, together, swept, OTHERS),
        "name": "beliefs",
        "headline": headline,
        "subtitle": f"{one.area.area_name}: weights of {wording.listed([findings.aim(name) for name in weighing.criteria])}",
        "alt": f"Bars. {headline}. "
        + "; ".join(
            f"{row.bar.lower()}: {row.plan} from {wording.per_cent(row.from_weight)} to {wording.per_cent(row.to_weight)}"
            for row in swept.itertuples()
        )
        + ".",
        "source": CANDIDATES,
        "kind": "modelled",
        "data": pd.concat([*shares, swept], ignore_index=True),
    }
