"""Scores of a reader of the planted variables themselves: the most that each effect allows.

The oracle sees no picture and hears no sound: it classifies the variables that the generator draws
for a label, knowing the distributions that the effects files state. Its scores therefore depend on
these files alone, and on no network.
"""

import argparse
from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from lib.corpora import emotic as emotic_corpus
from lib.evaluation.metrics import (
    average_precisions,
    class_scores,
    concordance_correlation,
    mean_average_precision,
)
from lib.replication.planted import oracle_path
from scripts.sample_corpora import (
    actors,
    audiovisual_effects,
    emotic,
    iemocap,
    iemocap_effects,
    scenes,
    valence,
    valence_effects,
)

DRAWS = 200
"""Utterances or clips of each speaker and class."""
PEOPLE = 20_000
Floats = NDArray[np.float64]
Row = tuple[str, str, str, str, float, float]
COLUMNS = ["corpus", "claim", "oracle", "metric", "chance", "score"]


def _recall(means: Floats, known: bool, generator: np.random.Generator) -> float:
    """UAR of classes with the means (speakers, classes, variables), in units of the spread.

    Where the tested speaker is not `known`, the classifier learns from all others.
    """
    speakers, classes, _ = means.shape
    labels = np.tile(np.repeat(np.arange(classes), DRAWS), (speakers, 1))
    noise = generator.normal(size=(*labels.shape, means.shape[2]))
    drawn = np.repeat(means, DRAWS, axis=1) + noise
    found = []
    for speaker in range(speakers):
        if known:
            distances = drawn[speaker][:, None] - means[speaker]  # (draws, classes, variables)
            predicted = (distances**2).sum(axis=-1).argmin(axis=1)
        else:
            rest = np.arange(speakers) != speaker
            learnt = LinearDiscriminantAnalysis()
            learnt.fit(np.concatenate(drawn[rest]), labels[rest].ravel())
            predicted = learnt.predict(drawn[speaker])
        found.append(class_scores(labels[speaker], predicted)["UAR"])
    return float(np.mean(found))


def _both(corpus: str, claim: str, means: Floats, generator: np.random.Generator) -> Iterator[Row]:
    for known, oracle in ((True, "speakers known"), (False, "other speakers known")):
        score = _recall(means, known, generator)
        yield corpus, claim, oracle, "UAR", 1 / means.shape[1], score


def _iemocap(generator: np.random.Generator) -> Iterator[Row]:
    effects = iemocap_effects.Effects.load().iemocap
    classes = list(effects.movement.shared_energy)
    spreads = [effects.movement.posture, effects.movement.amplitude, effects.movement.tempo]
    means = []
    units = np.repeat([spread.utterance for spread in spreads], (9, 4, 1))
    for session, sex in product(range(1, 6), "FM"):
        styles = actors.make(f"Ses{session:02d}{sex}", iemocap.SEED, effects.movement).styles
        own = [styles[label] for label in classes]
        moved = [[*s.posture, *np.log(s.amplitude), np.log(s.tempo)] for s in own]
        means.append(np.array(moved) / units)
    yield from _both("iemocap", "iemocap.movement", np.array(means), generator)
    arousal = np.array([[effects.voice.arousal[label] for label in classes]])
    arousal = arousal[..., None] / effects.voice.utterance
    score = _recall(arousal, True, generator)
    yield "iemocap", "iemocap.voice", "arousal", "UAR", 1 / len(classes), score
    kinds = pd.DataFrame(effects.words.sentences)[classes]
    score = float(kinds.max(axis=1).sum() / len(classes))
    yield "iemocap", "iemocap.words", "kind of sentence", "UAR", 1 / len(classes), score


def _audiovisual(generator: np.random.Generator) -> Iterator[Row]:
    effects = audiovisual_effects.Effects.load()
    names = ("corners", "width", "brows", "frown", "eyes")
    face, voice = effects.face, effects.voice
    shared = [[own.get(name, 0.0) for name in names] for own in face.shared.values()]
    means = face.strength * np.array(shared) + generator.normal(0, face.own, (8, len(shared), 5))
    yield from _both("rml", "face", means / face.utterance, generator)
    heard = np.array([[own["semitones"], own["decibels"]] for own in voice.shared.values()])
    own = generator.normal(0, [voice.own, 0.0], (8, len(heard), 2))
    spread = voice.utterance * np.array([1, 0.5])
    yield from _both("rml", "voice", (heard + own) / spread, generator)


def _emotic(generator: np.random.Generator) -> Iterator[Row]:
    effects = emotic.Effects.load()
    truth, moods, bodies, places = [], [], [], []
    for _ in range(PEOPLE):
        scene, body = scenes.draw_scene(generator), generator.normal(0, 1, 2)
        noise = generator.normal(size=len(emotic_corpus.LABELS))
        given = set(emotic.labels_of(scene, body, effects, noise))
        truth.append([label in given for label in emotic_corpus.LABELS])
        seen = generator.random() >= effects.turned_away
        moods.append(effects.gist * emotic.directions("gist", 3) @ scene.mood)
        bodies.append(effects.body * emotic.directions("body", 2) @ body * seen)
        kinds = emotic.directions("place", len(scenes.PLACES)) @ emotic.centred(scene)
        places.append(effects.place * kinds)
    labels = np.array(truth)
    read = {"gist": moods, "body, where it is seen": bodies, "place": places}
    parts = {oracle: np.array(own) for oracle, own in read.items()}
    for oracle, own in (parts | {"all three": sum(parts.values(), np.zeros(1))}).items():
        score = float(mean_average_precision(average_precisions(labels, own))[0])
        yield "emotic", "whole file", oracle, "mAP", float(labels.mean()), score


def _valence(generator: np.random.Generator) -> Iterator[Row]:
    """Valence from the moving parts of a face, by least squares, of one moment or four seconds."""
    effects = valence_effects.Effects.load()
    points, step = 60 * valence.RATE, valence.RATE // 4
    parts, values = [], []
    for _ in range(18):
        own = effects.valence.spread * valence.smooth(generator, points, effects.valence.bandwidth)
        own = np.clip(own + effects.valence.between * generator.normal(), -1, 1)
        face = effects.face
        moved = [
            strength * own + face.moment * valence.smooth(generator, points, face.moment_bandwidth)
            for strength in face.shared.values()
        ]
        parts.append(np.array(moved)[:, ::step].T)
        values.append(own[::step])
    for frames, oracle in ((1, "one frame"), (16, "four seconds")):
        windows = [
            np.lib.stride_tricks.sliding_window_view(own, frames, axis=0).mean(axis=-1) for own in parts
        ]
        targets = [own[frames // 2 :][: len(w)] for own, w in zip(values, windows, strict=True)]
        learnt = np.concatenate(windows[:9]), np.concatenate(targets[:9])
        fitted, *_ = np.linalg.lstsq(*learnt, rcond=None)
        tested = [
            concordance_correlation(target, window @ fitted)
            for target, window in zip(targets[9:], windows[9:], strict=True)
        ]
        yield "recola", "valence", oracle, "CCC", 0.0, float(np.mean(tested))


def scores(seed: int = 0) -> pd.DataFrame:
    """Score of the oracle on every claim whose variables it can read.

    Returns
    -------
    DataFrame
        ``corpus``, ``claim``, ``oracle`` (what it knows or reads), ``metric``, ``chance``,
        ``score``.
    """
    rows = [
        row
        for number, make in enumerate((_iemocap, _audiovisual, _emotic, _valence))
        for row in make(np.random.default_rng([seed, number]))
    ]
    return pd.DataFrame(rows, columns=COLUMNS).round(3)


def main(arguments: list[str] | None = None) -> None:
    """Command line: ``python -m scripts.sample_corpora.oracle``."""
    about = "Write lib/replication/oracle.csv: scores of a reader of the planted variables."
    parser = argparse.ArgumentParser("python -m scripts.sample_corpora.oracle", None, about)
    parser.parse_args(arguments)
    scores().to_csv(oracle_path(), index=False)


if __name__ == "__main__":
    main()
