"""Words that several findings share."""

from __future__ import annotations

import pandas as pd

from ...wording import count, gbp, people, per_cent


def bodies(number: int) -> str:
    """A number of bodies in words."""
    return count(number, "body", "bodies")


def plain(name: str) -> str:
    """A parameter's value as words: `per_head_adjusted` is per head adjusted."""
    return name.replace("_", " ")


def brief(name: str, most: int = 34) -> str:
    """A long ICS name cut at a word, for the axis of a chart."""
    if len(name) <= most:
        return name
    return name[: name.rfind(" ", 0, most)].rstrip(",") + " ..."


def described(frame: pd.DataFrame, name: str, value: str, most: int = 8, ascending: bool = False) -> str:
    """Alt text: the values of a chart in words, largest first unless `ascending`, at most `most` of them."""
    words = gbp if value.endswith("_gbp") else per_cent
    ordered = frame.dropna(subset=value).sort_values(value, ascending=ascending, kind="stable")
    if name in {"financial_year", "step"}:
        ordered = frame.dropna(subset=value)
    shown = [f"{row[name]}: {words(row[value])}" for _, row in ordered.head(most).iterrows()]
    rest = len(ordered) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more." if rest else ".")


def people_of(bodies: pd.DataFrame) -> str:
    return f"{people(bodies['registered_population'].sum())} registered people"


def weakest_kind(kinds: pd.Series) -> str:
    """The kind of a sum of published and modelled figures: published only if all of them are."""
    return "published" if (kinds == "published").all() else "modelled"
