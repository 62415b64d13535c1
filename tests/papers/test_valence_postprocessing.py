import numpy as np
import pytest

from lib.evaluation.metrics import concordance_correlation
from lib.papers.valence.postprocessing import Chain, ChainSettings, PredictedTrace, fit

SETTINGS = ChainSettings(windows=[0.5, 1.0, 2.0, 4.0], shifts=[])
TIMES = np.arange(0, 60, 0.1)


def recordings(seed, scale=0.3, level=0.4, noise=0.3, delay=0.0):
    generator = np.random.default_rng(seed)
    found = []
    for number in range(4):
        phase = generator.uniform(0, 6)
        truth = 0.4 * np.sin(TIMES / 5 + phase)
        shown = 0.4 * np.sin((TIMES + delay) / 5 + phase)
        predicted = level + 0.1 * number + scale * (shown + generator.normal(0, noise, len(TIMES)))
        found.append(PredictedTrace(TIMES, truth, predicted))
    return found


def ccc(traces, chain):
    truth = np.concatenate([trace.truth for trace in traces])
    predicted = [chain.apply(trace.times, trace.predicted) for trace in traces]
    return concordance_correlation(truth, np.concatenate(predicted))


def test_every_step_undoes_what_it_is_for():
    chain = fit(recordings(0), SETTINGS)
    assert chain.window is not None and chain.centre is not None and chain.scale > 1.5
    assert chain.shift is None
    others = recordings(1)
    assert ccc(others, chain) > 0.8 > 0.5 > ccc(others, Chain())


def test_steps_that_do_not_help_are_left_out():
    perfect = [PredictedTrace(own.times, own.truth, own.truth) for own in recordings(0)]
    assert fit(perfect, SETTINGS) == Chain()


def test_a_shift_is_an_option():
    late = recordings(2, noise=0.05, delay=2.0)
    assert fit(late, ChainSettings(windows=[], shifts=[-2.0, 1.0, 2.0])).shift == 2.0


def test_fitting_never_lowers_the_score_of_what_it_is_fitted_on():
    for seed in range(5):
        own = recordings(seed, scale=1.0, level=0.0)
        assert ccc(own, fit(own, SETTINGS)) >= ccc(own, Chain())


def test_the_chain_has_no_memory_of_other_recordings():
    chain = Chain(window=1.0, centre=0.1, scale=2.0)
    found = chain.apply(TIMES, np.full(len(TIMES), 3.0))
    np.testing.assert_allclose(found, 0.1)
    with pytest.raises(ValueError, match="needs recordings"):
        fit([], SETTINGS)


@pytest.mark.parametrize("window", [0.3, 0.4, 0.8])
def test_a_median_has_no_bias(window):
    noise = np.random.default_rng(0).normal(size=20_000)
    found = Chain(window=window).apply(np.arange(len(noise)) * 0.1, noise)
    assert abs(found.mean()) < 0.02
    assert found[10] == np.median(noise[10 - round(window * 10) // 2 :][: round(window * 10)])
