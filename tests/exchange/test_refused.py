"""What is refused of files of shared results, and why."""

import json
import re

import pytest

from lib.corpora import catalogue
from lib.project import project_path
from scripts.share import checks, comparison
from scripts.share.document import ShareError, settings_version
from tests.exchange.edits import (
    edit,
    first,
    in_cell,
    in_result,
    licensed,
    on_licensed,
    signed,
    twice,
    two_scores,
    with_path,
)

REPORTS = project_path("reports")
ARRAYS = {"frames": 75, "joints": 16}


def nested(content):
    deep: list = []
    for _ in range(400):
        deep = [deep]
    own = first(content)
    own["settings"]["deep"] = deep
    own["settings_version"] = settings_version(own["settings"])


EDITED = {
    "settings in settings": (nested, "recursion"),
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
    "a score twice": (two_scores, "occurs twice"),
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
    "no cell for a dash": (in_cell("gap", None), "no gap to a printed number"),
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
    "cut off": (lambda c: json.dumps(c)[:5000], "cut off or edited: get it again: JSONDecodeError"),
    "no JSON": (lambda c: "id,truth\na,happy\n", "is no file of shared results in JSON"),
    "another program's": (lambda c: json.dumps({"accuracy": 0.9}), "no file of shared results"),
    "a list": (lambda c: "[]", "no file of shared results"),
    "results of a stage": (
        lambda c: (REPORTS / "skeletal/02_training/iemocap/metrics.json").read_text(),
        "no file of shared results",
    ),
    "a newer form": (lambda c: json.dumps(c | {"version": 2}), "has the form 2"),
    "a key twice": (lambda c: json.dumps(c)[:-1] + ', "synthetic": false}', "'synthetic' occurs twice"),
    "not a number": (lambda c: json.dumps(c).replace(": true", ": NaN", 1), "NaN is no number"),
    "infinite": (lambda c: json.dumps(c).replace(": true", ": 1e999", 1), "not JSON compliant"),
    "brackets in brackets": (lambda c: "[" * 200_000, "RecursionError"),
    "bytes": (lambda c: b"\x89PNG\r\n\xff\xfe", "is no file of shared results in JSON and UTF-8"),
    "empty": (lambda c: "", "is empty: copy it again"),
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
