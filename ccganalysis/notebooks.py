"""Notebooks as files: executed afresh and written in one canonical form, so that a re-run changes no byte."""

from __future__ import annotations

import json
import sys
from pathlib import Path

# JupyterLab's JSON-schema extras compile 35 grammars whenever nbformat is imported; jsonschema does without them.
sys.modules.setdefault("rfc3987_syntax", None)

import nbformat  # noqa: E402

from .datapackage import write_text  # noqa: E402

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def canonical(notebook: nbformat.NotebookNode) -> str:
    """The notebook as text with fixed cell ids, sorted keys, counted executions and no run times or machine details."""
    cells, executed = [], 0
    for number, cell in enumerate(notebook.cells, start=1):
        tags = cell.metadata.get("tags")
        kept = {
            "id": f"cell-{number:02d}",
            "cell_type": cell.cell_type,
            "metadata": {"tags": list(tags)} if tags else {},
            "source": cell.source.strip("\n"),
        }
        if cell.cell_type == "code":
            executed += 1
            outputs = [_output(output) for output in cell.outputs]
            kept |= {"execution_count": executed if cell.execution_count else None, "outputs": outputs}
        cells.append(kept)
    document = {
        "cells": cells,
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    if title := notebook.metadata.get("title"):
        document["metadata"]["title"] = title
    lined = nbformat.v4.rwbase.split_lines(nbformat.from_dict(document))
    return json.dumps(lined, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _output(output: nbformat.NotebookNode) -> dict:
    kept = {key: value for key, value in output.items() if key != "metadata"}
    if output.output_type in {"display_data", "execute_result"}:
        kept["metadata"] = {}
    if output.output_type == "execute_result":
        kept["execution_count"] = None
    return kept


def refresh(path: Path) -> bool:
    """Run a notebook from the top in a fresh kernel and store its outputs; True if the file changed.

    Raises nbclient's `CellExecutionError` at the first cell that fails and leaves the file as it was.
    """
    from nbclient import NotebookClient

    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name=KERNEL["name"], resources={"metadata": {"path": str(path.parent)}}).execute()
    after = canonical(notebook)
    if after != before:
        write_text(path, after)
    return after != before
