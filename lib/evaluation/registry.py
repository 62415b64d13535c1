"""The list of metrics: each with its name, kind, chance level and format."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., Floats])


@dataclass(frozen=True)
class Metric:
    """A metric of one kind of predictions: ``"classes"``, ``"label sets"`` or ``"values"``.

    `chance` is the score of a guess, from the shares of the classes or the prevalences of the labels, (K,).
    Reports print `digits` decimal places. Values that differ by less than `margin` agree. `bounds` are the
    lowest and the highest possible value.
    """

    function: Callable[..., Floats]
    kind: str
    chance: Callable[[Floats], float]
    higher_is_better: bool = True
    digits: int = 3
    margin: float = 0.05
    bounds: tuple[float, float] = (0.0, 1.0)

    @property
    def meaning(self) -> str:
        """First line of the function's documentation, without the metric's name."""
        return (self.function.__doc__ or "").split("\n")[0].partition(": ")[2].rstrip(".")


METRICS: dict[str, Metric] = {}
"""Every metric by name."""
HEADLINE = {"classes": "UAR", "label sets": "mAP", "values": "CCC"}  # of figures and choices


def metric(
    name: str,
    kind: str,
    chance: Callable[[Floats], float] = lambda shares: float(np.mean(shares)),
    **settings: Any,
) -> Callable[[Function], Function]:
    """Register the decorated function in `METRICS`; for the settings see `Metric`."""

    def register(function: Function) -> Function:
        METRICS[name] = Metric(function, kind, chance, **settings)
        return function

    return register


def names_of(kind: str) -> list[str]:
    """Metrics of a kind of predictions, in the order of their definition."""
    return [name for name, known in METRICS.items() if known.kind == kind]


def even_chance(name: str, classes: int) -> float:
    """Score of a guess among equally frequent classes."""
    return METRICS[name].chance(np.full(classes, 1 / classes))
