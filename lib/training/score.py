"""Score of a network on its own training part, which shows whether it can fit it at all."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from torch import Tensor


def training_score(task: str, outputs: Tensor, targets: Tensor) -> float:
    """UAR, mAP over labels with positives, or CCC, by the task of `TrainingSettings`.

    `outputs` are class scores, (samples, classes), label scores, (samples, labels), or values,
    (samples,); `targets` are class numbers, label sets or values.
    """
    found, true = outputs.double().numpy(), targets.numpy()
    if task == "classification":
        return float(balanced_accuracy_score(true, found.argmax(axis=1)))
    if task == "multilabel":
        known = true.any(axis=0)
        return float(average_precision_score(true[:, known], found[:, known], average="macro"))
    return _concordance(found, true.astype(float))


def _concordance(found: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    covariance = np.mean((true - true.mean()) * (found - found.mean()))
    spread = true.var() + found.var() + (true.mean() - found.mean()) ** 2
    return float(2 * covariance / spread) if spread else 1.0
