"""Charts: each function takes a tidy frame and returns a Figure with no title inside.

The headline, subtitle, alt text and source are words on the page (see `display.show`). Colours are the Analysis
Function's categorical four, in order; things are labelled directly, and all text is horizontal.
"""

from __future__ import annotations

import itertools
import textwrap
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .. import wording

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
INK, GREY, PALE = "#0B0C0C", "#6B7276", "#D9DDE0"
WIDTH = 7.6
"""Inches: the width of the page's text column, so that 10-point text in a chart reads as such on the page."""

STYLE = {
    "axes.edgecolor": GREY,
    "axes.facecolor": "white",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.prop_cycle": mpl.cycler(color=PALETTE),  # type: ignore[attr-defined]
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": PALE,
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": INK,
    "xtick.major.size": 3,
    "ytick.color": INK,
    "ytick.major.size": 0,
}


def theme() -> AbstractContextManager:
    """The house style, to be entered around the making of a figure."""
    return mpl.rc_context({**mpl.rcParamsDefault, "backend": mpl.get_backend(), **STYLE})  # type: ignore[dict-item]


def new_figure(height: float, width: float = WIDTH, **subplots: Any) -> tuple[Figure, Any]:
    """A figure of the page's width outside pyplot's stack, and its axes; call inside `theme()`."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(**subplots)


def pounds_axis(axis: mpl.axis.Axis) -> None:
    """Tick labels as £ million, or £ thousand where the whole axis is below a million."""
    low, high = axis.get_view_interval()
    unit, suffix = (1e6, "m") if max(abs(low), abs(high)) >= 2e6 else (1e3, "k")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"£{value / unit:,.4g}{suffix}"))
    if axis.axis_name == "x":  # type: ignore[attr-defined]
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))  # side by side, more labels would touch


def national_series(series: pd.DataFrame) -> Figure:
    """Total allowance by year (`financial_year`, `allowance_gbp`, `kind`); assumed years are hollow bars."""
    with theme():
        figure, axes = new_figure(2.9)
        for place, row in enumerate(series.itertuples()):
            solid = row.kind != "assumed"
            axes.bar(
                place,
                row.allowance_gbp,
                width=0.7,
                color=PALETTE[0] if solid else "white",
                edgecolor=PALETTE[0],
                hatch=None if solid else "///",
                linewidth=1,
            )
            axes.text(
                place,
                row.allowance_gbp * 1.015,
                f"£{row.allowance_gbp / 1e6:,.0f}m\n{row.kind}",
                ha="center",
                va="bottom",
                fontsize=9,
            )
        axes.set_xticks(range(len(series)), series["financial_year"])
        axes.set_ylim(0, series["allowance_gbp"].max() * 1.2)
        axes.set_yticks([])
        return figure


def validation(frame: pd.DataFrame) -> Figure:
    """Reported running costs against the three models (`bodies`, `reported_gbp`, `allowance_model`, `modelled_gbp`)."""
    with theme():
        order = frame.drop_duplicates("bodies").sort_values("reported_gbp")
        figure, axes = new_figure(0.62 * len(order) + 1.0)
        places = {body: place for place, body in enumerate(order["bodies"])}
        markers = dict(zip(sorted(frame["allowance_model"].unique()), ("o", "s", "^"), strict=True))
        for row in order.itertuples():
            mine = frame[frame["bodies"] == row.bodies]
            axes.hlines(places[row.bodies], mine["error_share"].min(), max(mine["error_share"].max(), 0), color=PALE)
        for colour, (model, marker) in zip(PALETTE, markers.items(), strict=False):
            mine = frame[frame["allowance_model"] == model]
            axes.plot(
                mine["error_share"],
                mine["bodies"].map(places),
                marker,
                color=colour,
                markersize=7,
                label=model.replace("_", " "),
            )
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(
            list(places.values()),
            [f"{row.bodies}\n£{row.reported_gbp / 1e6:,.1f}m reported, {row.period}" for row in order.itertuples()],
        )
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0%}"))
        axes.set_xlabel("Modelled 2017/18 allowance against the figure reported")
        axes.set_ylim(-0.6, len(order) - 0.4)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
        return figure


def break_even(frame: pd.DataFrame, evidence: tuple[float, float]) -> Figure:
    """Break-even saving per body removed by place (`place`, `break_even_saving_gbp`), against the range of evidence."""
    with theme():
        ordered = frame.dropna(subset="break_even_saving_gbp").sort_values("break_even_saving_gbp", ascending=False)
        figure, axes = new_figure(0.235 * len(ordered) + 1.1)
        axes.axvspan(*evidence, color=PALETTE[1], alpha=0.3, linewidth=0)
        reached = ordered["break_even_saving_gbp"] <= evidence[1]
        places = range(len(ordered))
        axes.hlines(places, 0, ordered["break_even_saving_gbp"], color=PALE, linewidth=1)
        colours = [PALETTE[1] if hit else PALETTE[0] for hit in reached]
        axes.scatter(ordered["break_even_saving_gbp"], places, c=colours, s=26, zorder=3)
        axes.set_yticks(list(places), ordered["place"])
        axes.set_ylim(-1, len(ordered) + 0.6)
        axes.set_xlim(0, ordered["break_even_saving_gbp"].max() * 1.05)
        axes.text(
            evidence[1],
            len(ordered) - 0.3,
            "\u00a0evidence where a merger alone was priced",
            va="center",
            fontsize=9,
            color=PALETTE[1],
        )
        pounds_axis(axes.xaxis)
        axes.set_xlabel("Saving a year needed from each body removed")
        return figure


def waterfall(frame: pd.DataFrame, gap_gbp: float) -> Figure:
    """From what has to be released to what is left: `step`, `low_gbp`, `central_gbp`, `high_gbp`, `kind`, the last step the gap left.

    Bars are central values, whiskers the low and high cases, hatching a lever without a source for all it rests on.
    """
    with theme():
        levers = frame[frame["step"] != "gap left"]
        left = frame[frame["step"] == "gap left"].iloc[0]
        steps = ["To be released", *levers["step"], "Gap left" if left["central_gbp"] >= 0 else "More than asked for"]
        figure, axes = new_figure(0.52 * len(steps) + 0.9)
        axes.barh(0, gap_gbp, color=GREY, height=0.6)
        axes.text(gap_gbp, 0, f"\u00a0{_pounds(gap_gbp)}", va="center")
        start = gap_gbp
        for place, row in enumerate(levers.itertuples(), start=1):
            end = start - float(row.central_gbp)
            axes.barh(
                place,
                end - start,
                left=start,
                height=0.6,
                color="white" if row.kind == "assumed" else PALETTE[1],
                edgecolor=PALETTE[1],
                hatch="///" if row.kind == "assumed" else None,
            )
            axes.hlines(place, start - row.high_gbp, start - row.low_gbp, color=INK, linewidth=1.2)
            text = f"\u00a0{_pounds(row.central_gbp)} ({_pounds(row.low_gbp)} to {_pounds(row.high_gbp)})"
            axes.text(start, place, text + (", assumption" if row.kind == "assumed" else ""), va="center")
            start = end
        axes.barh(len(steps) - 1, start, color=PALETTE[2], height=0.6)
        words = f"\u00a0{_pounds(abs(start))} ({_pounds(left['high_gbp'])} to {_pounds(left['low_gbp'])})"
        axes.text(max(start, 0), len(steps) - 1, words, va="center")
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(range(len(steps)), steps)
        axes.invert_yaxis()
        axes.set_xlim(min(0, left["high_gbp"]) * 1.05, gap_gbp * 1.55)
        pounds_axis(axes.xaxis)
        axes.set_xlabel("£ a year still to be found")
        return figure


def _pounds(value: float) -> str:
    size = abs(value)
    words = f"£{size / 1e6:,.1f}m" if size >= 999_500 else f"£{size / 1e3:,.0f}k" if size else "£0"
    return f"-{words}" if value < 0 and size else words


CHANCES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0001)


def probability_table(frame: pd.DataFrame) -> Figure:
    """How many ICSs have which probability (`ics_name`, `reduction_definition`, `probability`): a grid of counts."""
    with theme():
        bands = pd.cut(frame["probability"], CHANCES, right=False)
        counts = pd.crosstab(frame["reduction_definition"], bands, dropna=False)
        counts = counts.reindex(frame["reduction_definition"].unique())
        figure, axes = new_figure(0.5 * len(counts) + 0.9)
        sns.heatmap(
            counts,
            annot=True,
            fmt="d",
            cmap=sns.light_palette(PALETTE[0], as_cmap=True),
            vmin=0,
            vmax=counts.to_numpy().sum() / len(counts),
            cbar=False,
            linewidths=2,
            ax=axes,
        )
        names = [f"{low:.0%} to {high:.0%}" for low, high in itertools.pairwise(CHANCES)]
        axes.set_xticklabels([f"below {CHANCES[1]:.0%}", *names[1:-1], f"{CHANCES[-2]:.0%} or more"], rotation=0)
        axes.set_yticklabels([name.replace("_", " ") for name in counts.index], rotation=0)
        axes.set(xlabel="Probability that all levers together reach the limit; number of ICSs", ylabel="")
        axes.tick_params(length=0)
        return figure


def sensitivity(frame: pd.DataFrame) -> Figure:
    """Total Sobol index of each quantity (`quantity`, `total`, `kind`): share of the spread of the gap left."""
    with theme():
        ordered = frame.sort_values("total")
        figure, axes = new_figure(0.36 * len(ordered) + 0.8)
        bars = axes.barh(range(len(ordered)), ordered["total"], color=PALETTE[0], height=0.62)
        for bar, kind in zip(bars, ordered["kind"], strict=True):
            if kind == "assumed":
                bar.set(facecolor="white", edgecolor=PALETTE[0], hatch="///")
        labels = [f"\u00a0{total:.0%}, {kind}" for total, kind in zip(ordered["total"], ordered["kind"], strict=True)]
        axes.bar_label(bars, labels)
        axes.set_yticks(range(len(ordered)), [wording.sentence(wording.quantity(one)) for one in ordered["quantity"]])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.set_xlim(0, max(ordered["total"].max() * 1.25, 0.1))
        axes.set_xlabel("Part in the uncertainty of the gap left (total Sobol index)")
        return figure


def limits_bars(frame: pd.DataFrame) -> Figure:
    """Limit and gap of a few places (`place`, `limit_gbp`, `gap_gbp`) as one bar each, directly labelled."""
    with theme():
        ordered = frame.sort_values("gap_gbp")
        figure, axes = new_figure(0.4 * len(ordered) + 0.9)
        places = range(len(ordered))
        axes.barh(places, ordered["limit_gbp"], color=PALETTE[0], height=0.62)
        axes.barh(places, ordered["gap_gbp"], left=ordered["limit_gbp"], color=PALETTE[3], height=0.62)
        for place, row in zip(places, ordered.itertuples(), strict=True):
            axes.text(row.limit_gbp + row.gap_gbp, place, f"\u00a0{_pounds(row.gap_gbp)} to release", va="center")
        axes.set_yticks(list(places), ordered["place"])
        axes.set_xlim(0, (ordered["limit_gbp"] + ordered["gap_gbp"]).max() * 1.28)
        pounds_axis(axes.xaxis)
        axes.set_xlabel("Running cost: limit (blue) and what is to be released (orange)")
        return figure


def scale_fit(frame: pd.DataFrame, people: object, line: object, low: object, high: object) -> Figure:
    """Outturn against registered people (`registered_population`, `outturn_gbp`) with the fitted line and its band."""
    with theme():
        figure, axes = new_figure(3.6)
        axes.fill_between(people, low, high, color=PALETTE[1], alpha=0.25, linewidth=0)
        axes.plot(people, line, color=PALETTE[1])
        axes.scatter(frame["registered_population"], frame["outturn_gbp"], color=PALETTE[0], s=16)
        axes.set_xlabel("Registered people")
        axes.set_ylim(0)
        pounds_axis(axes.yaxis)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        return figure


def alignment_by_year(years: pd.DataFrame) -> Figure:
    """Two small panels on the same dates: share of people in an aligned body, and mergers still needed.

    `years` as `alignment.by_year`.
    """
    with theme():
        figure, (left, right) = new_figure(2.6, ncols=2)
        place = range(len(years))
        names = [f"{day:%b %Y}".replace(" ", "\n") for day in years["as_at"]]
        panels = (
            (left, 100 * years["share_of_people_aligned"], "{:.0f}%", "People in an aligned body", PALETTE[0]),
            (right, years["mergers_needed"], "{:.0f}", "Mergers needed, one per ICS with several bodies", PALETTE[2]),
        )
        for axes, values, form, title, colour in panels:
            axes.plot(place, values, color=colour, marker="o", linewidth=2)
            rising = values.iloc[-1] > values.iloc[0]
            at = {"xytext": (-5, 4), "ha": "right"} if rising else {"xytext": (5, 4), "ha": "left"}
            for x, y in zip(place, values, strict=True):
                axes.annotate(form.format(y), (x, y), **at, textcoords="offset points")
            axes.set(xticks=list(place), xticklabels=names, yticks=[], ylim=(0, max(values) * 1.18))
            axes.set_xlim(-0.6, len(years) - 0.5)
            axes.set_title(title, loc="left", fontsize=9.5)
    return figure


def lineage(links: pd.DataFrame) -> Figure:
    """Every body from the first footprint to the last as a line that joins others where it was merged.

    `links` as `alignment.lineage`. ICSs are in the order in which they came to have one body; lines are dark where a
    body equals its ICS, orange where a merger joined bodies of several ICSs.
    """
    dates = sorted(links["as_at"].unique())
    heir = links.set_index(["as_at", "body_code"])["successor_code"]
    chains = pd.DataFrame({dates[0]: links.loc[links["as_at"] == dates[0], "body_code"].to_numpy()})
    for before, after in itertools.pairwise(dates):
        chains[after] = heir.loc[[(before, code) for code in chains[before]]].to_numpy()
    last = links[links["as_at"] == dates[-1]].set_index("body_code")["body_name"]
    equal = {(row.as_at, row.body_code) for row in links[links["state"] == "equals"].itertuples()}
    aligned = {code: dates[-1] for code in last.index}
    for code, group in chains.groupby(dates[-1]):
        for date in reversed(dates):
            if not any((date, body) in equal for body in group[date]):
                break
            aligned[code] = date
    chains["first"] = chains[dates[-1]].map(aligned)
    chains["name"] = chains[dates[-1]].map(last)
    chains = chains.sort_values(["first", "name", *reversed(dates[:-1])], ignore_index=True)
    place, height, labels = [], 0.0, {}
    for code, group in chains.groupby(dates[-1], sort=False):
        room = max(0.055 * len(group), 0.165)
        place += [height + room * (number + 0.5) / len(group) for number in range(len(group))]
        labels[code] = height + room / 2
        height += room + 0.025
    chains["y"] = place
    with theme():
        figure = Figure(figsize=(WIDTH, height + 0.55))
        axes = figure.add_axes((0.0, 0.0, 1.0, height / (height + 0.55)))
        _lineage_lines(axes, links, chains, dates)
        for code, y in labels.items():
            count = int((chains[dates[-1]] == code).sum())
            name = wording.short_name(last[code])
            axes.text(len(dates) - 0.92, y, f"{name} ({count})", va="center", fontsize=8)
        for number, date in enumerate(dates):
            bodies = int((links["as_at"] == date).sum())
            axes.text(number, -0.06, f"{date:%b %Y}\n{bodies}", ha="center", va="bottom", fontsize=8.5)
        axes.set(xlim=(-0.25, len(dates) + 3.4), ylim=(height, 0), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    return figure


def _lineage_lines(axes: Axes, links: pd.DataFrame, chains: pd.DataFrame, dates: list[pd.Timestamp]) -> None:
    """The lines of `lineage`: level between dates, bent where a body goes into another; one path for each style."""
    level = {date: chains.groupby(date)["y"].mean() for date in dates}
    equal = {(row.as_at, row.body_code) for row in links[links["state"] == "equals"].itertuples()}
    came_from = links.groupby(["as_at", "successor_code"])["ics_code"].nunique()
    drawn: dict[tuple[str, float], list[Path]] = {}
    running: dict[tuple[tuple[str, float], float], Path] = {}
    for number, (before, after) in enumerate(itertools.pairwise(dates)):
        for code, successor in chains[[before, after]].drop_duplicates().itertuples(index=False, name=None):
            y, end = level[before][code], level[after][successor]
            style = (PALETTE[0], 2.2) if (before, code) in equal else (GREY, 0.7)
            if came_from[before, successor] > 1:
                style = (PALETTE[3], 1.6)
            if abs(end - y) > 1e-9:
                points = [(number, y), (number + 0.55, y), (number + 0.75, y), (number + 0.75, end), (number + 1, end)]
                bend = [Path.MOVETO, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
                drawn.setdefault(style, []).append(Path(points, bend))
                continue
            before_it = running.get((style, y))
            if before_it is not None and before_it.vertices[1, 0] == number:
                before_it.vertices[1, 0] = number + 1
            else:
                running[style, y] = Path([(number, y), (number + 1, y)])
                drawn.setdefault(style, []).append(running[style, y])
    for (colour, width), paths in sorted(drawn.items(), key=lambda item: item[0][1]):
        path = Path.make_compound_path(*paths)
        axes.add_patch(PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width))


def people_per_officer(groups: pd.DataFrame) -> Figure:
    """People under each shared accountable officer, and whether the group became one body.

    `groups` as `leadership.groups`; a key of colours stands under the last bar.
    """
    words = {
        "merged": "merged into one body",
        "merged with others": "merged, with others",
        "partly merged": "partly merged",
        "not merged": "not merged",
    }
    colours = dict(zip(words, PALETTE, strict=True))
    with theme():
        figure, axes = new_figure(0.25 * len(groups) + 0.7)
        place = range(len(groups))
        axes.barh(place, groups["registered_population"], color=groups["followed"].map(colours), height=0.68)
        for y, row in zip(place, groups.itertuples(), strict=True):
            probable = ", probable" if row.sharing == "probable" else ""
            text = f"{row.registered_population / 1e6:.2f}m, {row.body_count} bodies{probable}"
            at = {"xytext": (4, 0), "textcoords": "offset points"}
            axes.annotate(text, (row.registered_population, y), **at, va="center", fontsize=8.5)
        axes.set_yticks(list(place), groups["group_name"].tolist())
        axes.set(xticks=[], ylim=(len(groups) - 0.4, -0.6), xlim=(0, groups["registered_population"].max() * 1.3))
        axes.spines["bottom"].set_visible(False)
        handles = [Patch(color=colours[key], label=wording.sentence(words[key])) for key in words]
        axes.legend(handles=handles, loc="lower right", title="By April 2021", alignment="left")
    return figure


def authority_heatmap(shares: pd.DataFrame) -> Figure:
    """How each authority's residents are divided between bodies: authorities down, bodies across, % in the cells.

    `shares` as `alignment.authority_shares`. Shading repeats the number in the cell; an empty cell is no residents.
    """
    table = shares.pivot_table(index="authority_name", columns="body_name", values="share_of_authority_residents")
    order = shares.sort_values("residents", ascending=False).drop_duplicates("authority_name")
    table = table.reindex(order.sort_values(["body_name", "residents"], ascending=[True, False])["authority_name"])
    table = table[sorted(table.columns)]
    stagger = len(table.columns) > 5
    room = 5.3 / len(table.columns) * (2 if stagger else 1)
    wrap = textwrap.TextWrapper(max(int(room * 11.5), 8), break_long_words=False).wrap
    names = [wrap(wording.short_name(name)) for name in table.columns]
    lines = max(map(len, names))
    with theme():
        top = 0.15 * lines * (2 if stagger else 1) + 0.2
        height = 0.27 * len(table) + top + 0.1
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.add_axes((0.29, 0.02, 0.70, (height - top) / height - 0.02))
        shade = mpl.colors.LinearSegmentedColormap.from_list("shade", ["#E7ECF2", PALETTE[0]])
        axes.pcolormesh(table.to_numpy(), cmap=shade, vmin=0, vmax=1, edgecolors="white", linewidth=1.5)
        for (row, column), value in np.ndenumerate(table.to_numpy()):
            if not np.isnan(value):
                text = f"{100 * value:.0f}" if value >= 0.005 else "<1"
                colour = "white" if value > 0.72 else INK
                axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour)
        names_down = [textwrap.shorten(name, 34, placeholder=" ...") for name in table.index]
        axes.set_yticks(np.arange(len(table)) + 0.5, names_down)
        axes.set(xlim=(0, len(table.columns)), ylim=(len(table), 0), xticks=[])
        axes.spines[:].set_visible(False)
        for column, name in enumerate(names):
            lift = 4 + (10.8 * lines + 4 if stagger and column % 2 else 0)
            at = {"xy": (column + 0.5, 0), "xytext": (0, lift), "textcoords": "offset points", "annotation_clip": False}
            arrow = {"arrowprops": {"arrowstyle": "-", "color": GREY, "linewidth": 0.6}} if lift > 4 else {}
            axes.annotate("\n".join(name), **at, **arrow, ha="center", va="bottom", fontsize=8, linespacing=1.1)
    return figure


# --- merger candidates ---


def frontier(
    plans: pd.DataFrame, front: pd.DataFrame, marks: pd.DataFrame, x: str, y: str, labels: tuple[str, str]
) -> Figure:
    """All plans of an ICS by two measures, those on the frontier, and plans marked by name (`label` and both measures).

    Thousands of plans fall on few places: each place of an 70 x 40 grid is drawn once, so the picture stays small.
    """
    with theme():
        figure, axes = new_figure(4.0)
        cells = plans[[x, y]].astype("float64")
        span = (cells.max() - cells.min()).replace(0, 1)
        grid = ((cells - cells.min()) / span * [70, 40]).round().drop_duplicates()
        shown = cells.loc[grid.index]
        axes.scatter(shown[x], shown[y], color=PALE, s=12, zorder=1)
        line = front.sort_values([x, y])
        axes.plot(line[x], line[y], color=PALETTE[0], linewidth=1, marker="o", markersize=4, zorder=2)
        for place, row in enumerate(marks.itertuples()):
            here = (getattr(row, x), getattr(row, y))
            axes.scatter(*here, color=PALETTE[2], s=60, marker="D", zorder=3)
            right = here[0] > cells[x].min() + 0.6 * span[x]
            # Plans that lie close together are named above and below in turn.
            axes.annotate(
                row.label,
                here,
                xytext=(-8 if right else 8, 14 if place % 2 else -3),
                textcoords="offset points",
                zorder=4,
                ha="right" if right else "left",
                va="top",
                color=PALETTE[2],
                fontweight="bold",
            )
        _measure_axis(axes.xaxis, x)
        _measure_axis(axes.yaxis, y)
        axes.set_xlabel(labels[0])
        axes.set_title(labels[1], loc="left", fontsize=9.5)
        axes.spines["left"].set_visible(True)
        axes.margins(0.06)
        return figure


def _measure_axis(axis: mpl.axis.Axis, column: str) -> None:
    if column.endswith("_gbp"):
        pounds_axis(axis)
    elif column.endswith("_share") or column == "size_balance":
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    else:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def national_frontier(frame: pd.DataFrame, marks: pd.DataFrame) -> Figure:
    """Least disruption and most coterminosity for each number of bodies (`body_count`, `measure`, `value`): two panels.

    `marks` (`body_count`, `measure`, `value`, `label`) are the footprints that came about.
    """
    with theme():
        measures = list(frame["measure"].unique())
        figure, panels = new_figure(5.4, nrows=len(measures), sharex=True)
        for axes, measure, colour in zip(panels, measures, PALETTE, strict=False):
            mine = frame[frame["measure"] == measure].sort_values("body_count")
            sns.lineplot(mine, x="body_count", y="value", color=colour, ax=axes, errorbar=None)
            for place, row in enumerate(marks[marks["measure"] == measure].itertuples()):
                axes.scatter(row.body_count, row.value, color=INK, s=30, zorder=3)
                # The first footprints lie close together: their labels go above and below in turn.
                axes.annotate(
                    row.label,
                    (row.body_count, row.value),
                    xytext=(6, -13 if place % 2 else 7),
                    textcoords="offset points",
                )
            axes.set(ylabel="", xlabel="Bodies in England, plans within ICSs")
            axes.set_title(measure, loc="left", fontsize=9.5)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:,.0f}m"))
            axes.set_ylim(0)
        panels[0].invert_xaxis()
        return figure


def break_even_histogram(
    candidates: pd.DataFrame, evidence: dict[str, tuple[float, float]], stress_gbp: float
) -> Figure:
    """How many candidates need which saving per body removed (`break_even_saving_gbp`), against ranges of evidence.

    The stress case, which is no evidence, is a line.
    """
    with theme():
        figure, axes = new_figure(3.2)
        top = candidates["break_even_saving_gbp"].quantile(0.995)
        kept = candidates[candidates["break_even_saving_gbp"] <= top]
        sns.histplot(
            kept, x="break_even_saving_gbp", bins=60, color=PALETTE[0], edgecolor="white", linewidth=0.4, ax=axes
        )
        height = axes.get_ylim()[1] * 1.25
        axes.set_ylim(0, height)
        for place, ((label_text, (low, high)), colour) in enumerate(zip(evidence.items(), PALETTE[1:], strict=False)):
            axes.axvspan(low, high, color=colour, alpha=0.25, linewidth=0)
            axes.text(high, height * (0.97 - 0.09 * place), f"\u00a0{label_text}", color=INK, va="top", fontsize=9)
        axes.axvline(stress_gbp, color=INK, linewidth=1, linestyle="--")
        axes.text(stress_gbp, height * 0.85, "\u00a0stress case", color=INK, va="top", fontsize=9)
        axes.set_xlim(0)
        pounds_axis(axes.xaxis)
        axes.set(xlabel="Saving a year that each body removed would have to release", ylabel="")
        axes.set_title("Candidates", loc="left", fontsize=9.5)
        return figure


# --- back-test ---


def percentile_strip(frame: pd.DataFrame, means: pd.DataFrame) -> Figure:
    """Where each merged body really formed stands by each ranking: a dot each, stacked where they meet.

    `frame`: `ranking` (words), `percentile` (share), `when`; `means`: `ranking`, `mean`, `emphasis` (bold), from the
    top row down. The bar is the mean of the dates held out; each date has a colour of its own.
    """
    with theme():
        order = (PALETTE[1], PALETTE[3], PALETTE[0], PALETTE[2])
        colours = dict(zip(sorted(frame["when"].unique()), order, strict=False))
        figure, axes = new_figure(0.47 * len(means) + 0.9)
        for place, row in enumerate(means.itertuples()):
            mine = frame[frame["ranking"] == row.ranking].sort_values("when")
            cell = (mine["percentile"] * 60).round()
            lift = cell.groupby(cell).cumcount()
            # Up to six dots stand on each other in a row; a fuller pile is drawn closer together.
            step = 0.115 if lift.max() < 6 else 0.66 / lift.max()
            axes.axhline(place, color=PALE, linewidth=0.8, zorder=0)
            axes.scatter(
                cell / 60,
                place - lift * step,
                c=mine["when"].map(colours),
                s=15,
                linewidth=0.3,
                edgecolor="white",
                zorder=2,
            )
            axes.plot([row.mean] * 2, [place - 0.7, place + 0.13], color=INK, linewidth=1.6, zorder=1)
            axes.annotate(
                f"{row.mean:.0%}",
                (1.03, place),
                va="center",
                annotation_clip=False,
                fontweight="bold" if row.emphasis else "normal",
            )
        axes.set_yticks(range(len(means)), means["ranking"].tolist())
        for label, bold in zip(axes.get_yticklabels(), means["emphasis"], strict=True):
            label.set_fontweight("bold" if bold else "normal")
        axes.set(ylim=(len(means) - 0.6, -0.95), xlim=(-0.02, 1.02))
        axes.axvline(0.5, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.set_xlabel("Share of the other possible mergers that it ranks above; dashed: chance")
        handles = [Patch(color=colour, label=when) for when, colour in colours.items()]
        figure.legend(handles=handles, loc="outside upper left", ncols=4, handlelength=1, columnspacing=1.4)
        return figure


def curves_with_bands(frame: pd.DataFrame, share_together: float) -> Figure:
    """ROC and precision-recall curves with bands side by side: `ranking` (words with the area), `curve`, `x`, `y`,
    `y_low`, `y_high`; dashed is chance, for precision the share of all pairs that came together.
    """
    titles = {
        "roc": ("Pairs that came together, called so", "Pairs that stayed apart, called together"),
        "precision": (
            "Precision: of pairs called together, how many did",
            "Recall: of those that did, called together",
        ),
    }
    with theme():
        figure, panels = new_figure(3.9, ncols=2)
        for axes, (curve, (title, below)) in zip(panels, titles.items(), strict=True):
            mine = frame[frame["curve"] == curve]
            for (ranking, line), colour in zip(mine.groupby("ranking", sort=False), PALETTE, strict=False):
                axes.fill_between(line["x"], line["y_low"], line["y_high"], color=colour, alpha=0.16, linewidth=0)
                axes.plot(line["x"], line["y"], color=colour, linewidth=1.8, label=ranking)
            chance = (0, 1) if curve == "roc" else (share_together, share_together)
            axes.plot((0, 1), chance, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=below, aspect="equal")
            axes.set_title(title, loc="left", fontsize=9)
            axes.xaxis.label.set_size(9)
            axes.spines["left"].set_visible(True)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=1)
        return figure
