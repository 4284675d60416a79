"""Raw files: edits are noticed, faults are named by file, row, column and rule, and nothing good is lost."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from ccganalysis.data import datapackage, ingest, schemas
from ccganalysis.data.schemas import Table
from ccganalysis.errors import DataError, InputError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(tmp_path):
    """A copy of the project's data that a test may spoil."""
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    (tmp_path / "data" / "processed").mkdir()
    return tmp_path


def edit(project: Path, name: str, old: str, new: str, accept: bool = True) -> None:
    path = project / "data" / "raw" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if accept:
        datapackage.accept(project / "data" / "raw", [name])


def faults_of(project: Path) -> list:
    with pytest.raises(DataError) as caught:
        ingest.run(project)
    return caught.value.faults


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_file_in_the_folder_is_described_and_unchanged():
    raw = ROOT / "data" / "raw"
    described = {resource["path"] for resource in datapackage.read_descriptor(raw)["resources"]}
    assert described == {path.name for path in raw.iterdir()} - {"datapackage.json"}
    assert datapackage.verify(raw) == []


def test_the_description_agrees_with_the_schemas():
    for resource in datapackage.read_descriptor(ROOT / "data" / "raw")["resources"]:
        assert {"publisher", "title", "date", "licenses", "sources", "hash", "bytes"} <= set(resource), resource["path"]
        name = resource["path"].removesuffix(".csv")
        if name in schemas.RAW:
            assert resource["schema"]["fields"] == schemas.RAW[name].fields(), name
            assert resource["schema"]["primaryKey"] == list(schemas.RAW[name].key), name
            heading = (ROOT / "data" / "raw" / resource["path"]).read_text(encoding="utf-8").split("\n")[0]
            assert heading.split(",") == list(schemas.RAW[name].columns), name


def test_an_edit_is_noticed_names_the_file_and_says_how_to_accept_it(project):
    edit(project, "levers.csv", "400000", "410000", accept=False)
    (fault,) = faults_of(project)
    assert fault.file == "levers.csv"
    assert "ccganalysis accept levers.csv" in str(fault)


def test_an_accepted_edit_is_used(project):
    edit(project, "levers.csv", "400000", "410000")
    ingest.run(project)
    levers = pd.read_csv(project / "data" / "processed" / "levers.csv").set_index("quantity")
    assert levers.loc["saving_per_body_removed_gbp", "central"] == 410_000


def test_a_missing_file_is_named(project):
    (project / "data" / "raw" / "mergers.csv").unlink()
    with pytest.raises((DataError, InputError), match="mergers.csv"):
        ingest.run(project)


@pytest.mark.parametrize(
    ("name", "old", "new", "row", "column", "rule"),
    [
        ("allowance_2013_14.csv", ",3750000,", ",-3750000,", None, "allowance_gbp", "must not be below 0"),
        ("allowance_2013_14.csv", ",3750000,", ",3.75m,", None, "allowance_gbp", "must be a number"),
        ("allowance_2013_14.csv", ",3750000,", ",,", None, "allowance_gbp", "must not be blank"),
        (
            "registered_population.csv",
            "2013-04-01,April 2013,105876",
            "2013-04-01,April 2013,105876.5",
            2,
            "registered_population",
            "whole number",
        ),
        (
            "registered_population.csv",
            "2013-04-01,April 2013,105876",
            "1/4/2013,April 2013,105876",
            2,
            "date",
            "must be a date",
        ),
        ("footprints.csv", "2017-04-01,00C,E38000042", "2017-04-01,0 C,E38000042", 2, "body_code", "must look like"),
        (
            "levers.csv",
            "merger,saving_per_body_removed_gbp,per body removed,300000,400000",
            "merger,saving_per_body_removed_gbp,per body removed,600000,400000",
            2,
            "central",
            "must not fall",
        ),
        ("water_links.csv", "00N,99C", "00N,99X", 2, "body_code_b", "no body ever had this code"),
        ("deprivation.csv", "2017-04-01,00C", "2017-04-01,15C", 2, "body_code", "no body with this code was in force"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named_by_file_row_column_and_rule(project, name, old, new, row, column, rule):
    edit(project, name, old, new)
    faults = [fault for fault in faults_of(project) if fault.file == name]
    hits = [fault for fault in faults if fault.column == column and rule in fault.rule]
    assert hits, [str(fault) for fault in faults]
    lines = (project / "data" / "raw" / name).read_text(encoding="utf-8").split("\n")
    spoilt = next(number for number, line in enumerate(lines, start=1) if new in line)
    assert hits[0].row == (row or spoilt) == spoilt


def add_optional(project: Path, name: str, text: str) -> None:
    """An optional table with its description, as `ccganalysis add` leaves it."""
    raw = project / "data" / "raw"
    (raw / f"{name}.csv").write_text(text, encoding="utf-8")
    descriptor = datapackage.read_descriptor(raw)
    descriptor["resources"].append({"name": name, "path": f"{name}.csv", "hash": "sha256:none", "bytes": 0})
    datapackage.write_descriptor(raw, descriptor)
    datapackage.accept(raw, [f"{name}.csv"])


@pytest.mark.parametrize(
    ("rows", "row", "column", "rule"),
    [
        ("00C,2018/19,2100000\n00D,2018/19,5400", 3, "outturn_gbp", "the unit looks wrong"),
        ("00C,2018/19,2100000\n0ZZ,2018/19,5400000", 3, "body_code", "no body ever had this code"),
        ("00C,2018/19,2100000\n00C,2018/19,2100000", 3, "", "repeats an earlier row"),
        ("00C,2018/19,-1", 2, "outturn_gbp", "must not be below 0"),
        ("00C,2018-19,2100000", 2, "financial_year", "must look like"),
    ],
)
def test_outturn_that_cannot_be_right(project, rows, row, column, rule):
    lines = "".join(f"{line},reported,accounts\n" for line in rows.split("\n"))
    add_optional(project, "outturn", f"body_code,financial_year,outturn_gbp,kind,source\n{lines}")
    hits = [fault for fault in faults_of(project) if rule in fault.rule]
    assert [(fault.file, fault.row, fault.column) for fault in hits] == [("outturn.csv", row, column)]


def test_outturn_that_is_right_is_used(project):
    text = "body_code,financial_year,outturn_gbp,kind,source\n00C,2018/19,2100000,reported,accounts\n"
    add_optional(project, "outturn", text)
    ingest.run(project)
    assert pd.read_csv(project / "data" / "processed" / "outturn.csv")["outturn_gbp"].tolist() == [2_100_000]


def test_two_rows_for_one_body_and_year(project):
    path = project / "data" / "raw" / "allowance_2013_14.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    datapackage.accept(path.parent, [path.name])
    repeated = [fault for fault in faults_of(project) if "repeats an earlier row" in fault.rule]
    assert repeated[0].row == len(lines) + 1
    assert repeated[0].value == lines[1].split(",")[0]


def test_all_faults_of_all_files_are_reported_at_once(project):
    edit(project, "levers.csv", "300000,400000", "x,400000")
    edit(project, "mergers.csv", "2015-04-01", "2015-04-31")
    assert {fault.file for fault in faults_of(project)} >= {"levers.csv", "mergers.csv"}


def test_a_column_missing_or_unknown_is_named(project):
    edit(project, "criteria.csv", "criterion,wording", "criterion,words")
    rules = {fault.column: fault.rule for fault in faults_of(project)}
    assert "missing" in rules["wording"]
    assert "not one of this table's" in rules["words"]


def test_shares_that_do_not_sum_to_one_name_the_rows(project):
    path = project / "data" / "raw" / "local_authority_overlap.csv"
    frame = pd.read_csv(path, dtype=str)
    frame.loc[0, "share_of_body_residents"] = "0.7"
    frame.to_csv(path, index=False, lineterminator="\n")
    datapackage.accept(path.parent, [path.name])
    found = [fault for fault in faults_of(project) if "not 1" in fault.rule]
    assert "rows 2" in found[0].rule


def test_bad_input_leaves_the_processed_tables_as_they_were(project):
    ingest.run(project)
    before = contents(project / "data" / "processed")
    edit(project, "allowance_2013_14.csv", ",3750000,", ",-1,")
    faults_of(project)
    assert contents(project / "data" / "processed") == before


def test_published_totals_are_checked(project):
    """A registered population changed by one person breaks the published total."""
    path = project / "data" / "raw" / "registered_population.csv"
    frame = pd.read_csv(path, dtype=str)
    row = frame.index[frame["date"] == "2018-04-01"][0]
    frame.loc[row, "registered_population"] = str(int(frame.loc[row, "registered_population"]) + 1)
    frame.to_csv(path, index=False, lineterminator="\n")
    datapackage.accept(path.parent, [path.name])
    assert any("59,037,140" in str(fault) for fault in faults_of(project))


def test_making_the_tables_twice_gives_the_same_bytes(project, monkeypatch):
    monkeypatch.setattr(ingest, "read_table", datapackage.read_table)  # really twice
    ingest.run(project)
    before = contents(project / "data" / "processed")
    ingest.run(project)
    assert contents(project / "data" / "processed") == before


SMALL = Table(
    "small", ("body_code", "practices", "share", "as_at", "body_count"), ("body_code",), frozenset({"body_count"})
)


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_codes_stay_text_and_blanks_stay_missing(tmp_path):
    path = write(
        tmp_path / "small.csv",
        "body_code,practices,share,as_at,body_count\n15E,3,0.5,2018-04-01,\n00L,4,1,2018-04-01,2\n",
    )
    frame = datapackage.read_table(path, SMALL)
    assert list(frame["body_code"]) == ["15E", "00L"]
    assert frame["practices"].dtype == "int64"
    assert frame["body_count"].isna().tolist() == [True, False]
    assert frame["as_at"].iloc[0] == pd.Timestamp("2018-04-01")
    written = write(tmp_path / "again.csv", datapackage.to_csv(frame))
    pd.testing.assert_frame_equal(datapackage.read_trusted(written, SMALL), frame)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("body_code,practices,share,as_at,body_count\n15E,3\n", "2 cells where the heading has 5"),
        ("body_code,practices,share,as_at,body_count\n15E,1e3x,0.5,2018-04-01,1\n", "whole number"),
        ('body_code,practices,share,as_at,body_count\n"15E,3,0.5,2018-04-01,1\n', "not a readable CSV"),
    ],
)
def test_an_unreadable_file_is_a_clear_refusal(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        datapackage.read_table(write(tmp_path / "small.csv", text), SMALL)


def test_latin_1_bytes_are_refused(tmp_path):
    (tmp_path / "small.csv").write_bytes(
        "body_code,practices,share,as_at,body_count\n15É,3,0.5,2018-04-01,1\n".encode("latin-1")
    )
    with pytest.raises(DataError, match="UTF-8"):
        datapackage.read_table(tmp_path / "small.csv", SMALL)


def test_a_write_cut_short_leaves_the_old_file(tmp_path, monkeypatch):
    path = write(tmp_path / "kept.txt", "good")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(datapackage.os, "replace", fail)
    with pytest.raises(OSError):
        datapackage.write_text(path, "half")
    assert path.read_text() == "good"
    assert [child.name for child in tmp_path.iterdir()] == ["kept.txt"]


def test_accept_refuses_a_file_it_does_not_know():
    with pytest.raises(InputError, match="nearest valid one is 'levers.csv'"):
        datapackage.accept(ROOT / "data" / "raw", ["lever.csv"])


def test_processed_tables_are_described(tables):
    tables["bodies"]
    descriptor = json.loads((ROOT / "data" / "processed" / "datapackage.json").read_text(encoding="utf-8"))
    assert {resource["path"] for resource in descriptor["resources"]} >= {"bodies.csv", "successors.csv", "links.csv"}


class TestDerivedTables:
    """What is in data/processed is checked whenever it is read, and made again where it is not as it was made."""

    @pytest.fixture
    def made(self, tmp_path, monkeypatch):
        ingest.load("bodies")
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw")
        shutil.copytree(ROOT / "data" / "processed", tmp_path / "data" / "processed")
        monkeypatch.setenv("CCGANALYSIS_HOME", str(tmp_path))
        return tmp_path / "data" / "processed"

    @pytest.mark.parametrize("harm", ["deleted", "cut", "doubled", "described badly"])
    def test_they_are_made_again(self, made, harm):
        path = made / "bodies.csv"
        whole = path.read_bytes()
        if harm == "deleted":
            path.unlink()
        elif harm == "described badly":
            (made / "datapackage.json").write_text("{}", encoding="utf-8")
        else:
            frame = pd.read_csv(path, dtype="str")
            frame["registered_population"] = (frame["registered_population"].astype("int64") * 2).astype("str")
            path.write_bytes(whole[:500] if harm == "cut" else frame.to_csv(index=False).encode())
        bodies = ingest.load("bodies")
        assert bodies[bodies["as_at"] == "2018-04-01"]["registered_population"].sum() == 59_037_140
        assert path.read_bytes() == whole

    def test_as_they_were_made_they_are_not_made_again(self, made, monkeypatch):
        monkeypatch.setattr(ingest, "run", None)
        ingest.load("bodies")


@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"resources": 5}', '{"resources": [{"path": "a.csv"}]}'])
def test_a_description_that_describes_nothing_is_named(tmp_path, content):
    (tmp_path / "datapackage.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="datapackage.json does not list the data files beside it"):
        datapackage.verify(tmp_path)
