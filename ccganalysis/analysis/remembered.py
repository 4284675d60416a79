"""Results that many reports need alike, made once by a process for itself and all that are forked from it."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd

from ..data.tables import Tables

LATEST = 8
"""How many results of a function are kept: two eras, and what is tried beside them."""

Asked = ParamSpec("Asked")
Result = TypeVar("Result")


class _Read(Mapping[str, pd.DataFrame]):
    """Tables that note which of them were read."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self.read = tables, dict[str, pd.DataFrame]()

    def __getitem__(self, name: str) -> pd.DataFrame:
        # Shallow: what is then changed in place in the caller's table is not changed here.
        self.read[name] = self.tables[name].copy(deep=False)
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


_KEPT: dict[Callable[..., Any], deque[tuple[bytes, dict[str, pd.DataFrame], bytes]]] = {}


def remembered(
    function: Callable[Concatenate[Tables, Asked], Result], tables: Tables, *args: Asked.args, **kwargs: Asked.kwargs
) -> Result:
    """`function(tables, ...)`, a pure function, from its last results where tables and arguments are what they were.

    Tables are compared cell by cell, those that the result was made from: so with a table that was changed, by hand or on
    disk, it is computed anew, and the same tables are read as if nothing was kept. Each caller gets a copy of their own.
    """
    kept = _KEPT.setdefault(function, deque(maxlen=LATEST))
    asked = pickle.dumps((args, sorted(kwargs.items())))
    for before, read, result in kept:
        if before == asked and all(tables[name].equals(table) for name, table in read.items()):
            again: Result = pickle.loads(result)
            return again
    watched = _Read(tables)
    new = function(watched, *args, **kwargs)
    kept.append((asked, watched.read, pickle.dumps(new)))
    return new
