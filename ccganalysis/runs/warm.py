"""What the server of warm kernels has loaded before it forks: all that our notebooks import, one figure drawn, and what
every report on a default footprint reads and computes alike.

Importing this module loads it. It changes no number: a cold kernel's outputs are the same (tests/test_kernels.py).
"""

import contextlib
import importlib
import pkgutil

import pandas
from matplotlib.figure import Figure

from .. import parameters
from ..analysis import candidates, routes
from ..data import ingest
from ..errors import InputError
from ..presentation import display, maps

ROOMS = ("data", "analysis", "presentation")
"""Parts of the package that notebooks import."""

LATE_IMPORTS = ("ccganalysis.parameters", "pandas.io.formats.csvs", "pandas.io.formats.string", "pyogrio", "seaborn")
"""What is otherwise imported by the first table, picture or map of each kernel."""

for room in ROOMS:
    name = f"{__package__.partition('.')[0]}.{room}"
    for module in pkgutil.iter_modules(importlib.import_module(name).__path__, f"{name}."):
        importlib.import_module(module.name)
for name in LATE_IMPORTS:
    importlib.import_module(name)

# pandas decides at its import how many columns it shows, and takes a process without IPython for a terminal.
pandas.set_option("display.max_columns", 20)

# Loads fonts and the parser of formulas.
figure = Figure()
figure.subplots().set_title("A title, and $x_1^2$")
display.to_svg(figure)

# Kept by `remembered` and `once`. Data that cannot be used are told of by the notebook that asks for them.
with contextlib.suppress(InputError, OSError):
    for era in ingest.all_eras():
        asked = parameters.check_all({"as_at": str(era.default_footprint)})["area_report"]
        tables = ingest.Tables(era)
        setting = candidates.prepare(
            tables, asked["as_at"], asked["allowance_model"], asked["saving_target"], asked["draws"], asked["seed"], era
        )
        routes.evidence(tables, setting.bodies, era, seed=asked["seed"])
        maps.boundaries(asked["as_at"])
