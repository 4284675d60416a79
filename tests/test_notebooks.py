"""The stored notebooks: what each must have, and that checking them by nbval is a real check."""

import ast
import re
import shutil
import subprocess
import sys
import typing

import pandas as pd
import pytest
import report_samples

from ccganalysis import notebooks, parameters
from ccganalysis.data import measures
from ccganalysis.data.datapackage import project_root
from ccganalysis.presentation.display import download

ROOT = project_root()
STORED = notebooks.in_order(ROOT / "notebooks")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@pytest.fixture(scope="module", params=STORED, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture(scope="module")
def notebook(path):
    return notebooks.read(path)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_every_notebook_is_known_and_present():
    assert [path.stem for path in STORED] == list(parameters.NOTEBOOKS)


def test_stored_in_canonical_form(path, notebook):
    assert path.read_text(encoding="utf-8") == notebooks.canonical(notebook)


def test_can_be_reviewed(path):
    """Long lines are small pictures; GitHub shows a notebook of 400 kB at once."""
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 400_000
    assert max(map(len, text.splitlines())) < 60_000


def test_all_together_are_below_a_megabyte():
    assert sum(path.stat().st_size for path in STORED) < 1_000_000


def test_opens_with_its_only_h1(notebook):
    assert notebook.cells[0].cell_type == "markdown"
    headings = [
        line
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if re.match(r"# ", line)
    ]
    assert headings == [notebook.cells[0].source.splitlines()[0]]


def test_parameters_are_the_models_and_explained(path, notebook):
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    defaults = {}
    for statement in ast.parse(tagged[0].source).body:
        assert isinstance(statement, ast.Assign), "the parameters cell holds assignments only"
        defaults[statement.targets[0].id] = ast.literal_eval(statement.value)
    model = parameters.NOTEBOOKS[path.stem]
    assert defaults == model().model_dump()
    for name, line in zip(defaults, tagged[0].source.splitlines(), strict=True):
        assert re.search(rf"^{name} = .*# type: \w+ \w+", line), f"{name} is not explained: {line}"
        assert model.model_fields[name].description


LISTED = {"rank_by": measures.RANKINGS, "objectives": measures.OBJECTIVES}
"""Parameters whose line in a notebook names every value, and where the values are kept."""


def test_parameters_name_every_value_they_can_have(path, notebook):
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    for line in cell.source.splitlines():
        name = line.partition(" = ")[0]
        choices = LISTED.get(name) or typing.get_args(parameters.NOTEBOOKS[path.stem].model_fields[name].annotation)
        if name != "objective":  # one of the objectives of the line above
            assert [one for one in choices if not re.search(rf"\b{one}\b", line)] == [], line


def test_holds_the_story_and_no_programme(notebook):
    assert len(notebook.cells) < 25
    for cell in code_cells(notebook):
        found = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, DEFINITIONS)]
        assert not found, f"a function belongs in the package: {cell.source}"


def test_outputs_are_stored_without_errors_or_warnings(notebook):
    assert all(cell.execution_count for cell in code_cells(notebook))
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text


def test_every_picture_has_words(notebook):
    assert not pictures_without_words(notebook)


def pictures_without_words(notebook):
    """Outputs with a picture that did not come through `display.show`, which gives it an alternative text."""
    return [
        output
        for output in outputs(notebook)
        for media in output.get("data", {})
        if media.startswith("image/") and len(output.metadata.get(media, {}).get("alt", "")) < 20
    ]


def test_a_figure_shown_without_words_is_noticed():
    shown = {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 640x480 with 1 Axes>"}
    output = notebooks.nbformat.v4.new_output("display_data", data=shown)
    cell = notebooks.nbformat.v4.new_code_cell("plt.show()", outputs=[output])
    assert pictures_without_words(notebooks.nbformat.v4.new_notebook(cells=[cell])) == [output]


@pytest.fixture
def copied(tmp_path):
    """A folder with the shortest notebook and the settings of pytest, to alter without harm."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    shutil.copy(ROOT / "notebooks" / "01_ingest.ipynb", tmp_path)
    return tmp_path / "01_ingest.ipynb"


def nbval(path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "ccganalysis.notebooks", "-p", "no:cacheprovider"]
    options = ["-p", "no:xdist", "--nbval", "--nbval-kernel-name", "ccganalysis", str(path)]
    return subprocess.run([*command, *options], cwd=path.parent, capture_output=True, text=True, timeout=600)


def test_nbval_fails_where_a_stored_number_is_altered(copied):
    text = copied.read_text(encoding="utf-8")
    in_a_sentence = text.replace("59,037,140 registered", "59,037,141 registered")
    in_the_data_too = in_a_sentence.replace('"sha256": "', '"sha256": "0', 1)
    assert text != in_a_sentence != in_the_data_too
    copied.write_text(in_the_data_too, encoding="utf-8")
    last_row_altered = with_a_download(notebooks.read(copied), rows=[*range(999), 998])
    copied.write_text(notebooks.canonical(last_row_altered), encoding="utf-8")
    done = nbval(copied)
    assert done.returncode == 1
    assert "3 failed" in done.stdout and "59,037,141" in done.stdout and "sha256" in done.stdout, done.stdout


def with_a_download(notebook, rows):
    """The notebook with one more cell, whose stored output is of the rows given and not of those it would show."""
    with report_samples.recorded() as outputs:
        download(pd.DataFrame({"n": rows}), name="all", title="All", source="ONS", kind="derived")
    source = "import pandas as pd\nfrom ccganalysis.presentation.display import download\n"
    source += 'download(pd.DataFrame({"n": range(1000)}), name="all", title="All", source="ONS", kind="derived")'
    notebook.cells.append(notebooks.nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=1))
    return notebook


def test_refreshing_an_unchanged_notebook_changes_no_byte(copied):
    before = copied.read_bytes()
    assert notebooks.refresh(copied, kernel="ccganalysis") is False
    assert copied.read_bytes() == before
