import shutil
from pathlib import Path

import pytest

from lib import params
from lib.settings import Settings
from lib.trees import MISSING, dotted, find, get, leaves, merge
from scripts import paper_profile

ROOT = Path(__file__).parents[1]
BLOCK = {
    "epochs": 100,
    "model": {"hidden": 512, "layers": 2},
    "corpora": {"egait": {"model": {"layers": 1}}},
}
SAMPLE = {"skeletal": {"training": {"model": {"hidden": 64}}}}


class Model(Settings):
    hidden: int
    layers: int


class Stage(Settings):
    epochs: int
    model: Model


def parameters(block=BLOCK, sample=SAMPLE, **values):
    chosen = {"profile": "sample", "corpus_profiles": {"egait": "paper"}}
    profiles = {"paper": {"skeletal": {"training": BLOCK}}, "sample": sample}
    return params.Parameters(chosen | {"skeletal": {"training": block}} | values, profiles)


def read(corpus=None, overrides=None, **changes):
    found = parameters(**changes).resolve("skeletal.training", corpus, overrides)
    return found.validated(Stage)


def changed(**values):
    return merge(BLOCK, values)


@pytest.fixture(scope="module")
def project():
    """The project's own parameters and profiles."""
    return params.load(ROOT)


def test_profile_is_laid_over_the_block():
    assert read() == Stage(epochs=100, model=Model(hidden=64, layers=2))


def test_a_corpus_has_its_own_entry_and_profile():
    assert read(corpus="egait") == Stage(epochs=100, model=Model(hidden=512, layers=1))


def test_overrides_win_and_must_exist():
    assert read(overrides={"model.hidden": 7}).model.hidden == 7
    assert read(overrides={"model.hidden": 512}).model.hidden == 512
    assert read(overrides={"model": {"hidden": 512}}).model == Model(hidden=512, layers=2)
    with pytest.raises(params.ParamsError, match=r"model\.width"):
        read(overrides={"model.width": 7})


def test_a_changed_value_wins_over_profile_and_corpus():
    assert read(block=changed(model={"hidden": 8})).model == Model(hidden=8, layers=2)
    assert read("egait", block=changed(model={"layers": 3})).model == Model(hidden=512, layers=3)
    own = changed(model={"layers": 3}, corpora={"egait": {"model": {"layers": 4}}})
    assert read("egait", block=own).model.layers == 4
    assert read("egait", {"model.layers": 5}, block=own).model.layers == 5


def test_a_pinned_value_is_the_papers_in_every_profile():
    assert read(pinned=["skeletal.training.model.hidden"]).model.hidden == 512
    with pytest.raises(params.ParamsError, match="pinned"):
        read(pinned=["skeletal.training.model.hiden"])


def test_a_new_key_that_a_profile_changes_is_refused_until_the_papers_profile_has_it():
    sample = {"skeletal": {"training": {"rate": 1}}}
    with pytest.raises(params.ParamsError, match=r"training\.rate is new.*python -m scripts\.paper_profile"):
        read(block=changed(rate=2), sample=sample)


@pytest.mark.parametrize("change", [{"epohcs": 3}, {"model": {"hiden": 1}}, {"epochs": "many"}])
def test_unknown_and_wrong_keys_are_named(change):
    with pytest.raises(params.ParamsError, match=next(iter(change))):
        read(block=changed(**change))


def test_missing_keys_are_named():
    with pytest.raises(params.ParamsError, match=r"skeletal\.training\.model\.hidden is missing"):
        read(block={"epochs": 1, "model": {"layers": 1}})
    with pytest.raises(params.ParamsError, match=r"skeletal\.training\.model\.hidden: Field req"):
        tree = {"skeletal": {"training": {"epochs": 1, "model": {"layers": 1}}}}
        found = params.Parameters({"profile": "paper", **tree}, {"paper": tree})
        found.resolve("skeletal.training").validated(Stage)


def test_unknown_block_and_profile():
    with pytest.raises(params.ParamsError, match=r"no block 'skeletal\.nothing'"):
        parameters().resolve("skeletal.nothing")
    with pytest.raises(params.ParamsError, match="profile 'huge'"):
        read(profile="huge")


ROWS = {
    "training": {"epochs": 60, "clip": None},
    "models": {
        "A": {"training": {"clip": 1.0, "epochs": None}},
        "B et al.": {"training": {"epochs": 50}},
    },
}


def rows(overrides=None, block=ROWS):
    tree = {"s": {"t": block}}
    found = params.Parameters(
        {"profile": "sample", **tree},
        {"paper": {"s": {"t": ROWS}}, "sample": {"s": {"t": {"models": {"A": {"training": {
            "epochs": 20}}}}}}},
    )  # fmt: skip
    return found.resolve("s.t", overrides=overrides)


def test_an_empty_value_of_a_row_is_the_blocks():
    tree = {"s": {"t": ROWS}}
    found = params.Parameters({"profile": "paper", **tree}, {"paper": tree}).resolve("s.t")
    assert found.content["models"]["A"] == {"training": {"clip": 1.0}}
    assert rows().content["models"]["A"]["training"] == {"clip": 1.0, "epochs": 20}


def test_an_explicit_value_replaces_the_rows_unless_theirs_is_explicit():
    found = rows({"training.epochs": 1})
    assert [row["training"]["epochs"] for row in found.content["models"].values()] == [1, 1]
    assert len(found.replaced) == 2
    both = rows({"training.epochs": 1, "models.B et al..training.epochs": 2})
    assert [row["training"]["epochs"] for row in both.content["models"].values()] == [1, 2]
    edited = rows({"training.epochs": 1}, merge(ROWS, {"models": {"A": {"training": {
        "epochs": 7}}}}))  # fmt: skip
    assert [row["training"]["epochs"] for row in edited.content["models"].values()] == [7, 1]


def test_a_row_takes_every_key_of_the_block():
    assert rows({"models.B et al..training.clip": 5.0}).content["models"]["B et al."] == {
        "training": {"epochs": 50, "clip": 5.0}
    }
    with pytest.raises(params.ParamsError, match=r"models\.B et al\.training"):
        rows({"models.B et al.training.clip": 5.0})


def test_names_with_dots_are_found():
    tree = {"a": {"b": 1}, "a.b": {"c": 2}, "x y.": {"z": 3}}
    assert find(tree, "a.b.c") == ("a.b", "c")
    assert find(tree, "a.b") == ("a.b",)
    assert find(tree, "x y..z") == ("x y.", "z")
    assert find(tree, "a.c") is None


def test_overrides_reach_every_row_of_the_project(project):
    for row in ("Xu et al.", "ARE"):
        key = f"models.{row}.training.epochs"
        found = project.resolve("skeletal.training", "iemocap", {key: 3}).content
        assert found["models"][row]["training"]["epochs"] == 3
    found = project.resolve("valence.training", "recola", {"training.epochs": 1}).content
    for row in ("CNN + RNN (1 s)", "CNN + RNN (4 s)"):
        assert found["models"][row]["training"]["epochs"] == 1
        key = f"models.{row}.arguments.recurrent"
        single = project.resolve("valence.training", "recola", {key: 3}).content
        assert single["models"][row]["arguments"] == {"recurrent": 3}
    found = project.resolve("skeletal.training", "iemocap", {"training.epochs": 1}).content
    assert {row.get("training", {}).get("epochs", 1) for row in found["models"].values()} == {1}


def test_every_key_of_a_profile_stands_in_params_yaml(project):
    """A corpus's own values stand there too, or are those of its block."""

    def known(key):
        places = {key, key[:2] + key[4:] if key[2:3] == ("corpora",) else key}
        return any(get(project.values, place) is not MISSING for place in places)

    for name, profile in project.profiles.items():
        missing = [dotted(key) for key, _ in leaves(profile) if not known(key)]
        assert not missing, name


def test_the_papers_profile_is_written_from_params_yaml(tmp_path, monkeypatch, project):
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    (tmp_path / "profiles").mkdir()
    monkeypatch.chdir(tmp_path)
    paper_profile.main([])
    written = params.load_yaml(tmp_path / "profiles" / "paper.yaml")
    keys = [key for key, _ in leaves(written)]
    assert keys == [key for key, _ in leaves(project.profiles["paper"])]
    assert all(get(project.values, key) is not MISSING for key in keys)


CHANGES = [
    "profile=paper",
    "skeletal.training.training.epochs=2",
    "skeletal.training.inputs.skeleton.frames=40",
    "skeletal.training.models.ARE.training.epochs=2",
    "audiovisual.extraction.voice_activity.threshold=0.55",
    "context.extraction.weights.place=weights/place.pth",
    "replication.intervals.simulations=7",
]


def test_dvc_changes_one_line_for_each_value(tmp_path):
    from dvc.utils.hydra import apply_overrides

    path = tmp_path / "params.yaml"
    shutil.copyfile(ROOT / "params.yaml", path)
    apply_overrides(str(path), CHANGES)
    before = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    after = path.read_text(encoding="utf-8").splitlines()
    found = [a for a, b in zip(after, before, strict=True) if a != b]
    assert len(found) == len(CHANGES)
    for change in CHANGES:
        dotted, _, value = change.partition("=")
        assert any(f"{dotted.rpartition('.')[2]}: {value}" in line for line in found), change


def test_a_list_takes_its_new_items_and_nothing_else_moves(tmp_path):
    from dvc.utils.hydra import apply_overrides

    path = tmp_path / "params.yaml"
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    apply_overrides(str(path), ["skeletal.fine_tuning.ratios=[0.1,0.25]"])
    start = text.index("    ratios:\n") + len("    ratios:\n")
    end = text.index("    corpora:\n", start)
    assert path.read_text(encoding="utf-8") == f"{text[:start]}    - 0.1\n    - 0.25\n{text[end:]}"


def test_a_change_made_by_dvc_trains_every_model_so(tmp_path, monkeypatch):
    from dvc.utils.hydra import apply_overrides

    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)
    plain = params.load().resolve("skeletal.training", "iemocap")
    assert plain.summary == "skeletal.training: profile sample"
    apply_overrides("params.yaml", ["skeletal.training.training.epochs=2"])
    found = params.block("skeletal.training", "iemocap")
    assert found["training"]["epochs"] == 2
    assert {row.get("training", {}).get("epochs", 2) for row in found["models"].values()} == {2}
    states = {"models.Xu et al..arguments.states": 8}
    text = params.load().resolve("skeletal.training", "iemocap", states).summary
    assert "explicit: training.epochs = 2 (also in MoCap model, ARE, " in text
    assert text.endswith("models.Xu et al..arguments.states = 8")


def test_numbers_are_read_as_dvc_writes_them():
    assert params.parse("[1e-05, no, 2]") == [1e-05, "no", 2]


def test_root_is_found_from_a_notebooks_folder(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    inner = tmp_path / "notebooks" / "skeletal"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert params.project_path("data") == tmp_path / "data"
    with pytest.raises(FileNotFoundError, match=r"params\.yaml"):
        params.project_root(tmp_path.parent)
