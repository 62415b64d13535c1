import numpy as np
import pytest
import torch
from PIL import Image

from lib.features.augmentation_settings import AugmentationSettings
from lib.features.image_augmentation import (
    PictureError,
    augment,
    normalise,
    read_picture,
    scene_and_body,
)

NOTHING = {"flip": 0, "distort": 0, "move": 0, "distortion": 4, "shift": 0.06, "scale": 0.1,
           "rotation": 15}  # fmt: skip


def settings(**changes):
    return AugmentationSettings(**(NOTHING | changes))


def pairs():
    generator = torch.Generator().manual_seed(0)
    return torch.nn.functional.interpolate(
        torch.randn(8, 3, 6, 6, generator=generator), (24, 24), mode="bilinear"
    ).reshape(4, 2, 3, 24, 24)


def augmented(**changes):
    return augment(pairs(), settings(**changes), torch.Generator().manual_seed(4))


def test_without_augmentation_nothing_changes():
    torch.testing.assert_close(augmented(), pairs(), atol=1e-5, rtol=0)


def test_flips_are_the_same_for_scene_and_body():
    flipped = augmented(flip=1)
    torch.testing.assert_close(flipped, pairs().flip(4), atol=1e-5, rtol=0)
    some = augmented(flip=0.5)
    mirrored = [
        [torch.allclose(some[i, part], pairs()[i, part].flip(2), atol=1e-4) for part in (0, 1)]
        for i in range(4)
    ]
    assert all(scene == body for scene, body in mirrored)
    assert len({scene for scene, _ in mirrored}) == 2


@pytest.mark.parametrize("change", [{"move": 1}, {"distort": 1}])
def test_pictures_are_moved_by_themselves(change):
    moved = augmented(**change)
    difference = (moved - pairs()).abs().mean(dim=(2, 3, 4))
    assert (difference > 1e-3).all() and difference.std() > 0
    assert (moved - pairs()).abs().mean() < pairs().abs().mean()


def test_same_seed_same_pictures():
    assert torch.equal(augmented(flip=0.5, move=0.5, distort=0.5),
                       augmented(flip=0.5, move=0.5, distort=0.5))  # fmt: skip


def test_normalised_bytes():
    middle = torch.full((1, 2, 3, 2, 2), 255, dtype=torch.uint8)
    values = normalise(middle)
    assert values[0, 0, 0, 0, 0] == pytest.approx((1 - 0.469) / 0.251)
    assert values[0, 1, 2, 1, 1] == pytest.approx((1 - 0.371) / 0.232)


def test_grey_cut_and_broken_pictures(tmp_path):
    grey = tmp_path / "grey.jpg"
    Image.fromarray(np.full((40, 60), 90, np.uint8)).save(grey)
    picture = read_picture(grey)
    assert picture.shape == (40, 60, 3) and np.ptp(picture, axis=2).max() == 0
    picture = picture.copy()
    picture[:, :30] = 0
    pair = scene_and_body(picture, (30, -5, 200, 20), 16)
    assert pair.shape == (2, 3, 16, 16)
    assert pair[1].min() > 60 and pair[0, :, :, 0].max() < 30
    with pytest.raises(PictureError, match="is outside a picture of 60 x 40"):
        scene_and_body(picture, (70, 0, 80, 10), 16)
    (tmp_path / "broken.jpg").write_bytes(grey.read_bytes()[:200])
    for name in ("broken.jpg", "none.jpg"):
        with pytest.raises(PictureError, match=name):
            read_picture(tmp_path / name)
