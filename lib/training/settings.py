"""Settings of the training loop, importable without torch."""

from typing import Literal

from pydantic import Field

from lib.settings import Settings


class TrainingSettings(Settings):
    """How a model is trained.

    Attributes
    ----------
    task : {"classification", "multilabel", "regression"}
        Cross-entropy on logits, binary cross-entropy on logits, or mean squared error.
    epochs : int
        Maximum.
    patience : int
        Stop after this many epochs without a lower loss on the development part.
    keep : {"best", "last"}
        Whether the weights of the epoch with the lowest development loss are kept, or the last ones.
    micro_batch : int or None
        Samples in memory at a time, whose gradients add up to a batch's; batch norm sees only them.
    optimizer : {"adam", "sgd"}
    momentum : float
        Used by SGD only.
    milestones : list of int
        Epochs from which the learning rate is multiplied by `decay` once more.
    clip_value : float or None
        Gradients are clipped to [-clip_value, clip_value].
    class_weights : bool
        Weight classes by the inverse of their frequency in the training part.
    bfloat16 : bool
        Faster convolutions where the device multiplies it in hardware; results differ from float32.
    channels_last : bool
        Faster convolutions on processors.
    checkpoint_seconds : float
        Shortest time between two checkpoints of a long training.
    """

    task: Literal["classification", "multilabel", "regression"] = "classification"
    epochs: int
    patience: int
    keep: Literal["best", "last"] = "best"
    batch_size: int
    micro_batch: int | None = Field(default=None, ge=1)
    learning_rate: float
    weight_decay: float = 0.0
    optimizer: Literal["adam", "sgd"] = "adam"
    momentum: float = 0.9
    milestones: list[int] = Field(default_factory=list)
    decay: float = 0.1
    clip_value: float | None = None
    class_weights: bool = False
    bfloat16: bool = False
    channels_last: bool = False
    checkpoint_seconds: float = 60.0
