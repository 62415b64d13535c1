"""Shared results: what leaves a laboratory, and what does not."""

import copy
import hashlib
import json

import pandas as pd
import pytest

from lib.corpora import catalogue
from lib.corpora.catalogue import CorpusError
from lib.evaluation.results import StageResult
from lib.project import project_path
from lib.replication import verdicts
from scripts.share import checks, collect, comparison, privacy
from scripts.share.document import ShareError, settings_version, texts

REPORTS = project_path("reports")
SAMPLES = ("iemocap", "rml", "enterface", "emotic", "recola", "sewa")


def test_a_round_trip_changes_nothing(shared):
    document = checks.check(shared)
    assert document.synthetic and set(SAMPLES) < set(document.corpora)
    again = shared.with_name("again.json")
    document.write(again)
    assert again.read_bytes() == shared.read_bytes()
    own = {(result.notebook, result.content["data"]["corpus"]): result for result in collect.stored(REPORTS)}
    assert {(result.stage, result.corpus) for result in document.results} == set(own)
    for result in document.results:
        values = own[result.stage, result.corpus].content["values"]
        assert result.code_version == own[result.stage, result.corpus].content["code_version"]
        for score in result.scores:
            entry = values[score.experiment][score.metric]
            assert (score.score, score.low, score.high) == (entry["score"], entry["low"], entry["high"])
    assert sum(len(result.scores) for result in document.results) > 100


def test_every_number_beside_a_published_one_travels(shared):
    found = comparison.cells(checks.check(shared)).set_index("cell_id")
    ours = verdicts.ours(collect.stored(REPORTS))
    ours = ours[ours["ours"].notna()].set_index("cell_id")
    assert set(found.index) == set(ours.index) and len(found) > 100
    assert (found["reported"] == ours["ours"].reindex(found.index)).all()
    assert found["reported verdict"].str.startswith("not comparable: ").all()
    assert (
        found["origin"]
        .str.contains(r"reported by a third party \(Laboratory A\), code .*, data release")
        .all()
    )
    assert found["origin"].str.contains("synthetic sample").all()


def test_settings_that_may_name_files_or_samples_are_withheld():
    settings = {
        "swap_sides": ["Ses01F_impro01"],
        "glove": "/home/me/glove.840B.300d.txt",
        "backbone": {"weights": "vgg19-dcbb9e9d.pth", "name": "vgg19"},
        "extraction": {"weights": {"body": "imagenet", "gist": "emotionnet.pth"}},
        "model": "skeletal.SMACN",
        "experiments": ["Xu et al.", "SMACN"],
    }
    assert privacy.cleaned(settings) == {
        "swap_sides": "(withheld)",
        "glove": "(withheld)",
        "backbone": {"weights": "(withheld)", "name": "vgg19"},
        "extraction": {"weights": {"body": "imagenet", "gist": "(withheld)"}},
        "model": "skeletal.SMACN",
        "experiments": ["Xu et al.", "SMACN"],
    }


@pytest.mark.parametrize("text", [
    "Ses01F_impro01_F000", "03-01-05-01-02-01-12", "03a01Fa", "subject 1/anger/sentence 1", "s1/an1",
    "train 12.0", "train_1", "Devel_DE_03", "/data/x", "C:\\data", "clips/an1.avi", "~/data",
])  # fmt: skip
def test_ids_and_paths_are_recognised(text):
    assert privacy.suspicious(text)
    with pytest.raises(ShareError, match="must not be shared"):
        privacy.require_clean({"results": [{"experiment": text}]}, (), REPORTS)


@pytest.mark.parametrize("corpus", SAMPLES)
def test_nothing_of_a_sample_leaves(corpus, shared):
    """No id, group, word or path of the sample corpora occurs in the file of all tracked results."""
    folder = project_path(f"data/{corpus}")
    if not folder.is_dir():
        pytest.skip(f"no data/{corpus}: dvc pull")
    try:
        table = catalogue.reader(corpus).read(folder)
    except CorpusError as error:
        pytest.fail(str(error))
    hidden = privacy.secrets(table)
    assert len(hidden) >= len(table)
    content = json.loads(shared.read_text("utf-8"))
    assert privacy.leaked(content, hidden) == []
    planted = copy.deepcopy(content)
    planted["results"][0]["settings"]["note"] = f"see {max(hidden, key=len)}"
    assert privacy.leaked(planted, hidden)


def test_folds_have_one_digest_and_no_id(tmp_path):
    rows = [("kfold", 0, 0, part, name) for part, name in (("train", "a1"), ("dev", "b1"), ("test", "c1"))]
    table = pd.DataFrame(rows, columns=["scheme", "repeat", "fold", "part", "sample_id"])
    table.to_parquet(tmp_path / "splits.parquet")
    found = collect.folds_of(tmp_path / "splits.parquet")
    table[::-1].to_parquet(tmp_path / "other.parquet")
    assert collect.folds_of(tmp_path / "other.parquet") == found
    table.assign(sample_id=["a1", "c1", "b1"]).to_parquet(tmp_path / "third.parquet")
    assert collect.folds_of(tmp_path / "third.parquet")["sha256"] != found["sha256"]
    assert found["samples"] == 3 and not {"a1", "b1", "c1"} & set(texts(found))
    assert collect.folds_of(tmp_path / "none.parquet") is None


def test_splits_that_are_stored_travel_as_their_digest(tmp_path, monkeypatch):
    folder = tmp_path / "outputs/audiovisual/02_training/rml"
    folder.mkdir(parents=True)
    rows = [
        ("stratified_kfold", 0, fold, "test", f"s{fold}/an{clip}") for fold in (0, 1) for clip in range(200)
    ]
    table = pd.DataFrame(rows, columns=["scheme", "repeat", "fold", "part", "sample_id"])
    table.to_parquet(folder / "splits.parquet")
    monkeypatch.setattr(
        collect, "project_path", lambda name: tmp_path / name if name == "outputs" else project_path(name)
    )
    result = next(own for own in collect.stored(REPORTS, "rml") if own.notebook == "audiovisual/02_training")
    document = collect.document([result])
    document.write(tmp_path / "shared.json")
    (found,) = checks.check(tmp_path / "shared.json").results
    expected = {"schemes": ("stratified_kfold",), "repeats": 1, "folds": 2, "samples": 400}
    assert found.folds.model_dump(exclude={"sha256"}) == expected
    assert "s0/an1" not in (tmp_path / "shared.json").read_text()


def test_what_cannot_be_shared_is_told(monkeypatch):
    with pytest.raises(ShareError, match="no results on this corpus"):
        collect.document([])
    own = collect.stored(REPORTS, "rml")
    data = own[0].content["data"] | {"version": "sample-1-00000000"}
    other = StageResult(own[0].folder, own[0].content | {"data": data})
    with pytest.raises(ShareError, match="are from two versions"):
        collect.document([*own[1:], other])


def test_digests_are_those_of_the_results():
    result = next(own for own in collect.stored(REPORTS) if own.notebook == "audiovisual/02_training")
    assert settings_version(result.content["settings"]) == result.content["settings_version"]
    lock = hashlib.sha256(project_path("requirements.lock").read_bytes()).hexdigest()
    assert collect.document([result]).code.lock == lock
