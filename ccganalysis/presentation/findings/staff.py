"""What bodies employ, and what that says of size."""

from __future__ import annotations

import pandas as pd

from ...analysis import scale, staff
from ...analysis.regression import Range
from ...wording import NUMBERS, date, gbp, listed, per_cent, sentence, share_of, short_name


def staff_by_size(frame: pd.DataFrame, found: scale.Elasticity) -> str:
    """What twice the people went with, on the day; `frame` as `staff.measured` or `staff.pooled`."""
    twice = found.released([1, 1])
    told = f"On {date(frame['date'].iloc[0])} twice the people went with {_fewer(twice.central)} staff per head"
    if (frame["body_count"] > 1).any():
        told += " where bodies under one {officer} are taken together"
    if twice.low <= 0 <= twice.high:
        return f"{told}, but the 95% interval, {_between(twice)}, leaves no difference open"
    return f"{told} (95% interval {_between(twice)})"


def staff_hosts(frame: pd.DataFrame) -> str:
    """Whose staff the figures are: how many host teams for others, and whose staff are employed elsewhere."""
    hosts = frame[frame["staff_state"] == staff.HOST].sort_values("staff_per_100000", ascending=False)
    absent = frame[frame["staff_state"] == staff.ELSEWHERE]
    declared = frame[frame["staff_state"] == staff.BROKEN]
    total, plural = len(frame), "groups and bodies" if (frame["body_count"] > 1).any() else "bodies"
    if len(hosts):
        told = (
            f"{sentence(share_of(len(hosts), total, plural))} had at least {staff.HOST_TIMES_MEDIAN:g} times the "
            f"median staff per head, and {'is' if len(hosts) == 1 else 'are'} taken to host teams for others: "
            f"{listed([short_name(name) for name in hosts['body_name']])}."
        )
    else:
        told = f"None of the {total:,} {plural} had as much as {staff.HOST_TIMES_MEDIAN:g} times the median staff per head."
    if len(absent):
        told += (
            f" {sentence(share_of(len(absent), total, plural))} had none or fewer than {staff.FEWEST_FTE:g} full-time "
            f"equivalents, so {'its' if len(absent) == 1 else 'their'} staff are employed by another body, and "
            f"{'it is' if len(absent) == 1 else 'they are'} left out of the line."
        )
    if len(declared):
        told += (
            f" {listed([short_name(name) for name in declared['body_name']])} "
            f"{'is' if len(declared) == 1 else 'are'} left out of the line too, since staff of a support unit "
            "are counted there (data/raw/staff_breaks.csv)."
        )
    return told


def equal_mergers(found: scale.Elasticity) -> str:
    """What mergers of equal bodies would release in staff, if the association held."""
    shares = {number: found.released([1] * number) for number in scale.BODIES_MERGED}
    parts = [
        f"{_fewer(share.central)} ({_between(share)}) in place of {NUMBERS[number]}" for number, share in shares.items()
    ]
    return (
        f"If one body needed the staff that bodies of its size had, it would have {listed(parts)} equal bodies. That is an "
        "association between bodies on one day, not an effect of any merger."
    )


def elasticities(frame: pd.DataFrame) -> str:
    """How many of the elasticities are below 1, and how many surely; `frame` as `scale.elasticities`."""
    below = int((frame["elasticity"] < 1).sum())
    surely = int((frame["elasticity_high"] < 1).sum())
    least, most = frame["elasticity"].min(), frame["elasticity"].max()
    return (
        f"{sentence(share_of(below, len(frame), 'elasticities'))} of staff on people {'is' if below == 1 else 'are'} below 1, and "
        f"{share_of(surely, len(frame), 'intervals')} {'lies' if surely == 1 else 'lie'} wholly below it; they run from "
        f"{least:.2f} to {most:.2f}"
    )


def adjusted(frame: pd.DataFrame) -> str:
    """What is left of the association of all staff at equal density, deprivation and age; `frame` as `scale.elasticities`, of
    one date. It is told of bodies under one officer where they are taken together.
    """
    rows = frame[
        (frame["staff_counted"] == "all staff") & (frame["hosts"] == "included") & (frame["adjusted"] == "yes")
    ]
    row = rows.iloc[-1]
    within = row["elasticity_low"] <= 1 <= row["elasticity_high"]
    return (
        f"At equal density, deprivation and age the elasticity is {row['elasticity']:.2f} (95% interval "
        f"{row['elasticity_low']:.2f} to {row['elasticity_high']:.2f}){', which leaves no difference open' if within else ''}."
    )


def price_of_posts(a_year: Range, once: Range) -> str:
    """What a post costs a year, and what closing one costs once (`unit_costs.price_per_fte`, `price_of_closing`)."""
    return (
        f"A post costs {gbp(a_year.low)} to {gbp(a_year.high)} a year by published costs per head over measured staff, and closing "
        f"one has cost {gbp(once.low)} to {gbp(once.high)} once."
    )


def _fewer(share: float) -> str:
    """A share of staff released as fewer or more: 7% fewer, 3% more, no fewer."""
    if per_cent(abs(share)) == "0%":
        return "no fewer"
    return f"{per_cent(abs(share))} {'fewer' if share > 0 else 'more'}"


def _between(share: Range) -> str:
    """A range of such shares: 1% to 12% fewer, 3% more to 12% fewer, 0% to 12% fewer."""
    low, high = (round(end, 2) for end in (share.low, share.high))
    if low == high:
        return _fewer(low)
    if low < 0 < high:
        return f"{_fewer(low)} to {_fewer(high)}"
    near, far = sorted((low, high), key=abs)
    return f"{per_cent(abs(near))} to {_fewer(far)}"
