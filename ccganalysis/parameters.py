"""The typed parameters of every notebook, checked before a kernel starts and again in the notebook's second cell.

papermill itself takes a misspelt name without a word and reads `15E0` as the number 15.0; both are errors here, and
the message names the nearest valid name or value.
"""

from __future__ import annotations

import ast
import contextlib
import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from .data import measures
from .errors import InputError, nearest, unknown

if TYPE_CHECKING:
    import pandas as pd

AllowanceModel = Literal["carried", "per_head_registered", "per_head_adjusted"]
ReductionDefinition = Literal["cash", "real", "observed_cash"]


def _iso_date(value: object) -> object:
    """Dates written without quotes reach us as dates through papermill's -y."""
    return value.isoformat() if type(value) is datetime.date else value


AsAt = Annotated[
    str,
    BeforeValidator(_iso_date),
    Field(description="Footprint: the 1 April whose bodies are analysed, one of those in data/raw/eras.toml"),
]
Area = Annotated[str, Field(description="Area inside which bodies may merge, by its ODS code, such as QOP")]
EraName = Annotated[str, Field(description="Era whose mergers are looked back on, by its name in data/raw/eras.toml")]
SavingTarget = Annotated[
    float, Field(gt=0, lt=1, description="Share of running costs to be released; if not given, what the era was asked")
]
Model = Annotated[
    AllowanceModel,
    Field(
        description="How an allowance that was not published is modelled: carried, per_head_registered or "
        "per_head_adjusted"
    ),
]
Definition = Annotated[
    ReductionDefinition,
    Field(description="What the cut means: cash, real (GDP deflator) or observed_cash (as local papers show)"),
]
WaterLinks = Annotated[
    str,
    Field(
        pattern=r"^(none|listed|\d+(\.\d+)?)$",
        description="Water that counts as a border: none, listed (water_links.csv), or the widest gap in km, such as 1",
    ),
]


PriceUplift = Annotated[
    str,
    Field(
        pattern=r"^(gdp_deflator|-?0?\.\d+|0)$",
        description="Rise in prices to the year of the cut for the real definition: gdp_deflator, or a share such as 0.06",
    ),
]
PricePressure = Annotated[
    str,
    Field(
        pattern=r"^(as_uplift|-?0?\.\d+|0)$",
        description="Rise in the bodies' own costs that the real definition counts: as_uplift (as much as prices rise), or "
        "a share such as 0.06; 0 if pay and prices are absorbed elsewhere",
    ),
]
Draws = Annotated[int, Field(ge=1_000, le=1_000_000, description="Monte-Carlo draws over the levers' ranges")]
Resamples = Annotated[int, Field(ge=100, le=100_000, description="Bootstrap resamples of areas for the intervals")]
Seed = Annotated[int, Field(ge=0, description="Seed of the random draws: the same seed gives the same numbers")]


def _objectives(names: str) -> str:
    try:
        measures.objectives(names)
    except InputError as error:
        raise ValueError(str(error)) from None
    return names


Permutations = Annotated[
    int,
    Field(ge=200, le=100_000, description="Draws of groups that could have merged, the real ones among them"),
]
MergerDate = Annotated[
    str,
    BeforeValidator(_iso_date),
    Field(description="The mergers whose staff are compared, by the 1 April on which they took effect"),
]
Objectives = Annotated[
    str,
    AfterValidator(_objectives),
    Field(description=f"What plans are compared on, two or more of: {measures.named(measures.OBJECTIVES)}"),
]
RankBy = Annotated[
    Literal[*measures.RANKINGS],  # type: ignore[valid-type]  # the names are known when it runs
    Field(description=f"What candidates are ranked by: {measures.named(measures.RANKINGS)}"),
]
NumberOfBodies = Annotated[int, Field(ge=1, description="Bodies in England in the plan across borders of areas")]
Merge = Annotated[
    str,
    Field(description="Mergers of your own, set beside the options: 01F+02D, 01J+01X+01T; empty for none"),
]
Floor = Annotated[int, Field(ge=0, description="Fewest registered people a body may have; 0 is no floor")]
Ceiling = Annotated[int, Field(ge=0, description="Most registered people a body may have; 0 is no ceiling")]


class Parameters(BaseModel):
    """What every notebook's parameters have in common: strict types, no unknown names, no change once checked."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=False)


class OnAFootprint(Parameters):
    as_at: AsAt = "2018-04-01"


class Priced(OnAFootprint):
    """Whatever says what a merger would release."""

    saving_target: SavingTarget = 0.20
    allowance_model: Model = "per_head_adjusted"
    water_links: WaterLinks = "none"
    draws: Draws = 10_000
    seed: Seed = 2018


class RunningCosts(Priced):
    reduction_definition: Definition = "cash"
    price_uplift: PriceUplift = "gdp_deflator"
    price_pressure: PricePressure = "as_uplift"


class Candidates(Priced):
    rank_by: RankBy = "place"
    number_of_bodies: NumberOfBodies = 106


class Backtest(Parameters):
    era: EraName = "ccg"
    allowance_model: Model = "per_head_adjusted"
    water_links: WaterLinks = "none"
    resamples: Resamples = 2_000
    seed: Seed = 2018


class Effects(Parameters):
    merger_date: MergerDate = "2018-04-01"
    permutations: Permutations = 4_999
    seed: Seed = 2018


class AreaReport(RunningCosts):
    area: Area = "QGH"
    objectives: Objectives = "released, coterminosity, disruption"
    floor_people: Floor = 0
    ceiling_people: Ceiling = 0
    merge: Merge = ""


NOTEBOOKS: dict[str, type[Parameters]] = {
    "01_ingest": OnAFootprint,
    "02_running_costs": RunningCosts,
    "03_alignment": OnAFootprint,
    "04_merger_candidates": Candidates,
    "05_national_report": RunningCosts,
    "06_backtest": Backtest,
    "07_effects": Effects,
    "area_report": AreaReport,
}
"""The notebooks, in the order they are run, and the parameters each takes."""


def check(notebook: str, values: Mapping[str, Any]) -> Parameters:
    """The parameters of a notebook from plain values, or an `InputError` with every fault and the nearest valid choice.

    Checks names, types and ranges, and that the footprint and the area exist in the data.
    """
    if notebook not in NOTEBOOKS:
        raise InputError(unknown("notebook", notebook, NOTEBOOKS))
    model = NOTEBOOKS[notebook]
    try:
        checked = model(**values)
    except ValidationError as error:
        raise InputError("\n".join(_explain(model, fault) for fault in error.errors())) from None
    _check_places(checked)
    _check_era(checked)
    return checked


def check_all(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Share one set of values out to the notebooks: each gets those it takes; a name none takes is an error.

    What is not given is as the footprint's era declares it, and otherwise the notebook's own.
    """
    names = {name for model in NOTEBOOKS.values() for name in model.model_fields}
    for name in values:
        if name not in names:
            raise InputError(unknown("parameter", name, sorted(names)))
    values = {**_declared(values.get("as_at", OnAFootprint().as_at)), **values}
    shared = {}
    for notebook, model in NOTEBOOKS.items():
        own = {name: value for name, value in values.items() if name in model.model_fields}
        shared[notebook] = check(notebook, own).model_dump()
    return shared


def _declared(as_at: object) -> dict[str, Any]:
    """The parameters that an era declares for one of its footprints; none for any other value, which `check` explains."""
    from .data import ingest

    bodies = ingest.load("bodies")
    for era in ingest.all_eras():
        if str(as_at) in map(str, era.footprints):
            there = bodies.loc[bodies["as_at"] == str(as_at), "area_code"]
            wanted = era.number_of_bodies or int((bodies["as_at"] == era.dates[-1]).sum())
            return {
                "area": era.default_area if era.default_area in set(there) else there.min(),
                "saving_target": era.money.target,
                "number_of_bodies": min(len(there), wanted),
                **({"era": era.name} if era.backtest else {}),
            }
    return {}


def typed(name: str, text: str) -> Any:
    """A parameter's value from text, of the type it declares; codes such as 15E0 stay text.

    Text that does not fit is returned as it is, for `check` to explain.
    """
    for model in NOTEBOOKS.values():
        if name in model.model_fields:
            with contextlib.suppress(ValidationError):
                declared: Any = model.model_fields[name].annotation
                return TypeAdapter(declared).validate_strings(text)
    return text


def from_notebook(notebook: str, namespace: Mapping[str, Any]) -> Parameters:
    """The checked parameters of the running notebook; call it with `globals()` right after the parameters cell.

    Besides the values, it looks for names that are not parameters among the assignments that papermill injected or
    the analyst typed: a misspelt name would otherwise be ignored and the default used in silence.
    """
    if notebook not in NOTEBOOKS:
        raise InputError(unknown("notebook", notebook, NOTEBOOKS))
    fields = NOTEBOOKS[notebook].model_fields
    for name in _assigned(namespace.get("In", []), set(fields)):
        if name not in fields:
            raise InputError(unknown("parameter", name, fields))
    return check(notebook, {name: namespace[name] for name in fields if name in namespace})


INJECTED = "# Parameters"
"""How papermill begins the cell with the values that it was given."""


def _assigned(history: list[str], fields: set[str]) -> list[str]:
    """Names assigned in the parameters cell, and in the one that papermill put after it, as they were last run.

    The parameters cell is the last before this one that holds literal assignments only and touches a parameter, or
    the first of all where none does. What else was run is past, or is no parameter: a misspelt name put right since,
    a cell to try something in.
    """
    cells = [(source, _literals(source)) for source in history[1:-1]]
    given = [place for place, (source, names) in enumerate(cells) if names and source.startswith(INJECTED)]
    touching = [place for place, (_, names) in enumerate(cells) if fields & set(names) and place not in given]
    last = touching[-1] if touching else 0
    counted = [last, *[place for place in given if place > last][-1:]]
    return [name for place in dict.fromkeys(counted) if place < len(cells) for name in cells[place][1]]


def _literals(source: str) -> list[str]:
    """The names that a cell assigns literals to; none where it does anything else."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return []
    targets = [_literal_targets(statement) for statement in statements]
    return [name for of_one in targets for name in of_one] if all(targets) else []


def _literal_targets(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = getattr(statement, "value", None)
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if len(names) < len(targets) or value is None:
        return []
    try:
        ast.literal_eval(value)
    except ValueError:
        return []
    return names


def _explain(model: type[Parameters], fault: Mapping[str, Any]) -> str:
    name, value = str(fault["loc"][0]), fault["input"]
    if fault["type"] == "extra_forbidden":
        return unknown("parameter", name, model.model_fields)
    description = model.model_fields[name].description
    choices = get_args(model.model_fields[name].annotation)
    if fault["type"] == "literal_error":
        return unknown(name, value, choices)
    if fault["type"] == "value_error":
        return f"{name} = {value!r} will not do: {fault['ctx']['error']}"
    if fault["type"] == "string_type" and isinstance(value, int | float):
        return (
            f"{name} = {value!r} is a number, and {name} is text{_nearest_code(name, value)}. "
            f"Where a code such as 15E0 was read as a number, quote it (papermill: -r {name} CODE). {description}."
        )
    return f"{name} = {value!r} will not do: {fault['msg'][0].lower()}{fault['msg'][1:]}. {description}."


def _nearest_code(name: str, value: object) -> str:
    from .data import ingest

    column = {"area": "area_code", "as_at": "as_at"}.get(name)
    if column is None:
        return ""
    bodies = ingest.load("bodies")
    valid = sorted({str(found)[:10] for found in bodies[column]})
    return f" (the nearest valid one is {nearest(value, valid)!r}; valid: {', '.join(valid)})"


def _check_era(checked: Parameters) -> None:
    from .analysis import running_costs
    from .data import eras, ingest

    if isinstance(checked, AreaReport) and ingest.era(checked.as_at).borders is None:
        for name in measures.objectives(checked.objectives):
            if measures.OBJECTIVES[name].if_asked:
                held = [name for name, one in measures.OBJECTIVES.items() if not one.if_asked]
                raise InputError(
                    f"objectives: {name!r} is not measured for {checked.as_at}, as nothing is asked of borders then. "
                    f"Choose from: {', '.join(held)}."
                )
    if isinstance(checked, RunningCosts):
        money = ingest.era(checked.as_at).money
        running_costs.check_definition(checked.reduction_definition, checked.saving_target, money)
    if isinstance(checked, Backtest):
        named = eras.era_named(ingest.all_eras(), checked.era)
        if named.backtest is None:
            held = [era.name for era in ingest.all_eras() if era.backtest]
            raise InputError(f"era = {checked.era!r} declares no back-test. Those that do: {', '.join(held)}.")


def _check_places(checked: Parameters) -> None:
    from .data import ingest, organisations

    values = checked.model_dump()
    if "as_at" in values:
        bodies = ingest.load("bodies")
        held = sorted({f"{day:%Y-%m-%d}" for day in bodies["as_at"]})
        if values["as_at"] not in held:
            raise InputError(unknown("as_at", values["as_at"], held))
        there = int((bodies["as_at"] == values["as_at"]).sum())
        if values.get("number_of_bodies", 0) > there:
            raise InputError(
                f"number_of_bodies = {values['number_of_bodies']} is more than the {there} bodies of {values['as_at']}."
            )
        if "area" in values:
            footprint = organisations.footprint(bodies, values["as_at"])
            organisations.within_area(footprint, values["area"])
            if values.get("merge"):
                _check_merge(footprint, values)


def _check_merge(footprint: pd.DataFrame, values: Mapping[str, Any]) -> None:
    from .data import ingest, organisations

    links, water = ingest.load("links"), ingest.load("water_links")
    pairs = organisations.neighbours(links, values["as_at"], values["water_links"], water)
    organisations.mergers(values["merge"], footprint, pairs, values["area"])
