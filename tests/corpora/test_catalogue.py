"""Catalogue, provenance, and how corpora are found."""

import json
from pathlib import Path

import pytest

from lib.corpora import catalogue, checks, provenance
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance
from lib.published import tables


def origin(**changes: object) -> Provenance:
    values = {
        "corpus": "iemocap",
        "kind": "synthetic",
        "version": "1",
        "source": "made here",
        "licence": "as the project",
        "counts": {"utterances": 10},
        "files": 3,
        "bytes": 99,
    }
    return Provenance.model_validate(values | changes)


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", catalogue.names())
def test_every_corpus_has_a_reader_and_its_papers_exist(name: str) -> None:
    module, entry = catalogue.reader(name), catalogue.get(name)
    assert callable(module.read)
    assert callable(module.check)
    assert set(entry.papers) <= {paper.split("-")[0] for paper in tables.PAPERS}
    assert not any(pattern.startswith(("/", "..")) for pattern in entry.layout)
    for paper in entry.uses:
        assert (ROOT / "lib" / "papers" / paper).is_dir()
        assert set(entry.use(paper).classes) <= set(entry.classes)


@pytest.mark.parametrize("name", catalogue.names())
def test_every_corpus_is_documented(name: str) -> None:
    corpus, text = catalogue.get(name), (ROOT / "DATASETS.md").read_text(encoding="utf-8")
    sections = {part.split(":")[0].strip(): part for part in text.split("\n## ")[1:]}
    assert name in sections, f"DATASETS.md has no section `## {name}: {corpus.title}`: write one"
    for needed in (corpus.licence, corpus.how_to_get, f"make corpus NAME={name}"):
        assert needed in sections[name], f"section {name} of DATASETS.md does not say: {needed}"


def test_printed_counts_have_their_corpus() -> None:
    printed = set(tables.cells_of(tables.PAPERS, metrics=["count"])["row"])
    rows = [row for name in catalogue.names() if (row := catalogue.get(name).printed_as)]
    assert rows and set(rows) <= printed


def test_a_use_that_is_not_stated_is_named() -> None:
    assert catalogue.get("ravdess").use("skeletal").classes == ("angry", "happy", "neutral", "sad")
    assert catalogue.get("rml").use("audiovisual").classes == catalogue.get("rml").classes
    with pytest.raises(CorpusError, match=r"rml.yaml states no use in skeletal"):
        catalogue.get("rml").use("skeletal")


def test_a_malformed_entry_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_ENTRIES", tmp_path)
    (tmp_path / "mine.yaml").write_text("title: Mine\n")
    with pytest.raises(CorpusError, match=r"mine.yaml.*\n.*licence|mine.yaml"):
        catalogue.get("mine")


def test_unknown_corpus() -> None:
    known = catalogue.names()
    assert {"iemocap", "rml", "enterface", "emotic", "recola", "sewa"} <= set(known)
    with pytest.raises(CorpusError, match=f"unknown corpus 'nope': one of {', '.join(known)}$"):
        catalogue.get("nope")


def test_missing_folder_says_how_to_add_the_corpus(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="make corpus NAME=iemocap FROM="):
        catalogue.read("iemocap", tmp_path)
    with pytest.raises(CorpusError, match=r"DATASETS.md"):
        catalogue.check("egait", tmp_path)


def test_a_sample_is_read_and_a_licensed_copy_is_checked_first(iemocap_folder: Path) -> None:
    root = iemocap_folder.parent
    origin().write(iemocap_folder)
    assert len(catalogue.read("iemocap", root)) == 10
    table = catalogue.read("iemocap", root, swap_sides=["Ses01F"])
    assert table["side"].iloc[0] == "right"
    origin(kind="licensed").write(iemocap_folder)
    with pytest.raises(CorpusError, match="counts are wrong"):
        catalogue.read("iemocap", root)


def test_a_folder_without_provenance_is_refused(iemocap_folder: Path) -> None:
    with pytest.raises(CorpusError, match="no known origin"):
        catalogue.read("iemocap", iemocap_folder.parent)


def test_provenance_round_trip(tmp_path: Path) -> None:
    for written in (origin(), origin(kind="open", effects="effects.yaml")):
        written.write(tmp_path)
        assert provenance.read(tmp_path) == written
    assert "effects" not in json.loads(origin().write(tmp_path).read_text())


@pytest.mark.parametrize(
    ("kind", "marker", "synthetic"),
    [
        ("synthetic", "synthetic sample", True),
        ("open", "open data", False),
        ("licensed", "licensed corpus", False),
    ],
)
def test_marker(kind: str, marker: str, synthetic: bool) -> None:
    assert origin(kind=kind).marker == marker
    assert origin(kind=kind).is_synthetic is synthetic


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not valid"),
        (json.dumps(origin().model_dump() | {"kind": "borrowed"}), "kind Input should be"),
        (json.dumps(origin().model_dump() | {"owner": "me"}), "owner Extra inputs"),
        (json.dumps({"corpus": "egait"}), "version Field required"),
    ],
)
def test_provenance_that_does_not_fit(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / provenance.FILE_NAME).write_text(content)
    with pytest.raises(CorpusError, match=message) as caught:
        provenance.read(tmp_path)
    assert provenance.FILE_NAME in str(caught.value)


def test_version_follows_names_sizes_and_small_contents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version() -> str:
        return provenance.version_of(tmp_path, [path.name for path in tmp_path.iterdir()])

    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    first = version()
    assert provenance.version_of(tmp_path, ["b", "a"]) == first
    assert provenance.version_of(tmp_path, ["a", "b"]) == first
    (tmp_path / "b").write_text("owt")
    assert version() != first
    (tmp_path / "b").rename(tmp_path / "c")
    (tmp_path / "c").write_text("two")
    assert version() != first
    monkeypatch.setattr(provenance, "HASHED_BYTES", 2)
    large = version()
    (tmp_path / "c").write_text("owt")
    assert version() == large
    (tmp_path / "c").write_text("twoo")
    assert version() != large


def test_counts_that_differ_are_tabled() -> None:
    found = {"a": 1, "b": 2, "c": 9}
    assert checks.published("rml", found, Path("here"), True, {"a": 1, "b": 2}) == found
    with pytest.raises(CorpusError, match="here: 2 of 3 counts are wrong") as caught:
        expected = {"a": 1, "b": 3, "c": 4}
        checks.published("rml", {"a": 1, "b": 2}, Path("here"), True, expected)
    assert [line.split() for line in str(caught.value).split("\n")[1:]] == [
        ["expected", "found", "difference"],
        ["b", "3", "2", "-1"],
        ["c", "4", "0", "-4"],
    ]


def test_only_the_first_missing_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "file3").touch()
    names = [f"file{number}" for number in range(8)]
    with pytest.raises(CorpusError) as caught:
        checks.require_files(tmp_path, names, "files")
    assert str(caught.value).split("\n") == [
        f"{tmp_path}: 7 files missing",
        *("  file0", "  file1", "  file2", "  file4", "  file5"),
        "  and 2 more",
    ]
