"""What a merger would release by prices quoted, by scale and as measured, side by side: never one number alone."""

from __future__ import annotations

import pandas as pd

from ...analysis import routes as analysis
from ...analysis.regression import Range
from ...wording import count, date, gbp, per_cent, sentence
from .choices import some_of
from .words import bodies, the

NO_STAFF = (
    "No staff of these bodies are held, so what a merger would release can be told by prices quoted only: neither by scale nor as "
    "measured. Rows in data/raw/staff.csv change that."
)

FOLLOWS = (
    "Shares in B and C are of staff, and so of running cost if that goes as staff do; their pounds are of all staff, of whom some "
    "are paid from programme money."
)


def three_routes(rows: pd.DataFrame, found: analysis.Evidence) -> str:
    """What the evidence supports of one place: `rows` are its four of `routes.compared`. Nothing where it has no merger."""
    by_route = rows.set_index("route")
    fixed = by_route.loc[analysis.FIXED]
    if not fixed["released_high_gbp"] > 0:
        return ""
    told = (
        "What merging as far as neighbours allow would release is not settled, and no result of a merger was audited. By "
        f"{count(found.quoted, 'price')} quoted for a merger alone: {_pounds(fixed)} a year if each body removed releases as much, "
        f"{_pounds(by_route.loc[analysis.PROPORTIONAL])} if the same prices go by running cost."
    )
    if found.staff_date is None:
        return f"{told} {NO_STAFF}"
    scale, measured = by_route.loc[analysis.SCALE], by_route.loc[analysis.MEASURED]
    if found.elasticity is not None:
        told += f" By scale: {_less(scale)}, if one body needed the staff that bodies of its size had."
    if found.effect is not None:
        told += (
            f" As measured: {_less(measured)}, if staff changed as in the {bodies(found.effect.merged)} formed on "
            f"{date(found.effect.merger_date)}{_open(found.effect.released)}."
        )
    return told


def routes_headline(rows: pd.DataFrame, found: analysis.Evidence) -> str:
    """The chart of one place in a line."""
    by_route = rows.set_index("route")
    place = rows["place"].iloc[0]
    told = f"Merging the bodies of {the(place)} would release {_pounds(by_route.loc[analysis.FIXED])} a year, if prices quoted hold"
    if found.elasticity is not None:
        share = _range(by_route.loc[analysis.SCALE], "share")
        told += f"; by scale it would take {_fewer(share)} staff"
    if found.effect is not None:
        told += f"; what mergers did to staff {'cannot be told from nothing' if _open(found.effect.released) else 'was measured'}"
    return told


def routes_table(rows: pd.DataFrame) -> pd.DataFrame:
    """`routes.compared` as a reader wants it: pounds no finer than the evidence, and what is not held left out."""
    shown = rows.dropna(subset="released_central_gbp")
    pounds = [f"released_{case}_gbp" for case in ("low", "central", "high")]
    shown = shown.assign(**{name: shown[name].round(-4).astype("int64") for name in pounds})
    shares = [f"share_{case}" for case in ("low", "central", "high")]
    place = ["place"] if shown["place"].nunique() > 1 else []
    return shown[[*place, "route", *pounds, *shares, "posts_fewer", "evidence_count", "kind"]].reset_index(drop=True)


def routes_note(found: analysis.Evidence) -> str:
    """How the table is to be read, or why it has only prices."""
    if found.staff_date is None:
        return NO_STAFF
    return (
        f"Low and high are the lowest and highest of {count(found.quoted, 'price')} in A, and the ends of 95% intervals in B and C, at "
        f"{_between(gbp(found.price.low), gbp(found.price.high))} a post. {FOLLOWS} Staff are those of {date(found.staff_date)}. Bodies under one "
        "{officer} count as one in B, so it has nothing to release among them."
    )


def posts(row: pd.Series, target: float) -> str:
    """The break-even in posts, and beside it what scale gives: `row` is a place's route B in `routes.compared`."""
    place, number = row["place"], int(row["body_count"])
    if pd.isna(row["staff_fte"]):
        return f"No staff of {the(place)} are held, so nothing can be said in posts."
    told = (
        f"**In posts.** To release {per_cent(target)} by merging alone, {'the ' + bodies(number)} of {the(place)} would have to do with "
        f"{target * row['staff_fte']:,.0f} fewer of {row['staff_fte']:,.0f} staff."
    )
    if pd.notna(row["posts_fewer"]):
        told += (
            f" If one body needed the staff that bodies of its size had, {_posts(row['posts_fewer'])} fewer would be needed "
            f"({_fewer(_range(row, 'share'))})."
            if row["posts_fewer"] >= 0.5
            else " By scale none would be fewer, as bodies under one {officer} count as one already."
        )
    if row["elsewhere_count"]:
        told += (
            f" Staff of {count(int(row['elsewhere_count']), 'of these bodies are', 'of these bodies are')} employed elsewhere, and "
            "not in these figures."
        )
    return told


def _posts(number: float) -> str:
    return f"{abs(number):,.0f}"


def passing(frame: pd.DataFrame, target: float) -> str:
    """The 20% test restated: `frame` as `routes.passing`."""
    rows = frame.set_index("route")
    total = int(frame["merger_count"].iloc[0])
    if not total:
        return "There is no merger to test."
    quoted = int(rows.loc[f"A quoted, {analysis.BOTH}", "passing_high"])
    told = (
        f"{sentence(some_of(quoted, total))} would release {per_cent(target)} by itself in both shapes of saving, even at the highest "
        "price quoted."
    )
    scale, measured = rows.loc[analysis.SCALE], rows.loc[analysis.MEASURED]
    if pd.notna(scale["passing_central"]):
        told += (
            f" By scale {some_of(int(scale['passing_central']), total)} would at the central elasticity, and "
            f"{some_of(int(scale['passing_high']), total)} at the end of its interval that releases most."
        )
    if pd.notna(measured["passing_central"]):
        told += (
            f" As measured, {some_of(int(measured['passing_high']), total)} would, even at the end that releases most."
        )
    stress = int(rows.loc[f"{analysis.STRESS}, {analysis.BOTH}", "passing_central"])
    return f"{told} In the stress case {some_of(stress, total)} would in both shapes."


def firm(mergers: pd.DataFrame) -> str:
    """How many candidates stand high whatever the shape: `mergers` as `routes.firm`."""
    number = int((mergers["firm"] == "yes").sum())
    return (
        f"**Two shapes.** The evidence cannot say whether a merger releases so much for each body removed, or a share of the running "
        f"cost of all bodies but the largest. A place in the first {per_cent(analysis.FIRST_PART)} by share released is called firm only "
        f"where both shapes give it: {some_of(number, len(mergers), 'candidate')}."
    )


def levers_measured(before: tuple[float, float], after: tuple[float, float]) -> str:
    """What measured evidence does to the levers: `routes.assumed_parts` with prices quoted and with route B."""
    (sum_before, spread_before), (sum_after, spread_after) = before, after
    if any(value != value for value in (*before, *after)):
        return ""
    return (
        "**With the merger reckoned by scale** in place of prices quoted and of what is assumed to be harvested already, what rests on an "
        f"assumption goes {_from_to(sum_before, sum_after)} of what all levers would release, and {_from_to(spread_before, spread_after)} "
        "of the spread of the gap left."
    )


def pooled(frame: pd.DataFrame, place: str) -> str:
    """The caption of the routes put together."""
    whole = frame.set_index("part").loc["all together"]
    low, high = (whole["share_central"] + sign * 1.96 * whole["standard_deviation_share"] for sign in (-1, 1))
    return (
        f"The routes of {the(place)} put together by inverse variance, with a wide prior: {_between(per_cent(low), per_cent(high))} "
        "released; its parts, and what it is with one thing changed"
    )


def repaid(found: analysis.Evidence) -> str:
    """What the table of one-off costs holds, and what is the same for every merger and so not in it."""
    ratio = Range(
        found.closing.low / found.price.high,
        found.closing.central / found.price.central,
        found.closing.high / found.price.low,
    )
    return (
        f"Closing a post costs {_between(gbp(found.closing.low), gbp(found.closing.high))} once. At a price of a post common to all, that is repaid "
        f"after {_between(f'{ratio.low:.1f}', f'{ratio.high:.1f}')} years for every merger alike. What differs is the running cost a post: where "
        "it is low, more posts have to go for the same money. The table takes prices quoted for each body removed, "
        f"{analysis.DELAY_YEARS.low:g} to {analysis.DELAY_YEARS.high:g} years until anything is released (an assumption; "
        f"{analysis.DELAY_YEARS.central:g} in the middle), and counts {analysis.HORIZON_YEARS} years at "
        f"{per_cent(analysis.DISCOUNT_RATE, 1)} a year."
    )


def repaid_table(frame: pd.DataFrame) -> pd.DataFrame:
    """`routes.repaid` as a reader wants it: quickest first, pounds no finer than the evidence."""
    years = [f"payback_{case}_years" for case in ("low", "central", "high")]
    pounds = {
        "running_cost_gbp_per_post": -3,
        "one_off_central_gbp": -4,
        "net_present_low_gbp": -4,
        "net_present_high_gbp": -4,
    }
    fine = {name: frame[name].round(digits).astype("int64") for name, digits in pounds.items()}
    shown = frame.assign(**fine).sort_values(years[1], ignore_index=True)
    return shown[["place", "posts_fewer", *list(pounds)[:2], *years, *list(pounds)[2:]]]


# --- ranges in words ---


def _range(row: pd.Series, name: str) -> Range:
    return Range(*(float(row[f"{name}_{case}"]) for case in ("low", "central", "high")))


def _between(low: str, high: str) -> str:
    return " to ".join(dict.fromkeys([low, high]))


def _pounds(row: pd.Series) -> str:
    """What is released, where nothing can be lost: £300,000 to £500,000."""
    return _between(*(gbp(row[f"released_{case}_gbp"]) for case in ("low", "high")))


def _less(row: pd.Series) -> str:
    """A change of cost a year: £2 million to £5 million less, between £1 million more and £5 million less, nothing."""
    low, high = row["released_low_gbp"], row["released_high_gbp"]
    if max(abs(low), abs(high)) < 500:
        return "nothing"
    if low <= -500 and high >= 500:
        return f"between {gbp(-low)} more and {gbp(high)} less a year"
    if high < 500:
        return f"{_between(gbp(max(-high, 0)), gbp(-low))} more a year"
    return f"{_between(gbp(max(low, 0)), gbp(high))} less a year"


def _fewer(share: Range) -> str:
    """A range of a share of staff: 1% to 12% fewer, between 3% more and 12% fewer, no fewer."""
    low, high = (round(end, 2) for end in (share.low, share.high))
    if low == high == 0:
        return "no fewer"
    if low < 0 < high:
        return f"between {per_cent(-low)} more and {per_cent(high)} fewer"
    if high <= 0:
        return f"{_between(per_cent(-high), per_cent(-low))} more"
    return f"{_between(per_cent(low), per_cent(high))} fewer"


def _open(released: Range) -> str:
    """That an interval holds nought, where it does."""
    return ", which cannot be told from nothing" if released.low <= 0 <= released.high else ""


def _from_to(before: float, after: float) -> str:
    if per_cent(before) == per_cent(after):
        return f"from {per_cent(before)} to as much"
    return f"from {per_cent(before)} to {per_cent(after)}"
