"""The brief of an area is two sheets of A4 at most, counted as they are printed, for one area of each size in both eras.

Of areas with as many bodies it is the one with the longest names. What the brief holds is made by the notebook's own cells
without a kernel and without drawing: its two pictures are as high as the page lets any picture be, so that what is counted is
the most that a brief can take.
"""

from __future__ import annotations

from unittest import mock

import pytest
import sentences
from matplotlib.figure import Figure
from report_samples import MANIFEST, recorded
from test_browser import browser, pytestmark, sheets  # noqa: F401

from ccganalysis import notebooks, report
from ccganalysis.data import ingest, organisations
from ccganalysis.data.datapackage import project_root
from ccganalysis.presentation import display

LAST = "sections.beliefs("
"""The cell that the brief ends with."""


def longest(as_at: str) -> list[str]:
    """Of the areas of a footprint with as many bodies, the one whose bodies' names are longest, for each number of bodies."""
    bodies = organisations.footprint(ingest.Tables(ingest.era(as_at))["bodies"], as_at)
    of_area = bodies["body_name"].str.len().groupby(bodies["area_code"]).agg(["size", "sum"])
    return of_area.sort_values("sum").groupby("size").tail(1).index.tolist()


def briefs(as_at: str):
    """The page of an area of each size as far as its brief goes, by the code of the area."""
    whole = notebooks.read(project_root() / "notebooks" / "area_report.ipynb").cells
    last = next(place for place, cell in enumerate(whole) if LAST in cell.source)
    show = display.show
    tall = {"show": lambda figure, **words: show(lambda: Figure((4.5, 9)), **words), "what_if": lambda *_: None}
    with sentences.recording(), mock.patch.multiple(display, **tall):
        for area in longest(as_at):
            names = {"__name__": "__main__"}
            cells = [cell.copy() for cell in whole[: last + 1]]
            for cell in cells:
                if cell.cell_type == "code":
                    with recorded() as cell["outputs"]:
                        exec(cell.source, names)
                if "parameters" in cell.metadata.get("tags", []):
                    names |= {"area": area, "as_at": as_at, "draws": 1000}
            made = notebooks.nbformat.v4.new_notebook(cells=cells)
            yield area, report.render_page(made, f"area/{area}", MANIFEST)


@pytest.mark.parametrize("as_at", ["2018-04-01", "2026-04-01"])
def test_the_brief_of_areas_of_every_size_is_two_sheets_at_most(browser, tmp_path, as_at):  # noqa: F811
    context = browser.new_context(offline=True)
    page, counts = context.new_page(), {}
    for area, text in briefs(as_at):
        (tmp_path / f"{area}.html").write_text(text, encoding="utf-8")
        page.goto(f"{(tmp_path / f'{area}.html').as_uri()}#brief")
        assert page.locator(".lead .chart").is_visible()
        counts[area] = sheets(page)
    context.close()
    assert set(counts.values()) <= {1, 2} and len(counts) >= 3, counts
