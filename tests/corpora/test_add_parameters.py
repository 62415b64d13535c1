"""params.yaml gets the lines that a new corpus needs; no other line changes."""

import difflib
from pathlib import Path

import pytest
import yaml

from lib.corpora import catalogue
from lib.corpora.catalogue import CorpusError
from scripts.corpora import parameters

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def fast(request: pytest.FixtureRequest) -> None:
    """Texts are read with the parser in C, except in the test that compares both."""
    if "both" not in request.node.name:
        request.getfixturevalue("libyaml")


def changed(before: str, after: str) -> list[str]:
    """Lines that were added and removed."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), n=0)
    return [line for line in lines if line[:3] not in ("---", "+++", "@@ ")]


@pytest.mark.parametrize("name", catalogue.names())
def test_the_projects_file_gets_a_line_a_list_and_one_of_the_profile(name: str, tmp_path: Path) -> None:
    before = (ROOT / "params.yaml").read_bytes().decode()
    corpus = catalogue.get(name)
    after = parameters.with_corpus(ROOT / "params.yaml", corpus)
    tree = yaml.safe_load(before)
    lists = [key for key in corpus.lists if name not in tree[key.split(".")[0]][key.split(".")[1]]]
    found = changed(before, after)
    assert [line for line in found if line.strip() != f"+  - {name}"] == [
        "-corpus_profiles: {}\n", f"+corpus_profiles: {{{name}: paper}}\n",
    ]  # fmt: skip
    assert len(found) == 2 + len(lists)
    (tmp_path / "params.yaml").write_bytes(after.encode())
    assert parameters.with_corpus(tmp_path / "params.yaml", corpus) == after


def test_both_parsers_give_the_same_text(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = catalogue.get("emodb")
    texts = [parameters.with_corpus(ROOT / "params.yaml", corpus)]
    monkeypatch.setattr(yaml, "SafeLoader", yaml.CSafeLoader)
    texts.append(parameters.with_corpus(ROOT / "params.yaml", corpus))
    assert texts[0] == texts[1] != (ROOT / "params.yaml").read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("a:\n  b: [x]  # one\nx: 'a  b'\n", ["-  b: [x]  # one\n", "+  b: [x, emodb]  # one\n"]),
        ("a: {b: [x, y], c: {}}\n", ["-a: {b: [x, y], c: {}}\n", "+a: {b: [x, y, emodb], c: {}}\n"]),
        ("a:\n  b: [ ]\n", ["-  b: [ ]\n", "+  b: [ emodb]\n"]),
        ("a:\n  b:\n    - x # é\n\n  c: 1\n", ["+    - emodb\n"]),
        ("a:\r\n  b:\r\n  - x\r\n  c: 'long  text'\r\n", ["+  - emodb\r\n"]),
        ("a:\n  b:\n  - x", ["-  - x", "+  - x\n", "+  - emodb\n"]),
        ("a:\n  b:\n  - 'x'\n  -   emodb\n", []),
        ("a:\n  b: [x,\n      y]\n", ["-      y]\n", "+      y, emodb]\n"]),
    ],
)
@pytest.mark.parametrize("profiles", ["", "corpus_profiles: {emodb: paper}\n"])
def test_a_list_of_any_form_grows(tmp_path: Path, before: str, lines: list[str], profiles: str) -> None:
    corpus = catalogue.get("emodb").model_copy(update={"lists": ("a.b",)})
    path = tmp_path / "params.yaml"
    path.write_bytes((profiles + before).encode())
    after = parameters.with_corpus(path, corpus)
    new = "\r\n" if "\r\n" in before else "\n"
    own = [] if profiles else [f"+corpus_profiles:{new}", f"+  emodb: paper{new}"]
    found = [line.removesuffix("\n") for line in changed(profiles + before, after)]
    assert found == [line.removesuffix("\n") for line in (*lines, *own)]


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("corpus_profiles: {x: sample} # mine\n", ["+corpus_profiles: {x: sample, emodb: paper} # mine\n"]),
        ("corpus_profiles:\n  x: sample # mine\n", ["+  emodb: paper\n"]),
        ("corpus_profiles:\n", ["+corpus_profiles: {emodb: paper}\n"]),
        ("corpus_profiles: null\n", ["+corpus_profiles: {emodb: paper}\n"]),
        ("corpus_profiles:\n  emodb: sample\n", ["+  emodb: paper\n"]),
    ],
)
def test_profiles_of_any_form_get_the_papers(tmp_path: Path, before: str, lines: list[str]) -> None:
    corpus = catalogue.get("emodb").model_copy(update={"lists": ("a.b",)})
    path = tmp_path / "params.yaml"
    path.write_text(f"{before}a:\n  b: [emodb]\n")
    after = parameters.with_corpus(path, corpus)
    assert [line for line in changed(path.read_text(), after) if line[0] == "+"] == lines
    assert yaml.safe_load(after)["corpus_profiles"]["emodb"] == "paper"


def test_a_list_that_others_share_is_refused(tmp_path: Path) -> None:
    corpus = catalogue.get("emodb").model_copy(update={"lists": ("a.b",)})
    path = tmp_path / "params.yaml"
    path.write_text("c: &shared [x]\na:\n  b: *shared\n")
    with pytest.raises(CorpusError, match=r"a\.b, corpus_profiles: write them with one item per line"):
        parameters.with_corpus(path, corpus)
