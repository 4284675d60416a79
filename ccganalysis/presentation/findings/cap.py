"""What the cap pays for, beside the staff there are; never beside an allowance."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...analysis.regression import Range
from ...data.eras import Cap
from ...wording import date, gbp, gbp_range, listed, per_cent, sentence, short_name
from .words import the


def cap_meaning(rate_gbp: float, cap: Cap) -> str:
    """What the cap is, and that it is no allowance."""
    return (
        f"## The cap, and the posts that it pays for\n\nIn {cap.asked} running costs and programme pay together were capped at "
        f"{gbp(rate_gbp)} a head. That is another measure than the allowance, which leaves programme pay out: the two are never "
        f"added up, compared or joined. It was to be met by {date(cap.by)}."
    )


def cap_against_staff(
    each: pd.DataFrame, whole: pd.Series, since: pd.Series, cap: Cap, carried_from: int | None
) -> str:
    """What the cap pays for in one place, and how many of its bodies have more staff than that.

    `each` are its bodies, `whole` all of it (`cap.against_staff`), `since` the same from the first day without a break. `carried_from`:
    how many bodies the staff were counted on, where those were others.
    """
    place, on = str(whole["place"]), date(cap.by)
    told = (
        f"**{_how_many(each['posts_over_low'] > 0)} had more staff on {on} than the cap would pay for**, if a post costs the least of the "
        "published costs."
    )
    if carried_from:
        told += f" Staff and people are those of the {carried_from} {{bodies}} before them, divided as their residents were."
    return (
        f"{told} For {the(place)} the cap comes to {gbp(whole['cost_cap_gbp'])}. It would pay for {_posts(whole, 'posts_paid')} posts, if "
        f"all of it went on posts at their published costs. There were {whole['staff_fte']:,.0f}, in full-time equivalents. "
        f"{_changed(since, cap)}"
    )


def _how_many(over: pd.Series) -> str:
    number, total = int(over.sum()), len(over)
    if total == 1:
        return "The one {body}" if number else "Not even the one {body}"
    if number == total:
        return "Both {bodies}" if total == 2 else f"All {total} {{bodies}}"
    if not number:
        return "Neither of the 2 {bodies}" if total == 2 else f"None of {total} {{bodies}}"
    return f"{number} of {total} {{bodies}}"


def _posts(row: pd.Series, name: str) -> str:
    """A range of posts, one number where both ends read alike."""
    return " to ".join(dict.fromkeys(f"{row[f'{name}_{end}']:,.0f}" for end in ("low", "high")))


def _changed(since: pd.Series, cap: Cap) -> str:
    """How staff changed from the first day without a break to the day that counts."""
    share = round(float(since["staff_fte"] / since["staff_fte_before"] - 1), 3)
    change = f"{'rose' if share > 0 else 'fell'} by {per_cent(abs(share), 1)}" if share else "did not change"
    return f"From {date(cap.since)} to that day staff {change}."


def cap_of_what_was_asked(target: float) -> str:
    """Beside what became of staff, what was asked."""
    return f"In {{asked}} {per_cent(target)} of running costs was asked for."


def cap_caveats(price: Range, each: pd.DataFrame, cap: Cap) -> str:
    """What the comparison leaves out, either way; `each` as in `cap_against_staff`."""
    told = (
        f"A post costs {gbp_range(price.low, price.high)} a year, by published costs per head over measured staff. The cap is to be "
        "kept by each {area} as a whole: beside one body stands its part by people, and no limit of its own. Staff include teams hosted for "
        "others and for services that the cap leaves out, so fewer posts may be too many; some of the cap goes on other things than posts, and on "
        "support units whose staff are not counted here, so more may be. People are those of the allowances of the cap's year, as "
        "no base was published with it."
    )
    broken = each.loc[each["staff_change_share"].isna(), "place"]
    if len(broken):
        told += f" No change since {date(cap.before)} is given for {listed(list(map(short_name, broken)))}, as staff of a support unit joined in between."
    return told


def cap_headline(frame: pd.DataFrame, cap: Cap) -> str:
    """The chart in a line: `frame` as `cap.against_staff` by anything."""
    first, row = date(cap.by), frame.iloc[0]
    if not row["posts_over"] > 0:
        return f"On {first} the cap would have paid for all the staff there were, at the central cost of a post"
    return (
        f"{sentence(the(str(row['place'])))} had most staff beyond what the cap pays for on {first}: {row['posts_over']:,.0f} of "
        f"{row['staff_fte']:,.0f} posts, if a post costs the central figure"
    )


CAP_COLUMNS = (
    *("place", "body_count", "cost_cap_gbp", "posts_paid_low", "posts_paid_high", "staff_fte_before", "staff_fte"),
    *("staff_change_share", "posts_over_low", "posts_over_high"),
)


def cap_table(frame: pd.DataFrame, without: Sequence[str] = ()) -> pd.DataFrame:
    """`cap.against_staff` as a reader wants it: pounds no finer than the measure."""
    columns = [name for name in CAP_COLUMNS if name not in without]
    return frame.assign(cost_cap_gbp=frame["cost_cap_gbp"].round(-5).astype("int64"))[columns]


def cap_headings(cap: Cap, place: str) -> dict[str, str]:
    """The headings of that table which name a day."""
    before, by = date(cap.before), date(cap.by)
    return {
        "place": place,
        "staff_fte_before": f"Staff, {before} (FTE)",
        "staff_fte": f"Staff, {by} (FTE)",
        "staff_change_share": "Change in staff (%)",
    }
