"""How far do two ways of dividing England agree? Adjusted Rand and variation of information, weighted by people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ..data import organisations
from ..data.tables import Day
from ..errors import InputError

Labels = Sequence[Any] | pd.Series


def adjusted_rand(first: Labels, second: Labels, people: Labels) -> float:
    """Do two partitions of the same people put the same pairs together? 1 if exactly, about 0 if no more than chance.

    `first` and `second` give the part of each group of `people`. Hubert and Arabie (1985), the items being people, so a
    large body counts for more. Partitions that are both one part, or both all singles, agree: 1.
    """
    table = _contingency(first, second, people)
    together, in_first, in_second = (_pairs(counts) for counts in (table, table.sum(axis=1), table.sum(axis=0)))
    expected = in_first * in_second / _pairs(table.sum())
    most = (in_first + in_second) / 2
    return 1.0 if np.isclose(most, expected) else float((together - expected) / (most - expected))


def variation_of_information(first: Labels, second: Labels, people: Labels) -> float:
    """How far apart are two partitions of the same people, in bits? 0 if they are the same (Meila, 2007).

    It is what a person's part in one leaves unknown of the part in the other, both ways added; a metric.
    """
    share = _contingency(first, second, people)
    share = share / share.sum()
    return 2 * _entropy(share) - _entropy(share.sum(axis=1)) - _entropy(share.sum(axis=0))


def agreement(pieces: pd.DataFrame, people: str = "residents") -> pd.DataFrame:
    """How much does each pair of partitions agree?

    `pieces` has a row per piece of the map and a column per partition, besides that of `people`. One row per pair:
    `partition_a`, `partition_b`, `parts_a`, `parts_b`, `adjusted_rand`, `variation_of_information_bits`.
    """
    rows = []
    for first, second in combinations(pieces.columns.drop(people), 2):
        pair = pieces[first], pieces[second]
        measures = (measure(*pair, pieces[people]) for measure in (adjusted_rand, variation_of_information))
        rows.append((first, second, pair[0].nunique(), pair[1].nunique(), *measures))
    columns = ["partition_a", "partition_b", "parts_a", "parts_b", "adjusted_rand", "variation_of_information_bits"]
    return pd.DataFrame(rows, columns=columns)


def partitions(
    authorities: pd.DataFrame, officers: pd.DataFrame, successors: pd.DataFrame, from_date: Day, as_at: Day
) -> pd.DataFrame:
    """Each piece of the map (a body's part of a lower-tier authority) under five partitions, with its residents.

    `authorities` and `officers` (as `leadership.by_body`) are of `from_date`. Columns `body_code`, `group_code` (officers;
    a body without a known group is by itself), `area_code`, `upper_tier_code`, `successor_code` (the body of `as_at`) and
    `residents`.
    """
    body = officers.set_index("body_code")
    later = organisations.main_successor(successors, from_date, as_at)
    code = authorities["body_code"]
    return pd.DataFrame(
        {
            "body_code": code,
            "group_code": code.map(body["group_code"]).fillna(code),
            "area_code": code.map(body["area_code"]),
            "upper_tier_code": authorities["upper_tier_code"],
            "successor_code": code.map(later),
            "residents": authorities["residents"],
        }
    )


def _contingency(first: Labels, second: Labels, people: Labels) -> np.ndarray:
    """People by part of the first and part of the second partition."""
    if not len(first) == len(second) == len(people):
        raise InputError(f"Partitions of different length: {len(first)}, {len(second)} and {len(people)} pieces.")
    row, rows = pd.factorize(np.asarray(first))
    column, columns = pd.factorize(np.asarray(second))
    if (row < 0).any() or (column < 0).any():
        raise InputError("A piece of the map is in no part of a partition.")
    table = np.zeros((len(rows), len(columns)))
    np.add.at(table, (row, column), np.asarray(people, dtype=float))
    return table


def _pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _entropy(shares: np.ndarray) -> float:
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum())
