import json
from math import log
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import entropy

from lib.runs.learning import constant_loss, histories, learning_table
from lib.runs.phases import Results
from lib.runs.run import Run
from lib.splits.split import Split

CLASSES = {"task": "classification", "class_weights": False}


def run(experiment="e", repeat=0, **training):
    split = Split("s", repeat, 0, 1, ("a", "b"), ("c",), ("d",))
    settings = {"training": {"epochs": 4, **CLASSES, **training}}
    return Run("m:f", experiment, "c", split, 1, settings, {}, (), "code")


TEST = pd.Series({"learns": 0.3}, name="UAR")


@pytest.fixture
def results(tmp_path):
    """Runs of made-up histories; an experiment without a network has none."""

    def stored(experiment, *trainings):
        runs, folders = [], []
        for number, (train, dev, best) in enumerate(trainings):
            folder = tmp_path / f"{experiment} {number}"
            folder.mkdir()
            if train:
                written = {"train": train, "dev": dev, "best_epoch": best, "score": 0.5 + number / 10}
                (folder / "history.json").write_text(json.dumps(written))
                (folder / "parameters.json").write_text('{"parameters": 9, "trained": 9}')
            runs.append(run(experiment, number))
            folders.append(folder)
        return Results(runs, folders)

    return stored


def test_histories_count_epochs_from_one_and_mark_the_best(results):
    found = histories(results("e", ([0.9, 0.5, 0.4], [0.8, 0.6, 0.7], 1)), lambda run: 0.7)
    assert found["epoch"].to_list() == [1, 2, 3]
    assert found["train"].to_list() == [0.9, 0.5, 0.4]
    assert found["best"].to_list() == [False, True, False]
    assert set(found["epochs"]) == {4} and set(found["constant"]) == {0.7}


def test_the_table_has_medians_at_the_best_epochs(results):
    done = results(
        "learns",
        ([0.9, 0.5], [0.8, 0.6], 1),
        ([0.7, 0.4, 0.2], [0.5, 0.9, 0.9], 0),
        ([0.9, 0.6, 0.3], [0.9, 0.8, 0.4], 2),
    )
    done += results("forest", ([], [], 0))
    constants = iter([0.8, 1.0, 0.9])
    history = histories(done, lambda run: next(constants))
    assert learning_table(done, history, TEST).to_dict("records") == [
        {
            "experiment": "learns",
            "trainings": 3,
            "best epoch": 2.0,
            "epochs": 4,
            "train": 0.5,
            "dev": 0.5,
            "constant": 0.9,
            "UAR, train": 0.6,
            "UAR, test": 0.3,
            "mark": "",
        }
    ]


def marks(done):
    table = learning_table(done, histories(done, lambda run: 0.7), TEST)
    return dict(zip(table["experiment"], table["mark"], strict=True))


def test_trainings_that_end_with_their_best_epoch_are_cut_off(results):
    falling = [0.6, 0.5, 0.4, 0.3]
    done = results("short", (falling, falling, 3), (falling, falling, 2), (falling, falling, 3))
    done += results("stopped", ([0.6, 0.5], [0.6, 0.5], 1))
    assert marks(done) == {"short": "cut off (2)", "stopped": ""}


def test_trainings_of_a_fixed_number_of_epochs_are_not_cut_off(results):
    falling = [0.6, 0.5, 0.4, 0.3]
    done = results("short", (falling, falling, 3), ([0.6, 0.5, 0.2, 0.1], falling, 1))
    for run in done.runs:
        run.settings["training"]["keep"] = "last"
    assert marks(done) == {"short": ""}


def test_trainings_not_below_the_constant_did_not_learn(results):
    good, bad = ([0.9, 0.6], [0.9, 0.6], 1), ([0.8, 0.7, 0.1], [0.8, 0.7, 0.9], 1)
    slow = ([0.9, 0.9, 0.9, 0.8], [0.9, 0.8, 0.8, 0.7], 3)
    done = results("some", good, bad) + results("none", bad, slow) + results("all", good)
    assert marks(done) == {"some": "did not learn (1)", "none": "cut off (1); did not learn (2)",
                           "all": ""}  # fmt: skip


def test_an_unknown_constant_marks_nothing(results):
    done = results("e", ([9.0, 8.0], [9.0, 8.0], 1))
    table = learning_table(done, histories(done, lambda run: float("nan")), TEST)
    assert table["mark"].to_list() == [""] and table["UAR, test"].isna().all()


def test_the_constant_of_classes_is_the_entropy_of_their_shares():
    labels = pd.Series(["joy", "joy", "joy", "fear"])
    assert constant_loss(run(), labels) == pytest.approx(entropy([0.75, 0.25]))
    assert constant_loss(run(class_weights=True), labels) == pytest.approx(log(2))


def test_the_constant_of_classes_is_the_loops_lowest_loss_of_equal_outputs():
    """Cross-entropy with and without class weights, at the best logits that ignore the inputs."""
    import torch

    from lib.training.loop import loss_function
    from lib.training.settings import TrainingSettings

    targets = torch.tensor([0, 0, 0, 0, 0, 1, 1, 2])
    for weighted, logits in ((False, [5.0, 2.0, 1.0]), (True, [1.0, 1.0, 1.0])):
        settings = TrainingSettings(
            epochs=1, patience=1, batch_size=8, learning_rate=0.1, class_weights=weighted
        )
        outputs = torch.tensor(logits).log().expand(8, 3)
        loss = loss_function(settings, targets, torch.device("cpu"))(outputs, targets)
        found = constant_loss(run(class_weights=weighted), pd.Series(targets.numpy()))
        assert found == pytest.approx(float(loss), rel=1e-6)


def test_the_constant_of_values_is_their_variance():
    assert constant_loss(run(task="regression"), pd.Series([0.0, 1.0, 2.0, 3.0])) == 1.25


@pytest.mark.parametrize("paper", ["skeletal", "audiovisual", "context", "valence"])
def test_every_paper_shows_how_its_trainings_went(paper):
    path = Path(__file__).parents[2] / "notebooks" / paper / "02_training.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert 'stage.figure(plots.learning_figure(history), "learning"' in code
    assert 'stage.table(learning.learning_table(done, history, tested), "learning"' in code
