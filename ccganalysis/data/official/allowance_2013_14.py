"""The first publication: allowances of 2013/14, with populations, regions and PCT clusters."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from ... import wording
from . import cells
from .opening import Cell
from .reading import Faults, Known, loosely
from .running_cost_layout import Layout, at

PUBLISHER = "NHS Commissioning Board"
PUBLICATION = "CCG running costs allowances 2013/14"
ADDRESS = "https://www.england.nhs.uk/wp-content/uploads/2012/11/final-ccg-rca.xls"
YEAR = "2013/14"
NAME = "allowance_2013_14"
MOST_PEOPLE = 2_000_000
"""More than twice as many as any body had when they began."""

_COLUMNS = {
    "body_name": r"ccg name",
    "registered_population": r"registered population(?!.*adjusted)",
    "adjusted_population": r"adjusted",
    "commissioning_region": r"region",
    "pct_cluster": r"pct cluster",
}
"""What the columns beside the amounts are headed."""


def recognise(layout: Layout) -> bool:
    """The allowances of 2013/14 name no year; no other publication has PCT clusters."""
    text = " ".join(layout.headings).lower()
    return "pct cluster" in text and "adjusted" in text and "running cost" in text


def table(layout: Layout, frame: pd.DataFrame, known: Known, faults: Faults) -> pd.DataFrame:
    """`allowance_2013_14`: the amounts of `frame` (as `running_cost_rows.read_sheet`), with what stands beside them.

    A name that is spelt otherwise than the one held stays as it is held.
    """
    names = known.every_name
    held = known.table(NAME).set_index("body_code")["body_name"]
    places = _places(layout, faults)
    faults.stop()
    rows = []
    body: Any
    for body in frame.itertuples():
        row = layout.sheet.rows[body.row - 1]
        filled: dict[str, Any] = {name: at(row, place) for name, place in places.items()}
        if wrong := names.contradict(body.body_code, str(filled["body_name"] or "")):
            faults.add(wrong, body.row, layout.column(places["body_name"]), filled["body_name"])
        if loosely(str(filled["body_name"] or "")) in ("", loosely(held.get(body.body_code, ""))):
            filled["body_name"] = held.get(body.body_code, filled["body_name"])
        for name in ("registered_population", "adjusted_population"):
            filled[name] = _people(filled[name], body.row, layout.column(places[name]), faults)
        people = filled["adjusted_population"] or 1
        rows.append(
            {
                "body_code": body.body_code,
                "financial_year": YEAR,
                "allowance_gbp": body.allowance_gbp,
                "allowance_gbp_per_head": round(body.allowance_gbp / people, 2),
                "kind": "published",
                **filled,
            }
        )
    return pd.DataFrame(rows)


def _places(layout: Layout, faults: Faults) -> dict[str, int]:
    """Where the columns beside the amounts are: each is headed in one place."""
    places = {}
    for name, pattern in _COLUMNS.items():
        fits = [place for place, heading in enumerate(layout.headings) if re.search(pattern, heading, re.IGNORECASE)]
        if len(fits) != 1:
            faults.add(f"{len(fits)} columns could be the {name.replace('_', ' ')}, and one is needed", layout.first)
        else:
            places[name] = fits[0]
    return places


def _people(cell: Cell, row: int, column: str, faults: Faults) -> int:
    """A whole number of people; anything else is a fault, and 0 until all faults are told."""
    try:
        value = cells.number(cell)
    except cells.NotANumber as error:
        faults.add(str(error), row, column, cell)
        value = None
    if value is None or value != int(value) or not 0 < value < MOST_PEOPLE:
        faults.add("must be a whole number of people", row, column, cell)
        return 0
    return int(value)


def unlike_held(rows: pd.DataFrame, known: Known) -> list[str]:
    """What stands beside the amounts and is not what is held of the same body, each by column."""
    held, now = (frame.set_index("body_code") for frame in (known.table(NAME), rows))
    both = now.index.intersection(held.index)
    said = []
    for column in ("body_name", "registered_population", "adjusted_population", "commissioning_region", "pct_cluster"):
        before, after = held.loc[both, column], now.loc[both, column]
        changed = both[(before != after).to_numpy()]
        if len(changed):
            shown = [f"{code} {before[code]} to {after[code]}" for code in changed]
            said.append(
                f"{column.replace('_', ' ')} of {len(changed)} differs from what is held: {wording.listed(shown, 10)}"
            )
    return said
