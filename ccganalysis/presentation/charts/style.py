"""The house style: colours, the page's width, and the making of a figure and of an axis in pounds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
INK, GREY, PALE = "#0B0C0C", "#6B7276", "#D9DDE0"
WIDTH = 4.5
"""Inches: a phone shows a chart whole, and its smallest text at 9 pixels; so labels stand above what they name (`labels_above`)."""
SMALL = 9
"""Points: the smallest text of a chart."""
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


def labels_above(axes: Axes, labels: Sequence[str], lift: float = 0.34) -> list[Text]:
    """A label above each of the places 0, 1, 2 ... of a chart that runs downwards, from its left edge: a phone has no room beside."""
    axes.set_yticks([])
    axes.set_ylim(len(labels) - 0.5, -0.5 - lift)
    across = axes.get_yaxis_transform()
    return [
        axes.text(0, place - lift, text, transform=across, va="bottom", linespacing=1.15)
        for place, text in enumerate(labels)
    ]


def pounds_axis(axis: mpl.axis.Axis) -> None:
    """Tick labels as £ million, or £ thousand where the whole axis is below a million."""
    low, high = axis.get_view_interval()
    unit, suffix = (1e6, "m") if max(abs(low), abs(high)) >= 2e6 else (1e3, "k")
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{'-' if value < 0 else ''}£{abs(value) / unit:,.4g}{suffix}")
    )
    if axis.axis_name == "x":  # type: ignore[attr-defined]
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))  # side by side, more labels would touch
