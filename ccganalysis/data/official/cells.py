"""What a cell or a heading says: numbers as publishers print them, units, financial years, dates, codes."""

from __future__ import annotations

import calendar
import datetime
import math
import re

import pandas as pd

from ...errors import InputError
from .opening import Cell

NONE = {"", "-", "–", "—", "*", "**", "..", ":", "n/a", "na", "none", "nil", "null", "[x]", "[z]", "[c]"}
"""How publishers write "no figure"."""

UNITS = {"£": 1, "£ thousand": 1_000, "£ million": 1_000_000}

_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\Z")
SCIENTIFIC = re.compile(r"[-+]?[\d.,]+[eE][-+]?\d+\Z")
NOT_SCIENTIFIC = (
    "is in scientific notation, which leaves digits out: format the column as a number and save the file again"
)


class NotANumber(ValueError):
    """Why a cell is not a number, and what to do, in words."""


def number(value: Cell) -> float | None:
    """A printed number as a float, None for "no figure"; `NotANumber` with the reason and remedy for anything else."""
    if value is None:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotANumber("is not a number")
        return value
    text = value.strip().replace("\u00a0", "").replace("\u2212", "-")
    if text.lower() in NONE:
        return None
    if text.startswith("="):
        raise NotANumber("is a formula, not its value: open the file in the program that made it and save the values")
    if text.startswith("#"):
        raise NotANumber("is an error of the spreadsheet")
    negative = text.startswith("(") and text.endswith(")")
    text = text.strip("()").strip().removeprefix("£").strip()
    if re.search(r"\d\.\d{3},\d", text):
        raise NotANumber("uses a comma as the decimal point: write 1234.5")
    if SCIENTIFIC.match(text):
        raise NotANumber(NOT_SCIENTIFIC)
    if not _NUMBER.match(text):
        raise NotANumber("must be a number, such as 3,750 or 3.75")
    amount = float(text.replace(",", ""))
    if not math.isfinite(amount):
        raise NotANumber("is too large to be a figure")
    return -amount if negative else amount


def decimals(value: Cell) -> int:
    """How many decimals a number is printed with, at most three: the precision a printed total is compared to."""
    if isinstance(value, float):
        return 0 if value == int(value) else 3
    found = re.search(r"\.(\d+)", value or "")
    return min(len(found[1]), 3) if found else 0


_PER_HEAD = re.compile(r"£\s*(/|per)\s*(head|capita|person)")
_THOUSAND = re.compile(r"£\s*(in )?('?\s*000s?|ks?|thousands?)\b|\(\s*'?000s?\s*\)|'000s?\b|\bthousands of pounds")
_MILLION = re.compile(r"£\s*(in )?(ms?|mn|mil|millions?)\b|\bmillions of pounds")


def unit(text: str) -> int | None:
    """The pounds in one unit of a money heading: 1, 1,000 or 1,000,000; None if it does not say, or says two things."""
    text = re.sub(r"Â£|\ufffd(?=[mk0\s'])|gbp", "£", text.replace("’", "'"), flags=re.IGNORECASE).lower()
    text = _PER_HEAD.sub(" ", text)
    found = {factor for factor, pattern in ((1_000, _THOUSAND), (1_000_000, _MILLION)) if pattern.search(text)}
    if not found and "£" in text:
        found.add(1)
    return found.pop() if len(found) == 1 else None


def unit_name(factor: int) -> str:
    """The name in `UNITS` of an amount of pounds."""
    return {amount: name for name, amount in UNITS.items()}[factor]


def financial_years(text: str) -> list[str]:
    """The financial years a heading names, as 2018/19, in order: from 2018/19, 2018-19, 2018/2019, 18/19 or FY19."""
    years = []
    for first, second in re.findall(r"(?<![\d/-])((?:20)?\d{2})\s*[-/–]\s*((?:20)?\d{2})(?![\d/])", text):
        start = int(first) if len(first) == 4 else 2000 + int(first)
        if (start + 1) % 100 == int(second) % 100 and 2012 <= start <= 2035:
            years.append(f"{start}/{(start + 1) % 100:02d}")
    years += [f"20{int(end) - 1:02d}/{end}" for end in re.findall(r"\bFY\s*(?:20)?(\d{2})\b", text)]
    return list(dict.fromkeys(years))


def year_end(financial_year: str) -> pd.Timestamp:
    """The last day of a financial year such as 2018/19."""
    return pd.Timestamp(int(financial_year[:4]) + 1, 3, 31)


def date(text: str) -> datetime.date:
    """A date as NHS Digital has written it over the years: 01JAN2021, 01-Jan-21, 01/01/2021, 2021-01-01, 20210101."""
    for form in ("%d%b%Y", "%Y-%m-%d", "%d-%b-%y", "%d-%b-%Y", "%d/%m/%Y", "%Y%m%d", "%d %B %Y", "%d-%B-%Y"):
        try:
            found = datetime.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
        if 2010 <= found.year <= 2040:
            return found
    raise ValueError(f"{text!r} is not a date such as 01JAN2021 or 2021-01-01")


MONTH_FORMS = ("%Y-%b", "%b %Y", "%b-%Y", "%B %Y", "%b-%y", "%Y-%m", "%Y%m")


def month(text: str) -> datetime.date:
    """The last day of the month a cell names: 2019-APR, APR 2019, April 2019, Apr-19, 2019-04, 201904, or a date.

    A date must be the month's first or last day: any other may have its month and day changed over.
    """
    wrong = f"{text!r} is not a month such as 2019-APR or 30/04/2019"
    for form in MONTH_FORMS:
        try:
            found = datetime.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
        break
    else:
        try:
            found = date(text)
        except ValueError:
            raise ValueError(wrong) from None
    last = found.replace(day=calendar.monthrange(found.year, found.month)[1])
    if found.day not in (1, last.day) or not 2000 <= found.year <= 2040:
        raise ValueError(wrong)
    if found > datetime.date.today():
        raise ValueError(f"{text!r} is a month to come")
    return last


def code(value: Cell) -> str:
    """An organisation's code from a cell: upper case, no spaces; a number becomes its digits."""
    if isinstance(value, float):
        value = str(int(value)) if value == int(value) else str(value)
    return (value or "").strip().upper()


def given_date(text: str | None, file: str) -> datetime.date | None:
    """The date a user gave for a file that carries none."""
    if text is None:
        return None
    try:
        return date(text)
    except ValueError as error:
        raise InputError(f"{file}: --date {error}.") from None
