"""Every sentence of a page, made from the notebook itself without a kernel and without drawing.

The code cells run in this process with `presentation.display` recording instead of showing, and what many pages share
(tables, settings, plans) made once, so that thousands of pages take a minute.
"""

import contextlib
import functools
import gc
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pandas as pd

from ccganalysis import parameters
from ccganalysis.analysis import alignment, backtest, candidates, criteria, levers, running_costs
from ccganalysis.analysis.candidates import england, history, ranks
from ccganalysis.data import ingest, organisations
from ccganalysis.data.datapackage import project_root
from ccganalysis.presentation import display, figures, maps

FOOTPRINTS = tuple(f"{year}-04-01" for year in range(2017, 2022))
TARGETS = (0.1, 0.2, 0.3)


@dataclass
class Page:
    """What a reader of one page is told: texts as (part, text), and what stands beside them, by name."""

    notebook: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.notebook, *(f"{name}={value}" for name, value in self.parameters.items())])

    def part(self, name: str) -> str:
        """The texts of one part, such as "finding" or "plans caption", joined; "" where the page has none."""
        return "\n".join(text for part, text in self.texts if part == name)


# --- running a notebook ---


@functools.cache
def _cells(notebook: str) -> list[tuple[bool, Any]]:
    """The code cells, compiled, and whether each is the cell of parameters."""
    path = project_root() / "notebooks" / f"{notebook}.ipynb"
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    return [
        (
            "parameters" in cell["metadata"].get("tags", []),
            compile("".join(cell["source"]), f"{notebook} {cell['id']}", "exec"),
        )
        for cell in cells
    ]


def page(notebook: str, **changed: Any) -> Page:
    """The page of a notebook with some parameters changed; call it within `recording`."""
    made = Page(notebook, changed)
    made.names["__name__"] = "__main__"
    with mock.patch.multiple(display, **_recorders(made)):
        for of_parameters, code in _cells(notebook):
            exec(code, made.names)
            if of_parameters:
                made.names.update(changed)
    return made


def _recorders(made: Page) -> dict[str, Callable]:
    def say(text: str) -> None:
        made.texts.append(("text", text))

    def finding(text: str) -> None:
        made.texts.append(("finding", text))

    def show(figure, *, name, headline, subtitle, alt, source, kind, data) -> None:
        assert callable(figure)
        words = {"headline": headline, "subtitle": subtitle, "alt": alt, "source": source}
        made.texts.extend((f"{name} {part}", text) for part, text in words.items())
        made.tables[name] = data

    def show_table(frame, *, name, caption, source, kind, rows=None, headings=None) -> None:
        made.texts.extend([(f"{name} caption", caption), (f"{name} source", source)])
        shown = frame if rows is None else frame.head(rows)
        for column in shown:
            if not pd.api.types.is_numeric_dtype(shown[column]):
                cells = dict.fromkeys(shown[column].tolist())
                made.texts.extend((f"{name} cell", cell) for cell in cells if isinstance(cell, str))
        made.tables[name] = frame

    def download(frame, *, name, title, source, kind) -> None:
        made.texts.extend([(f"{name} title", title), (f"{name} source", source)])
        made.tables[name] = frame

    def key_results(results) -> None:
        made.results.update({result.name: result.value for result in results})
        values = [(result.words, display.value_text(result.name, result.value)) for result in results]
        made.texts.extend(("key result", f"{words}: {value}") for words, value in values)

    return {
        "say": say,
        "finding": finding,
        "show": show,
        "show_table": show_table,
        "download": download,
        "key_results": key_results,
    }


# --- what pages share ---

SHARED = {
    ingest: ("load", "run", "Tables"),
    organisations: ("footprint", "neighbours", "on_date", "main_successor", "within_ics"),
    running_costs: ("allowances", "cuts", "validation", "with_limits", "models_compared"),
    alignment: ("state", "bodies_state", "by_year", "mergers", "lineage"),
    levers: ("case", "draws"),
    england: ("ics_plans",),
    history: ("prepare",),
    candidates: (
        *("prepare", "ics_plans", "objectives", "what_happened", "marked_plans", "frontier", "plan_table", "ranking"),
        *("largest_merged", "every_ics", "all_sets", "national_frontier", "footprints_reached", "real_mergers"),
    ),
    criteria: ("scorecard",),
    backtest: ("run",),
    figures: ("ics_map", "ics_frontier", "ics_plan_map"),
}
"""Functions whose results many pages share: pure, and slow beside the words."""


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """Within it what pages share is made once, and what takes long and changes no word is left out.

    Maps have no shapes, ranks vary over few draws, and bodies across ICS borders are of two members: for five the solver
    takes half a minute.
    """
    with contextlib.ExitStack() as patches:
        gc.disable()  # what is kept only grows, and looking through it took a fifth of the time
        patches.callback(gc.enable)
        for module, names in SHARED.items():
            for name in names:
                patches.enter_context(mock.patch.object(module, name, _remembered(getattr(module, name))))
        patches.enter_context(mock.patch.object(parameters, "_check_places", lambda checked: None))  # 5 ms a page
        few_draws = functools.partial(ranks.rank_intervals, most_draws=50)
        patches.enter_context(mock.patch.object(ranks, "rank_intervals", few_draws))
        of_pairs = functools.partial(candidates.across_borders, max_size=2)
        patches.enter_context(mock.patch.object(candidates, "across_borders", of_pairs))
        for name in ("boundaries", "hexes"):
            patches.enter_context(mock.patch.object(maps, name, lambda *_: None))
        yield


def _remembered(function: Callable) -> Callable:
    """The function with its results kept; tables and settings are told apart by identity, and kept with them."""
    held: dict[tuple, tuple[tuple, Any]] = {}

    def key(value: object) -> object:
        return value if isinstance(value, str | int | float | pd.Timestamp | None) else ("object", id(value))

    @functools.wraps(function)
    def remembering(*values: Any, **named: Any) -> Any:
        every = (*values, *named.values())
        found = (*(key(value) for value in values), *((name, key(value)) for name, value in named.items()))
        if found not in held:
            held[found] = (every, function(*values, **named))
        return held[found][1]

    return remembering


# --- which pages ---


def readings(saving_target: float) -> list[str]:
    """The readings of the cut that there are for a target."""
    return list(running_costs.definitions(saving_target))


def ics_pages(as_at: str, saving_target: float) -> Iterator[Page]:
    """The report on every ICS of a footprint, in every reading of the cut, with and without water links.

    An ICS of which no water link joins two bodies has the same page with them, which is made without them only.
    """
    tables = ingest.Tables()
    bodies = organisations.footprint(tables["bodies"], as_at)
    within = {water: _pairs_within(tables, bodies, as_at, water) for water in ("none", "listed")}
    for ics in bodies["ics_code"].unique():
        waters = ["none", "listed"] if within["none"].get(ics) != within["listed"].get(ics) else ["none"]
        for water, reading in itertools.product(waters, readings(saving_target)):
            yield page(
                "ics_report",
                ics=ics,
                as_at=as_at,
                saving_target=saving_target,
                reduction_definition=reading,
                water_links=water,
                draws=1000,
            )


def _pairs_within(tables: ingest.Tables, bodies: pd.DataFrame, as_at: str, water: str) -> dict[str, set]:
    ics = bodies.set_index("body_code")["ics_code"]
    pairs = organisations.neighbours(tables["links"], as_at, water, tables["water_links"])
    found: dict[str, set] = {}
    for first, second in pairs:
        if ics[first] == ics[second]:
            found.setdefault(ics[first], set()).add((first, second))
    return found


ASKED = (
    {"objective": "released"},
    {"objective": "disruption"},
    {"objectives": "number_of_bodies, size_balance", "objective": "size_balance"},
    {"objectives": "released, number_of_bodies", "objective": "number_of_bodies"},
    {"floor_people": 300_000},
    {"floor_people": 100_000, "ceiling_people": 150_000},
    {"floor_people": 50_000_000},
    {"ceiling_people": 1_000},
)
"""What a reader may ask of an ICS's plans, among it a floor and a ceiling that no plan fits."""


def asked_pages(as_at: str) -> Iterator[Page]:
    """The report on every ICS of a footprint with other objectives, and with a floor or a ceiling."""
    for ics in organisations.footprint(ingest.Tables()["bodies"], as_at)["ics_code"].unique():
        for changed in ASKED:
            yield page("ics_report", ics=ics, as_at=as_at, draws=1000, **changed)


def national_pages(as_at: str) -> Iterator[Page]:
    """The notebooks on England for one footprint, in every reading of the cut, with every target and ranking."""
    yield page("03_ics_alignment", as_at=as_at)
    yield page("04_merger_candidates", as_at=as_at, water_links="listed", draws=1000)
    for ranking in candidates.RANKINGS:
        yield page("04_merger_candidates", as_at=as_at, rank_by=ranking, draws=1000)
    for target in TARGETS:
        yield page("04_merger_candidates", as_at=as_at, saving_target=target, draws=1000)
        for reading in readings(target):
            changed = {"as_at": as_at, "saving_target": target, "reduction_definition": reading, "draws": 1000}
            yield page("02_running_costs", **changed)
            yield page("05_national_report", **changed)


def undated_pages() -> Iterator[Page]:
    """The checks of the data, and the back-test with and without water links."""
    for as_at in FOOTPRINTS:
        yield page("01_ingest", as_at=as_at)
    for water in ("none", "listed"):
        yield page("06_backtest", water_links=water, resamples=200)
