"""What an executed notebook holds besides its pages: figures, tables, findings and key results."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pandas as pd

from ..data.columns import KINDS
from ..data.datapackage import to_csv
from ..errors import InputError
from ..presentation.display import ARTEFACT, KEY_RESULTS, expanded, neutralised

_MEANINGS = (
    "printed by the organisation that produced it.",
    "quoted by the press, a council or a board paper rather than by the organisation that produced it.",
    "arithmetic on published figures.",
    "the output of one of the models described here: an estimate, not an observation.",
    "an assumption of the authors, or of whoever ran the report; change it and the result changes.",
)
KIND_MEANINGS = dict(zip(KINDS, _MEANINGS, strict=True))

_SVG = re.compile(r'src="data:image/svg\+xml,([^"]*)"')
_FINDING = re.compile(r'<p class="finding">')


@dataclass(frozen=True)
class Artefact:
    """One figure, table or download of a notebook: its words, its data as CSV, and for a figure its pictures."""

    name: str
    role: str
    title: str
    note: str
    csv: str
    svg: str = ""
    png: bytes = b""

    def contents(self, page: str) -> dict[str, bytes]:
        """Its files by their path within the run's folder, the data first."""
        files = {f"tables/{page}/{self.name}.csv": self.csv.encode()}
        if self.svg:
            files[f"figures/{page}/{self.name}.svg"] = self.svg.encode()
        if self.png:
            files[f"figures/{page}/{self.name}.png"] = self.png
        return files


def outputs(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The data bundles (by media type) shown by a notebook's cells, in order."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"]


def is_ours(bundle: dict[str, Any]) -> bool:
    """Whether an output was made by `display`, and its HTML can be trusted to have its words and nothing else."""
    return ARTEFACT in bundle or KEY_RESULTS in bundle or bool(_FINDING.match(text_of(bundle.get("text/html", ""))))


def artefact(bundle: dict[str, Any]) -> Artefact | None:
    """The artefact in one output, if it holds one."""
    if ARTEFACT not in bundle:
        return None
    picture = _SVG.search(text_of(bundle.get("text/html", "")))
    return Artefact(
        **expanded(bundle[ARTEFACT]),
        svg=unquote(picture[1]) + "\n" if picture else "",
        png=base64.b64decode(text_of(bundle.get("image/png", ""))),
    )


def artefacts(notebook: dict[str, Any]) -> list[Artefact]:
    """Every artefact of a notebook, in order; raises `InputError` where two would be the same file."""
    found = [one for one in map(artefact, outputs(notebook)) if one]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Two figures or tables of one notebook are both named {name!r}: give each its own name.")
    return found


def key_results(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The key results of a notebook (name, words, value, kind); none where it failed before its last cell."""
    return [result for bundle in outputs(notebook) for result in bundle.get(KEY_RESULTS, [])]


def ics_name(notebook: dict[str, Any], page: str) -> str:
    """The name of the ICS a page is about, its code where the notebook failed, and nothing for a national page."""
    if "/" not in page:
        return ""
    return next((one["value"] for one in key_results(notebook) if one["name"] == "ics_name"), page.rpartition("/")[2])


def finding(notebook: dict[str, Any]) -> str:
    """The finding that opens the notebook, in words; empty where there is none."""
    for bundle in outputs(notebook):
        if is_ours(bundle) and not {ARTEFACT, KEY_RESULTS} & set(bundle):
            return text_of(bundle["text/plain"])
    return ""


def failed(notebook: dict[str, Any]) -> bool:
    """Whether a cell of the notebook ended in an error."""
    return any(output["output_type"] == "error" for cell in notebook["cells"] for output in cell.get("outputs", []))


def results_csv(results: list[dict[str, Any]]) -> str:
    """Key results as CSV text: `name`, `words`, `value`, `kind`."""
    return to_csv(neutralised(pd.DataFrame(results, columns=["name", "words", "value", "kind"])))


def text_of(value: str | list[str]) -> str:
    """Text as nbformat keeps it in memory (one string) or in a file (a list of lines)."""
    return value if isinstance(value, str) else "".join(value)
