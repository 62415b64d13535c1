import pytest

from lib import params

TREE = {
    "profile": "sample",
    "corpus_profiles": {"egait": "paper"},
    "skeletal": {
        "training": {
            "epochs": 100,
            "model": {"hidden": 512, "layers": 2},
            "corpora": {"egait": {"model": {"layers": 1}}},
        }
    },
    "profiles": {
        "paper": {},
        "sample": {"skeletal": {"training": {"model": {"hidden": 64}}}},
    },
}


class Model(params.Settings):
    hidden: int
    layers: int


class Stage(params.Settings):
    epochs: int
    model: Model


def read(**changes):
    return params.read("skeletal.training", Stage, params=changes.pop("tree", TREE), **changes)


def test_profile_is_laid_over_the_block():
    assert read() == Stage(epochs=100, model=Model(hidden=64, layers=2))


def test_a_corpus_has_its_own_entry_and_profile():
    assert read(corpus="egait") == Stage(epochs=100, model=Model(hidden=512, layers=1))


def test_overrides_win_and_must_exist():
    assert read(overrides={"model.hidden": 7}).model.hidden == 7
    with pytest.raises(params.ParamsError, match=r"model\.width"):
        read(overrides={"model.width": 7})


@pytest.mark.parametrize("change", [{"epohcs": 3}, {"model": {"hiden": 1}}, {"epochs": "many"}])
def test_unknown_and_wrong_keys_are_named(change):
    tree = TREE | {"skeletal": {"training": params.merge(TREE["skeletal"]["training"], change)}}
    key = next(iter(change))
    with pytest.raises(params.ParamsError, match=key):
        read(tree=tree)


def test_missing_keys_are_named():
    tree = TREE | {
        "skeletal": {"training": {"epochs": 1, "model": {"layers": 1}}},
        "profiles": {"sample": {}},
    }
    with pytest.raises(params.ParamsError, match=r"skeletal\.training\.model\.hidden"):
        read(tree=tree)


def test_unknown_block_and_profile():
    with pytest.raises(params.ParamsError, match=r"no block 'skeletal\.nothing'"):
        params.read("skeletal.nothing", Stage, params=TREE)
    with pytest.raises(params.ParamsError, match="profile 'huge'"):
        read(tree=TREE | {"profile": "huge"})


def test_root_is_found_from_a_notebooks_folder(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    inner = tmp_path / "notebooks" / "skeletal"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert params.project_path("data") == tmp_path / "data"
    with pytest.raises(FileNotFoundError, match=r"params\.yaml"):
        params.project_root(tmp_path.parent)
