"""Numbers in words: one rounding and one spelling for text, captions and alt texts."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def gbp(value: float) -> str:
    """Pounds as a reader wants them: £1.21 billion, £242.1 million, £465,000, £25.00, £0."""
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size >= 999_500_000:
        return f"{sign}£{size / 1e9:,.2f} billion"
    if size >= 999_500:
        return f"{sign}£{size / 1e6:,.1f} million"
    if size >= 1_000 or size == 0:
        return f"{sign}£{round(size, -3):,.0f}"
    return f"{sign}£{size:,.2f}"


def gbp_range(low: float, high: float) -> str:
    """Two amounts as a range, the unit said once: £0.4 to £1.1 million, £465,000 to £1.1 million; one where they read alike."""
    first, last = gbp(low), gbp(high)
    unit = last.partition(" ")[2]
    if unit and first.endswith(f" {unit}") and first != last:
        first = first.removesuffix(f" {unit}")
    return first if first == last else f"{first} to {last}"


def quantity(name: str) -> str:
    """The name of a lever's quantity in words: `csu_price_reduction` is CSU price reduction."""
    return name.removesuffix("_gbp").replace("_", " ").replace("csu", "CSU")


def people(value: float) -> str:
    """A head count: 59.0 million, 426,000, 812."""
    if value >= 999_500:
        return f"{value / 1e6:,.1f} million"
    return f"{round(value, -3):,.0f}" if value >= 10_000 else f"{value:,.0f}"


def per_cent(share: float, decimals: int = 0) -> str:
    """A share as a percentage: 0.584 is 58%."""
    return f"{share:.{decimals}%}"


def number(value: int) -> str:
    """A whole number in words up to ten: no, one, ten, 195."""
    return NUMBERS[value] if 0 <= value <= 10 else f"{value:,}"


def count(things: int, singular: str, plural: str | None = None) -> str:
    """A number of things, in words up to ten: no bodies, one body, 195 bodies."""
    return f"{number(things)} {singular if things == 1 else plural or singular + 's'}"


def share_of(number: int, total: int, plural: str) -> str:
    """Some of a total, in words: none of 4,231 mergers, neither of the 2 mergers, 308 of 4,231 mergers."""
    if (number, total) == (0, 2):
        return f"neither of the 2 {plural}"
    return f"{'none' if number == 0 else f'{number:,}'} of {total:,} {plural}"


def whole_and_split(whole: int, split: int) -> str:
    """What a body leaves of the local authorities it covers: two upper-tier authorities whole and one split."""
    kept = count(whole, "upper-tier authority", "upper-tier authorities")
    return f"{kept} whole and {count(split, 'split', 'split') if split else 'none split'}"


def listed(names: list[str], most: int = 6) -> str:
    """Names joined as in a sentence: A, B and C; after `most` the rest is counted."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1] if names else ""]))


def sentence(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def date(day: str | datetime.date) -> str:
    """A date as 1 April 2018."""
    found = pd.Timestamp(day)
    return f"{found.day} {found:%B %Y}"


def short_name(name: str) -> str:
    """A body's name without what every name shares: 'NHS Leeds CCG' is 'Leeds'."""
    for affix in ("NHS ", " Integrated Care Board", " CCG", " ICB"):
        name = name.removeprefix(affix).removesuffix(affix)
    return name


_PLACEHOLDER = re.compile(r"((?:(?:^|\n)\s*|[.?!]\s+)(?:\*\*)?)?\{(\w+)\}")


def spoken(told: Any, words: Mapping[str, str]) -> Any:
    """Text, or whatever holds texts, with `{area}`, `{officers}` and the like in the words of an era (`eras.Era.spoken`).

    A word that opens a text, a line or a sentence, or whose placeholder is written `{Area}`, begins with a capital.
    """
    if isinstance(told, str):
        return _PLACEHOLDER.sub(lambda found: _spoken(found, words), told) if "{" in told else told
    if isinstance(told, Mapping):
        return {name: spoken(one, words) for name, one in told.items()}
    if isinstance(told, list | tuple):
        return [spoken(one, words) for one in told]
    return told


def _spoken(found: re.Match[str], words: Mapping[str, str]) -> str:
    before, name = found[1], found[2]
    word = words.get(name[:1].lower() + name[1:])
    if word is None:
        return found[0]
    opens = name[:1].isupper() or before is not None
    return (before or "") + (sentence(word) if opens else word)
