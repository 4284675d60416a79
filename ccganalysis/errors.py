"""Errors written for the person who has to put them right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


class InputError(Exception):
    """Something the user supplied is wrong; the message says what, where and what to do."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it: the message alone. (IPython asks an exception for this method.)"""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one file, located as the user sees it in a spreadsheet.

    `row` counts from 1 with the heading in row 1; 0 means the file or the whole column.
    """

    file: str
    rule: str
    row: int = 0
    column: str = ""
    value: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = [self.file]
        if self.row:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        found = f" (found {self.value!r})" if self.value else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{', '.join(place)}: {self.rule}{found}.{remedy}"


class DataError(InputError):
    """One or more faults in data files, all of them listed at once."""

    shown = 20

    def __init__(self, faults: Sequence[Fault]):
        self.faults = list(faults)
        lines = [str(fault) for fault in self.faults[: self.shown]]
        if len(self.faults) > self.shown:
            lines.append(f"... and {len(self.faults) - self.shown:,} more.")
        super().__init__("\n".join(lines))


def row_number(index: Any) -> int:
    """The row of a CSV file, counted from its heading as 1, that a frame's row was read from."""
    return int(index) + 2


def nearest(value: object, valid: Iterable[str]) -> str | None:
    """The valid name most like `value`, the first of equals (None only where there is none at all).

    One that differs by two letters changed over is the nearest: QPO is QOP misspelt.
    """
    wanted, best, likeness = str(value).casefold(), None, -1.0
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    for name in valid:
        folded = name.casefold()
        if _changed_over(wanted, folded):
            return name
        matcher.set_seq1(folded)
        # The first two are bounds of the third, and quickly had.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) > likeness < (found := matcher.ratio()):
            best, likeness = name, found
    return best


def _changed_over(one: str, other: str) -> bool:
    """Whether two words are alike but for two neighbouring letters in each other's place."""
    different = [place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(different) != 2:
        return False
    first, second = different
    return second == first + 1 and (one[first], one[second]) == (other[second], other[first])


def unknown(what: str, value: object, valid: Iterable[str], names: Sequence[str] = ()) -> str:
    """The sentence used wherever a name is not known: the value, the nearest valid one, and all valid ones.

    `names`, where the valid ones are codes, are what they stand for: a user who typed a name is told its code.
    """
    codes = list(valid)
    spelt = {**dict(zip(names, codes, strict=False)), **{code: code for code in codes}}
    hint = nearest(value, spelt)
    suggestion = f" The nearest valid one is {spelt[hint]!r}." if hint else ""
    shown = [f"{code} ({name})" for code, name in zip(codes, names, strict=True)] if names else codes
    return f"Unknown {what} {str(value)!r}.{suggestion} Valid values: {', '.join(shown)}."
