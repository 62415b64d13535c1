"""What an extraction found of a corpus: sums, reasons and lists."""

import pandas as pd
import pytest

from lib.papers.found import report
from lib.stage import Stage

NONE = pd.DataFrame(columns=["sample_id", "reason"])
HEADER = "reason,annotated,files opened,complete,with losses,left out"


@pytest.fixture
def stage(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    monkeypatch.chdir(tmp_path)
    return Stage("skeletal/01_extraction", "iemocap", None, {}, "scratch")


def written(stage, name):
    return (stage.reports / "tables" / f"{name}.csv").read_text().splitlines()


def utterances(number):
    """Two utterances in a video."""
    names = [f"u{k}" for k in range(number)]
    videos = [f"avi/dialogue {k // 2}.avi" for k in range(number)]
    return pd.DataFrame({"sample_id": names, "wav": [f"{name}.wav" for name in names], "video": videos})


def test_a_whole_corpus_has_empty_lists_with_headers(stage):
    table = utterances(4)
    report(stage, table, table, NONE, [])
    assert written(stage, "as_found") == [HEADER, ",4,6,4,0,0"]
    assert written(stage, "losses") == ["sample or file,missing"]
    assert written(stage, "exclusions") == ["sample_id,reason"]


def test_losses_of_a_file_count_for_its_samples_and_those_of_samples_left_out_do_not(stage):
    table = utterances(8)
    losses = [
        ("u0.wav", "0.5 of 3 seconds of sound are missing"),
        ("u1.wav", "1.25 of 30 seconds of sound are missing"),
        ("avi/dialogue 0.avi", "3 of 90 frames cannot be decoded"),
        ("u6", "no frame of head markers"),
        ("u7.wav", "0.1 of 3 seconds of sound are missing"),
    ]
    reasons = [
        ("u4", "Ses01F_impro01.avi cannot be opened: [Errno 5] x: 'Ses01F_impro01.avi'"),
        ("u5", "two.avi cannot be opened: [Errno 12] x: 'two.avi'"),
        ("u7", "the actor is in the picture in 12% of the frames"),
    ]
    excluded = pd.DataFrame(reasons, columns=["sample_id", "reason"])
    kept = table[~table["sample_id"].isin(excluded["sample_id"])]
    report(stage, table, kept, excluded, losses)
    assert written(stage, "as_found") == [
        HEADER,
        ",8,12,2,3,3",
        "# of # frames cannot be decoded,,,,2,",
        "# of # seconds of sound are missing,,,,2,",
        "no frame of head markers,,,,1,",
        "# cannot be opened: [Errno # x: #,,,,,2",
        "the actor is in the picture in # of the frames,,,,,1",
    ]
    assert [line.split(",")[0] for line in written(stage, "losses")[1:]] == [
        where for where, _ in losses[:-1]
    ]
    assert len(written(stage, "exclusions")) == 4


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"detected": [1.0, 0.875], "frames": [8, 16]}, "a face in 87.5% of 16 frames"),
        (
            {"filled": [0.0, 0.1], "longest_gap": [0, 3]},
            "10.0% of the keypoints filled, up to 3 frames in a row",
        ),
        ({"label_seconds": [4.0, 6.0], "video_seconds": [4.0, 5.5]}, "labels of 6 s, video of 5.5 s"),
        ({"transcript": ["yes", None]}, "no words"),
        ({"box_cut": [False, True]}, "box beyond the picture, cut"),
        ({"valence": [5.0, None]}, "valence not rated"),
    ],
)
def test_columns_of_samples_tell_what_is_missing(stage, columns, missing):
    table = pd.DataFrame({"sample_id": ["a", "b"], **columns})
    found = report(stage, table[["sample_id"]], table, NONE, [])
    assert written(stage, "losses")[1].strip() in (f"b,{missing}", f'b,"{missing}"')
    assert found.iloc[0, 1:].tolist() == [2, 0, 1, 1, 0] and len(found) == 2
