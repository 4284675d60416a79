"""Notebooks as a run leaves them, made without a kernel: real charts and tables, and one with hostile names."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pandas as pd

from ccganalysis import notebooks, parameters, report
from ccganalysis.data import ingest, organisations
from ccganalysis.data.datapackage import project_root
from ccganalysis.notebooks import nbformat
from ccganalysis.presentation import charts, display

HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.invalid","x")',
    "+1+1",
    "@SUM(A1)",
    "A & B's <b>",
)

MANIFEST = {
    "run": "2026-11-22T150405Z",
    "status": "complete",
    "started": "2026-11-22T15:04:05+00:00",
    "python": "3.11.4",
    "platform": "Linux",
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "command": "ccganalysis run",
    "packages": {"pandas": "3.1.1", "nbconvert": "7.17.2"},
    "data": {
        "body_register.csv": {
            "hash": "sha256:" + "0f" * 32,
            "publisher": "NHS Digital, Organisation Data Service",
            "date": "2025-12-01",
        },
        "boundaries_2018.geojson": {"hash": "sha256:" + "1e" * 32, "publisher": "Office for National Statistics"},
    },
}


PAGES = tuple("area/QGH" if name == "area_report" else name for name in parameters.NOTEBOOKS)
"""The page that each of the project's own notebooks makes."""


@contextlib.contextmanager
def recorded() -> Iterator[list[nbformat.NotebookNode]]:
    """The outputs that `display` shows meanwhile."""
    outputs = []

    def record(bundle, raw):
        assert raw
        outputs.append(nbformat.v4.new_output("display_data", data=bundle))

    with patch.object(display, "display", record):
        yield outputs


def code(source: str, *shows: Callable[[], None], tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    """A code cell with the outputs that the calls would show in it."""
    with recorded() as outputs, patch.dict("os.environ", {"CCGANALYSIS_FIGURE_FORMATS": "png"}):
        for show in shows:
            show()
    return nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=1, metadata={"tags": list(tags)})


def words(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def notebook(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=list(cells))


def bar_chart(frame: pd.DataFrame):
    with charts.theme():
        figure, axes = charts.new_figure(height=1 + 0.3 * len(frame))
        axes.barh(frame["body_name"].str.replace("$", r"\$"), frame["registered_population"])
        axes.invert_yaxis()
        axes.set_xlabel("Registered people")
    return figure


def analysis(title: str, bodies: pd.DataFrame, area: str = "QGH") -> nbformat.NotebookNode:
    """A notebook with each kind of output, on the bodies given."""
    largest = bodies.nlargest(1, "registered_population").iloc[0]
    people = int(bodies["registered_population"].sum())
    source = "NHS Digital, Patients Registered at a GP Practice"
    finding = f"{len(bodies)} bodies serve {people:,} registered people; the largest is {largest['body_name']}."
    shown = bodies[
        [
            "body_name",
            "body_code",
            "area_name",
            "region_name",
            "registered_population",
            "registered_population_kind",
            "residents",
            "aged_65_plus_share",
            "practices",
            "area_km2",
            "imd_average_score",
        ]
    ]
    results = [
        display.Result("area_code", "ICS code", area, "published"),
        display.Result("area_name", "ICS", bodies["area_name"].iloc[0], "published"),
        display.Result("largest_body", "Largest body", largest["body_name"], "derived"),
        display.Result("baseline_gbp", "Baseline 2017/18", 21.5 * people, "modelled"),
        display.Result("gap_gbp", "To be released a year", 4.3 * people, "modelled"),
        display.Result("aged_65_plus_share", "Aged 65 and over", float(bodies["aged_65_plus_share"].mean()), "derived"),
        display.Result(
            "released_central_gbp", "Most that mergers would release", 300_000.0 * (len(bodies) - 1), "modelled"
        ),
        display.Result("plan_count", "Plans", 2 ** len(bodies) if len(bodies) < 40 else 77_083, "derived"),
        display.Result("probability_met", "Chance that the limit is met", 0.31, "modelled"),
    ]
    return notebook(
        words(f"# {title}\n\n**Question:** who are the commissioners, and how many people do they serve?"),
        code(
            f'area = "{area}"  # type: str ICS footprint\nas_at = "2018-04-01"  # type: str Footprint',
            tags=("parameters",),
        ),
        code("from ccganalysis.presentation import display", lambda: display.finding(finding)),
        words("## Size\n\nLists are counted on 1 April."),
        code(
            "display.show(...)",
            lambda: display.show(
                lambda: bar_chart(bodies.head(14)),
                name="people",
                headline=finding,
                subtitle="Registered people, 1 April 2018",
                alt=finding,
                source=source,
                kind="published",
                data=bodies.head(14),
            ),
            lambda: display.say(
                f"The largest, {largest['body_name']}, has *{largest['registered_population']:,}* people."
            ),
        ),
        words("## Every body"),
        code(
            "display.show_table(...)",
            lambda: display.show_table(
                shown,
                name="bodies",
                caption="Bodies, their people and places",
                source=source,
                kind=["published", "derived"],
                rows=30,
            ),
            lambda: display.download(
                bodies, name="everything", title="All columns of every body", source=source, kind="published"
            ),
        ),
        words("## Key results"),
        code("display.key_results(...)", lambda: display.key_results(results)),
    )


def execute(page: str) -> nbformat.NotebookNode:
    """The notebook of a page, executed in this process."""
    name = "area_report" if page == "area/QGH" else page
    notebook = notebooks.read(project_root() / "notebooks" / f"{name}.ipynb")
    names = {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            with recorded() as cell.outputs:
                exec(cell.source, names)
    return notebook


def hostile() -> pd.DataFrame:
    bodies = organisations.footprint(ingest.load("bodies"), "2018-04-01").head(len(HOSTILE_NAMES)).copy()
    bodies["body_name"] = HOSTILE_NAMES
    bodies["area_name"] = HOSTILE_NAMES[0]
    return bodies


def write_run(folder: Path, executed: Callable[[str], nbformat.NotebookNode], area: tuple[str, ...]) -> dict:
    """A whole run's folder as the runner leaves it: the project's notebooks, and samples for more ICSs; its manifest."""
    bodies = organisations.footprint(ingest.load("bodies"), "2018-04-01")
    names = bodies.drop_duplicates("area_code").set_index("area_code")["area_name"]
    samples = {f"area/{one}": analysis("One ICS", organisations.within_area(bodies, one), one) for one in area}
    made = {page: executed(page) for page in PAGES} | samples
    reports = [
        {"page": page, "name": _title(notebook), "parameters": {}, "status": "ok"} for page, notebook in made.items()
    ]
    for entry in reports:
        if "/" in entry["page"]:
            code_ = entry["page"].removeprefix("area/")
            entry |= {"name": names[code_], "parameters": {"area": code_, "as_at": "2018-04-01"}}
    manifest = MANIFEST | {"reports": reports}
    for page, notebook in made.items():
        for path in (folder / "notebooks" / f"{page}.ipynb", folder / f"{page}.html"):
            path.parent.mkdir(parents=True, exist_ok=True)
        (folder / "notebooks" / f"{page}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
        (folder / f"{page}.html").write_text(report.render_page(notebook, page, manifest), encoding="utf-8")
        report.write_artefacts(notebook, page, folder)
    report.build_site(folder, manifest)
    return manifest


def _title(notebook: nbformat.NotebookNode) -> str:
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


@contextlib.contextmanager
def one_at_a_time(folder, seconds=600):
    """Keeps other processes of the tests from making the same thing meanwhile."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    give_up = time.monotonic() + seconds
    while True:
        try:
            folder.mkdir()
            break
        except FileExistsError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)
    try:
        yield
    finally:
        folder.rmdir()
