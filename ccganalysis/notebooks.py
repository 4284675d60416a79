"""Notebooks as files: executed by papermill, and stored in one canonical form, so that a re-run changes no byte."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# JupyterLab's JSON-schema extras compile 35 grammars whenever nbformat is imported; jsonschema does without them.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not to be imported

import nbformat as nbformat  # noqa: E402

from .data.datapackage import write_text  # noqa: E402

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

KERNEL_DIED = "DeadKernelError"
"""How the error of a notebook whose kernel was lost begins."""

LONGEST_STREAM = 100_000
"""Characters of printed output kept of one cell: a notebook that prints millions by mistake stays readable."""

LONGEST_STORED = 1_000
"""Characters of data kept as they are in a notebook in git; of longer data, the rows and a fingerprint."""

# A fifteenth of the size of the picture a run makes, and legible; the largest maps a little smaller still.
_STORED_COLOURS, _STORED_SCALE, _STORED_PIXELS = 16, 0.35, 105_000


def read(path: Path) -> nbformat.NotebookNode:
    """A notebook's file as nbformat's version 4."""
    notebook: nbformat.NotebookNode = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    return notebook


def canonical(notebook: nbformat.NotebookNode) -> str:
    """The notebook as text with fixed cell ids, sorted keys, counted executions and no run times or machine details.

    Its outputs are in the short form of `stored`: a notebook in git is for people who review it.
    """
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
            outputs = [_output(short) for output in cell.outputs for short in stored(output)]
            kept |= {"execution_count": executed if cell.execution_count else None, "outputs": outputs}
        cells.append(kept)
    document: dict[str, Any] = {
        "cells": cells,
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    if title := notebook.metadata.get("title"):
        document["metadata"]["title"] = title
    lined = nbformat.v4.rwbase.split_lines(nbformat.from_dict(document))
    return json.dumps(lined, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def stored(output: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An output of an executed notebook in the form kept in git; what is in that form already, or not ours, as it is.

    Long data become a row count and a fingerprint. A figure becomes two outputs, its words and a small PNG, since
    GitHub shows neither SVG within HTML nor, reliably, SVG alone.
    """
    from .presentation.bundles import ARTEFACT, HTML, PLAIN, PNG, markup

    data = output.get("data", {})
    artefact = data.get(ARTEFACT, {})
    if artefact.get("role") == "what_if":  # made of what stands elsewhere, and tested in a browser
        return [{**output, "data": data | {ARTEFACT: {"role": artefact["role"], "name": artefact["name"]}}}]
    if "csv" not in artefact:
        return [dict(output)]
    kept = {"role": artefact["role"], "name": artefact["name"], "data": _stored_data(artefact["csv"])}
    words = {ARTEFACT: kept, HTML: markup(artefact, linked=False), PLAIN: data[PLAIN]}
    outputs = [{**output, "data": words}]
    if PNG in data:
        alt = {PNG: {"alt": artefact["alt"]}}
        outputs.append({**output, "data": {PNG: _smaller(data[PNG])}, "metadata": alt})
    return outputs


def _stored_data(csv: str) -> dict[str, Any]:
    lines = csv.splitlines()
    if len(csv) <= LONGEST_STORED:
        return {"lines": lines}
    return {"heading": lines[0], "rows": len(lines) - 1, "sha256": hashlib.sha256(csv.encode()).hexdigest()}


def _smaller(png: str) -> str:
    from PIL import Image  # only where notebooks are stored

    whole = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    stream = io.BytesIO()
    # Flat fills keep their colours this way, and dithering would make the file three times as long.
    scale = min(_STORED_SCALE, math.sqrt(_STORED_PIXELS / (whole.width * whole.height)))
    size = (round(whole.width * scale), round(whole.height * scale))
    small = whole.resize(size, Image.Resampling.BOX).quantize(
        _STORED_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )
    small.save(stream, "PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode()


def _output(output: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in output.items() if key != "metadata"}
    if output["output_type"] in {"display_data", "execute_result"}:
        told = output["metadata"].items()
        kept["metadata"] = {media: {"alt": about["alt"]} for media, about in told if "alt" in about}
    if output["output_type"] == "execute_result":
        kept["execution_count"] = None
    return kept


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    *,
    timeout_seconds: float | None = None,
    kernel: str = KERNEL["name"],
) -> str | None:
    """Run a notebook with papermill and write its executed copy; returns None, or the error it stopped with.

    The executed copy is written whether or not the notebook fails, with the error in the cell it happened in: an
    exception, a kernel that died, or the time for the whole notebook running out. Raises `RuntimeError` where no
    kernel could be started.
    """
    import papermill
    from papermill.execute import papermill_engines

    papermill_engines.register("ccganalysis", _engine())
    deadline = time.monotonic() + (timeout_seconds or 10**9)
    try:
        papermill.execute_notebook(
            _literally(source),
            _literally(target),
            dict(parameters),
            engine_name="ccganalysis",
            kernel_name=kernel,
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            timeout_func=lambda _: max(1, int(deadline - time.monotonic())),
            shutdown_kernel="immediate",
        )
    except papermill.PapermillExecutionError as error:
        return f"{error.ename}: {error.evalue}"
    return None


def _literally(path: Path) -> str:
    """A path as papermill takes it: braces in it are not places for parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _engine() -> type:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import NBClientEngine

    class Engine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
        """papermill's own, but a dead kernel or a timeout is recorded as the error of the cell it happened in."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
            try:
                super().execute_managed_notebook(nb_man, kernel_name, **options)
            except (CellTimeoutError, DeadKernelError) as error:
                reached = [cell for cell in nb_man.nb.cells if cell.metadata.papermill["start_time"]]
                nb_man.cell_exception(reached[-1])
                name, words = type(error).__name__, str(error).strip().splitlines()[0]
                output = nbformat.v4.new_output("error", ename=name, evalue=words, traceback=[f"{name}: {words}"])
                reached[-1].outputs.append(output)
            for cell in nb_man.nb.cells:
                for output in cell.get("outputs", []):
                    if output.output_type == "stream" and len(output.text) > LONGEST_STREAM:
                        more = len(output.text) - LONGEST_STREAM
                        output.text = f"{output.text[:LONGEST_STREAM]}\n[{more:,} more characters were left out]\n"

    return Engine


def refresh(path: Path, kernel: str = KERNEL["name"]) -> bool:
    """Run a notebook with its own parameters and store its outputs in canonical form; True if the file changed.

    Raises `RuntimeError` with the error where the notebook fails, and leaves the file as it was.
    """
    os.environ["CCGANALYSIS_FIGURE_FORMATS"] = "png"  # the one that GitHub shows
    before = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(path.parent):
        executed = Path(folder) / path.name
        if error := execute(path, executed, {}, timeout_seconds=600, kernel=kernel):
            raise RuntimeError(f"{path.name} failed and was left as it was: {error}")
        after = canonical(read(executed))
    if after != before:
        write_text(path, after)
    return after != before


def in_order(folder: Path) -> list[Path]:
    """The notebooks of a folder in the order they are run; ones the package does not know come last, by name."""
    from .parameters import NOTEBOOKS

    order = {name: number for number, name in enumerate(NOTEBOOKS)}
    return sorted(folder.glob("*.ipynb"), key=lambda path: (order.get(path.stem, len(order)), path.name))
