"""Variants of the samples, and how often an effect is found by its strength."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lib.params import project_path
from lib.replication import figures, power, variants
from lib.replication.settings import PowerStage
from lib.replication.variants import Variant
from scripts.planted import experiments
from tests.replication.samples import EFFECTS

STAGE = PowerStage(seed=5, strengths=[0, 1], draws=[3, 2], trainings=2)


def test_each_strength_is_drawn_with_seeds_of_its_own():
    wanted = power.drawn(STAGE)
    assert len(wanted) == 4 * (3 + 2) and len({variant for variant, _ in wanted}) == len(wanted)
    both = next(variant for variant, _ in wanted if variant.corpus == "iemocap")
    assert both.effects == ("movement", "words") and both.strength == 0 and both.seed == 5
    rows = power.listed(STAGE)
    assert len(rows) == 5 * (3 + 2) and rows[0] == ("shi2020", 0, 5)
    assert [row[0] for row in rows[::5]] == [effect.study for effect in power.EFFECTS]


def test_the_effects_are_planted_and_their_networks_read_nothing_learnt_from_them():
    for effect in power.EFFECTS:
        assert effect.corpus in EFFECTS
        known = experiments.of(effect.paper, effect.corpus)
        inputs = set(known[effect.experiment]["inputs"])
        assert len(inputs) == 1
        assert not inputs & experiments.pretrained(effect.paper, effect.corpus)


def test_a_variant_is_named_by_what_decides_it(monkeypatch):
    one = Variant("context", "emotic", ("body",), 0.5, 1)
    names = {one.folder, Variant("context", "emotic", ("body",), 2, 1).folder,
             Variant("context", "emotic", ("body",), 0.5, 2).folder}  # fmt: skip
    monkeypatch.setattr(variants, "generator_version", lambda: "another")
    assert len({*names, one.folder}) == 4
    assert all(name.startswith("runs/variants/emotic-") for name in names)


def test_the_curve_counts_and_has_exact_intervals():
    rows = [("s", "voice", 0.0, found, 0.2 + 0.1 * found) for found in (False, False, True)]
    rows += [("s", "voice", 1.0, True, score) for score in (0.5, 0.6)]
    table = pd.DataFrame(rows, columns=["study", "effect", "strength", "found", "score"])
    curve = power.curves(table.assign(chance=0.2))
    assert curve["rate"].to_list() == pytest.approx([1 / 3, 1])
    assert curve["low"].to_list() == pytest.approx([0.0084, 0.1581], abs=1e-4)
    assert curve["high"].to_list() == pytest.approx([0.9057, 1.0], abs=1e-4)
    assert curve["above chance"].to_list() == pytest.approx([0.1 / 3, 0.35])
    assert curve["above low"][1] == pytest.approx(0.35 - 12.7062 * 0.05, abs=1e-3)
    plt.close(figures.power_figure(curve, 0.025))


def test_a_command_that_fails_is_told(tmp_path):
    with pytest.raises(variants.VariantError, match=r"No module named lib\.none"):
        variants._run(tmp_path, ["lib.none"])


@pytest.mark.slow
def test_a_variant_is_drawn_extracted_and_its_corpus_removed(monkeypatch):
    monkeypatch.setattr(variants, "ROOT", "runs/variants/test")
    if not project_path("outputs/notebooks").is_dir():
        pytest.skip("no outputs/notebooks: run make repro first")
    variant = Variant("context", "emotic", ("body",), 0.0, 3)
    variants.make([variant])
    root = project_path(variant.folder)
    assert (root / "done").is_file() and not (root / "data").exists()
    samples = variant.source().samples()
    assert {"train", "val", "test"} == set(samples["part"]) and len(samples) > 1000
    (root / "done").write_text("kept")
    variants.make([variant])
    assert (root / "done").read_text() == "kept"
