"""Catalogue, provenance, and how corpora are found."""

import json
from pathlib import Path

import pytest

from lib.corpora import catalogue as catalog
from lib.corpora import checks, provenance
from lib.corpora.catalogue import CORPORA, CorpusError
from lib.corpora.provenance import Provenance


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


@pytest.mark.parametrize("name", sorted(CORPORA))
def test_every_corpus_has_a_reader_and_its_papers_exist(name: str) -> None:
    module = catalog.reader(name)
    assert callable(module.read)
    assert callable(module.check)
    assert CORPORA[name].name == name
    assert set(CORPORA[name].papers) <= {
        *("shi2020", "shi2021", "priyasad2020", "vo2022", "lee2018"),
    }
    assert not any(pattern.startswith(("/", "..")) for pattern in CORPORA[name].layout)


def test_documented_corpora_are_those_of_the_catalogue() -> None:
    text = (Path(__file__).parents[2] / "DATASETS.md").read_text(encoding="utf-8")
    for corpus in CORPORA.values():
        section = text.split(f"## {corpus.name}", 1)[1].split("\n## ", 1)[0]
        assert corpus.licence in section
        assert corpus.how_to_get in section
        assert f"make corpus NAME={corpus.name}" in section


def test_unknown_corpus() -> None:
    with pytest.raises(
        CorpusError,
        match="unknown corpus 'nope': one of egait, emotic, enterface, iemocap, ravdess, recola, "
        "rml, sewa",
    ):
        catalog.get("nope")


def test_missing_folder_says_how_to_add_the_corpus(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="make corpus NAME=iemocap FROM="):
        catalog.read("iemocap", tmp_path)
    with pytest.raises(CorpusError, match=r"DATASETS.md"):
        catalog.check("egait", tmp_path)


def test_a_sample_is_read_and_a_licensed_copy_is_checked_first(iemocap_folder: Path) -> None:
    root = iemocap_folder.parent
    origin().write(iemocap_folder)
    assert len(catalog.read("iemocap", root)) == 10
    table = catalog.read("iemocap", root, swap_sides=["Ses01F"])
    assert table["side"].iloc[0] == "right"
    origin(kind="licensed").write(iemocap_folder)
    with pytest.raises(CorpusError, match="counts are wrong"):
        catalog.read("iemocap", root)


def test_a_folder_without_provenance_is_refused(iemocap_folder: Path) -> None:
    with pytest.raises(CorpusError, match="no known origin"):
        catalog.read("iemocap", iemocap_folder.parent)


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
        ("[]", "does not fit"),
        (json.dumps(origin().model_dump() | {"kind": "borrowed"}), "kind: Input should be"),
        (json.dumps(origin().model_dump() | {"owner": "me"}), "owner: Extra inputs"),
        (json.dumps({"corpus": "egait"}), "version: Field required"),
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
    checks.require_counts({"a": 1, "b": 2, "c": 9}, {"a": 1, "b": 2}, "here")
    with pytest.raises(CorpusError, match="here: 2 of 3 counts are wrong") as caught:
        checks.require_counts({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}, "here")
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
