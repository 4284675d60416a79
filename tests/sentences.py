"""Every sentence of a page, made from the notebook itself without a kernel and without drawing.

The code cells run in this process with `presentation.display` recording instead of showing, and what many pages share
(tables, settings, plans) made once, so that thousands of pages take a minute.
"""

import ast
import contextlib
import functools
import gc
import hashlib
import inspect
import itertools
import json
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pandas as pd

from ccganalysis import parameters
from ccganalysis.analysis import (
    acceptability,
    alignment,
    backtest,
    candidates,
    criteria,
    effects,
    levers,
    options,
    routes,
    running_costs,
    scale,
    staff,
)
from ccganalysis.analysis.candidates import england, history, ranks
from ccganalysis.analysis.options import answers
from ccganalysis.data import eras, ingest, organisations
from ccganalysis.data.datapackage import project_root
from ccganalysis.presentation import display, figures, maps

FOOTPRINTS = tuple(str(day) for era in ingest.all_eras() for day in era.footprints)


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


class Cell(NamedTuple):
    """A code cell: what it reads (names, and attributes of the parameters `p`), sets, and whether it may be kept."""

    name: str
    code: Any
    of_parameters: bool
    reads: tuple[str, ...]
    reads_of_p: tuple[str, ...]
    sets: tuple[str, ...]
    kept: bool


@functools.cache
def _cells(notebook: str) -> list[Cell]:
    path = project_root() / "notebooks" / f"{notebook}.ipynb"
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    return [_cell(f"{notebook} {cell['id']}", "".join(cell["source"]), cell["metadata"]) for cell in cells]


def _cell(name: str, source: str, metadata: dict) -> Cell:
    nodes = list(ast.walk(ast.parse(source)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    reads = [node.id for node in names if isinstance(node.ctx, ast.Load)]
    of_p = [node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "p"]
    if reads.count("p") == len(of_p):  # never as a whole
        reads = [read for read in reads if read != "p"]
    kept = "globals" not in reads and "parameters" not in metadata.get("tags", [])  # those read every name, or set them
    return Cell(
        name,
        compile(source, name, "exec"),
        "parameters" in metadata.get("tags", []),
        tuple(dict.fromkeys(reads)),
        tuple(dict.fromkeys(of_p)) if kept else (),
        tuple({node.id for node in names if isinstance(node.ctx, ast.Store)}),
        kept,
    )


def page(notebook: str, **changed: Any) -> Page:
    """The page of a notebook with some parameters changed; call it within `recording`."""
    made = Page(notebook, changed)
    made.names["__name__"] = "__main__"
    for cell in _cells(notebook):
        _run(cell, made)
        if cell.of_parameters:
            made.names.update(changed)
    made.texts = [(part, display._spoken(text)) for part, text in made.texts]
    return made


def _run(cell: Cell, made: Page) -> None:
    """Run a cell, or take it from the page before where it read the very same: a cell has no other way to differ."""
    names = made.names
    read = [names.get(name) for name in cell.reads] + [getattr(names.get("p"), name) for name in cell.reads_of_p]
    before, part = _RUN.get(cell.name, (None, None))
    if not cell.kept or before is None or [_same(value) for value in before] != [_same(value) for value in read]:
        part = Page(names=names)
        with mock.patch.multiple(display, **_recorders(part)):
            exec(cell.code, names)
        part.names = {name: names[name] for name in cell.sets if name in names}
        _RUN[cell.name] = (read, part)
    made.texts += part.texts
    made.tables |= part.tables
    made.results |= part.results
    names.update(part.names)


_RUN: dict[str, tuple[list, Page]] = {}
"""Each cell as it was run last: what it read, and what came of it."""


def _same(value: object) -> object:
    """What tells two values apart: plain ones by what they are, frames and arrays by what they hold, others by identity."""
    if isinstance(value, str | int | float | pd.Timestamp | None):
        return value
    if isinstance(value, pd.DataFrame | pd.Series | np.ndarray):
        return _content(value)
    if isinstance(value, list | tuple) and all(isinstance(one, str | int | float) for one in value):
        return tuple(value)
    return ("object", id(value))


_CONTENT: dict[int, tuple[weakref.ref, tuple]] = {}


def _content(value: pd.DataFrame | pd.Series | np.ndarray) -> tuple:
    """A fingerprint of a frame or an array, found out once; nobody changes one in place."""
    known, found = _CONTENT.get(id(value), (None, ()))
    if known is None or known() is not value:
        parts = (
            [value]
            if isinstance(value, np.ndarray)
            else [value.index, *(value[name] for name in value)]
            if (isinstance(value, pd.DataFrame))
            else [value.index, value]
        )
        names = list(value) if isinstance(value, pd.DataFrame) else getattr(value, "name", None)
        digest = hashlib.blake2b(repr((type(value), names)).encode())
        for part in parts:
            digest.update(repr((part.dtype, part.shape)).encode() + _bytes(np.asarray(part)))
        found = ("content", digest.digest())
        _CONTENT[id(value)] = (weakref.ref(value), found)
    return found


def _bytes(values: np.ndarray) -> bytes:
    return repr(values.tolist()).encode() if values.dtype == object else values.tobytes()


def _recorders(made: Page) -> dict[str, Callable]:
    def say(text: str) -> None:
        made.texts.append(("text", text))

    def finding(text: str, strip=(), bullets=()) -> None:
        made.texts.append(("finding", text))
        made.texts.extend(("strip", f"{words}: {value}") for words, value in strip)
        made.texts.extend(("bullet", bullet) for bullet in bullets)

    def show(figure, *, name, headline, subtitle, alt, source, kind, data, key=()) -> None:
        assert callable(figure)
        made.texts.extend((f"{name} key", text) for text in key)
        words = {"headline": headline, "subtitle": subtitle, "alt": alt, "source": source}
        made.texts.extend((f"{name} {part}", text) for part, text in words.items())
        made.tables[name] = data

    def what_if(told, drawing) -> None:
        assert callable(drawing)
        made.texts.extend(("setting", f"{one['words']}: {one['published']}") for one in told["settings"])

    def show_table(frame, *, name, caption, source, kind, rows=None, columns=None, headings=None) -> None:
        made.texts.extend([(f"{name} caption", caption), (f"{name} source", source)])
        shown = frame[list(columns or frame)].head(len(frame) if rows is None else rows)
        for column in shown:
            if not pd.api.types.is_numeric_dtype(shown[column]):
                cells = dict.fromkeys(shown[column].tolist())
                made.texts.extend((f"{name} cell", cell) for cell in cells if isinstance(cell, str))
        made.tables[name] = frame

    def download(frame, *, name, title, source, kind, compressed=False) -> None:
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
        "what_if": what_if,
        "show_table": show_table,
        "download": download,
        "key_results": key_results,
    }


# --- what pages share ---

SHARED = {
    ingest: ("load", "era", "all_eras"),
    organisations: ("footprint", "neighbours", "on_date", "main_successor", "within_area"),
    running_costs: ("allowances", "cuts", "validation", "with_limits", "models_compared"),
    alignment: ("state", "bodies_state", "by_year", "mergers", "lineage"),
    levers: ("case", "draws", "officer_groups"),
    staff: ("measured", "pooled"),
    scale: ("elasticity", "elasticities"),
    effects: ("analysable", "primary"),
    england: ("area_plans",),
    history: ("prepare",),
    candidates: (
        *("prepare", "area_plans", "objectives", "what_happened", "came_about", "frontier", "plan_table", "ranking"),
        *("largest_merged", "every_area", "all_sets", "national_frontier", "footprints_reached", "real_mergers"),
    ),
    routes: ("evidence", "compared"),
    criteria: ("scorecard",),
    backtest: ("run",),
    figures: ("area_frontier", "answer_map"),
    acceptability: ("first_shares",),
    answers: ("answer",),
    options: ("answer", "every_answer", "with_and_without"),
}
"""Functions whose results many pages share: pure, and slow beside the words."""


_checks = functools.cache(ingest.run)


_Tables = ingest.Tables  # the real one, which is another's name while recording


@functools.cache
def _tables_of(name: str) -> ingest.Tables:
    return _Tables(eras.era_named(ingest.all_eras(), name))


def _tables(era: eras.Era) -> ingest.Tables:
    return _tables_of(era.name)


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """Within it what pages share is made once, and what takes long and changes no word is left out.

    Maps have no shapes, ranks vary over few draws, and sets across ICS borders are of two members: for five the solver
    takes half a minute.
    """
    with contextlib.ExitStack() as patches:
        gc.disable()  # what is kept only grows, and looking through it took a fifth of the time
        patches.callback(gc.enable)
        patches.callback(_RUN.clear)
        for name, held in (("Tables", _tables), ("run", _checks)):
            patches.enter_context(mock.patch.object(ingest, name, held))
        remembered = functools.cache(_remembered)  # a function has one memory, whichever module it is called from
        for module, names in SHARED.items():
            for name in names:
                patches.enter_context(mock.patch.object(module, name, remembered(getattr(module, name))))
        for check in ("_check_places", "_check_era"):
            patches.enter_context(mock.patch.object(parameters, check, lambda checked: None))  # 5 ms a page
        few_draws = functools.partial(ranks.rank_intervals, most_draws=50)
        patches.enter_context(mock.patch.object(ranks, "rank_intervals", few_draws))
        real = candidates.across_borders
        of_pairs = lambda setting, pairs, number, largest: real(setting, pairs, number, max_size=2)  # noqa: E731
        patches.enter_context(mock.patch.object(candidates, "across_borders", of_pairs))
        patches.enter_context(mock.patch.object(backtest.scores, "LARGEST_ACROSS", 2))
        for name in ("boundaries", "hexes"):
            patches.enter_context(mock.patch.object(maps, name, lambda *_: None))
        yield


def _remembered(function: Callable) -> Callable:
    """The function with its results kept; what it was given is kept with them, as some is told apart by identity."""
    held: dict[tuple, tuple[inspect.BoundArguments, Any]] = {}
    signature = inspect.signature(function)

    @functools.wraps(function)
    def remembering(*values: Any, **named: Any) -> Any:
        given = signature.bind(*values, **named)
        given.apply_defaults()
        found = tuple(map(_same, given.arguments.values()))
        if found not in held:
            held[found] = (given, function(*values, **named))
        return held[found][1]

    return remembering


# --- which pages ---


def targets(as_at: str) -> list[float]:
    """What the era of a date was asked, and a tenth and three tenths."""
    return sorted({0.1, 0.3, ingest.era(as_at).money.target})


def readings(as_at: str, saving_target: float) -> list[str]:
    """The readings of the cut that the era of a date has for a target."""
    return list(running_costs.definitions(saving_target, ingest.era(as_at).money))


def published_pages(as_at: str) -> Iterator[Page]:
    """The report on every area of a footprint as it is published."""
    for area in organisations.footprint(ingest.Tables(ingest.era(as_at))["bodies"], as_at)["area_code"].unique():
        yield page("area_report", area=area, as_at=as_at, draws=1000)


def area_pages(as_at: str, *, every: bool) -> Iterator[Page]:
    """The report on every area of a footprint, with each target, reading of the cut and water links in turn, or in `every`.

    An area of which no water link joins two bodies has the same page with them, which is made without them only.
    """
    of_target = [list(_settings(as_at, target)) for target in targets(as_at)]
    if every:
        chosen = [asked for settings in of_target for of_area in settings for asked in of_area]
    else:
        of_area = [list(itertools.chain(*settings)) for settings in zip(*of_target, strict=True)]
        chosen = [settings[number % len(settings)] for number, settings in enumerate(of_area)]
    for asked in chosen:
        yield page("area_report", as_at=as_at, draws=1000, **asked)


def _settings(as_at: str, saving_target: float) -> Iterator[list[dict[str, Any]]]:
    """For each area all that can be asked of its page with one target."""
    tables = ingest.Tables(ingest.era(as_at))
    bodies = organisations.footprint(tables["bodies"], as_at)
    within = {water: _pairs_within(tables, bodies, as_at, water) for water in ("none", "listed")}
    for area in bodies["area_code"].unique():
        waters = ["none", "listed"] if within["none"].get(area) != within["listed"].get(area) else ["none"]
        of_area = {"area": area, "saving_target": saving_target}
        yield [
            {**of_area, "reduction_definition": reading, "water_links": water}
            for water, reading in itertools.product(waters, readings(as_at, saving_target))
        ]


def _pairs_within(tables: ingest.Tables, bodies: pd.DataFrame, as_at: str, water: str) -> dict[str, set]:
    area = bodies.set_index("body_code")["area_code"]
    pairs = organisations.neighbours(tables["links"], as_at, water, tables["water_links"])
    found: dict[str, set] = {}
    for first, second in pairs:
        if area[first] == area[second]:
            found.setdefault(area[first], set()).add((first, second))
    return found


ASKED = (
    {"objectives": "number_of_bodies, size_balance"},
    {"objectives": "released, number_of_bodies"},
    {"floor_people": 300_000},
    {"floor_people": 100_000, "ceiling_people": 150_000},
    {"floor_people": 50_000_000},
    {"ceiling_people": 1_000},
)
"""What a reader may ask of an area's plans, among it a floor and a ceiling that no plan fits."""


def asked_pages(as_at: str) -> Iterator[Page]:
    """The report on one area of each size with other objectives, and with a floor or a ceiling; and on one with an island."""
    sizes = organisations.footprint(ingest.Tables(ingest.era(as_at))["bodies"], as_at).groupby("area_code").size()
    for area in {*sizes.drop_duplicates().index, "QRL"} & {*sizes.index}:
        for changed in ASKED:
            yield page("area_report", area=area, as_at=as_at, draws=1000, **changed)


def national_pages(as_at: str) -> Iterator[Page]:
    """The notebooks on England for one footprint, in every reading of the cut, with every target and ranking."""
    yield page("03_alignment", as_at=as_at)
    asked = {"as_at": as_at, "draws": 1000, "number_of_bodies": ingest.era(as_at).number_of_bodies or 106}
    yield page("04_merger_candidates", water_links="listed", **asked)
    yield page("04_merger_candidates", **asked)
    yield page("05_national_report", as_at=as_at, draws=1000)
    for ranking in candidates.RANKINGS:
        yield page("04_merger_candidates", rank_by=ranking, **asked)
    for target in targets(as_at):
        yield page("04_merger_candidates", saving_target=target, **asked)
        for reading in readings(as_at, target):
            changed = {"as_at": as_at, "saving_target": target, "reduction_definition": reading, "draws": 1000}
            yield page("02_running_costs", **changed)
            yield page("05_national_report", **changed)


def undated_pages() -> Iterator[Page]:
    """The checks of the data, the back-test with and without water links, and every merger date that can be analysed."""
    for as_at in FOOTPRINTS:
        yield page("01_ingest", as_at=as_at)
    for water in ("none", "listed"):
        yield page("06_backtest", water_links=water, resamples=200)
    for merger_date in ("2017-04-01", "2018-04-01"):
        yield page("07_effects", merger_date=merger_date, permutations=300)
