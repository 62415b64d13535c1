import numpy as np
import pytest

from lib.evaluation.metrics import concordance_correlation
from lib.features import traces


def ratings(seed=0, raters=4, number=200):
    generator = np.random.default_rng(seed)
    course = np.cumsum(generator.normal(size=number)) / 100
    noise = generator.normal(0, 0.02, (raters, number))
    return course, course + noise + np.arange(raters)[:, None] / 20


def test_agreement_is_the_mean_over_the_other_raters():
    _, given = ratings()
    by_hand = np.mean([concordance_correlation(given[1], given[k]) for k in (0, 2, 3)])
    assert traces.agreement(given)[1] == pytest.approx(by_hand)
    with pytest.raises(traces.TraceError, match="two raters"):
        traces.agreement(given[:1])


def test_gold_standard_by_the_challenges_formula():
    course, given = ratings()
    found = traces.gold_standard(given)
    weights, means = traces.agreement(given), given.mean(axis=1)
    level = (means * weights / weights.sum()).sum()  # as the challenge's script has it
    np.testing.assert_allclose(found, (given - means[:, None] + level).mean(axis=0))
    assert np.corrcoef(found, course)[0, 1] > 0.97
    np.testing.assert_allclose(found.std(), given.mean(axis=0).std())  # only the level changes
    opposed = np.array([course, -course])  # agreement sums to less than nothing
    with pytest.warns(UserWarning, match=r"train_1: raters do not agree \(mean CCC -"):
        found = traces.gold_standard(opposed, "train_1")
    assert found == pytest.approx(np.zeros(len(course)), abs=1e-9)


@pytest.mark.filterwarnings("ignore:.*do not agree")
def test_a_gold_standard_stays_within_the_scale():
    """Weights of both signs whose sum is near zero once gave values over 200."""
    generator = np.random.default_rng(0)
    for _ in range(3000):
        given = generator.uniform(-1, 1, (generator.integers(2, 5), 6))
        level = traces.gold_standard(given).mean()
        means = given.mean(axis=1)
        assert np.abs(traces.gold_standard(given)).max() <= 1
        assert means.min() - 0.5 < level < means.max() + 0.5
    constant = np.array([[0.25] * 9, [-0.25] * 9])
    assert traces.gold_standard(constant).tolist() == [0] * 9


def test_a_delay_is_undone():
    times = np.arange(0, 120, 0.1)
    shown = np.sin(times / 4) + 0.5 * np.sin(times / 1.7)
    late = traces.advanced(times, shown, -2.0)
    assert late[500] == pytest.approx(shown[480])
    inner = slice(30, -30)
    np.testing.assert_allclose(traces.advanced(times, late, 2.0)[inner], shown[inner], atol=1e-9)


@pytest.mark.parametrize(
    ("times", "values", "message"),
    [
        ([0, 0.1, 0.1], [1, 2, 3], r"0.1 is followed by 0.1, not 0\.1 s later"),
        ([0, 0.1, 0], [0, 0, 0], "0.1 is followed by 0,"),
        ([0, 1], [1, np.nan], "not a number"),
        ([0], [1], "not a trace"),
        ([0, 1, 2], [1, 2], "not a trace"),
        ([0, 100, 200], [0, 0, 0], r"0 is followed by 100, not 0\.1 s later: rows are missing or"),
        ([0, 0.1, 0.3], [0, 0, 0], "0.1 is followed by 0.3"),
        ([12, 12.1, 12.2], [0, 0, 0], "labels begin at 12 s"),
        ([-1, -0.9, -0.8], [0, 0, 0], "labels begin at -1 s"),
        ([0, 0.1, 0.2], [0, -1.2, 0], "a value is 1.2 from zero"),
    ],
)
def test_what_is_no_trace_is_refused(times, values, message):
    with pytest.raises(traces.TraceError, match=message):
        traces.checked(times, values, 0.1)
