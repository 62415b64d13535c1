"""Whether stored controls were made with what there is now."""

import pandas as pd


def stale(stored, now):
    """What differs between a kept table of versions and `lib.replication.versions.versions`, in words.

    Other code that gives the same scores on true labels does not count: equal scores, to the last
    printed digit, come from equal features, trainings and predictions.
    """
    if not stored.is_file():
        return [f"no {stored.name}: nothing is stored"]
    keys = ["paper", "corpus", "of"]
    before, after = (
        table.drop(columns="code").melt(keys[:2], var_name="of").set_index(keys)["value"]
        for table in (pd.read_csv(stored, dtype=str), now)
    )
    both = pd.DataFrame({"before": before, "after": after})
    differ = both[both["before"] != both["after"]].index
    return [f"{paper}, {corpus}: {name} changed" for paper, corpus, name in differ]
