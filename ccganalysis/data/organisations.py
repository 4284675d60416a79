"""Bodies and dates: who was in force when, who took over from whom, who neighbours whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, unknown
from ..wording import short_name
from .tables import Day

LONDON = "London"
"""The region whose parts maps enlarge."""


def footprint(bodies: pd.DataFrame, as_at: Day) -> pd.DataFrame:
    """The bodies in force on a date (columns of `bodies`), sorted by area and name.

    Raises `InputError` listing the dates held when there is no footprint of that date.
    """
    date = pd.Timestamp(as_at)
    chosen = bodies[bodies["as_at"] == date]
    if chosen.empty:
        held = [f"{day:%Y-%m-%d}" for day in sorted(bodies["as_at"].unique())]
        raise InputError(unknown("footprint date (as_at)", f"{date:%Y-%m-%d}", held))
    return chosen.sort_values(["area_name", "body_name"], ignore_index=True)


def beside(bodies: pd.DataFrame, found: pd.DataFrame, what: str) -> pd.DataFrame:
    """Bodies with the columns of another frame beside them, one row each by `body_code`.

    Raises `InputError` naming the bodies for which `found` (which is called `what`) has no row.
    """
    if lost := sorted(set(bodies["body_code"]) - set(found["body_code"])):
        raise InputError(f"There is no {what} for {', '.join(lost)}. Check that the codes and the dates go together.")
    return bodies.merge(found, on="body_code", validate="one_to_one")


def on_date(table: pd.DataFrame, as_at: Day) -> pd.DataFrame:
    """The rows of a table that belong to one footprint date."""
    return table[table["as_at"] == pd.Timestamp(as_at)].reset_index(drop=True)


def within_area(bodies: pd.DataFrame, area: str) -> pd.DataFrame:
    """The bodies of one area of a footprint; raises `InputError` with the nearest code where there is no such area."""
    chosen = bodies[bodies["area_code"] == area]
    if chosen.empty:
        names = bodies.drop_duplicates("area_code").sort_values("area_code")
        raise InputError(unknown("area", area, names["area_code"], list(names["area_name"])))
    return chosen.reset_index(drop=True)


def terms(register: pd.DataFrame) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """First and last day of every commissioner by code, no last day (NaT) for one in force."""
    rows = zip(register["body_code"], register["open_date"], register["close_date"], strict=True)
    return {code: (begins, ends) for code, begins, ends in rows}


def outside_term(frame: pd.DataFrame, terms: Mapping[str, tuple[pd.Timestamp, pd.Timestamp]]) -> pd.DataFrame:
    """Whether the body of each row (`body_code`) came into force after its `financial_year`, or had ended before it.

    Columns `before` and `after`, of truth values, on the index of `frame`; a body without a term is in neither.
    """
    begins, ends = (frame["body_code"].map({code: term[place] for code, term in terms.items()}) for place in (0, 1))
    starts = pd.to_datetime(frame["financial_year"].str[:4] + "-04-01", format="%Y-%m-%d", errors="coerce")
    return pd.DataFrame({"before": begins > starts + pd.DateOffset(years=1, days=-1), "after": ends < starts})


def only_mergers(mergers: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table `mergers` that are mergers of bodies of one era, not their passage to those of another."""
    return mergers[mergers["event"].str.endswith("merger")]


def successors(
    register: pd.DataFrame,
    mergers: pd.DataFrame,
    boundary_changes: pd.DataFrame,
    overlap: pd.DataFrame,
    begins: Day,
    dates: Iterable[pd.Timestamp],
) -> pd.DataFrame:
    """Where the people of every body went: for the bodies in force on each date, their successors on each later one.

    `dates` are the footprints of one era, `begins` the day its first bodies came into force.

    Columns `from_date`, `body_code`, `as_at`, `successor_code`, `share_of_people_to_successor`, `kind` (published where
    a whole body went, derived where LSOA residents of mid-2019 give the split). `from_date` is the day the era began or a
    footprint's, `as_at` the same day or a later footprint's; on its own date a body maps to itself. What happened
    before `from_date` is not in the shares, so figures counted then can be carried on as they are. (The passage to
    the bodies of another era is in `mergers`.)
    """
    first, footprints = pd.Timestamp(begins), sorted(dates)
    changes = {*mergers["effective_date"], *boundary_changes["effective_date"]}
    changed = sorted(date for date in changes if first < date <= footprints[-1])
    steps = {date: _step(date, mergers, boundary_changes, overlap) for date in changed}
    rows = []
    for start in sorted({first, *footprints}):
        alive = (register["open_date"] <= start) & ~(register["close_date"] < start)
        for code in register.loc[alive, "body_code"]:
            shares, kind = {code: 1.0}, "published"
            for date in sorted({*footprints, *changed}):
                if date > start:
                    shares, divided = _follow(shares, steps.get(date, {}))
                    kind = "derived" if divided else kind
                if date >= start and date in footprints:
                    rows += [(start, code, date, heir, share, kind) for heir, share in shares.items()]
    columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor", "kind"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:4], ignore_index=True)


def _follow(shares: dict[str, float], step: dict[str, dict[str, float]]) -> tuple[dict[str, float], bool]:
    """The shares after the changes of one date, and whether any body was divided by them."""
    after: dict[str, float] = {}
    for code, share in shares.items():
        for heir, part in step.get(code, {code: 1.0}).items():
            after[heir] = after.get(heir, 0.0) + share * part
    return after, any(len(step.get(code, {})) > 1 for code in shares)


def followed(successors: pd.DataFrame, from_date: Day, as_at: Day) -> pd.DataFrame:
    """The rows of `successors` from the bodies of one date to those of another, not an earlier one.

    Raises `InputError` where the table has no such pair of dates.
    """
    start, end = pd.Timestamp(from_date), pd.Timestamp(as_at)
    chosen = successors[(successors["from_date"] == start) & (successors["as_at"] == end)]
    if chosen.empty:
        raise InputError(
            f"No successors are held from {start:%d %B %Y} to {end:%d %B %Y}; the second must not be earlier."
        )
    return chosen.reset_index(drop=True)


def main_successor(successors: pd.DataFrame, from_date: Day, as_at: Day) -> pd.Series:
    """For each body of one date the body of another that most of its people went to, by `body_code`."""
    rows = followed(successors, from_date, as_at).sort_values(["share_of_people_to_successor", "successor_code"])
    return rows.drop_duplicates("body_code", keep="last").set_index("body_code")["successor_code"]


def _step(
    date: pd.Timestamp, mergers: pd.DataFrame, boundary_changes: pd.DataFrame, overlap: pd.DataFrame
) -> dict[str, dict[str, float]]:
    """What happened on one date: for each body changed, the share of its people that each successor received."""
    residents = overlap.groupby(["as_at", "body_code"])["residents"].sum()
    merged = mergers[mergers["effective_date"] == date].set_index("predecessor_code")["successor_code"].to_dict()
    changes = boundary_changes[boundary_changes["effective_date"] == date]
    step: dict[Any, dict[Any, float]] = {code: {successor: 1.0} for code, successor in merged.items()}
    for code, moves in changes.groupby("from_code"):
        moved = moves.set_index("to_code")["residents_moved"]
        before = [day for day, body in residents.index if body == code and day < date]
        # The last footprint before the change counts the people; 2017, the first one held, is after its change.
        total = residents[max(before), code] if before else residents[date, code] + moved.sum()
        step[code] = {target: people / total for target, people in moved.items()}
        step[code][merged.get(code, code)] = 1 - moved.sum() / total
    return step


def to_footprint(
    values: pd.DataFrame, successors: pd.DataFrame, from_date: Day, as_at: Day, columns: Iterable[str]
) -> pd.DataFrame:
    """Carry amounts of the bodies of one date onto those of a later footprint: predecessors summed, splits weighted.

    `values` has `body_code` and the amount `columns`, counted on the bodies in force on `from_date`; the result is
    indexed by `body_code` of the footprint `as_at`; what no predecessor has is missing. Raises `InputError` naming codes not in force on `from_date`.
    """
    mapping = followed(successors, from_date, as_at)
    lost = sorted(set(values["body_code"]) - set(mapping["body_code"]))
    if lost:
        raise InputError(
            f"Not in force on {pd.Timestamp(from_date):%d %B %Y}: {', '.join(lost)}. Check the codes and the date against "
            "body_register.csv."
        )
    joined = mapping.merge(values[["body_code", *columns]], on="body_code")
    weighted = joined[list(columns)].mul(joined["share_of_people_to_successor"], axis=0)
    return weighted.groupby(joined["successor_code"].rename("body_code")).sum(min_count=1)


def whole(values: pd.Series) -> pd.Series:
    """Amounts as whole numbers that still add to the rounded total (largest remainders round up)."""
    floor: pd.Series = np.floor(values)
    short = round(values.sum()) - int(floor.sum())
    up = (values - floor).sort_values(ascending=False, kind="stable").index[:short]
    floor[up] += 1
    return floor.astype("int64")


def neighbours(
    links: pd.DataFrame, as_at: Day, water_links: str = "none", listed: pd.DataFrame | None = None
) -> list[tuple[str, str]]:
    """The pairs of neighbouring bodies on a date: rook contiguity, plus the water links asked for.

    `water_links` is `none`, the widest gap to count in kilometres, such as `1`, or `listed`: the pairs of the table
    `water_links` (passed as `listed`) whose bodies are both in force.
    """
    chosen = links[links["as_at"] == pd.Timestamp(as_at)]
    pair = ["body_code_a", "body_code_b"]
    rook = chosen["link"] == "rook"
    if water_links == "listed" and listed is not None:
        rook |= pd.MultiIndex.from_frame(chosen[pair]).isin(pd.MultiIndex.from_frame(listed[pair]))
    elif water_links != "none":
        rook |= chosen["min_gap_km"] <= float(water_links)
    return list(chosen.loc[rook, pair].itertuples(index=False, name=None))


def mergers(text: str, bodies: pd.DataFrame, pairs: Sequence[tuple[str, str]], area: str) -> list[list[str]]:
    """The mergers that a reader asks for inside one area, such as "01F+02D, 01J+01X+01T": lists of codes.

    `bodies` is the footprint, `pairs` its neighbours (`neighbours`). Bodies not named stay as they are;
    no text is no merger. Raises `InputError`, in one line, for a code that is unknown or of another area, a body named
    twice, a merger of one body, and one whose bodies are not connected.
    """
    own = within_area(bodies, area)
    area_name, codes = own["area_name"].iloc[0], own["body_code"].tolist()
    groups = [[code.strip() for code in group.split("+")] for group in text.split(",") if group.strip()]
    seen: set[str] = set()
    for group in groups:
        merger = "+".join(group)
        for code in group:
            if code not in codes:
                elsewhere = bodies.loc[bodies["body_code"] == code, "area_name"]
                if len(elsewhere):
                    raise InputError(
                        f"merge: {code} of {merger!r} is in {elsewhere.iloc[0]}, not in {area_name}, "
                        "and bodies may merge inside one area only."
                    )
                named = unknown("body code", code, codes, [short_name(name) for name in own["body_name"]])
                raise InputError(f"merge: {named}")
            if code in seen:
                raise InputError(f"merge: {code} is named twice; a body can go into one merger only.")
            seen.add(code)
        if len(group) == 1:
            raise InputError(f"merge: {merger!r} is one body; write what it merges with after a +, or leave it out.")
        inside = [pair for pair in pairs if set(pair) <= set(group)]
        first = _reached(group[0], inside)
        if rest := [code for code in group if code not in first]:
            first = [code for code in group if code in first]
            raise InputError(
                f"merge: {merger!r} is not connected: no border between {_either(first)} and {_either(rest)}."
            )
    return groups


def _reached(start: str, pairs: Sequence[tuple[str, str]]) -> Collection[str]:
    """A body and all that can be reached from it over the borders given."""
    found, new = {start}, {start}
    while new:
        new = {other for pair in pairs for one, other in (pair, pair[::-1]) if one in new} - found
        found |= new
    return found


def _either(codes: Sequence[str]) -> str:
    return " or ".join(codes)
