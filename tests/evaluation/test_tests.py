import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from lib.evaluation import tests as statistical
from lib.evaluation.classification import counts_statistic
from lib.evaluation.jackknife import intervals
from lib.evaluation.metrics import names_of


def test_corrected_t_by_hand():
    # mean 0.02; variance 0.0001 / 3 * 4 ... of [.01, .02, .03]: 0.0001; (1/3 + 1/4) * 0.0001
    result = statistical.corrected_resampled_t([0.01, 0.02, 0.03], 0.25)
    assert result.statistic == pytest.approx(0.02 / np.sqrt((1 / 3 + 1 / 4) * 0.0001))
    assert result.degrees == 2


def test_corrected_t_is_students_with_a_larger_error():
    differences = np.random.default_rng(0).normal(0.01, 0.03, 50)
    ratio = 0.15 / 0.8
    plain = DescrStatsW(differences).ttest_mean(0)
    factor = np.sqrt(1 / 50 / (1 / 50 + ratio))
    result = statistical.corrected_resampled_t(differences, ratio)
    assert result.statistic == pytest.approx(plain[0] * factor)
    assert result.p == pytest.approx(2 * stats.t.sf(abs(plain[0] * factor), 49))
    nothing = statistical.corrected_resampled_t(differences, 0)
    assert (nothing.statistic, nothing.p) == pytest.approx(plain[:2])


def r_normal(seed, number):
    """R's rnorm after set.seed: Mersenne Twister with its own scrambling, by inversion."""
    state, value = [], seed
    for step in range(50 + 625):
        value = (69069 * value + 1) % 2**32
        state += [value] if step >= 50 else []
    generator = np.random.MT19937()
    key = np.array(state[1:], dtype=np.uint32)
    generator.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}
    uniform = generator.random_raw(2 * number) * 2.3283064365386963e-10
    return stats.norm.ppf((np.floor(2**27 * uniform[::2]) + uniform[1::2]) / 2**27)


def test_corrected_t_gives_the_documented_values_of_the_r_package_correctr():
    """Its vignette: set.seed(123), 30 values of two models, 80 training and 20 test samples."""
    drawn = r_normal(123, 60)
    np.testing.assert_allclose(drawn[:3], [-0.56047565, -0.23017749, 1.55870831], atol=1e-8)
    one, two = 0.6 + 0.1 * drawn[:30], 0.4 + 0.1 * drawn[30:]
    result = statistical.corrected_resampled_t(one - two, 20 / 80)
    assert result.statistic == pytest.approx(2.407318, abs=1e-6)
    assert result.p / 2 == pytest.approx(0.01132991, abs=1e-8)  # printed one-tailed


def test_students_t_with_and_without_pairs():
    one, two = np.array([0.6, 0.62, 0.58, 0.61]), np.array([0.55, 0.6, 0.57, 0.56])
    unpaired = statistical.students_t(one, two, paired=False)
    assert unpaired.p == pytest.approx(stats.ttest_ind(one, two).pvalue)
    paired = statistical.students_t(one, two, paired=True)
    assert paired.p == pytest.approx(stats.ttest_1samp(one - two, 0).pvalue)
    assert statistical.students_t(one, one, paired=True).p == 1
    assert statistical.students_t(one, one - 0.5, paired=True).p == 0
    with pytest.raises(ValueError, match="cannot be compared"):
        statistical.students_t(one, two[:3], paired=True)


def test_mcnemar_is_a_binomial_test_on_the_samples_that_differ():
    truth = np.zeros(30, int)
    first, second = truth.copy(), truth.copy()
    first[:2], second[2:12] = 1, 1
    result = statistical.mcnemar(truth, first, second)
    assert (result.statistic, result.degrees) == (10, 12)
    assert result.p == pytest.approx(stats.binomtest(2, 12).pvalue)


def test_holm_by_hand_and_without_missing_values():
    corrected = statistical.holm([0.01, 0.04, 0.03, np.nan])
    np.testing.assert_allclose(corrected, [0.03, 0.06, 0.06, np.nan])


def test_effect_sizes_by_hand():
    assert statistical.cohens_d([2, 4], [1, 3]) == pytest.approx(1 / np.sqrt(2))
    assert statistical.paired_d([1.0, 2.0, 3.0]) == pytest.approx(2)
    assert statistical.paired_d([1.0, 1.0]) == np.inf and statistical.paired_d([0.0, 0.0]) == 0


def samples(draw, number=300, gap=0.0, clusters=30):
    generator = np.random.default_rng(draw)
    truth = generator.integers(0, 4, number)
    hard = np.repeat(generator.normal(0, 0.7, clusters), number // clusters)

    def model(shift):
        right = generator.normal(0, 1, number) + hard < 0.25 + shift
        return np.where(right, truth, (truth + generator.integers(1, 4, number)) % 4)

    names = np.repeat([f"c{cluster}" for cluster in range(clusters)], number // clusters)
    return truth, model(gap), model(0), names


def test_a_difference_is_that_of_the_single_scores():
    truth, first, second, clusters = samples(0, gap=0.5)
    one, two = (counts_statistic(truth, own, clusters, 4) for own in (first, second))
    found = intervals(one - two)
    for name, interval in found.items():
        assert interval.estimate == pytest.approx(one.estimates()[name] - two.estimates()[name])
        assert interval.low < interval.estimate < interval.high
    assert found["UAR"].p < 0.05


def predictions(gap):
    tables_ = []
    for repeat in range(3):
        truth, first, second, clusters = samples(repeat, gap=gap)
        for name, predicted in (("A", first), ("B", second)):
            tables_.append(
                pd.DataFrame(
                    {"experiment": name, "part": "test", "repeat": repeat,
                     "fold": np.arange(300) % 5, "sample_id": np.arange(300).astype(str),
                     "cluster": clusters, "label": truth, "prediction": predicted}
                    | {f"probability_{name}": 0.25 for name in "abcd"}
                )
            )  # fmt: skip
    return pd.concat(tables_, ignore_index=True)


def test_table_of_tests_agrees_with_its_parts():
    found = statistical.table_of_tests(predictions(0.6), [("A", "B")], ratio=0.2)
    assert list(found["metric"]) == names_of("classes")
    assert set(found["unit"]) == {"repetitions"} and set(found["n"]) == {3}
    assert found["p McNemar"].notna().sum() == 1
    war = found[found["metric"] == "WAR"].iloc[0]
    table = predictions(0.6)
    hits = (table["label"] == table["prediction"]).groupby([table["experiment"], table["repeat"]])
    scores = {name: hits.mean().loc[name].to_numpy() for name in "AB"}
    assert war["difference"] == pytest.approx((scores["A"] - scores["B"]).mean())
    assert war["p paired"] == pytest.approx(stats.ttest_rel(scores["A"], scores["B"]).pvalue)
    assert (found["Holm crossed"] >= found["p crossed"]).all()
    counts = statistical.significant(found, 0.05).set_index("test")
    assert counts.loc["p McNemar", "comparisons"] == 1


def test_share_of_test_to_training_samples():
    splits = pd.DataFrame(
        {"repeat": 0, "fold": [0] * 10 + [1] * 10, "part": (["train"] * 8 + ["test"] * 2) * 2}
    )
    assert statistical.test_to_train_ratio(splits) == 0.25
