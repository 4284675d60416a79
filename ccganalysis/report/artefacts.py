"""What an executed notebook holds besides its pages: figures, tables, findings and key results."""

from __future__ import annotations

import base64
import functools
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .. import pages
from ..data.columns import KINDS
from ..data.datapackage import to_csv
from ..errors import InputError
from ..presentation import bundles
from ..presentation.bundles import ARTEFACT, PNG, SVG
from ..presentation.display import neutralised

_MEANINGS = (
    "printed by the organisation that produced it.",
    "quoted by the press, a council or a board paper rather than by the organisation that produced it.",
    "arithmetic on published figures.",
    "the output of one of the models described here: an estimate, not an observation.",
    "an assumption of the authors, or of whoever ran the report; change it and the result changes.",
)
KIND_MEANINGS = dict(zip(KINDS, _MEANINGS, strict=True))


@dataclass(frozen=True)
class Artefact:
    """One figure, table or download of a notebook: its words, its data as CSV, and for a figure its pictures.

    `headings` has the readers' name of each column of the data, `source` and `kinds` what the note says of its origin.
    """

    name: str
    role: str
    title: str
    note: str
    csv: str
    headings: tuple[str, ...] = ()
    source: str = ""
    kinds: tuple[str, ...] = ()
    svg: str = ""
    png: bytes = b""
    compressed: bool = False
    codebook: str = ""

    def data_file(self, page: str) -> str:
        """The path of its data within the run's folder."""
        return f"tables/{page}/{self.name}.csv{'.gz' if self.compressed else ''}"

    def contents(self, page: str) -> dict[str, bytes]:
        """Its files by their path within the run's folder, the data first."""
        data = self.csv.encode()
        files = {self.data_file(page): _gzipped(data) if self.compressed else data}
        if self.codebook:
            files[f"tables/{page}/{self.name}_codebook.csv"] = self.codebook.encode()
        if self.svg:
            files[f"figures/{page}/{self.name}.svg"] = self.svg.encode()
        if self.png:
            files[f"figures/{page}/{self.name}.png"] = self.png
        return files


@functools.lru_cache(maxsize=2)
def _gzipped(data: bytes) -> bytes:
    """The same bytes for the same data; a page says how large the file is before it is written."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def file_format(path: str) -> str:
    """The format of a file as readers know it: CSV, PNG, CSV in GZIP."""
    name, _, ending = path.rpartition(".")
    return f"{file_format(name)} in GZIP" if ending == "gz" else ending.upper()


def outputs(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The data bundles (by media type) shown by a notebook's cells, in order."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"]


def artefact(bundle: dict[str, Any]) -> Artefact | None:
    """The figure, table or download in one output, if it holds one."""
    held = bundle.get(ARTEFACT, {})
    if "csv" not in held:
        return None
    svg = text_of(bundle.get(SVG, ""))
    return Artefact(
        held["name"],
        held["role"],
        held["title"],
        bundles.note(held),
        held["csv"],
        tuple(held["headings"]),
        source=held["source"],
        kinds=tuple(held["kinds"]),
        svg=f"{svg}\n" if svg else "",
        png=base64.b64decode(text_of(bundle.get(PNG, ""))),
        compressed=held.get("compressed", False),
        codebook=held.get("codebook", ""),
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
    return [result for held in _held(notebook, "key_results") for result in held["results"]]


def area_name(notebook: dict[str, Any], page: str) -> str:
    """The name of the area a page is about, its code where the notebook failed, and nothing for a national page."""
    if not pages.area_of(page):
        return ""
    return next((one["value"] for one in key_results(notebook) if one["name"] == "area_name"), pages.area_of(page))


def finding(notebook: dict[str, Any]) -> dict[str, Any]:
    """The finding that opens the notebook: `text`, `strip` and `bullets`, empty where there is none."""
    return next(_held(notebook, "finding"), {"text": "", "strip": [], "bullets": []})


def has_what_if(notebook: dict[str, Any]) -> bool:
    """Whether a reader can change what is assumed on its page."""
    return any(_held(notebook, "what_if"))


def failed(notebook: dict[str, Any]) -> bool:
    """Whether a cell of the notebook ended in an error."""
    return any(output["output_type"] == "error" for cell in notebook["cells"] for output in cell.get("outputs", []))


def results_csv(results: list[dict[str, Any]]) -> str:
    """Key results as CSV text: `name`, `words`, `value`, `kind`."""
    return to_csv(neutralised(pd.DataFrame(results, columns=["name", "words", "value", "kind"])))


def _held(notebook: dict[str, Any], role: str) -> Iterator[dict[str, Any]]:
    return (held for bundle in outputs(notebook) if (held := bundle.get(ARTEFACT, {})).get("role") == role)


def text_of(value: str | list[str]) -> str:
    """Text as nbformat keeps it in memory (one string) or in a file (a list of lines)."""
    return value if isinstance(value, str) else "".join(value)
