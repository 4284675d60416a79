"""Bodies and dates: who was in force when, who took over from whom, who neighbours whom."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .errors import InputError, unknown

def footprint(bodies: pd.DataFrame, as_at: object) -> pd.DataFrame:
    """The bodies in force on a date (columns of `bodies`), sorted by ICS and name.

    Raises `InputError` listing the dates held when there is no footprint of that date.
    """
    date = pd.Timestamp(as_at)
    chosen = bodies[bodies["as_at"] == date]
    if chosen.empty:
        held = [f"{day:%Y-%m-%d}" for day in sorted(bodies["as_at"].unique())]
        raise InputError(unknown("footprint date (as_at)", f"{date:%Y-%m-%d}", held))
    return chosen.sort_values(["ics_name", "body_name"], ignore_index=True)


def on_date(table: pd.DataFrame, as_at: object) -> pd.DataFrame:
    """The rows of a table that belong to one footprint date."""
    return table[table["as_at"] == pd.Timestamp(as_at)].reset_index(drop=True)


def within_ics(bodies: pd.DataFrame, ics: str) -> pd.DataFrame:
    """The bodies of one ICS of a footprint; raises `InputError` with the nearest code where there is no such ICS."""
    chosen = bodies[bodies["ics_code"] == ics]
    if chosen.empty:
        names = bodies.drop_duplicates("ics_code").sort_values("ics_code")
        valid = [f"{code} ({name})" for code, name in zip(names["ics_code"], names["ics_name"], strict=True)]
        raise InputError(unknown("ics", ics, valid))
    return chosen.reset_index(drop=True)


def successors(
    register: pd.DataFrame,
    mergers: pd.DataFrame,
    boundary_changes: pd.DataFrame,
    overlap: pd.DataFrame,
    footprints: pd.DataFrame,
) -> pd.DataFrame:
    """Where the people of every body went: for each body ever in force and each later date, its successors' shares.

    Columns `body_code`, `as_at`, `successor_code`, `share_of_people_to_successor`, `kind` (published where a whole
    body went, derived where LSOA residents of mid-2019 give the split). `as_at` runs over the footprints. A body in force on
    the date maps to itself. (The passage to ICBs in July 2022 is in `mergers`: it divided three bodies by small areas,
    which says nothing about how those bodies' own predecessors were divided.)
    """
    dates = sorted(set(mergers.loc[mergers["event"] == "CCG merger", "effective_date"]))
    steps = {date: _step(date, mergers, boundary_changes, overlap) for date in dates}
    rows = []
    for body in register.itertuples():
        shares, kinds = {body.body_code: 1.0}, "published"
        for date in sorted({*footprints["as_at"], *steps}):
            # A change on the day a body opened is how it came about, not something that happened to it.
            if date <= body.open_date:
                continue
            moved: dict[str, float] = {}
            for code, share in shares.items():
                targets = steps.get(date, {}).get(code, {code: 1.0})
                if len(targets) > 1:
                    kinds = "derived"
                for target, part in targets.items():
                    moved[target] = moved.get(target, 0.0) + share * part
            shares = moved
            rows += [(body.body_code, date, code, share, kinds) for code, share in sorted(shares.items())]
        if body.open_date in set(footprints["as_at"]):
            rows.append((body.body_code, body.open_date, body.body_code, 1.0, "published"))
    columns = ["body_code", "as_at", "successor_code", "share_of_people_to_successor", "kind"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame[frame["as_at"].isin(set(footprints["as_at"]))].sort_values(columns[:3], ignore_index=True)


def _step(
    date: pd.Timestamp, mergers: pd.DataFrame, boundary_changes: pd.DataFrame, overlap: pd.DataFrame
) -> dict[str, dict[str, float]]:
    """What happened on one date: for each body changed, the share of its people that each successor received."""
    residents = overlap.groupby(["as_at", "body_code"])["residents"].sum()
    merged = mergers[mergers["effective_date"] == date].set_index("predecessor_code")["successor_code"].to_dict()
    changes = boundary_changes[boundary_changes["effective_date"] == date]
    step = {code: {successor: 1.0} for code, successor in merged.items()}
    for code, moves in changes.groupby("from_code"):
        moved = moves.set_index("to_code")["residents_moved"]
        before = [day for day, body in residents.index if body == code and day < date]
        # The last footprint before the change counts the people; 2017, the first one held, is after its change.
        total = residents[max(before), code] if before else residents[date, code] + moved.sum()
        step[code] = {target: people / total for target, people in moved.items()}
        step[code][merged.get(code, code)] = 1 - moved.sum() / total
    return step


def to_footprint(
    values: pd.DataFrame, successors: pd.DataFrame, as_at: object, columns: Iterable[str]
) -> pd.DataFrame:
    """Carry amounts of earlier bodies onto the bodies of a later footprint: predecessors are summed, splits weighted.

    `values` has `body_code` and the amount `columns`; the result is indexed by `body_code` of the footprint. Raises
    `InputError` naming codes that no register knows or that have no successor on the date.
    """
    date = pd.Timestamp(as_at)
    mapping = successors[successors["as_at"] == date]
    lost = sorted(set(values["body_code"]) - set(mapping["body_code"]))
    if lost:
        raise InputError(
            f"No body in force on {date:%d %B %Y} took over from: {', '.join(lost)}. "
            "Check the codes against body_register.csv, and that these bodies are not younger than the date."
        )
    joined = mapping.merge(values[["body_code", *columns]], on="body_code")
    weighted = joined[list(columns)].mul(joined["share_of_people_to_successor"], axis=0)
    return weighted.groupby(joined["successor_code"].rename("body_code")).sum()


def neighbours(
    links: pd.DataFrame, as_at: object, water_links: str = "none", listed: pd.DataFrame | None = None
) -> list[tuple[str, str]]:
    """The pairs of neighbouring bodies on a date: rook contiguity, plus the water links asked for.

    `water_links` is `none`, the widest gap to count in kilometres, such as `1`, or `listed`: the pairs of the table
    `water_links` (passed as `listed`) whose bodies are both in force.
    """
    chosen = links[links["as_at"] == pd.Timestamp(as_at)]
    pair = ["body_code_a", "body_code_b"]
    rook = chosen["link"] == "rook"
    if water_links == "listed":
        rook |= pd.MultiIndex.from_frame(chosen[pair]).isin(pd.MultiIndex.from_frame(listed[pair]))
    elif water_links != "none":
        rook |= chosen["min_gap_km"] <= float(water_links)
    return list(chosen.loc[rook, pair].itertuples(index=False, name=None))
