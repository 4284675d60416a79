"""Our page and plain nbconvert's, of the same executed notebook: prints the table of docs/reports.md.

    python benchmarks/bench_report.py [notebook ...]

Requests are counted in Chromium with the network off, so what would be fetched is only asked for. Seconds are the
median of five renderings after a first one, which loads nbconvert and compiles the templates; nbconvert makes its
exporter each time, as its command does.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from ccganalysis import report
from ccganalysis.data.datapackage import project_root
from ccganalysis.notebooks import nbformat

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def timed(render: Callable[[], str]) -> tuple[str, float]:
    """The page, and the seconds it takes to render."""
    html, taken = render(), []
    for _ in range(5):
        began = time.perf_counter()
        render()
        taken.append(time.perf_counter() - began)
    return html, statistics.median(taken)


def looked_at(browser: Browser, path: Path) -> dict[str, int]:
    """What a browser makes of a page: requests that leave the file, and axe's violations (rules, and elements)."""
    asked = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("request", lambda request: request.url.startswith("http") and asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_timeout(1000)
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    context.close()
    return {"requests": len(asked), "rules": len(found), "elements": sum(len(one["nodes"]) for one in found)}


def nbconvert_page(notebook: nbformat.NotebookNode) -> str:
    from nbconvert import HTMLExporter

    return HTMLExporter().from_notebook_node(notebook)[0]


def main(names: list[str]) -> None:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    print("| notebook | page by | size, kB | requests to other sites | axe: rules broken, elements | seconds |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            notebook = nbformat.read(project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
            ours = "area/QGH" if name == "area_report" else name
            makers = {
                "ccganalysis": lambda notebook=notebook, ours=ours: report.render_page(notebook, ours, {}),
                "nbconvert --to html": lambda notebook=notebook: nbconvert_page(notebook),
            }
            for maker, render in makers.items():
                html, taken = timed(render)
                path = Path(folder) / "page.html"
                path.write_text(html, encoding="utf-8")
                seen = looked_at(browser, path)
                print(
                    f"| {name} | {maker} | {len(html.encode()) / 1000:,.0f} | {seen['requests']} "
                    f"| {seen['rules']}, {seen['elements']} | {taken:.3f} |"
                )
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:] or ["01_ingest", "02_running_costs", "area_report"])
