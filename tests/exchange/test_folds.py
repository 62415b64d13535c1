"""Folds that others can use: made again, read back, and checked against a corpus."""

import gzip
import lzma

import numpy as np
import pandas as pd
import pytest
import yaml

from lib import params
from lib.corpora import catalogue, ravdess
from lib.project import project_path
from lib.splits import schemes
from scripts.audit.predictions import AuditError
from scripts.audit.reading import read_folds
from scripts.folds import files, making, naming, run
from scripts.folds.files import FoldsError
from scripts.folds.naming import IEMOCAP_SESSIONS, TABLES
from scripts.report import folds_page, pages

KEPT = project_path("folds")
INDEX = files.read_index(KEPT)
QUICK = [("iemocap", "mdre_published"), ("rml", "leave_one_subject_out"), ("enterface", "stratified_kfold"),
         *((name, "release_parts") for name in ("emotic", "recola", "sewa"))]  # fmt: skip


def kept(corpus, scheme):
    return files.read(KEPT / f"{corpus}.{scheme}.csv.xz")


def same_as_made_again(corpus, scheme, monkeypatch):
    own = making.recipe(corpus)
    monkeypatch.setitem(making.recipes(), corpus, own | {"named": [scheme]})
    (made,) = making.by_naming(corpus)
    row = INDEX.set_index("file").loc[f"{corpus}.{scheme}.csv.xz"]
    assert files.entry(*made[:3], made.samples, made.origin) == {"file": row.name, **row.to_dict()}
    assert files.digest(kept(corpus, scheme)) == files.digest(made.folds)


@pytest.mark.parametrize(("corpus", "scheme"), QUICK)
def test_kept_folds_are_those_that_are_made_again(corpus, scheme, monkeypatch):
    same_as_made_again(corpus, scheme, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("corpus", "scheme"),
    [("iemocap", "leave_one_session_out"), ("enterface", "leave_one_subject_out"),
     ("ravdess", "stratified_kfold"), ("ravdess", "leave_one_speaker_out")],
)  # fmt: skip
def test_kept_folds_that_take_longer_are_those_that_are_made_again(corpus, scheme, monkeypatch):
    same_as_made_again(corpus, scheme, monkeypatch)


def test_every_file_is_listed_and_every_scheme_without_a_copy_is_kept():
    listed = set(INDEX["file"])
    assert listed == {path.name for path in KEPT.glob("*.xz")}
    named = {f"{name}.{one}.csv.xz" for name, own in making.recipes().items() for one in own["named"]}
    assert named <= listed
    assert sum(path.stat().st_size for path in KEPT.iterdir()) < 1_000_000


def test_kept_files_have_the_folds_and_repetitions_of_their_recipes():
    """Also those that only a copy gives, which no quick test makes again."""
    for row in INDEX.itertuples():
        recipe = making.recipe(row.corpus)
        assert row.repeats == recipe["schemes"][row.scheme] or recipe["key"] == "speaker", row.file
        if "leave" not in row.scheme:
            assert row.folds == recipe["folds"], row.file


def test_recipes_have_the_papers_schemes_seeds_and_repetitions():
    values = yaml.safe_load(project_path("params.yaml").read_text("utf-8"))
    blocks = {"skeletal": ("training", "cross_speaker"), "audiovisual": ("training", "cross_subject")}
    corpora = {"iemocap": "skeletal", "ravdess": "skeletal", "egait": "skeletal", "rml": "audiovisual",
               "enterface": "audiovisual"}  # fmt: skip
    for corpus, paper in corpora.items():
        training, others = (values[paper][name] for name in blocks[paper])
        training, others = (own | own.get("corpora", {}).get(corpus, {}) for own in (training, others))
        recipe = making.recipe(corpus)
        assert (recipe["seed"], recipe["folds"]) == (training["seed"], training["folds"])
        for scheme in {training["scheme"], *others["schemes"]}:
            once = scheme == "mdre_published"  # every repetition has the same folds
            assert recipe["schemes"][scheme] == (1 if once else others["repeats"]), (corpus, scheme)
    assert making.recipe("iemocap")["schemes"]["pretraining"] == values["skeletal"]["fine_tuning"]["repeats"]
    assert params.PAPER


def test_counts_are_those_of_the_catalogue():
    expected = {name: catalogue.get(name).expected for name in catalogue.names()}
    assert sum(IEMOCAP_SESSIONS.values()) == expected["iemocap"]["four classes"]
    assert making.recipe("iemocap")["samples"] == expected["iemocap"]["four classes"]
    for corpus, count in {"rml": "clips", "enterface": "clips", "emotic": "persons",
                          "recola": "recordings", "sewa": "recordings"}.items():  # fmt: skip
        assert making.recipe(corpus)["samples"] == expected[corpus][count]
    for corpus in ("enterface", "ravdess", "recola", "sewa"):
        assert len(TABLES[corpus]()) == making.recipe(corpus)["samples"]
    assert len(TABLES["ravdess"]()) == 24 * expected["ravdess"]["speech per actor and modality"]


def test_iemocaps_blocks_have_the_published_sizes():
    folds = kept("iemocap", "mdre_published")
    counts = pd.crosstab(folds["fold"], folds["part"])
    assert counts["train"].to_list() == [4445, 4374, 4399, 4432, 4474]
    assert counts["dev"].to_list() == [313, 386, 353, 343, 307]
    assert counts["test"].to_list() == [773, 771, 779, 756, 750]


def test_places_of_iemocap_get_the_folds_that_a_copy_gets(monkeypatch):
    numbers = {1: 30, 2: 20, 3: 25, 4: 15, 5: 10}
    monkeypatch.setattr(naming, "IEMOCAP_SESSIONS", numbers)
    sessions = np.repeat(list(numbers), list(numbers.values()))
    copy = pd.DataFrame({"session": sessions, "position": range(100)})
    copy["speaker"] = [f"Ses0{session}{'FM'[place % 2]}" for place, session in enumerate(sessions)]
    copy["sample_id"] = [f"{speaker}_{place}" for place, speaker in enumerate(copy["speaker"])]
    copy["label"] = np.tile(["anger", "happiness", "sadness", "neutral"], 25)
    for scheme in making.recipe("iemocap")["named"]:
        by_copy = making.draw("iemocap", scheme, copy)
        by_place = making.draw("iemocap", scheme, naming.TABLES["iemocap"](), "position")
        assert by_copy["id"].str.split("_").str[1].to_list() == by_place["position"].to_list()
        assert by_copy["part"].to_list() == by_place["part"].to_list()


@pytest.mark.slow
def test_iemocaps_sessions_are_whole():
    folds = kept("iemocap", "leave_one_session_out")
    ends = np.cumsum(list(IEMOCAP_SESSIONS.values()))
    session = np.searchsorted(ends, folds["position"], side="right")
    test = folds["part"] == "test"
    assert (session[test] == folds.loc[test, "fold"]).all()
    parts = folds.assign(session=session).groupby(["repeat", "fold", "session"])["part"].nunique()
    assert (parts == 1).all()


def test_ravdess_names_are_names_of_the_release(shared_data):
    table = TABLES["ravdess"]().set_index("sample_id")
    found = ravdess.read(shared_data("ravdess")).set_index("sample_id")
    own = table.loc[table["speaker"].isin(found["speaker"].unique())]
    assert list(own.index) == list(found.index)
    assert (own["label"] == found["label"]).all()


@pytest.mark.slow
def test_egaits_folds_are_those_that_are_made_again(shared_data):
    table = catalogue.reader("egait").read(shared_data("egait"))
    table = table.assign(position=range(len(table)))
    places = dict(zip(table["sample_id"], table["position"], strict=True))
    for scheme in making.recipe("egait")["schemes"]:
        made = making.draw("egait", scheme, table)
        own = kept("egait", scheme)
        assert made["id"].map(places).to_list() == own["position"].to_list()
        assert made["part"].to_list() == own["part"].to_list()


def people(number, clips=8):
    """A table of clips of some people, in the reader's columns."""
    rows = [
        {"sample_id": f"p{person}_{clip}", "label": "ab"[clip % 2], "speaker": f"p{person}"}
        for person in range(number)
        for clip in range(clips)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Folds of forty clips by a recipe of a test's own, stored with their index, and the clips."""
    own = {"key": "id", "samples": 40, "seed": 1, "folds": 5, "named": [],
           "schemes": {"stratified_kfold": 2, "leave_one_subject_out": 1}}  # fmt: skip
    monkeypatch.setitem(making.recipes(), "rml", own)
    table = people(5)
    made = [
        making.Made("rml", scheme, making.draw("rml", scheme, table), 40, "a test")
        for scheme in own["schemes"]
    ]
    run.store(made, tmp_path)
    return tmp_path / "rml.stratified_kfold.csv.xz", table


def test_a_file_holds_the_splits_of_the_library(drawn):
    path, table = drawn
    folds = files.check(path, table)
    for split in schemes.make("stratified_kfold", table, 5, 2, 1):
        own = folds[(folds["repeat"] == split.repeat) & (folds["fold"] == split.fold)]
        for part in ("train", "dev", "test"):
            assert set(own.loc[own["part"] == part, "id"]) == set(split.part(part))


def test_places_give_back_the_ids(drawn, tmp_path):
    path, table = drawn
    places = dict(zip(table["sample_id"], range(len(table)), strict=True))
    folds = files.read(path)
    by_place = folds.rename(columns={"id": "position"}).assign(position=folds["id"].map(places))
    other = tmp_path / "places.csv.xz"
    files.write(by_place, other)
    pd.testing.assert_frame_equal(files.check(other, table), files.check(path, table))
    with pytest.raises(FoldsError, match="not in the corpus"):
        files.check(other, table[:-1])


def test_speakers_give_the_fold_that_tests_each_sample(drawn, tmp_path):
    _, table = drawn
    path = tmp_path / "speakers.csv"
    path.write_text("speaker,repeat,fold\n" + "".join(f"p{n},0,{n}\n" for n in range(5)))
    folds = files.check(path, table)
    assert dict(zip(folds["id"], folds["fold"], strict=True)) == {
        f"p{n}_{k}": n for n in range(5) for k in range(8)
    }
    with pytest.raises(FoldsError, match="1 of 5"):
        files.check(path, table[table["speaker"] != "p4"])
    assert len(files.check(path, table[table["speaker"] != "p4"], partial=True)) == 32


def test_edited_cut_and_missing_files_are_refused(drawn, tmp_path):
    path, _ = drawn
    folds = files.read(path)
    files.write(folds.assign(part=folds["part"].to_numpy()[::-1]), path)
    with pytest.raises(FoldsError, match="was edited or is another version"):
        files.read(path)
    whole = (tmp_path / "rml.leave_one_subject_out.csv.xz").read_bytes()
    (tmp_path / "rml.leave_one_subject_out.csv.xz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FoldsError, match="is damaged"):
        files.read(tmp_path / "rml.leave_one_subject_out.csv.xz")
    with pytest.raises(FoldsError, match="no such file"):
        files.read(tmp_path / "none.csv")


def test_folds_of_another_corpus_are_refused(drawn):
    path, table = drawn
    with pytest.raises(FoldsError, match="not in the corpus, first 'p0_0'"):
        files.check(path, table.assign(sample_id="x" + table["sample_id"]))
    with pytest.raises(FoldsError, match="8 of the corpus's 48 samples are in no fold, first 'p5_0'"):
        files.check(path, people(6))
    with pytest.raises(FoldsError, match="8 of 40"):
        files.check(path, table[:-8])
    assert files.check(path, table[:-8], partial=True)["id"].nunique() == 32


def test_the_site_lists_every_kept_file(tmp_path):
    text = pages.render("folds", **folds_page.values())
    for row in INDEX.to_dict("records"):
        assert f"| {row['file']} |" in text and row["sha256"][:12] in text
    assert "position in the corpus's own order" in text
    assert "There are no files yet" in pages.render("folds", **folds_page.values(tmp_path))


def test_an_unknown_corpus_and_one_without_a_copy_are_told():
    with pytest.raises(FoldsError, match="NAME=meld: no folds"):
        making.recipe("meld")
    assert making.by_naming("egait") == []


def test_the_audit_reads_compressed_folds(drawn):
    path, table = drawn
    found = read_folds(path)
    assert set(found["sample_id"]) == set(table["sample_id"]) and set(found["part"]) == {
        "train",
        "dev",
        "test",
    }
    other = path.with_suffix(".gz")
    other.write_bytes(gzip.compress(lzma.decompress(path.read_bytes())))
    pd.testing.assert_frame_equal(read_folds(other), found)
    other.write_bytes(other.read_bytes()[:40])
    with pytest.raises(AuditError, match="damaged or not compressed"):
        read_folds(other)
