import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from lib.figures.plots import learning_figure
from lib.figures.style import PALETTE


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def history(experiment, trainings, constant=0.7):
    """Rows of `lib.runs.learning.histories`; a training is (train, dev, best epoch from 1)."""
    tables = [
        pd.DataFrame({"train": train, "dev": dev, "epoch": range(1, len(dev) + 1)}).assign(
            experiment=experiment, run=f"{experiment} {number}", constant=constant,
            best=lambda rows, best=best: rows["epoch"] == best,
        )
        for number, (train, dev, best) in enumerate(trainings)
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def lines(axis):
    return {line.get_label(): line for line in axis.lines}


def test_lines_are_medians_and_bands_the_middle_of_the_trainings():
    trainings = [([level, level / 2], [level + 1, level], 2) for level in range(11)]
    axis = learning_figure(history("e", trainings)).axes[0]
    found = lines(axis)
    assert found["train"].get_ydata().tolist() == [5, 2.5]
    assert found["dev"].get_ydata().tolist() == [6, 5]
    ends = [band.get_paths()[0].get_extents() for band in axis.collections[:2]]
    assert [(end.y0, end.y1) for end in ends] == [(0.5, 9), (1, 10)]
    assert found["constant prediction"].get_ydata() == [0.7, 0.7]


def test_best_epochs_are_marked_at_their_development_loss():
    trainings = [([1, 1, 1], [0.9, 0.5, 0.6], 2), ([1, 1, 1], [0.9, 0.8, 0.4], 3)]
    axis = learning_figure(history("e", trainings)).axes[0]
    dots = next(one for one in axis.collections if one.get_label() == "best epochs")
    assert np.asarray(dots.get_offsets()).tolist() == [[2, 0.5], [3, 0.4]]


def test_a_line_ends_where_fewer_than_half_of_the_trainings_go_on():
    trainings = [([1.0] * length, [1.0] * length, 1) for length in (2, 3, 5)]
    axis = learning_figure(history("e", trainings)).axes[0]
    assert lines(axis)["dev"].get_xdata().tolist() == [1, 2, 3]


@pytest.mark.parametrize("number, rows, columns", [(1, 1, 1), (2, 1, 2), (5, 2, 4), (12, 3, 4)])
def test_a_panel_for_each_experiment_in_their_order(number, rows, columns):
    names = [f"network {index}" for index in range(number)][::-1]
    table = pd.concat([history(name, [([1, 0.5], [1, 0.6], 2)]) for name in names])
    figure = learning_figure(table)
    assert [axis.get_title("left") or axis.get_title() for axis in figure.axes] == names
    assert figure.axes[0].get_gridspec().get_geometry() == (rows, columns)
    assert figure.get_figwidth() <= 8.4
    labelled = [bool(axis.get_xlabel()) for axis in figure.axes]
    assert labelled == [index + columns >= number for index in range(number)]


def test_the_legend_names_all_and_colours_differ_for_any_vision():
    figure = learning_figure(history("e", [([1, 0.5], [1, 0.6], 2)]))
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == ["train", "dev", "best epochs", "constant prediction"]
    colours = [to_hex(lines(figure.axes[0])[part].get_color()) for part in ("train", "dev")]
    assert len(set(colours)) == 2 and {c.upper() for c in colours} <= set(PALETTE)
