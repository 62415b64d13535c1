"""Small predictions of each kind."""

import numpy as np
import pandas as pd

from scripts.audit.reading import read

NAMES = np.array(["anger", "joy", "rest"])


def classes(seed=0, samples=60, repeats=2):
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(1).integers(0, 3, samples)
    tables = []
    for repeat in range(repeats):
        scores = rng.dirichlet(np.ones(3), samples) + 0.5 * np.eye(3)[truth]
        scores /= scores.sum(axis=1, keepdims=True)
        named = {f"probability_{name}": scores[:, number] for number, name in enumerate(NAMES)}
        ids = [f"u{number:03d}" for number in range(samples)]
        table = pd.DataFrame({"id": ids, "truth": NAMES[truth], **named})
        people = np.arange(samples) % 12
        tables.append(table.assign(speaker=[f"s{own}" for own in people], fold=people // 3, repeat=repeat))
    return pd.concat(tables, ignore_index=True)


def sets(seed=0, samples=60):
    rng = np.random.default_rng(seed)
    found = {"id": [f"u{number}" for number in range(samples)]}
    for name in ("calm", "glad"):
        found[f"label_{name}"] = rng.integers(0, 2, samples)
        found[f"score_{name}"] = rng.random(samples)
    return pd.DataFrame(found)


def values(seed=0):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"id": np.repeat([f"r{n}" for n in range(5)], 30), "time": np.tile(np.arange(30.0), 5)}
    )
    return rows.assign(truth=rng.normal(size=150)).assign(
        prediction=lambda t: t["truth"] + rng.normal(size=150)
    )


def stored(table, folder, name="mine.parquet"):
    table.to_parquet(folder / name)
    return read(folder / name)
