"""What rots on disk is found by its checksum, named with what is behind it, and brought back."""

import hashlib
import json
import lzma
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn

from lib.runs import store
from lib.training import checkpoints
from scripts import recorded, repair, verify
from scripts.folds import making

INPUT = "outputs/skeletal/01_extraction/iemocap"
FACTS = {
    "corpus": "iemocap",
    "data": {f"{INPUT}/samples.parquet": "0"},
    "experiment": "SMACN",
    "split": {"fold": 2, "repeat": 0},
    "work": "lib.papers.skeletal.training:train",
}
TRAINING = "skeletal_02_training@iemocap"
CLIP = hashlib.md5(b"clip").hexdigest()
TABLES = "reports/replication/04_power/tables"


def keep(root, content, suffix=""):
    """Put an object into the cache; its name."""
    name = hashlib.md5(content).hexdigest() + suffix
    path = recorded.cached(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def write(root, path, content):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    return path


@pytest.fixture
def project(tmp_path):
    """A project with a run, a checkpoint, outputs, tables, data, folds, and objects in the cache."""
    for path, content in ((f"{INPUT}/samples.parquet", b"samples"), ("data/rml/s1.avi", b"clip")):
        write(tmp_path, path, content)
        keep(tmp_path, content)
    run = tmp_path / "runs" / "0a1b"
    write(tmp_path, "runs/0a1b/predictions.parquet", b"predictions")
    text = json.dumps(FACTS | {"files": store._contents(run)}, indent=1, sort_keys=True)
    (run / store.DONE).write_text(text)
    model = nn.Linear(2, 1)
    state = checkpoints.state_of(model, torch.optim.Adam(model.parameters()))
    checkpoints.write(tmp_path / "runs" / "9f.checkpoint", state, {}, checkpoints.History([1.0], [1.0], 0))
    keep(tmp_path, b"of an earlier result")
    write(tmp_path, "reports/skeletal/tables/a.csv", b"a")
    write(tmp_path, f"{TABLES}/b.csv", b"b")
    write(tmp_path, "outputs/predictions.parquet", b"uncached")
    files = [{"md5": CLIP, "relpath": "rml/s1.avi"}]
    listed = keep(tmp_path, json.dumps(files).encode(), ".dir")
    write(tmp_path, "data.dvc", yaml.safe_dump({"outs": [{"path": "data", "md5": listed}]}).encode())
    outs = {
        "skeletal_01_extraction@iemocap": [f"{INPUT}/samples.parquet"],
        TRAINING: ["reports/skeletal/tables", "outputs/predictions.parquet"],
        "replication_04_power": [TABLES],
    }
    stages = {
        stage: {"outs": [{"path": path, "md5": repair.name_of(tmp_path / path)} for path in paths]}
        for stage, paths in outs.items()
    }
    for stage in (TRAINING, "replication_04_power"):
        stages[stage]["deps"] = [{"path": INPUT}]
    write(tmp_path, "dvc.lock", yaml.safe_dump({"stages": stages}).encode())
    frozen = {"replication_04_power": {"frozen": True}}
    write(tmp_path, "dvc.yaml", yaml.safe_dump({"stages": frozen}).encode())
    code = {"lib/papers/skeletal/training.py": "1", repair.TRAINS: "2"}
    for stage in (TRAINING, "replication_04_power"):
        place = f"outputs/stages/{stage.replace('_', '/', 1)}/code.json"
        write(tmp_path, place, json.dumps(code).encode())
    rows = ["corpus,file,made from,sha256"]
    for corpus, origin in (("rml", repair.NAMING), ("egait", '"open data, version 9"')):
        write(tmp_path, f"folds/{corpus}.csv.xz", lzma.compress(corpus.encode()))
        rows.append(f"{corpus},{corpus}.csv.xz,{origin},{hashlib.sha256(corpus.encode()).hexdigest()}")
    write(tmp_path, verify.FOLDS, "\n".join(rows).encode())
    write(tmp_path, repair.PULLED, b"")
    return tmp_path


@pytest.fixture
def whole(project, tmp_path_factory):
    """A copy of the project as it was."""
    return Path(shutil.copytree(project, tmp_path_factory.mktemp("whole"), dirs_exist_ok=True))


@pytest.fixture
def commands(project, whole, monkeypatch):
    """Commands that a repair would run; each of them brings everything back."""
    called = []

    def run(command, root):
        called.append(" ".join(command).removeprefix(f"{sys.executable} -m "))
        shutil.copytree(whole, root, dirs_exist_ok=True)
        return True

    monkeypatch.setattr(repair, "run", run)
    return called


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_whole_project_is_whole(project, commands, capsys):
    counts = [(1, "runs"), (1, "checkpoints"), (9, "files of DVC"), (2, "files of folds")]
    for mend in (False, True):
        assert verify.verify(project, mend)
        expected = "; ".join(f"{number} {what}, 0 damaged" for number, what in counts)
        assert capsys.readouterr().out == f"{expected}\n"
    assert commands == []


AGAIN = f"dvc repro --single-item --force {TRAINING}"
REPRO = "make --no-print-directory repro"
CACHED = f"{recorded.CACHE}/{CLIP[:2]}/{CLIP[2:]}"


@pytest.mark.parametrize(
    ("name", "said", "called"),
    [
        ("runs/0a1b/predictions.parquet", f"SMACN, iemocap, repeat 0, fold 2) of {TRAINING}", [REPRO, AGAIN]),
        ("runs/9f.checkpoint", "unfinished training, which starts over", [REPRO]),
        (f"{INPUT}/samples.parquet", "the stage skeletal_01_extraction@iemocap makes it: DVC's", "checkout"),
        ("data/rml/s1.avi", "data of data/rml: DVC's cache has a whole copy", "checkout"),
        ("outputs/predictions.parquet", f"the stage {TRAINING} makes it: computed again", [REPRO]),
        ("reports/skeletal/tables/a.csv", f"the stage {TRAINING} makes it: computed again", [REPRO]),
        ("folds/rml.csv.xz", "folds of rml: make folds writes it again", ["make --no-print-directory folds"]),
        (CACHED, "DVC's copy of data/rml/s1.avi (data): it is copied from there", []),
    ],
)
def test_a_flipped_bit_is_found_named_and_brought_back(project, commands, capsys, name, said, called):
    path = project / name
    before = path.read_bytes()
    damage(path)
    assert not verify.verify(project)
    told = capsys.readouterr().out
    assert said in told and "make verify REPAIR=1" in told and commands == []
    assert verify.verify(project, True), capsys.readouterr().out
    assert path.read_bytes() == before
    assert len(list((project / repair.DAMAGED).iterdir())) == 1
    if called == "checkout":
        assert [command.split(" --")[0] for command in commands] == ["dvc checkout"]
    else:
        assert commands == called
    assert verify.verify(project) and (project / repair.PULLED).exists()


def test_without_a_whole_copy_data_come_from_the_remote(project, whole, commands, capsys):
    damage(project / CACHED)
    damage(project / "data/rml/s1.avi")
    (whole / repair.PULLED).unlink()
    assert verify.verify(project, True) and commands == [REPRO]
    assert not (project / repair.PULLED).exists()
    assert capsys.readouterr().out.count("taken from DVC's remote again") == 2


def test_a_list_of_the_cache_is_made_from_its_folder(project, commands):
    [listed] = (project / recorded.CACHE).glob("??/*.dir")
    content = listed.read_bytes()
    damage(listed)
    assert verify.verify(project, True) and commands == []
    assert listed.read_bytes() == content


def test_what_nothing_needs_is_only_set_aside(project, commands, capsys):
    name = hashlib.md5(b"of an earlier result").hexdigest()
    damage(recorded.cached(project, name))
    shutil.rmtree(project / "outputs/stages")
    damage(project / "runs/0a1b/predictions.parquet")
    assert verify.verify(project, True) and commands == []
    assert capsys.readouterr().out.count("no present result needs it") == 2


@pytest.mark.parametrize(
    ("name", "told"),
    [(f"{TABLES}/b.csv", "make controls"), ("folds/egait.csv.xz", "KEEP=1"), (verify.FOLDS, "no index")],
)
def test_what_a_repair_cannot_make_stays(project, commands, capsys, name, told):
    path = project / name
    damage(path) if name != verify.FOLDS else path.write_text("a,b\n1,2")
    content = path.read_bytes()
    assert not verify.verify(project, True)
    assert told in capsys.readouterr().out
    assert path.read_bytes() == content and commands == []


def test_a_training_without_readable_facts_can_be_of_every_stage_that_trains(project, capsys):
    (project / "runs/0a1b" / store.DONE).write_bytes(b"\xff\0")
    assert not verify.verify(project)
    assert f"a training (which one is unknown) of {TRAINING}: computed again" in capsys.readouterr().out


def test_a_repair_that_fails_says_what_is_missing(project, monkeypatch, capsys):
    monkeypatch.setattr(repair, "run", lambda command, root: False)
    damage(project / "outputs/predictions.parquet")
    assert not verify.verify(project, True)
    assert "outputs/predictions.parquet is not repaired" in capsys.readouterr().out


def test_folds_that_a_stage_writes_are_named_once(project, commands, capsys):
    lock = yaml.safe_load((project / "dvc.lock").read_text())
    path = "folds/rml.csv.xz"
    lock["stages"]["folds"] = {"outs": [{"path": path, "md5": repair.name_of(project / path)}]}
    (project / "dvc.lock").write_text(yaml.safe_dump(lock))
    damage(project / path)
    assert not verify.verify(project)
    told = capsys.readouterr().out
    assert told.count(path) == 1
    assert "the stage folds makes it: computed again" in told


def test_the_word_for_folds_without_a_copy_is_that_of_the_index():
    assert repair.NAMING == making.NAMING


def test_a_run_that_is_trained_again_and_a_copy_of_dvc(tmp_path, monkeypatch, capfd):
    """With DVC itself and a Makefile of the same form."""
    monkeypatch.chdir(tmp_path)
    dvc = f"{sys.executable} -m dvc"
    subprocess.run([*dvc.split(), "init", "--quiet", "--no-scm"], check=True)
    train = "mkdir -p runs/0a1b && cp kept/* runs/0a1b && cp -r kept/. tables && echo 1 >> count"
    stages = {
        "skeletal_01_extraction": {
            "cmd": "mkdir -p out && echo a > out/a && echo b > out/b",
            "outs": ["out"],
        },
        "skeletal_02_training": {"cmd": train, "deps": ["out"], "outs": [{"tables": {"cache": False}}]},
    }
    write(tmp_path, "dvc.yaml", yaml.safe_dump({"stages": stages}).encode())
    write(tmp_path, "Makefile", f"repro:\n\t{dvc} repro --quiet\n".encode())
    write(tmp_path, "kept/result", b"result")
    facts = FACTS | {"data": {}, "files": store._contents(tmp_path / "kept")}
    write(tmp_path, f"kept/{store.DONE}", json.dumps(facts, indent=1, sort_keys=True).encode())
    code = json.dumps({"lib/papers/skeletal/training.py": "1"}).encode()
    write(tmp_path, "outputs/stages/skeletal/02_training/code.json", code)
    subprocess.run([*dvc.split(), "repro", "--quiet"], check=True)
    assert verify.verify(tmp_path)
    for name in ("out/a", "tables/result", "runs/0a1b/result"):
        damage(Path(name))
    assert verify.verify(tmp_path, True), capfd.readouterr().out
    assert Path("out/a").read_text() == "a\n" and Path("tables/result").read_bytes() == b"result"
    assert Path("runs/0a1b/result").read_bytes() == b"result"
    assert Path("count").read_text() == "1\n1\n1\n"
    assert verify.verify(tmp_path)
