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
from .style import GREY, INK, PALETTE, SMALL, WIDTH, labels_above, new_figure, theme

NAMES_ACROSS = 3
"""Columns of a table of shares for whose names there is room."""


def alignment_by_year(years: pd.DataFrame) -> Figure:
    """Two small panels on the same dates: share of people in an aligned body, and mergers still needed.

    `years` as `alignment.by_year`.
    """
    with theme():
        figure, (upper, lower) = new_figure(4.4, nrows=2)
        place = range(len(years))
        names = [f"{day:%b %Y}".replace(" ", "\n") for day in years["as_at"]]
        panels = (
            (upper, 100 * years["share_of_people_aligned"], "{:.0f}%", "People in an aligned body", PALETTE[0]),
            (
                lower,
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
        name = textwrap.fill(f"{wording.short_name(last[code])} ({len(group)})", 28)
        room = max(0.055 * len(group), 0.155 * (name.count("\n") + 1) + 0.02)
        place += [height + room * (number + 0.5) / len(group) for number in range(len(group))]
        labels[code] = height + room / 2, name
        height += room + 0.025
    chains["y"] = place
    with theme():
        figure = Figure(figsize=(WIDTH, height + 0.6))
        axes = figure.add_axes((0.0, 0.0, 1.0, height / (height + 0.6)))
        _lineage_lines(axes, links, chains, dates)
        for y, name in labels.values():
            axes.text(len(dates) - 0.92, y, name, va="center", fontsize=SMALL, linespacing=1.05)
        for number, date in enumerate(dates):
            bodies = int((links["as_at"] == date).sum())
            axes.text(number, -0.06, f"{date:%b\n%Y}\n{bodies}", ha="center", va="bottom", fontsize=SMALL)
        axes.set(xlim=(-0.3, len(dates) + 3.4), ylim=(height, 0), xticks=[], yticks=[])
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
        figure, axes = new_figure(0.36 * len(groups) + 1.2)
        place = range(len(groups))
        axes.barh(place, groups["registered_population"], color=groups["followed"].map(colours), height=0.36)
        told = [
            f"{row.group_name}: {row.registered_population / 1e6:.2f}m, {row.body_count} bodies"
            + (", probable" if row.sharing == "probable" else "")
            for row in groups.itertuples()
        ]
        labels_above(axes, told, 0.22)
        axes.set(xticks=[], xlim=(0, groups["registered_population"].max()))
        axes.spines["bottom"].set_visible(False)
        handles = [Patch(color=colours[key], label=wording.sentence(words[key])) for key in words]
        figure.legend(handles=handles, loc="outside upper left", title=by, alignment="left")
    return figure


def authority_heatmap(shares: pd.DataFrame) -> Figure:
    """How each authority's residents are divided between bodies: authorities down, bodies across, % in the cells.

    `shares` as `alignment.authority_shares`. Shading repeats the number in the cell; an empty cell is no residents. More bodies
    than there is room for names are numbered, and named above.
    """
    table = shares.pivot_table(index="authority_name", columns="body_name", values="share_of_authority_residents")
    order = shares.sort_values("residents", ascending=False).drop_duplicates("authority_name")
    table = table.reindex(order.sort_values(["body_name", "residents"], ascending=[True, False])["authority_name"])
    table = table[sorted(table.columns)]
    down = [textwrap.fill(name, 19) for name in table.index]
    names = [wording.short_name(name) for name in table.columns]
    numbers = [str(number) for number in range(1, len(names) + 1)]
    few = len(names) <= NAMES_ACROSS
    key = [] if few else [textwrap.fill(f"{n}  {name}", 58) for n, name in zip(numbers, names, strict=True)]
    across = [textwrap.fill(name, 12, break_long_words=False) for name in names] if few else numbers
    lines = max(text.count("\n") + 1 for text in across)
    with theme():
        row = 0.16 * max(text.count("\n") + 1 for text in down) + 0.06
        keyed = 0.15 * sum(text.count("\n") + 1 for text in key)
        top, body = keyed + 0.16 * lines + 0.12, row * len(table)
        figure = Figure(figsize=(WIDTH, top + body))
        axes = figure.add_axes((0.31, 0, 0.69, body / (top + body)))
        shade = mpl.colors.LinearSegmentedColormap.from_list("shade", ["#E7ECF2", PALETTE[0]])
        axes.pcolormesh(table.to_numpy(), cmap=shade, vmin=0, vmax=1, edgecolors="white", linewidth=1.5)
        for (place, column), value in np.ndenumerate(table.to_numpy()):
            if not np.isnan(value):
                text = f"{100 * value:.0f}" if value >= 0.005 else "<1"
                colour = "white" if value > 0.6 else INK
                axes.text(column + 0.5, place + 0.5, text, ha="center", va="center", color=colour, fontsize=SMALL)
        axes.set_yticks(np.arange(len(table)) + 0.5, down, fontsize=SMALL, linespacing=1.05)
        axes.set_xticks(np.arange(len(names)) + 0.5, across, fontsize=SMALL, linespacing=1.05)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.set(xlim=(0, len(names)), ylim=(len(table), 0))
        axes.spines[:].set_visible(False)
        figure.text(0, 1, "\n".join(key), va="top", fontsize=SMALL, linespacing=1.2)
    return figure
