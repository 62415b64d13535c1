"""Settings of the augmentation of pictures, importable without torch."""

from lib.settings import Settings


class AugmentationSettings(Settings):
    """Probabilities and sizes of the augmentations of vo2022 section 4.2.

    Attributes
    ----------
    flip, distort, move : float
        Probabilities of a horizontal flip (of both pictures together), of an elastic distortion,
        and of a shift with scaling and rotation (of each picture separately).
    distortion : float
        Strength of the elastic distortion, pixels at a width of 224.
    shift, scale, rotation : float
        Largest values, relative to the width, relative to the size, and in degrees.
    """

    flip: float
    distort: float
    move: float
    distortion: float
    shift: float
    scale: float
    rotation: float
