"""A corpus of one's own: its table, what becomes of it, and that an error changes nothing."""

import csv
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import yaml
from PIL import Image

from lib import params
from lib.corpora import catalogue, emodb, provenance, ravdess
from lib.corpora.catalogue import CorpusError
from lib.corpora.ravdess import Recording
from lib.corpora.table import read_skeleton
from lib.features import clip_sound, video
from lib.files import write_text
from lib.papers.valence.runs import release_splits
from lib.splits import schemes
from lib.stage import Stage
from scripts import add_corpus
from scripts.corpora import adding, summary
from scripts.share import run as share
from scripts.share.document import ShareError
from tests.corpora.conftest import avi

ROOT = Path(__file__).parents[2]
EMODB = {"03": "m", "08": "f", "09": "f", "10": "m", "11": "m"}
"""Speakers of the synthetic files."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, libyaml: None) -> Path:
    """A project without corpora, with the project's own parameters."""
    root = tmp_path / "project"
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / ".dvc" / "tmp" / "btime").touch()  # as DVC does
    (root / "data").mkdir()
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    shutil.copytree(ROOT / "profiles", root / "profiles")
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen files of each of five speakers, named as in EMO-DB."""
    made = tmp_path_factory.mktemp("files")
    for speaker in EMODB:
        for number, letter in enumerate(2 * "WLEAFTN"):
            write_wav(made / f"wav/{speaker}a{number:02d}{letter}a.wav", number + int(speaker))
    return made


@pytest.fixture
def folder(tmp_path: Path, files: Path) -> Path:
    """A copy of the files, for the test to change."""
    return Path(shutil.copytree(files, tmp_path / "files"))


def write_wav(path: Path, number: int, seconds: float = 0.3) -> None:
    """A tone in noise whose height depends on a number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(16_000 * seconds)) / 16_000
    noise = np.random.default_rng(number).normal(0, 0.01, len(times))
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * (150 + 40 * number) * times) + noise, 16_000)


def rows_of(folder: Path) -> list[list[str]]:
    """Rows of a table made from EMO-DB's names."""
    found = sorted(folder.glob("wav/*.wav"))
    return [[f"wav/{path.name}", emodb.LETTERS[path.stem[5]], path.stem[:2]] for path in found]


def write_table(path: Path, rows: Sequence[Sequence[str]], columns: str = "path,label,speaker") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    return path


def add(project: Path, table: Path, folder: Path, name: str = "mine", **options: bool) -> str:
    """Add a corpus; returns what the command prints."""
    corpus, origin = adding.add_own(name, table, folder, project / "data", dvc=False, **options)
    return summary.report(origin, False, False, corpus)


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_files_named_as_in_emodb_go_to_the_speech_notebooks(project: Path, folder: Path) -> None:
    rows = rows_of(folder)
    text = add(project, write_table(project.parent / "t.csv", rows[::-1]), folder)
    assert "own corpus" in text and "warning" not in text
    target = project / "data" / "mine"
    table = catalogue.read("mine", project / "data")
    assert [*table["path"]] == [row[0] for row in rows]  # whatever the order of the rows
    assert [*table["sample_id"]] == [Path(row[0]).stem for row in rows]
    assert (table["cluster"] == table["speaker"]).all()
    shutil.copytree(folder, project.parent / "emodb")
    theirs = emodb.read(project.parent / "emodb")
    shared = ["sample_id", "label", "speaker", "cluster", "path"]
    assert table[shared].equals(theirs[shared])
    origin = provenance.read(target)
    assert (origin.kind, origin.counts["samples"], origin.counts["speakers"]) == ("own", 70, 5)
    use = catalogue.get("mine").use("skeletal")
    assert use.modalities == ("audio",) and use.classes == tuple(sorted(emodb.CLASSES))
    read = params.load(project).resolve("skeletal.training", "mine")
    assert read.profile == "mine" and read.content["experiments"] == ["ARE"]
    splits = schemes.make(read.content["scheme"], table, read.content["folds"], 1, 0)
    assert read.content["scheme"] == "speaker_kfold" and len(splits) == 5
    listed = yaml.safe_load((project / "params.yaml").read_text())
    assert "mine" in listed["skeletal"]["corpora"] and "mine" in listed["skeletal"]["speaker_corpora"]
    assert listed["corpus_profiles"] == {"mine": "mine"}


def test_a_table_of_ravdess_gives_the_rows_of_its_reader(project: Path, tmp_path: Path) -> None:
    rows = []
    for actor in (1, 2, 3, 4):
        for emotion in (1, 3, 4, 5):
            for statement, repetition in ((1, 1), (1, 2), (2, 1), (2, 2)):
                name = Recording(3, 1, emotion, 1, statement, repetition, actor).name
                path = f"Actor_{actor:02d}/{name}.wav"
                write_wav(tmp_path / "ravdess" / path, emotion)
                rows.append([path, ravdess.CLASSES[emotion - 1], path[:8], ravdess.STATEMENTS[statement - 1]])
    table = write_table(tmp_path / "t.csv", rows, "path,label,speaker,text")
    add(project, table, tmp_path / "ravdess")
    ours, theirs = catalogue.read("mine", project / "data"), ravdess.read(tmp_path / "ravdess")
    for column in ours:
        assert [*ours[column]] == [*theirs[column]], column
    assert catalogue.get("mine").use("skeletal").classes == catalogue.get("ravdess").use("skeletal").classes


@pytest.mark.parametrize(("column", "scheme"), [(None, "stratified_kfold"), ("session", "cluster_kfold")])
def test_without_speakers_there_is_a_warning(
    project: Path, folder: Path, capsys: pytest.CaptureFixture[str], column: str | None, scheme: str
) -> None:
    rows = [row[: 3 if column else 2] for row in rows_of(folder)]
    table = write_table(project.parent / "t.csv", rows, ",".join(["path", "label", *filter(None, [column])]))
    assert "warning: no speaker is named" in add(project, table, folder)
    assert catalogue.read("mine", project / "data")["speaker"].isna().all()
    assert params.load(project).resolve("skeletal.training", "mine").content["scheme"] == scheme
    listed = yaml.safe_load((project / "params.yaml").read_text())["skeletal"]
    assert "mine" in listed["corpora"] and "mine" not in listed["speaker_corpora"]
    Stage.open("skeletal/01_extraction", "mine")
    assert "warning: no speaker is named" in capsys.readouterr().out


def test_start_and_end_cut_sound(project: Path, tmp_path: Path) -> None:
    rows = []
    for number in range(12):
        write_wav(tmp_path / "files" / f"{number}.wav", number, 1.0)
        cuts = [("0", "0.25"), ("0.25", "0.5"), ("0.5", "0.75"), ("0.75", "1")]
        rows += [[f"{number}.wav", "ab"[place % 2], *cut] for place, cut in enumerate(cuts)]
    add(project, write_table(tmp_path / "t.csv", rows, "path,label,start,end"), tmp_path / "files")
    table = catalogue.read("mine", project / "data")
    assert len(table) == 48 and table["cluster"].nunique() == 12
    whole, rate = soundfile.read(tmp_path / "files" / "3.wav", dtype="int16")
    own = table[table["source"] == "3.wav"]["path"]
    pieces = [soundfile.read(project / "data/mine" / path, dtype="int16")[0] for path in own]
    assert np.array_equal(np.concatenate(pieces), whole) and rate == 16_000
    assert params.load(project).resolve("skeletal.training", "mine").content["scheme"] == "cluster_kfold"


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_start_and_end_cut_skeletons(project: Path, tmp_path: Path, suffix: str) -> None:
    rows = []
    for number in range(12):
        path = write_skeleton(tmp_path / "files" / f"{number:02d}{suffix}", number)
        rows += [[path.name, "ab"[place], f"{10 * place}", f"{10 * place + 10}"] for place in (0, 1)]
    add(project, write_table(tmp_path / "t.csv", rows, "path,label,start,end"), tmp_path / "files")
    whole = read_skeleton(tmp_path / "files" / f"03{suffix}")
    pieces = dict(catalogue.reader("mine").joints(project / "data" / "mine"))
    assert len(pieces) == 24
    assert np.array_equal(np.concatenate([pieces["03_0-10"], pieces["03_10-20"]]), whole)


@pytest.mark.parametrize("sound", [True, False])
def test_start_and_end_cut_videos(project: Path, tmp_path: Path, sound: bool) -> None:
    (tmp_path / "files").mkdir()
    rows = []
    for number in range(4):
        path = write_video(tmp_path / "files" / f"{number}.mp4", 30 + number, sound)
        cuts = [("0", "0.4"), ("0.4", "0.8"), ("0.81", "1.2")]
        rows += [[path.name, "ab"[place % 2], *cut, f"s{number}"] for place, cut in enumerate(cuts)]
    header = "path,label,start,end,speaker"
    add(project, write_table(tmp_path / "t.csv", rows, header), tmp_path / "files")
    found = catalogue.read("mine", project / "data")
    own = [project / "data/mine" / path for path in found.loc[found["source"] == "2.mp4", "path"]]
    whole = list(video.frames(tmp_path / "files/2.mp4"))
    for path, first, last in zip(own, (0, 10, 21), (10, 20, 30), strict=True):
        cut, parts = list(video.frames(path)), whole[first:last]
        assert all(np.array_equal(a[2], b[2]) for a, b in zip(cut, parts, strict=True))
        assert all(abs(a[1] - b[1] + parts[0][1]) < 1e-3 for a, b in zip(cut, parts, strict=True))
        assert video.probe(path).fps == pytest.approx(25)
        if sound:
            wave, speech = (clip_sound.read_sound(each) for each in (tmp_path / "files/2.mp4", path))
            start = round(parts[0][1] * 16_000)
            assert len(speech) and np.array_equal(speech, wave[start : start + len(speech)])
    assert len(own) == 3 and set(found["cluster"]) == {"s0", "s1", "s2", "s3"}


def write_video(path: Path, number: int, sound: bool = False) -> Path:
    """A second and a fifth of pictures that change, with a tone."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        tone = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        for place in range(30):
            image = np.random.default_rng([number, place]).integers(0, 255, (6, 8, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(np.kron(image, np.ones((8, 8, 1), np.uint8)), "rgb24")
            container.mux(pictures.encode(frame))
        if tone:
            wave = np.sin(np.arange(19_200) / 5)[None].astype(np.float32) / 2
            samples = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
            samples.sample_rate = 16_000
            container.mux(tone.encode(samples))
            container.mux(tone.encode(None))
        container.mux(pictures.encode(None))
    return path


@pytest.mark.parametrize("split", [True, False])
def test_values_over_time_go_to_the_valence_notebooks(project: Path, tmp_path: Path, split: bool) -> None:
    (tmp_path / "files").mkdir()
    rows = []
    for number in range(8):
        path = write_video(tmp_path / "files" / f"{number}.avi", number)
        for place in range(12):
            value = f"{np.sin(number + place):.3f}"
            part = ["test" if number < 3 else "train"] if split else []
            rows.append([path.name, value, f"{place / 10:g}", f"{(place + 1) / 10:g}", f"s{number}", *part])
    header = "path,value,start,end,speaker" + (",split" if split else "")
    text = add(project, write_table(tmp_path / "t.csv", rows[::-1], header), tmp_path / "files")
    assert "warning" not in text
    found, corpus = catalogue.read("mine", project / "data"), catalogue.get("mine")
    assert corpus.lists == ("valence.corpora",) and corpus.step == 0.1 and [*corpus.uses] == ["valence"]
    assert [*found["part"]] == 5 * ["train"] + 3 * ["dev"] if split else 6 * ["train"] + 2 * ["dev"]
    reader = catalogue.reader("mine")
    for row in found.to_dict("records"):
        times, values = reader.trace(project / "data/mine", row)
        number = int(row["sample_id"])
        assert np.allclose(times, np.arange(12) / 10 + 0.05)
        assert np.allclose(values, np.sin(number + np.arange(12)).round(3))
        assert row["label"] is None and row["video"] == f"{number}.avi"
    settings = params.load(project).resolve("valence.training", "mine").content
    splits = release_splits(found, settings["development"], 3, 0)
    assert len(splits) == 3 and len(splits[0].test) == len(found[found["part"] == "dev"])
    assert provenance.read(project / "data/mine").counts["values"] == 96


def test_values_of_whole_videos_go_to_the_valence_notebooks(project: Path, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for number in range(8):
        write_video(tmp_path / "files" / f"{number}.avi", number)
    rows = [[f"{number}.avi", f"{number / 10:g}"] for number in range(8)]
    text = add(project, write_table(tmp_path / "t.csv", rows, "path,value"), tmp_path / "files")
    assert "warning: no speaker is named" in text
    found, reader = catalogue.read("mine", project / "data"), catalogue.reader("mine")
    for row in found.to_dict("records"):
        times, values = reader.trace(project / "data/mine", row)
        assert np.allclose(times, [0.3, 0.9]) and np.allclose(values, int(row["sample_id"]) / 10)


def write_skeleton(path: Path, number: int) -> Path:
    """Twenty frames of five joints."""
    path.parent.mkdir(exist_ok=True)
    frames = np.random.default_rng(number).normal(size=(20, 5, 3)).astype(np.float32)
    if path.suffix == ".npy":
        np.save(path, frames)
    else:
        names = ",".join(f"{joint}_{axis}" for joint in "abcde" for axis in "xyz")
        np.savetxt(path, frames.reshape(20, 15), "%.9g", ",", header=names, comments="")
    return path


def test_pictures_go_to_the_context_notebooks(project: Path, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    rows = []
    for number in range(20):
        Image.new("RGB", (40, 30), (number, 0, 0)).save(tmp_path / "files" / f"{number}.png")
        rows.append([f"{number}.png", "calm; glad" if number % 2 else "sad", "", "", "", ""])
    rows.append(["0.png", "glad", "1", "2", "20", "30"])
    table = write_table(tmp_path / "t.csv", rows, "path,label,x1,y1,x2,y2")
    assert "no speaker" in add(project, table, tmp_path / "files")
    found = catalogue.read("mine", project / "data", boxes="cut")
    assert found["sample_id"].is_unique and set(found["part"]) == {"train", "val", "test"}
    assert found.groupby("cluster")["part"].nunique().max() == 1
    assert found[["calm", "glad", "sad"]].sum().to_dict() == {"calm": 10, "glad": 11, "sad": 10}
    boxed = found[found["image"] == "0.png"][["x1", "y1", "x2", "y2"]].to_numpy().tolist()
    assert sorted(boxed) == [[0, 0, 40, 30], [1, 2, 20, 30]]
    given = [[*row[:2], ("train", "dev", "test")[number % 3]] for number, row in enumerate(rows[:20])]
    add(project, write_table(tmp_path / "t.csv", given, "path,label,split"), tmp_path / "files", "fixed")
    fixed = catalogue.read("fixed", project / "data").set_index("image")["part"]
    assert [*fixed[["0.png", "1.png", "2.png"]]] == ["train", "val", "test"]


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_skeletons_go_to_the_movement_notebooks(project: Path, tmp_path: Path, suffix: str) -> None:
    rows = []
    for number in range(48):
        path = write_skeleton(tmp_path / "files" / f"{number:02d}{suffix}", number)
        rows.append([path.name, "ab"[number % 2], str(number % 4)])
    add(project, write_table(tmp_path / "t.csv", rows), tmp_path / "files")
    reader = catalogue.reader("mine")
    [first, *others] = reader.joints(project / "data" / "mine")
    expected = np.random.default_rng(0).normal(size=(20, 5, 3)).astype(np.float32)
    assert first[0] == "00" and np.array_equal(first[1], expected) and len(others) == 47
    assert len(reader.JOINTS) == 5 and reader.FRAME_RATE is None
    assert catalogue.get("mine").lists[1] == "skeletal.movement_corpora"


def test_videos_go_to_the_audiovisual_notebooks(project: Path, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    content = avi(5)
    rows = [[f"{number}.avi", "ab"[number % 2], f"s{number % 4}"] for number in range(40)]
    for name, *_ in rows:
        (tmp_path / "files" / name).write_bytes(content)
    add(project, write_table(tmp_path / "t.csv", rows), tmp_path / "files")
    assert catalogue.get("mine").use("audiovisual").columns == {"video": "path"}
    read = params.load(project).resolve("audiovisual.cross_subject", "mine").content
    assert read["schemes"] == ["stratified_kfold", "leave_one_subject_out"]


FILE = "wav/03a00Wa.wav"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "t.csv is empty"),
        ("path;label\n", r"no column path.*separated by commas"),
        ("path,emotion\n", "has no column label"),
        ("path,label,label\n", "two columns are named label"),
        ("path,label,speakr\n", "unknown column 'speakr'"),
        ("path,value,label,start,end\n", "has the columns value and label"),
        (f"path,value,start,end\n{FILE},0,0,1\n", "wav/03a00Wa.wav is no video: values need a video"),
        ("path,value,start,end\na.avi,,0,1\n", "line 2: value is empty"),
        ("path,value,start,end\na.avi,2,0,1\n", "line 2: value is 2: write a number from -1 to 1"),
        ("path,value,start,end\na.avi,NaN,0,1\n", "line 2: value is NaN, which is no value"),
        ("path,value,start,end\na.avi,0,,\na.avi,0,0,.1\n", "start and end are empty in some rows"),
        ("path,value\na.avi,0\na.avi,.5\n", "line 3: a.avi is also in"),
        ("path,value,start,end,text\na.avi,0,0,.1,x\n", "line 2: text is not used with values over time"),
        ("path,value,start,end\na.avi,0,0,.2\n", "line 2: a.avi has one row"),
        ("path,value,start,end\na.avi,0,0,.1\na.avi,0,.2,.3\n", "line 3: start is 0.2, but .* ends at 0.1"),
        ("path,value,start,end\na.avi,0,.1,.2\na.avi,0,.2,.3\n", "line 2: start is 0.1, but .* ends at 0"),
        (
            "path,value,start,end\na.avi,0,0,.1\na.avi,0,.1,.2\na.avi,0,.2,.8\n",
            "line 4: the row has 0.6 s, most have 0.1 s",
        ),
        ("path,value,start,end\na.avi,0,0,.8\na.avi,0,.8,1.6\n", "line 3: end 1.6 is after the end of a.avi"),
        (
            "path,value,start,end,speaker\na.avi,0,0,.1,x\na.avi,0,.1,.2,y\n",
            "line 3: a.avi has two values of speaker",
        ),
        (
            "path,value,start,end,split\na.avi,0,0,.1,dev\na.avi,0,.1,.2,dev\n",
            "a split is dev: choices are made on 2 recordings of the training part",
        ),
        ("path,value,start,end\na.avi,0,0,.1\na.avi,0,.1,.2\n", "0 recordings to train, 4 are needed"),
        ("path,label,start\n", "has start without the others of start, end"),
        ("path,label\n", "has no row below its header"),
        (f"path,label\n{FILE}\n", "line 2 has 1 values for 2 columns"),
        (f"path,label\n{FILE},a,b\n", "line 2 has 3 values for 2 columns"),
        (f'path,label\n{FILE},"a\n', "line 2 is no line of csv"),
        ("path,label\nwav/no.wav,a\n", r"line 2: no file wav/no.wav"),
        (f"path,label\n{'long' * 90}.wav,a\n", r"line 2: no file (long)+\.wav"),
        ("path,label\n../secret.wav,a\n", r"line 2: path is \.\./secret.wav: write it relative"),
        ("path,label\n/etc/passwd,a\n", "line 2: path is /etc/passwd: write it relative"),
        ("path,label\nwav\\a.wav,a\n", r"line 2: path is wav\\a.wav: write it relative"),
        ("path,label\nC:/a.wav,a\n", "line 2: path is C:/a.wav: write it relative"),
        ("path,label\nout.wav,a\n", "line 2: out.wav is a link that leaves"),
        ("path,label\nnotes.txt,a\n", "line 2: notes.txt is none of .wav"),
        ("path,label\npose.json,a\n", "lift 2D keypoints to 3D joints first"),
        ("path,label\ntable.csv,a\n", "table.csv is the name of a file that is written here"),
        (f"path,label\n{FILE},\n", "line 2: label is empty: fill it in"),
        (f"path,label\n{FILE},NaN\n", "line 2: label is NaN, which is no value"),
        (f"path,label\n{FILE},a;b\n", "line 2: 2 labels of one sound file"),
        (f"path,label\n{FILE},a;\n", "line 2: one of the labels 'a;' is empty"),
        (f"path,label\n{FILE},speaker\n", "the label speaker is the name of a column"),
        (f"path,label\n{FILE},\x07a\n", "line 2: label is .* cannot be printed"),
        (f"path,label,speaker\n{FILE},a,\n", "line 2: speaker is empty: fill it in, or remove the column"),
        (f"path,label,split\n{FILE},a,training\n", "split is training: write train, dev or test"),
        (f"path,label\n{FILE},a\n{FILE},b\n", "line 3: wav/03a00Wa.wav is also in .*line 2"),
        (f"path,label\n{FILE},a\na.npy,b\n", r"several kinds: sound \(wav/03a00Wa.wav, line 2\), skeleton"),
        (f"path,label,start,end\n{FILE},a,0.2,0.2\n", "line 2: start 0.2 is not before end 0.2"),
        (f"path,label,start,end\n{FILE},a,0.1,\n", "line 2: end is empty: write a number"),
        (f"path,label,start,end\n{FILE},a,-1,1\n", "line 2: start is -1: write a number"),
        (f"path,label,start,end\n{FILE},a,0,inf\n", "line 2: end is inf: write a number"),
        (f"path,label,start,end\n{FILE},a,0,nan\n", "line 2: end is nan, which is no value"),
        (f"path,label,start,end\n{FILE},a,0,9\n", "line 2: end 9 is after the end of wav/03a00Wa.wav"),
        ("path,label,start,end\na.npy,a,0,1.5\n", "of a skeleton are numbers of frames: write whole ones"),
        ("path,label,start,end\na.npy,a,0,99\n", "end 99 is after the end of a.npy, which has 9 frames"),
        ("path,label,start,end\na.avi,a,0,99\n", "end 99 is after the end of a.avi, which has 1 s"),
        ("path,label,start,end\na.png,a,0,1\n", "start and end are of recordings"),
        (f"path,label,x1,y1,x2,y2\n{FILE},a,0,0,1,1\n", "are a box in a picture"),
        ("path,label,x1,y1,x2,y2\na.png,a,0,0,9,1\n", "the box ends at 9, 1, but a.png is 4 x 4"),
        (f"path,label\n{FILE},a\n", "every row has the label a"),
        (
            f"path,label\n{FILE},a\nwav/03a01La.wav,b\n",
            "folds stratified_kfold cannot be drawn from 2 samples",
        ),
        ("path,label,split\na.png,a,train\na.jpg,b,test\n", "no row is in the split dev"),
        ("path,label\ndamaged.wav,a\n", "1 files are damaged"),
        ("path,label\nbad.npy,a\na.npy,b\n", "(?s)1 files are damaged.*not finite"),
        ("path,label\nother.npy,a\na.npy,b\n", "other.npy has 3 joints, but a.npy has 2"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    project: Path, folder: Path, content: str, message: str
) -> None:
    (folder / "notes.txt").write_text("x")
    (folder / "pose.json").write_text("[]")
    (folder / "table.csv").write_text("x")
    (folder / "damaged.wav").write_bytes(b"RIFF")
    (folder / "a.avi").write_bytes(avi(25))
    (folder / "out.wav").symlink_to("/etc/hostname")
    for suffix in ("png", "jpg"):
        Image.new("RGB", (4, 4)).save(folder / f"a.{suffix}")
    for name, shape, value in (("a", (9, 2, 3), 0), ("other", (9, 3, 3), 0), ("bad", (9, 2, 3), np.nan)):
        np.save(folder / f"{name}.npy", np.full(shape, value, np.float32))
    table = project.parent / "t.csv"
    table.write_text(content, encoding="utf-8")
    before = snapshot(project)
    with pytest.raises(CorpusError, match=message) as caught:
        add(project, table, folder)
    assert "t.csv" in str(caught.value) or "damaged" in message
    assert snapshot(project) == before


def test_a_table_must_be_utf_8(project: Path, folder: Path) -> None:
    table = project.parent / "t.csv"
    table.write_bytes(f"path,label\n{FILE},Ärger\n".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"t.csv, line 2 is not UTF-8: save the file as UTF-8"):
        add(project, table, folder)
    with pytest.raises(CorpusError, match="no table"):
        add(project, project.parent / "none.csv", folder)


@pytest.mark.parametrize("name", ["ravdess", "rml", "table", "checks", "paper", "sample"])
def test_names_of_the_project_are_taken(project: Path, folder: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=f"the name {name} is taken"):
        add(project, write_table(project.parent / "t.csv", rows_of(folder)), folder, name)


@pytest.mark.parametrize("name", ["", "Mine", "my corpus", "../x", "a-b", "1a", "é"])
def test_names_of_other_forms_are_refused(project: Path, folder: Path, name: str) -> None:
    with pytest.raises(CorpusError, match="choose another"):
        add(project, write_table(project.parent / "t.csv", rows_of(folder)), folder, name)


def test_damaged_files_are_left_out_on_demand(project: Path, folder: Path) -> None:
    rows = rows_of(folder)
    (folder / rows[0][0]).write_bytes(b"RIFF")
    text = add(project, write_table(project.parent / "t.csv", rows), folder, leave_out=True)
    assert "left out" in text and rows[0][0] in text
    assert len(catalogue.read("mine", project / "data")) == 69


def test_the_same_call_again_changes_nothing_and_another_table_is_refused(
    project: Path, folder: Path
) -> None:
    rows = rows_of(folder)
    table = write_table(project.parent / "t.csv", rows)
    add(project, table, folder)
    write_text(project / "profiles/mine.yaml", (project / "profiles/mine.yaml").read_text() + "# changed\n")
    before = snapshot(project)
    add(project, table, folder)
    assert snapshot(project) == before
    with pytest.raises(CorpusError, match="already is a real corpus"):
        add(project, write_table(table, rows[:-1]), folder)
    assert snapshot(project) == before


def test_a_failure_of_dvc_changes_nothing(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    table, before = write_table(project.parent / "t.csv", rows_of(folder)), snapshot(project)
    with pytest.raises(CorpusError, match="`dvc add data` failed"):  # no repository of DVC here
        adding.add_own("mine", table, folder, project / "data")
    assert snapshot(project) == before


def test_a_damaged_copy_is_named(project: Path, folder: Path) -> None:
    add(project, write_table(project.parent / "t.csv", rows_of(folder)), folder)
    for damage in (b"", b"\0\0", b"sample_id\n", b"a,b\n1\n", "é".encode("latin-1")):
        (project / "data/mine/table.csv").write_bytes(damage)
        with pytest.raises(CorpusError, match=r"table\.csv"):
            catalogue.read("mine", project / "data")


def test_a_copy_that_lost_a_file_is_refused(project: Path, folder: Path) -> None:
    add(project, write_table(project.parent / "t.csv", rows_of(folder)), folder)
    (project / "data/mine" / FILE).unlink()
    with pytest.raises(CorpusError, match="1 files of the table missing"):
        catalogue.read("mine", project / "data")
    (project / "data/mine/entry.yaml").write_text("title: x\n")
    with pytest.raises(CorpusError, match=r"entry\.yaml"):
        catalogue.get("mine")


def test_the_command(
    project: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = write_table(project.parent / "t.csv", rows_of(folder))
    given: Callable[..., list[str]] = lambda *more: ["--no-dvc", *more, "--", "mine", os.fspath(folder)]  # noqa: E731
    with pytest.raises(SystemExit):
        add_corpus.main(given())
    assert "TABLE=table.csv" in capsys.readouterr().err
    assert add_corpus.main(given(f"--table={table}")) == 0
    assert "profiles/mine.yaml" in capsys.readouterr().out
    assert add_corpus.main(given(f"--table={folder}")) == 1
    assert "error: no table" in capsys.readouterr().err


def test_its_results_are_not_shared(project: Path, folder: Path) -> None:
    add(project, write_table(project.parent / "t.csv", rows_of(folder)), folder)
    with pytest.raises(ShareError, match="mine is a corpus of one's own"):
        share.prepare("mine")
