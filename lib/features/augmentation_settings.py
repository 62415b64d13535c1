"""Settings of the augmentation of pictures, importable without torch."""

from lib.settings import Settings


class AugmentationSettings(Settings):
    """Probabilities and sizes of the augmentations of vo2022 section 4.2.

    Probabilities are those of a horizontal flip of both pictures together (`flip`), and, for each
    picture, of an elastic distortion (`distort`) and of a shift with scaling and rotation (`move`).
    """

    flip: float
    distort: float
    move: float
    distortion: float
    """Strength of the elastic distortion, pixels at a width of 224."""
    shift: float
    """Largest shift, relative to the width."""
    scale: float
    rotation: float
    """Largest rotation, degrees."""
