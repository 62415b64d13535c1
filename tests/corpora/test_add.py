"""Adding a corpus: what is changed, and that a failure changes nothing."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
import yaml

from lib.corpora import catalogue, egait, provenance
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance
from scripts import add_corpus as module
from tests.corpora.conftest import AVI, LFS, write_egait

PAPER = "corpus_profiles:\n  {}: paper\n"
PARAMS = """\
# sizes of the papers
profile: sample  # or paper

skeletal:
  corpora: [iemocap] # one entry a corpus
  movement_corpora: [iemocap]
  speaker_corpora: [iemocap]
  training: {frames: 512, heads: 8}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a synthetic IEMOCAP."""
    root = tmp_path / "project"
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / ".dvc" / "tmp" / "btime").touch()  # as DVC does
    sample = root / "data" / "iemocap"
    sample.mkdir(parents=True)
    (sample / "sample.txt").write_text("sample")
    synthetic("iemocap").write(sample)
    (root / "params.yaml").write_text(PARAMS)
    return root


def synthetic(name: str) -> Provenance:
    return Provenance(
        corpus=name,
        kind="synthetic",
        version="1",
        source="made here",
        licence="as the project",
        counts={},
        files=1,
        bytes=6,
    )


def patch_entry(monkeypatch: pytest.MonkeyPatch, name: str, **changes: object) -> None:
    """Change a corpus's entry in the catalogue."""
    changed, get = catalogue.get(name).model_copy(update=changes), catalogue.get
    monkeypatch.setattr(catalogue, "get", lambda other: changed if other == name else get(other))


def snapshot(root: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


def test_the_gaits_are_added(project: Path, egait_release: Path) -> None:
    (egait_release / "secret.txt").write_text("not in the catalogue")
    before = snapshot(project)
    source = snapshot(egait_release)
    origin = module.add("egait", egait_release, project / "data", dvc=False)

    target = project / "data" / "egait"
    assert sorted(path.name for path in target.iterdir()) == [
        *("PROVENANCE.json", "features.h5", "labels.h5"),
    ]
    assert (target / "features.h5").read_bytes() == (egait_release / "features.h5").read_bytes()
    assert (target / "features.h5").stat().st_ino != (egait_release / "features.h5").stat().st_ino
    assert provenance.read(target) == origin
    assert (origin.kind, origin.source) == ("open", "unknown")
    assert origin.files == 2
    assert origin.bytes == sum((target / name).stat().st_size for name in source if "h5" in name)
    assert origin.counts["gaits"] == 222
    assert origin.version == provenance.version_of(target, ["features.h5", "labels.h5"])
    assert str(egait_release) not in (target / "PROVENANCE.json").read_text()
    expected = PARAMS.replace("[iemocap]", "[iemocap, egait]")
    assert (project / "params.yaml").read_text() == expected + PAPER.format("egait")
    after = snapshot(project)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"params.yaml"}
    assert all(name.startswith("data/egait") for name in set(after) - set(before))
    assert snapshot(egait_release) == source
    assert catalogue.check("egait", project / "data")["gaits"] == 222


def test_a_corpus_without_stages_leaves_params_alone(
    project: Path,
    shared_data: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patch_entry(monkeypatch, "ravdess", lists=())
    source = tmp_path / "ravdess"
    shutil.copytree(shared_data("ravdess") / "Actor_01", source / "Actor_01")
    origin = module.add("ravdess", source, project / "data", dvc=False)
    assert (project / "params.yaml").read_text() == PARAMS
    assert origin.files == origin.counts["speech/audio"] == 60
    assert "no stage uses it yet" in module.report(origin, replaced=False, dvc=True)


@pytest.mark.parametrize("from_release", [True, False])
def test_iemocap_replaces_the_sample_and_takes_alphapose_along(
    project: Path,
    tmp_path: Path,
    make_iemocap: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    from_release: bool,
) -> None:
    source = make_iemocap(tmp_path / "lab", {"Ses01F_impro01": ["ang", "hap", "sad", "neu"]})
    result = source / "alphapose" / "Ses01F_impro01" / "alphapose-results.json"
    result.parent.mkdir(parents=True)
    result.write_text("[]")
    (source / "IEMOCAP_full_release" / "README.txt").write_text("not in the catalogue")
    counts = {"utterances": 4, "dialogues": 1, "four classes": 4}
    patch_entry(monkeypatch, "iemocap", expected=counts)

    given = source / "IEMOCAP_full_release" if from_release else source
    origin = module.add("iemocap", given, project / "data", dvc=False)

    target = project / "data" / "iemocap"
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    session = "IEMOCAP_full_release/Session1"
    turns = [f"Ses01F_impro01_{letter}{row:03d}" for row, letter in enumerate("FMFM")]
    assert files == {
        "PROVENANCE.json",
        "alphapose/Ses01F_impro01/alphapose-results.json",
        f"{session}/dialog/EmoEvaluation/Ses01F_impro01.txt",
        f"{session}/dialog/avi/DivX/Ses01F_impro01.avi",
        f"{session}/dialog/transcriptions/Ses01F_impro01.txt",
        *(f"{session}/sentences/wav/Ses01F_impro01/{turn}.wav" for turn in turns),
    }
    assert origin.kind == "licensed"
    assert (project / "params.yaml").read_text() == PARAMS + PAPER.format("iemocap")
    assert catalogue.read("iemocap", project / "data")["alphapose"].notna().all()
    assert "bring it back" in module.report(origin, replaced=True, dvc=True)


@pytest.fixture
def rml(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip of each emotion of one speaker, in a project that takes them."""
    (project / "params.yaml").write_text("audiovisual: {corpora: [], speaker_corpora: []}\n")
    patch_entry(monkeypatch, "rml", expected={"clips": 6})
    for name in ("an1", "di1", "fe1", "ha1", "sa1", "su1"):
        path = tmp_path / "rml" / "rml-1" / "s1" / "english" / f"{name}.avi"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(AVI)
    return tmp_path / "rml"


def test_linked_folders_are_copied_as_they_are_counted(project: Path, rml: Path) -> None:
    (rml / "rml-1" / "s1" / "english").rename(rml / ".elsewhere")
    (rml / "rml-1" / "s1" / "english").symlink_to("../../.elsewhere")
    (rml / "rml-1" / "s1" / "english" / "an1.avi").rename(rml / ".an1")
    (rml / ".elsewhere" / "an1.avi").symlink_to(rml / ".an1")
    origin = module.add("rml", rml, project / "data", dvc=False, obtained="its authors, 2026")
    assert origin.files == origin.counts["clips"] == 6
    assert provenance.read(project / "data" / "rml").source == "its authors, 2026"
    assert not any(path.is_symlink() for path in (project / "data" / "rml").rglob("*"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"1 links lead to no file\n  .*an1\.avi"),
        (b"", "an1.avi is empty: copy it again"),
        (LFS, "an1.avi is a git-lfs pointer: run `git lfs pull`"),
        (b"../../.git/annex/objects/x"[10:], "an1.avi is a git-annex pointer"),
        (b"\n<!DOCTYPE html><title>Log in</title>", "an1.avi is a web page"),
        (b"PK\3\4....", "an1.avi is a zip archive: unpack it"),
        (b"RIFF\0\0\0\0WAVE", "an1.avi does not begin like a .avi file"),
    ],
)
def test_files_that_are_not_what_they_should_be(
    project: Path, rml: Path, content: bytes | None, message: str
) -> None:
    path = next(rml.rglob("an1.avi"))
    path.unlink()
    path.symlink_to("nowhere.avi") if content is None else path.write_bytes(content)
    before = snapshot(project)
    with pytest.raises(CorpusError, match=message):
        module.add("rml", rml, project / "data", dvc=False)
    assert snapshot(project) == before


def test_what_is_counted_and_not_copied_stops(
    project: Path, rml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch_entry(monkeypatch, "rml", expected={"clips": 6}, layout=("rml-1/s1/english/[adf]*.avi",))
    with pytest.raises(CorpusError, match="counts are wrong"):
        module.add("rml", rml, project / "data", dvc=False)
    patch_entry(monkeypatch, "rml", expected={}, layout=("rml-1/s1/english/[adf]*.avi",))
    with pytest.raises(CorpusError, match=r"are not where DATASETS.md says\n.*6.*\n.*3"):
        module.add("rml", rml, project / "data", dvc=False)
    assert not (project / "data" / "rml").exists()


def test_an_error_of_a_library_is_told_with_its_cause(
    project: Path, rml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path, strict: bool) -> dict[str, int]:
        raise KeyError("a key" + 500 * "." + "the cause")

    monkeypatch.setattr(catalogue.reader("rml"), "check", broken)
    with pytest.raises(CorpusError, match=r"rml is damaged .*: KeyError: 'a key\.+the cause'"):
        module.add("rml", rml, project / "data", dvc=False)


def test_an_incomplete_source_changes_nothing(project: Path, iemocap_folder: Path) -> None:
    before = snapshot(project)
    with pytest.raises(CorpusError, match="counts are wrong"):
        module.add("iemocap", iemocap_folder, project / "data", dvc=False)
    assert snapshot(project) == before


def test_a_real_corpus_is_not_replaced(project: Path, egait_release: Path) -> None:
    module.add("egait", egait_release, project / "data", dvc=False)
    before = snapshot(project)
    with h5py.File(egait_release / "features.h5", "a") as features:
        features[next(iter(features))][0, 0] = 3.0
    with pytest.raises(CorpusError, match=r"already is a real corpus .*delete that folder"):
        module.add("egait", egait_release, project / "data", dvc=False)
    assert snapshot(project) == before


def test_a_folder_of_unknown_origin_is_not_replaced(project: Path, egait_release: Path) -> None:
    (project / "data" / "egait").mkdir()
    with pytest.raises(CorpusError, match="origin is unknown"):
        module.add("egait", egait_release, project / "data", dvc=False)
    assert list((project / "data" / "egait").iterdir()) == []


@pytest.mark.parametrize("inside", [".", "part"])
def test_a_source_inside_the_target(project: Path, inside: str) -> None:
    source = project / "data" / "iemocap" / inside
    source.mkdir(exist_ok=True)
    before = snapshot(project)
    with pytest.raises(CorpusError, match="to which the corpus would be copied"):
        module.add("iemocap", source, project / "data", dvc=False)
    assert snapshot(project) == before


def test_a_missing_source(project: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no folder .*nowhere"):
        module.add("egait", tmp_path / "nowhere", project / "data", dvc=False)


def test_data_that_were_not_pulled(tmp_path: Path, egait_release: Path) -> None:
    (tmp_path / "data.dvc").write_text("outs: []\n")
    (tmp_path / "params.yaml").write_text(PARAMS)
    with pytest.raises(CorpusError, match="run `dvc pull` first"):
        module.add("egait", egait_release, tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", ["profile: sample\n", "skeletal: {corpora: egait}\n", ""])
def test_params_without_a_list(project: Path, egait_release: Path, content: str) -> None:
    (project / "params.yaml").write_text(content)
    before = snapshot(project)
    with pytest.raises(CorpusError, match=r"no list skeletal\.corpora"):
        module.add("egait", egait_release, project / "data", dvc=False)
    (project / "params.yaml").unlink()
    with pytest.raises(CorpusError, match=r"no .*params.yaml"):
        module.add("egait", egait_release, project / "data", dvc=False)
    (project / "params.yaml").write_text(content)
    assert snapshot(project) == before


@pytest.mark.parametrize(
    "before",
    [
        "skeletal:\n  speaker_corpora: []\n  movement_corpora: [a]\n  corpora: []  # none\n",
        "skeletal: {corpora: [a, b], movement_corpora: [], speaker_corpora: [a]}\n",
        "skeletal:\n  movement_corpora: []\n  speaker_corpora: [a]\n"
        "  corpora:\n  - a # first\n  - 'b' # é b\n\n  x: 1\n",
        "a: 'é'\nskeletal:\n  corpora: [egait]\n  movement_corpora: [egait]\n  speaker_corpora: []\n",
        "corpus_profiles: {a: sample} # mine\n"
        "skeletal: {corpora: [a], movement_corpora: [a], speaker_corpora: []}\n",
    ],
)
def test_lists_grow_and_nothing_else_changes(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    (project / "params.yaml").write_text(before, encoding="utf-8")
    monkeypatch.setitem(egait.RELEASES, 4, dict.fromkeys(("happy", "angry", "sad", "neutral"), 1))
    source = write_egait(tmp_path / "egait", {f"00{n}_00_positions.csv": n for n in range(4)})
    module.add("egait", source, project / "data", dvc=False)
    text = (project / "params.yaml").read_text(encoding="utf-8")
    expected = yaml.safe_load(before)
    for key in ("corpora", "movement_corpora", "speaker_corpora"):
        names = expected["skeletal"][key]
        expected["skeletal"][key] = names if "egait" in names else [*names, "egait"]
    expected["corpus_profiles"] = expected.get("corpus_profiles", {}) | {"egait": "paper"}
    assert yaml.safe_load(text) == expected
    comments = [line.split("#")[1].strip() for line in before.splitlines() if "#" in line]
    assert all(f"# {comment}" in text for comment in comments)


def test_a_failure_of_dvc_changes_nothing(
    project: Path, egait_release: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    synthetic("egait").write(project / "data" / "iemocap")
    sample = project / "data" / "egait"
    sample.mkdir()
    synthetic("egait").write(sample)
    (sample / "gaits.h5").write_text("sample")
    before = snapshot(project)
    with pytest.raises(CorpusError, match="`dvc add data` failed"):  # no repository of DVC here
        module.add("egait", egait_release, project / "data")
    assert snapshot(project) == before


def test_an_interrupted_copy_changes_nothing(
    project: Path, egait_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(project)

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(module, "_copy", full)
    with pytest.raises(OSError, match="No space left"):
        module.add("egait", egait_release, project / "data", dvc=False)
    assert snapshot(project) == before


def test_command_line_with_dvc(
    project: Path,
    egait_release: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    environment = os.environ | {
        "DVC_NO_ANALYTICS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    dvc = Path(sys.executable).with_name("dvc")

    def run(*command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in command],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
        )

    assert run(dvc, "init", "--no-scm", "--force", "--quiet").returncode == 0
    done = run(sys.executable, "-m", "scripts.add_corpus", "egait", egait_release)
    assert done.returncode == 0, done.stderr
    assert "222" in done.stdout
    assert "open data" in done.stdout
    assert "make repro" in done.stdout
    versioned = yaml.safe_load((project / "data.dvc").read_text())["outs"][0]
    assert versioned["path"] == "data"
    assert versioned["nfiles"] == sum(path.is_file() for path in (project / "data").rglob("*"))
    assert json.loads((project / "data/egait/PROVENANCE.json").read_text())["kind"] == "open"

    monkeypatch.chdir(project)
    assert module.main(["egait", str(egait_release)]) == 0
    assert capfd.readouterr().out == done.stdout
    other = write_egait(project.parent / "other", {"000_00_positions.csv": 0})
    assert module.main(["egait", str(other)]) == 1
    refused = capfd.readouterr()
    assert refused.out == "" and refused.err.startswith("error: ")
    assert "Traceback" not in refused.err
