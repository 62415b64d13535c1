"""Score of a network on its own training part, which shows whether it can fit it at all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.evaluation import metrics


def training_score(task: str, outputs: NDArray[np.floating], targets: NDArray[Any]) -> float:
    """UAR, mAP or CCC, by the task of `lib.training.settings.TrainingSettings`.

    `outputs` are class scores, (samples, classes), label scores, (samples, labels), or values,
    (samples,); `targets` are class numbers, label sets or values.
    """
    if task == "classification":
        counts = metrics.confusion_matrix(targets, outputs.argmax(axis=1), outputs.shape[1])
        return float(metrics.unweighted_average_recall(counts))
    if task == "multilabel":
        precisions = metrics.average_precisions(targets > 0, outputs)
        return float(metrics.mean_average_precision(precisions).item())
    return metrics.concordance_correlation(targets, outputs)
