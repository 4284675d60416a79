"""How bodies fit the integrated care systems, local authorities and shared officers."""

from __future__ import annotations

import itertools
import textwrap

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from ... import wording
from .style import GREY, INK, PALETTE, WIDTH, new_figure, theme


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
            (
                right,
                years["mergers_needed"],
                "{:.0f}",
                "Mergers needed, one per {area} with several bodies",
                PALETTE[2],
            ),
        )
        for axes, values, form, title, colour in panels:
            axes.plot(place, values, color=colour, marker="o", linewidth=2)
            rising = values.iloc[-1] > values.iloc[0]
            at = {"xytext": (-5, 4), "ha": "right"} if rising else {"xytext": (5, 4), "ha": "left"}
            for x, y in zip(place, values, strict=True):
                axes.annotate(form.format(y), (x, y), **at, textcoords="offset points")
            axes.set(xticks=list(place), xticklabels=names, yticks=[], ylim=(0, max(*values, 1) * 1.18))
            axes.set_xlim(-0.6, len(years) - 0.5)
            axes.set_title(title, loc="left", fontsize=9.5)
    return figure


def lineage(links: pd.DataFrame) -> Figure:
    """Every body from the first footprint to the last as a line that joins others where it was merged.

    `links` as `alignment.lineage`. areas are in the order in which they came to have one body; lines are dark where a
    body equals its area, orange where a merger joined bodies of several areas.
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
    came_from = links.groupby(["as_at", "successor_code"])["area_code"].nunique()
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


def people_per_officer(groups: pd.DataFrame, by: str) -> Figure:
    """People under each shared officer, and whether the group became one body.

    `groups` as `leadership.groups`, `by` of when what followed is; a key of colours stands under the last bar.
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
        axes.legend(handles=handles, loc="lower right", title=by, alignment="left")
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
