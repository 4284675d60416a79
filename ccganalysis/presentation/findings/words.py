"""Words that several findings share."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...analysis.running_costs import Cut
from ...wording import count, gbp, listed, people, per_cent


def bodies(number: int) -> str:
    """A number of bodies in words."""
    return count(number, "body", "bodies")


def months(dates: Sequence[pd.Timestamp]) -> str:
    """Dates in the same month of several years: April 2020 and 2021."""
    return f"{dates[0]:%B} {years(dates)}"


def years(dates: Sequence[pd.Timestamp]) -> str:
    """The years of some dates: 2020 and 2021."""
    return listed([f"{date:%Y}" for date in dates])


WITH_ARTICLE = ("East of England", "Midlands", "North East and Yorkshire", "North West", "South East", "South West")
"""The regions that are spoken of with an article; no other place is."""


def the(place: str) -> str:
    """A place as it is spoken of: the Midlands, but London, and Greater Manchester."""
    return f"the {place}" if place in WITH_ARTICLE else place


def plain(name: str) -> str:
    """A parameter's value as words: `per_head_adjusted` is per head adjusted."""
    return name.replace("_", " ")


def reading(cut: Cut) -> str:
    """One reading of the cut in words: what it is a share of, and the rise in costs that it counts."""
    share = per_cent(cut.target)
    if cut.definition == "cash":
        return f"{share} in cash"
    if cut.definition == "observed_cash":
        return f"{share} as local papers show it, {per_cent(cut.allowance_fall)} of the allowance in cash"
    met = (
        f"with costs up {per_cent(cut.price_pressure)} to be met as well"
        if cut.price_pressure
        else "with the rise in pay and prices met elsewhere"
    )
    return f"{share} in real terms, prices up {per_cent(cut.price_rise)}, {met}"


def asked(cuts: dict[str, Cut], total_gbp: float) -> str:
    """What the cut asks of a baseline in each of its readings, one sentence a reading."""
    text = f"The cut asks {gbp(cuts['cash'].release * total_gbp)} of it in cash."
    if "real" in cuts:
        real = cuts["real"]
        costs = (
            f"with costs up {per_cent(real.price_pressure)} as well"
            if real.price_pressure
            else "if the rise in pay and prices is met elsewhere"
        )
        text += (
            f" In real terms the allowance {'falls' if real.allowance_fall >= 0 else 'rises'} by "
            f"{gbp(abs(real.allowance_fall) * total_gbp)}, and {gbp(real.release * total_gbp)} would have to be released, "
            f"{costs}."
        )
    if "observed_cash" in cuts:
        text += f" Local papers show a fall of {gbp(cuts['observed_cash'].allowance_fall * total_gbp)}."
    return text


def reading_note(cut: Cut) -> str:
    """What a reading counts and leaves out, for the table that compares them."""
    if cut.definition == "cash":
        return "in pounds of {baseline_year}; no rise in {costs_rising} is counted"
    if cut.definition == "observed_cash":
        return "the fall that four local papers show, after pay and the employer's pension rate (14.38% to 20.68%); no rise in costs is counted"
    pressure = (
        f"costs are taken to rise by {per_cent(cut.price_pressure, 1)} too, which has to be released as well"
        if cut.price_pressure
        else "pay and prices are taken to be absorbed elsewhere"
    )
    return f"prices up {per_cent(cut.price_rise, 1)} from {{baseline_year}} to {{target_year}}; {pressure}"


def brief(name: str, most: int = 34) -> str:
    """A long area name cut at a word, for the axis of a chart."""
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


def reckoned_kind(kinds: pd.Series) -> str:
    """The kind of what is reckoned from allowances of these kinds: modelled if any of them is, else derived."""
    return "derived" if weakest_kind(kinds) == "published" else "modelled"


def weakest_kind(kinds: pd.Series) -> str:
    """The kind of a sum over whole areas: modelled if any part of it is; what was split between bodies adds up again."""
    return "modelled" if (kinds == "modelled").any() else "published"
