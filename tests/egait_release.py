"""A release of Emotion-Gait with random joints: ``python -m tests.egait_release FOLDER``."""

import sys
from pathlib import Path

from tests.corpora.conftest import write_egait

CLASSES = (76, 26, 45, 75)
"""Gaits of each class in the release of 222."""

if __name__ == "__main__":
    labels = [label for label, number in enumerate(CLASSES) for _ in range(number)]
    gaits = {f"{row:03d}_{row % 7:02d}_positions.csv": label for row, label in enumerate(labels)}
    write_egait(Path(sys.argv[1]), gaits)
