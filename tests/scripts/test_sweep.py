import json
from contextlib import nullcontext
from itertools import pairwise

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from lib import params
from scripts import paper_profile, sweep

CELLS = [
    'corpus = "tiny"\noverrides = {}\nresults = "scratch"',
    """
import json
from pathlib import Path
from lib import params
settings = params.block("group.stage", corpus, overrides)
if settings["hidden"] == 13:
    raise ValueError("13 brings bad luck")
Path("executed.log").open("a").write(f"{settings['hidden']}\\n")
folder = Path(results) / "reports"
folder.mkdir(parents=True, exist_ok=True)
entry = {"score": settings["hidden"] / 100, "low": 0.1, "high": 0.9}
content = {"values": {"model": {"UAR": entry}, "differences": [1], "kept": {"a": 3}}}
(folder / "metrics.json").write_text(json.dumps(content))
""",
]
PROVENANCE = {"corpus": "tiny", "kind": "synthetic", "version": "1", "source": "a test",
              "licence": "none", "counts": {}, "files": 0, "bytes": 0}  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text(
        "profile: paper\ngroup: {corpora: [tiny], stage: {hidden: 1, layers: 1}}\n"
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profiles").mkdir()
    paper_profile.main([])
    (tmp_path / "data" / "tiny").mkdir(parents=True)
    (tmp_path / "data" / "tiny" / "PROVENANCE.json").write_text(json.dumps(PROVENANCE))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    cells[0]["metadata"]["tags"] = ["parameters"]
    folder = tmp_path / "notebooks" / "group"
    folder.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "01_stage.ipynb")
    monkeypatch.setenv("DASK_SCHEDULER", "tcp://127.0.0.1:1")  # no cluster is needed here
    return tmp_path


def executed(project):
    return sorted(map(int, (project / "executed.log").read_text().split()))


@pytest.mark.slow
def test_a_sweep_survives_failures_and_resumes(project):
    points = tuple(sweep.grid({"hidden": [10, 13, 20]}))
    plan = sweep.Sweep("s", "group/01_stage", "tiny", points)
    table = sweep.run(plan)
    scores = table.dropna(subset="metric").set_index("hidden")["score"].to_dict()
    assert scores == {"10": 0.1, "20": 0.2}
    failed = table[table["error"].notna()]
    assert failed["hidden"].to_list() == ["13"]
    assert "13 brings bad luck" in failed["error"].iloc[0]
    assert len(list(plan.folder.glob("*/01_stage.ipynb"))) == 3
    assert (plan.folder / "sweep.png").stat().st_size > 1000
    pd.testing.assert_frame_equal(pd.read_csv(plan.folder / "sweep.csv", dtype={"hidden": str}), table)
    more = sweep.Sweep("s", "group/01_stage", "tiny", (*points, {"hidden": 30}))
    assert len(sweep.run(more)) == 4
    assert executed(project) == [10, 20, 30]


class Here(nullcontext):
    """A pool whose work is done by this process."""

    def __init__(self, jobs, mp_context):
        super().__init__()

    map = staticmethod(map)


def test_a_changed_parameter_makes_points_stale(project, monkeypatch):
    monkeypatch.setattr(sweep, "ProcessPoolExecutor", Here)
    plan = sweep.Sweep("s", "group/01_stage", "tiny", ({"hidden": 10},))
    sweep.run(plan, jobs=1)
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("layers: 1", "layers: 2"))
    sweep.run(plan, jobs=1)
    assert executed(project) == [10, 10]


def test_unknown_parameters_stop_before_anything_runs(project):
    plan = sweep.Sweep("s", "group/01_stage", "tiny", ({"hidden": 10}, {"hiden": 10}))
    with pytest.raises(params.ParamsError, match="hiden"):
        sweep.run(plan)
    assert not (project / "executed.log").exists()


def test_grids_random_points_and_files(tmp_path):
    assert sweep.grid({"a": [1, 2], "b": ["x"]}) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]
    assert sweep.grid([{"a": [1]}, {"b": [[2, 3]]}]) == [{"a": 1}, {"b": [2, 3]}]
    drawn = sweep.grid({"a": list(range(50))}, 5, seed=1)
    assert len({point["a"] for point in drawn}) == 5
    assert drawn == sweep.grid({"a": list(range(50))}, 5, seed=1)
    assert len(sweep.grid({"a": [1, 2]}, 9)) == 2
    path = tmp_path / "mine.sweep.yaml"
    path.write_text("notebook: g/01_s\ncorpus: c\ngrids:\n- {a: [1, 2]}\npoints:\n- {b: 3}\n")
    read = sweep.read_file(path)
    assert (read.name, read.notebook) == ("mine", "g/01_s")
    assert read.points == ({"a": 1}, {"a": 2}, {"b": 3})


def test_labels_are_columns_of_what_varies():
    points = (
        {"experiments": ["A"], "models.A.epochs": 1, "training.epochs": 5, "rate": 2},
        {"experiments": ["A"], "models.A.epochs": 20, "training.epochs": 5, "rate": 1},
        {"experiments": ["B"], "rate": 2},
    )
    rows = pd.DataFrame([{"experiment": point["experiments"][0]} | point for point in points])
    plan = sweep.Sweep("s", "group/01_stage", "tiny", points)
    texts = rows.astype(object).map(lambda v: v if isinstance(v, str) else json.dumps(v), na_action="ignore")
    head, lines = sweep.labels(plan, texts[["experiment", "models.A.epochs", "training.epochs", "rate"]])
    assert head.split() == ["experiment", "A.epochs", "training.epochs", "rate"]
    assert [line.split() for line in lines] == [
        ["A", "1.0", "5.0", "2"], ["A", "20.0", "5.0", "1"], ["B", "2"],
    ]  # fmt: skip
    assert {len(line) for line in lines} == {len(head)} and head.index("rate") == lines[2].index("2")
    one = texts[texts["experiment"] == "A"][["experiment", "models.A.epochs", "training.epochs"]]
    assert sweep.labels(plan, one)[0].strip() == "A.epochs"
    assert sweep.shorten("a" * 30 + "z", 9) == "aaaa\u2026aaaz"


def test_a_figure_of_five_parameters_keeps_every_label_and_a_wide_axis(project):
    names = ["rate", "layers", "models.SMACN.arguments.heads", "models.SMACN.arguments.pools", "folds"]
    points = tuple(sweep.grid({name: [1, 2, 3] for name in names}))
    plan = sweep.Sweep("five", "group/01_stage", "tiny", points)
    rows = [
        {"point": str(number), "experiment": "SMACN", "metric": "UAR", "score": number / 300,
         "low": number / 300 - 0.1, "high": number / 300 + 0.1} | {k: str(v) for k, v in point.items()}
        for number, point in enumerate(points)
    ]  # fmt: skip
    path = sweep.draw(plan, pd.DataFrame(rows))
    figure = plt.gcf()
    (axis,) = figure.axes
    figure.canvas.draw()
    labels = [label for label in axis.get_yticklabels() if label.get_text()]
    assert len(labels) == sweep.MOST + 1 and "heads" in labels[-1].get_text()
    box = figure.bbox
    assert all(box.x0 <= label.get_window_extent().x0 for label in labels)
    heights = sorted(label.get_window_extent().y0 for label in labels)
    assert min(b - a for a, b in pairwise(heights)) > 8  # pixels
    assert axis.get_window_extent().width > 250
    assert f"The {sweep.MOST} best of 243 rows" in path.with_suffix(".txt").read_text()
    plt.close(figure)


def test_the_command_line_sweeps_the_papers_first_corpus(project, monkeypatch, capsys):
    found = []

    def run(plan, jobs):
        found.append(plan)
        return pd.DataFrame({"error": [None]})

    monkeypatch.setattr(sweep, "run", run)
    with pytest.raises(SystemExit, match="0"):
        sweep.main(["group/01_stage", "-g", "group.stage.hidden=1e-5,no", "-g", "layers=3"])
    assert found[0].corpus == "tiny"
    assert found[0].points == ({"hidden": 1e-5, "layers": 3}, {"hidden": "no", "layers": 3})
