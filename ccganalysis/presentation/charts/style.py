"""The house style: colours, the page's width, and the making of a figure and of an axis in pounds."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

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
