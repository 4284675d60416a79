"""Puts into the README what the notebooks say: the answer of today and its picture, that of the CCGs, and the back-test.

`make notebooks` runs this after the notebooks, so that neither can go stale; a test fails where they differ.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from ccganalysis import notebooks, parameters
from ccganalysis.data import eras, ingest
from ccganalysis.data.datapackage import write_text
from ccganalysis.notebooks import nbformat
from ccganalysis.parameters import Backtest
from ccganalysis.presentation import findings
from ccganalysis.presentation.display import Result
from ccganalysis.report import artefacts

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "answer_map.svg"
README = ROOT / "README.md"


def executed() -> nbformat.NotebookNode:
    """`05_national_report` on the bodies of today, executed: the stored one is on those of its own parameters."""
    source = ROOT / "notebooks" / "05_national_report.ipynb"
    today = eras.live(ingest.all_eras()).default_footprint
    given = parameters.check_all({"as_at": str(today)})[source.stem]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(source.parent):
        target = Path(folder) / source.name
        if error := notebooks.execute(source, target, given, kernel="ccganalysis"):
            raise RuntimeError(f"{source.name} failed: {error}")
        return notebooks.read(target)


def picture(notebook: nbformat.NotebookNode) -> str:
    """The map `answer_map` of `05_national_report`, as SVG."""
    return next(one.svg for one in artefacts.artefacts(notebook) if one.name == PICTURE.stem)


def readme(today: nbformat.NotebookNode) -> str:
    """The README with the answers and the back-test, each between its marks: from `today` (`executed`) and what is stored."""
    text = README.read_text(encoding="utf-8")
    era = eras.era_named(ingest.all_eras(), Backtest().era)
    tested = [Result(**one) for one in artefacts.key_results(notebooks.read(ROOT / "notebooks" / "06_backtest.ipynb"))]
    told = artefacts.finding(notebooks.read(ROOT / "notebooks" / "05_national_report.ipynb"))
    blocks = {
        "answer": findings.answer_block(artefacts.finding(today)),
        "evidence": findings.answer_block(told),
        "backtest": findings.backtest_bullet(tested, era.spoken),
    }
    for name, block in blocks.items():
        start, end = f"<!-- {name}:start -->\n", f"\n<!-- {name}:end -->"
        before, _, rest = text.partition(start)
        text = f"{before}{start}{block}{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    today = executed()
    write_text(PICTURE, picture(today))
    write_text(README, readme(today))
