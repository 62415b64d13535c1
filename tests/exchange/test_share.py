"""Shared results: what leaves, what is refused, and what the report shows of others."""

import copy
import hashlib
import json
import re

import pandas as pd
import pytest

from lib.corpora import catalogue
from lib.corpora.catalogue import CorpusError
from lib.evaluation.results import StageResult, all_results
from lib.project import project_path
from lib.published import tables
from lib.replication import verdicts
from scripts.report import pages, received_page
from scripts.share import checks, collect, comparison, privacy, run
from scripts.share.document import Document, ShareError, checksum, settings_version, texts

REPORTS = project_path("reports")
ARRAYS = {"frames": 75, "joints": 16}
SAMPLES = ("iemocap", "rml", "enterface", "emotic", "recola", "sewa")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """File of the tracked results on the samples and open data, made without any copy of a corpus."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            collect, "require_clean", lambda content, *_: privacy.require_clean(content, (), REPORTS)
        )
        document = collect.document(collect.stored(REPORTS), "Laboratory A")
    path = tmp_path_factory.mktemp("shared") / run.FILE
    document.write(path)
    return path


@pytest.fixture
def content(shared):
    return json.loads(shared.read_text("utf-8"))


def signed(content, path):
    """An edited file by somebody who knows how to compute the checksum."""
    content["checksum"] = checksum(content)
    path.write_text(json.dumps(content), "utf-8")
    return path


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


def first(content, stage="skeletal/02_training"):
    return next(own for own in content["results"] if own["stage"] == stage)


def licensed(content):
    """The same results as if on a complete licensed copy of IEMOCAP."""
    own = first(content)
    content["corpora"] = {"iemocap": {"kind": "licensed", "version": "0123456789abcdef",
                                      "counts": dict(catalogue.get("iemocap").expected)}}  # fmt: skip
    content["synthetic"], content["results"] = False, [own]
    for cell in own["cells"]:
        if cell["gap"] is not None:
            limits = (pd.Series([cell[name]], dtype=float) for name in ("gap_low", "gap_high", "margin"))
            cell["verdict"] = str(checks.verdicts(*limits)[0])
        else:
            cell["verdict"] = "not comparable: the paper prints a dash"
    return content


def edit(path, value):
    """An edit of the value at a dotted path; numbers are places in a list."""

    def change(content):
        *above, last = [int(name) if name.isdigit() else name for name in path.split("/")]
        for name in above:
            content = content[name]
        content[last] = value(content[last]) if callable(value) else value

    return change


def in_result(path, value, stage="skeletal/02_training"):
    return lambda content: edit(path, value)(first(content, stage))


def printed_cell(content):
    return next(cell for cell in first(content)["cells"] if cell["gap"] is not None)


def in_cell(name, value):
    return lambda content: edit(name, value)(printed_cell(content))


def on_licensed(change):
    def both(content):
        licensed(content)
        change(content)

    return both


def twice(content):
    content["results"].append(copy.deepcopy(first(content)))


def with_path(content):
    own = first(content)
    own["settings"]["store"] = "/home/me/skeleton.npy"
    own["settings_version"] = settings_version(own["settings"])


def two_scores(content):
    own = first(content)["scores"]
    own.append(copy.deepcopy(own[0]))


EDITED = {
    "an unknown key": (lambda c: c.update(note="hello"), "note: Extra inputs"),
    "a missing key": (lambda c: c.pop("code"), "code: Field required"),
    "a text for a number": (in_result("scores/0/score", "0.5"), "score: Input should be a valid number"),
    "a laboratory with markup": (edit("laboratory", "<b>A</b>"), "laboratory: String should match"),
    "an unknown corpus": (
        lambda c: c["corpora"].update(meld=c["corpora"]["rml"]),
        "corpus 'meld' is none of",
    ),
    "licensed, but open": (edit("corpora/iemocap/kind", "open"), "iemocap is licensed data, not open"),
    "a sample as a licensed copy": (edit("corpora/iemocap/kind", "licensed"), "is not that of licensed data"),
    "synthetic denied": (edit("synthetic", False), "'synthetic' does not fit"),
    "a corpus without results": (lambda c: c.update(results=[first(c)]), "but describes"),
    "a result twice": (twice, "two results on the same corpus"),
    "a score twice": (two_scores, "stands twice"),
    "an unknown stage": (in_result("stage", "skeletal/77_magic"), "no such notebook"),
    "a stage of another paper": (in_result("stage", "context/02_training"), "no notebook of context"),
    "an unknown metric": (in_result("scores/0/metric", "Magic"), "no such metric"),
    "a score above one": (in_result("scores/0/score", 1.2), "is not within 0 to 1"),
    "an interval that ends first": (in_result("scores/0/high", 0.0), "before it begins"),
    "more samples than the corpus": (in_result("scores/0/samples", 9999), "more than the corpus has"),
    "fewer runs than repetitions": (in_result("scores/0/runs", 1), "1 runs in"),
    "edited settings": (in_result("settings/folds", 77), "settings do not have the digest"),
    "an unknown cell": (in_cell("cell_id", "shi2020-table-i-magic"), "no published number has this name"),
    "a better number": (in_cell("ours", lambda ours: ours + 0.1), "is not the stated gap"),
    "a verdict on a sample": (in_cell("verdict", "agrees"), "which is never compared"),
    "a number of another paper": (
        in_cell("cell_id", "vo2022-table-1-affection-proposed-ap"),
        "its paper does not use iemocap",
    ),
    "no cell for a dash": (in_cell("gap", None), "none to one that is"),
    "a path": (with_path, "may name a sample or a file"),
    "an id": (in_result("scores/0/experiment", "Ses01F_impro01_F000"), "may name a sample or a file"),
    "counts of no release": (
        on_licensed(edit("corpora/iemocap/counts/utterances", 10_000)),
        "counts are not the release's: utterances 10000, not 10039",
    ),
    "a verdict that does not follow": (on_licensed(in_cell("verdict", "agrees")), "its gap and margin give"),
    "a wider margin": (on_licensed(in_cell("margin", 0.9)), "margin 0.9 is none of"),
    "an invented verdict": (on_licensed(in_cell("verdict", "excellent")), "is no verdict"),
}


@pytest.mark.parametrize("case", EDITED)
def test_an_edited_file_is_refused_with_the_reason(case, content, tmp_path):
    change, words = EDITED[case]
    change(content)
    with pytest.raises(ShareError, match=re.escape(words)) as found:
        checks.check(signed(content, tmp_path / "theirs.json"))
    assert "theirs.json" in str(found.value) and "\n" not in str(found.value)


def unsigned(content):
    content["results"][0]["seed"] += 1
    return json.dumps(content)


FOREIGN = {
    "edited without its checksum": (unsigned, "damaged or edited"),
    "cut off": (lambda c: json.dumps(c)[:5000], "was cut off"),
    "no JSON": (lambda c: "id,truth\na,happy\n", "is no JSON"),
    "another program's": (lambda c: json.dumps({"accuracy": 0.9}), "no file of shared results"),
    "a list": (lambda c: "[]", "no file of shared results"),
    "results of a stage": (
        lambda c: (REPORTS / "skeletal/02_training/iemocap/metrics.json").read_text(),
        "no file of shared results",
    ),
    "a newer form": (lambda c: json.dumps(c | {"version": 2}), "has the form 2"),
    "a key twice": (lambda c: json.dumps(c)[:-1] + ', "synthetic": false}', "'synthetic' stands twice"),
    "not a number": (lambda c: json.dumps(c).replace(": true", ": NaN", 1), "NaN is no number"),
    "bytes": (lambda c: b"\x89PNG\r\n\xff\xfe", "not UTF-8"),
    "empty": (lambda c: "", "is no JSON"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOREIGN)
def test_a_damaged_or_foreign_file_is_refused_with_the_reason(case, content, tmp_path):
    make, words = FOREIGN[case]
    made = make(content)
    path = tmp_path / "theirs.json"
    path.write_bytes(made if isinstance(made, bytes) else made.encode())
    with pytest.raises(ShareError, match=words) as found:
        checks.check(path)
    assert "theirs.json" in str(found.value) and "\n" not in str(found.value)


def test_a_missing_and_a_huge_file_are_refused(tmp_path, monkeypatch, shared):
    with pytest.raises(ShareError, match="no such file"):
        checks.check(tmp_path / "none.json")
    monkeypatch.setattr(checks, "LARGEST", 1000)
    with pytest.raises(ShareError, match="larger than"):
        checks.check(shared)


def test_results_on_a_licensed_copy_are_accepted_with_their_verdicts(content, tmp_path):
    document = checks.check(signed(licensed(content), tmp_path / "theirs.json"))
    cells = comparison.cells(document)
    printed = cells[cells["published"].notna()]
    assert set(printed["reported verdict"]) <= {"agrees", "differs", "inconclusive"}
    assert not document.synthetic and not cells["origin"].str.contains("synthetic").any()


@pytest.mark.parametrize(("corpus", "counts", "refused"), [
    ("egait", {"gaits": 222, "happy": 76, "angry": 26, "sad": 45, "neutral": 75, **ARRAYS}, ""),
    ("egait", {"gaits": 222, "happy": 77, "angry": 25, "sad": 45, "neutral": 75, **ARRAYS}, "not the"),
    ("emotic", {"persons": 33_784, "train persons": 23_266, "val persons": 3_315, "test persons": 7_203}, ""),
    ("emotic", {"persons": 30_000, "images": 20_000}, "not the release's"),
    ("sewa", {"recordings": 96, "train": 68, "dev": 28}, ""),
    ("rml", {"clips": 720, "speakers": 8}, ""),
    ("rml", {"clips": 500, "speakers": 8}, "clips 500, not 720"),
    ("ravdess", {"actors": 12, "recordings": 720}, ""),
    ("ravdess", {"actors": 12, "recordings": -1}, "impossible"),
])  # fmt: skip
def test_counts_are_those_of_a_release(corpus, counts, refused):
    data = checks.Data(kind=catalogue.get(corpus).kind, version="0123456789abcdef", counts=counts)
    found = checks.wrong_data(corpus, data)
    assert refused in found and bool(found) == bool(refused)


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


def test_what_cannot_be_shared_is_told(monkeypatch):
    with pytest.raises(ShareError, match="no results on this corpus"):
        collect.document([])
    own = collect.stored(REPORTS, "rml")
    data = own[0].content["data"] | {"version": "sample-1-00000000"}
    other = StageResult(own[0].folder, own[0].content | {"data": data})
    with pytest.raises(ShareError, match="rest on two versions"):
        collect.document([*own[1:], other])


@pytest.fixture
def received(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "project_path", lambda name: tmp_path / name)
    return tmp_path / run.RECEIVED


def shifted(content, by):
    """A second laboratory's file: other scores on the same corpora, another name."""
    content["laboratory"] = "Laboratory B"
    for result in content["results"]:
        for score in result["scores"]:
            if score["metric"] == "UAR":
                for name in ("score", "low", "high"):
                    score[name] = min(1.0, score[name] + by)
    return content


def test_a_received_file_is_stored_once(shared, received):
    document, place = run.receive(shared)
    assert place.parent == received and place.name == f"laboratory-a-{document.checksum[:12]}.json"
    assert checks.check(place) == document
    with pytest.raises(ShareError, match="was received before"):
        run.receive(shared)
    assert run.receive(place)[0] == document


def test_the_report_shows_third_parties_apart(shared, received, content, tmp_path):
    here = tables.cells().reset_index()[["cell_id"]].assign(verdict="our own verdict")
    empty = pages.render("received", synthetic=True, **received_page.values(here, received))
    assert "No file has been received yet" in empty
    run.receive(shared)
    run.receive(signed(shifted(content, 0.01), tmp_path / "b.json"))
    (received / "broken.json").write_text("{}")
    text = pages.render("received", synthetic=True, **received_page.values(here, received))
    assert "## Laboratory A: " in text and "## Laboratory B: " in text
    assert "reported by a third party (Laboratory A), code " in text and "data release sample-1-" in text
    assert "On a synthetic sample" in text and "| reported verdict | verdict here | origin |" in text
    assert "| not comparable: synthetic sample | our own verdict | reported by a third party" in text
    assert "`broken.json`: " in text and "The same corpus in two laboratories" in text
    assert list(all_results(received.parent)) == []


def test_two_laboratories_are_compared_with_an_interval(shared, content, tmp_path):
    one = checks.check(shared)
    same = comparison.compare(one, one)
    assert same["equal"].all() and (same["difference"] == 0).all()
    assert same[["same data", "same code", "same settings"]].all(axis=None)
    assert (same["low"] <= 0).all() and (same["high"] >= 0).all()
    two = checks.check(signed(shifted(content, 0.01), tmp_path / "b.json"))
    found = comparison.compare(one, two)
    moved = found[(found["metric"] == "UAR") & (found["first"] < 0.9)]
    assert moved["difference"].between(0.0099, 0.0101).all() and not moved["equal"].any()
    row = found[(found["stage"] == "skeletal/02_training") & (found["metric"] == "UAR")].iloc[0]
    scores = comparison.scores(one).merge(found[found.index == row.name][comparison.KEYS])
    width = scores["high"].iloc[0] - scores["low"].iloc[0]
    assert row["high"] - row["low"] == pytest.approx(2**0.5 * width)
    counts = comparison.agreement(found)
    assert counts["scores"].sum() == len(found) and counts["equal"].sum() == found["equal"].sum()
    assert comparison.on_same_corpora(one, [one, two]) == [two]


def test_digests_are_those_of_the_results():
    result = next(own for own in collect.stored(REPORTS) if own.notebook == "audiovisual/02_training")
    assert settings_version(result.content["settings"]) == result.content["settings_version"]
    lock = hashlib.sha256(project_path("requirements.lock").read_bytes()).hexdigest()
    assert collect.document([result]).code.lock == lock
    assert Document.model_fields["checksum"] and tables.cells().index.is_unique
