"""Puts into the README what the notebooks say: the first picture and the result of the back-test.

`make notebooks` runs this after the notebooks, so that neither can go stale; a test fails where they differ.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from ccganalysis import notebooks
from ccganalysis.data import eras, ingest
from ccganalysis.data.datapackage import write_text
from ccganalysis.notebooks import nbformat
from ccganalysis.parameters import Backtest
from ccganalysis.presentation import findings
from ccganalysis.presentation.display import Result
from ccganalysis.report import artefacts

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "national_frontier.svg"
README = ROOT / "README.md"
START, END = "<!-- backtest:start -->\n", "\n<!-- backtest:end -->"


def executed() -> nbformat.NotebookNode:
    """`04_merger_candidates`, executed: stored notebooks have small pictures only."""
    source = ROOT / "notebooks" / "04_merger_candidates.ipynb"
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(source.parent):
        target = Path(folder) / source.name
        if error := notebooks.execute(source, target, {}, kernel="ccganalysis"):
            raise RuntimeError(f"{source.name} failed: {error}")
        return notebooks.read(target)


def picture(notebook: nbformat.NotebookNode) -> str:
    """The chart `national_frontier` of `04_merger_candidates`, as SVG."""
    return next(one.svg for one in artefacts.artefacts(notebook) if one.name == PICTURE.stem)


def readme() -> str:
    """The README with the block between its back-test marks made from the key results of `06_backtest`."""
    notebook = notebooks.read(ROOT / "notebooks" / "06_backtest.ipynb")
    results = [Result(**result) for result in artefacts.key_results(notebook)]
    era = eras.era_named(ingest.all_eras(), Backtest().era)
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    return f"{before}{START}{findings.backtest_bullet(results, era.spoken)}{END}{after}"


if __name__ == "__main__":
    write_text(PICTURE, picture(executed()))
    write_text(README, readme())
