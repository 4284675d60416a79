"""A sweep: the same reports over a grid of parameters, their key results in one tidy table, and a page to compare.

outputs/sweeps/<run>/index.html            the comparison
outputs/sweeps/<run>/results.csv           every key result of every report of every scenario
outputs/sweeps/<run>/scenario-01/...       each scenario laid out as a run of its own, with its site
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from .. import wording
from ..data.datapackage import project_root, to_csv, write_text
from ..errors import InputError, unknown
from ..parameters import NOTEBOOKS, check_all, typed
from ..presentation.display import as_words, neutralised, value_text
from . import outputs, runner
from .progress import progress_of

KEYS = ("notebooks", "area", "grid")


@dataclass(frozen=True)
class Scenario:
    """One combination of the grid: its number, its values, and the reports to make with them."""

    number: int
    values: Mapping[str, Any]
    jobs: Sequence[runner.Job]

    @property
    def folder(self) -> str:
        return f"scenario-{self.number:02d}"


def read_scenarios(path: Path) -> list[Scenario]:
    """The scenarios of a YAML file with `grid` (parameter to list of values) and, if wanted, `notebooks` and `area`.

    Every combination of the grid is a scenario. Values are text until their parameter's type says otherwise, so that
    codes and dates stay what they are. Raises `InputError` for a file, name or value that will not do.
    """
    try:
        asked = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except FileNotFoundError:
        raise InputError(f"{path} is missing: it should list the scenarios.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not readable YAML: {error}.") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("grid"), dict) or not asked["grid"]:
        raise InputError(
            f"{path} has no grid: parameters, each with a list of values, such as saving_target: [0.1, 0.2]."
        )
    for key in asked:
        if key not in KEYS:
            raise InputError(unknown(f"key in {path.name}", key, KEYS))
    wanted = _listed(asked.get("notebooks", ["area_report"]))
    for name in wanted:
        if name not in NOTEBOOKS:
            raise InputError(unknown("notebook", name, NOTEBOOKS))
    names = list(asked["grid"])
    columns = [[typed(name, text) for text in _listed(asked["grid"][name])] for name in names]
    scenarios = []
    for number, values in enumerate(itertools.product(*columns), start=1):
        combination = dict(zip(names, values, strict=True))
        check_all(combination)
        jobs = [job for name in wanted for job in runner.plan(combination, _listed(asked.get("area", [])), only=name)]
        scenarios.append(Scenario(number, combination, jobs))
    return scenarios


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def run(
    scenarios: Sequence[Scenario],
    output: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    timeout_seconds: float = runner.TIMEOUT_SECONDS,
    progress: bool = True,
) -> runner.Outcome:
    """Make every report of every scenario, in a new folder of `output/sweeps`, with the table and page to compare.

    Raises what `runner.run` raises, and leaves earlier sweeps as they were, too.
    """
    home, output = project_root(), output / "sweeps"
    with outputs.writing_to(output):
        manifest = runner.new_manifest(
            home, outputs.new_run(output), [job for one in scenarios for job in one.jobs], False
        )
        manifest["grid"] = [{"scenario": one.number, **one.values} for one in scenarios]
        places = [one for one in scenarios for _ in one.jobs]
        for entry, scenario in zip(manifest["reports"], places, strict=True):
            entry.update(page=f"{scenario.folder}/{entry['page']}", reason="sweep", executed_in=manifest["run"])
        entries = {entry["page"]: entry for entry in manifest["reports"]}
        with (
            outputs.made_aside(output, manifest["run"]) as partial,
            runner.spread(workers, scheduler, timeout_seconds) as (spread_out, shared),
            progress_of(manifest, partial, progress) as note,
        ):
            tasks = [
                task
                for one in scenarios
                for task in runner.tasks_of(one.jobs, manifest, home, partial / one.folder, shared, timeout_seconds, {})
            ]
            for task, result in runner.make_all(tasks, spread_out):
                entry = entries[f"{task.folder.name}/{task.job.page}"]
                entry.update(result)
                note(entry)
            runner.end(manifest)
            runner.make_sites(_sites(manifest, scenarios, home, partial), spread_out)
            _compare(manifest, scenarios, partial)
            manifest["files"] = outputs.files_of(partial)
            write_text(partial / outputs.MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return runner.Outcome(output / manifest["run"], manifest)


def _sites(manifest: Mapping[str, Any], scenarios: Sequence[Scenario], home: Path, folder: Path) -> list[runner.Site]:
    """A site for each scenario, whose pages are called as those of a run."""
    sites: list[runner.Site] = []
    for scenario in scenarios:
        prefix = f"{scenario.folder}/"
        own = [
            entry | {"page": entry["page"].removeprefix(prefix)}
            for entry in manifest["reports"]
            if entry["page"].startswith(prefix)
        ]
        sites += runner.parts_of(home, folder / scenario.folder, {**manifest, "reports": own})
    return sites


def _compare(manifest: Mapping[str, Any], scenarios: Sequence[Scenario], folder: Path) -> None:
    from ..report.page import templates

    results = results_table(manifest, scenarios)
    names = [name for name in scenarios[0].values if len({one.values[name] for one in scenarios}) > 1]
    told = {one.number: {name: setting_text(name, one.values[name]) for name in one.values} for one in scenarios}
    write_text(folder / "results.csv", to_csv(neutralised(results)))
    page = (
        templates()
        .get_template("sweep.html.j2")
        .render(
            manifest=manifest,
            scenarios=scenarios,
            names={name: wording.sentence(name.replace("_", " ")) for name in scenarios[0].values},
            differing=names,
            told=told,
            places=sorted({entry["name"] for entry in manifest["reports"]}),
            comparisons=comparisons(results, scenarios),
            failed=[entry for entry in manifest["reports"] if entry["status"] != "ok"],
            results_count=len(results),
        )
    )
    write_text(folder / "index.html", page)


def setting_text(name: str, value: Any) -> str:
    """A value of the grid for readers: 1 April 2018, 15%, per head adjusted, none."""
    if name == "as_at":
        return wording.date(str(value))
    if isinstance(value, float) and 0 < value < 1:
        return wording.per_cent(value, 0 if round(100 * value, 6).is_integer() else 1)
    return as_words(str(value)) or "none"


def results_table(manifest: Mapping[str, Any], scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """Every key result of a sweep, one row each.

    Columns: `scenario`, the parameters of the grid, `page`, `report_name`, `result`, `result_words`, `value` (blank
    where the result is words), `value_text` and `kind`.
    """
    values = {one.folder: {"scenario": one.number, **one.values} for one in scenarios}
    rows = []
    for entry in manifest["reports"]:
        folder, _, page = entry["page"].partition("/")
        for result in entry["results"]:
            number = result["value"] if isinstance(result["value"], int | float) else None
            rows.append(
                values[folder]
                | {
                    "page": page,
                    "report_name": entry["name"],
                    "result": result["name"],
                    "result_words": result["words"],
                }
                | {"value": number, "value_text": str(result["value"]), "kind": result["kind"]}
            )
    columns = [
        *next(iter(values.values())),
        "page",
        "report_name",
        "result",
        "result_words",
        "value",
        "value_text",
        "kind",
    ]
    return pd.DataFrame(rows, columns=columns).sort_values(["scenario", "page"], kind="stable", ignore_index=True)


def comparisons(results: pd.DataFrame, scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """For the page: each numeric key result that differs between scenarios, with its range over the reports of each.

    `words`, `kind`, `single` (whether each scenario has one report with it) and `rows`: for each scenario its number, values, and the lowest, median and highest as text.
    """
    numeric = results.dropna(subset="value")
    found = []
    for (name, kind), group in numeric.groupby(["result", "kind"], sort=False):
        spread = group.groupby("scenario")["value"].agg(["size", "min", "median", "max"])
        if len(spread) < len(scenarios) or not (spread.nunique() > 1).any():
            continue
        rows = [
            (
                one,
                int(spread["size"][one.number]),
                [value_text(str(name), spread.at[one.number, of]) for of in ("min", "median", "max")],
            )
            for one in scenarios
        ]
        single = bool((spread["size"] == 1).all())
        found.append({"words": group["result_words"].iloc[0], "kind": kind, "rows": rows, "single": single})
    return found
