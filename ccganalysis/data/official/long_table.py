"""A long CSV by column name, read row by row, so that its length does not matter; columns stand in any order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .opening import column_letter, csv_rows
from .reading import Faults


def names_of(heading: Iterable[str]) -> list[str]:
    """The cells of a heading however a year spelt them: `Org Code`, `ORG_CODE` and `org code` are `ORG_CODE`."""
    return [re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") for name in heading]


class LongTable:
    """The rows of a long file by column name, with their row number; the heading may stand below a preamble.

    `faults` are those of the file, for whoever takes its rows. `recognise` knows the heading row, `data` the start of a row that is one of data, even where all but a cell of it is
    blank: any other row of one cell is a footnote.
    """

    def __init__(self, path: Path, recognise: Callable[[list[str]], object], data: str):
        self.path, self.faults, self._data = path, Faults(path.name), re.compile(data)
        self._rows = csv_rows(path)
        heading = next(row for _, row in self._rows if recognise(row))
        self.names = names_of(heading)
        self.width = len(heading)
        for name, count in Counter(name for name in self.names if name).items():
            if count > 1:
                self.faults.add(f"the heading has {name} {count} times: which one counts cannot be known")
        self.faults.stop()

    def first(self, choices: Iterable[str]) -> str | None:
        """The first of these names that the heading has."""
        return next((name for name in choices if name in self.names), None)

    def rows(self, names: list[str | None]) -> Iterator[tuple[int, list[str]]]:
        """The row number and the cells under these names, in their order; blank where a name is None."""
        for name in names:
            if name and name not in self.names:
                self.faults.add("the column is missing", column=name)
        self.faults.stop()
        places = [self.names.index(name) if name else None for name in names]
        for number, row in self._rows:
            if not any(row):
                continue
            if len(row) != self.width:
                if sum(bool(cell.strip()) for cell in row) <= 1 and not self._looks_like_data(row):
                    continue  # a footnote
                self.faults.add(f"has {len(row)} cells where the heading has {self.width}", number)
                continue
            yield number, ["" if place is None else row[place].strip() for place in places]

    def _looks_like_data(self, row: list[str]) -> bool:
        """Whether a row of one cell is one of data, cut short or parted by other marks than the heading."""
        text = "".join(row)
        return bool(self._data.match(row[0])) or len(re.split(r"[,;\t|]", text)) * 2 > self.width

    def column(self, name: str) -> str:
        """A column as a spreadsheet and the heading name it."""
        return f"{column_letter(self.names.index(name))} ({name})"
