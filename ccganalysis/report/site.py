"""The site over a run's pages, and the run's workbooks."""
from __future__ import annotations
from pathlib import Path
from typing import Any
def build_site(run_folder: Path, manifest: dict[str, Any]) -> None:
    """Write `index.html` and the workbooks."""
    (run_folder / "index.html").write_text("<!DOCTYPE html><title>Reports</title>")
