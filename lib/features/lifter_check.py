"""What the shapes of a lifter's weights do not show: order of keypoints, axes, time of the output.

A standing person whose left arm goes up at once is lifted, and the lifted person must do the same.
"""

from pathlib import Path

import numpy as np

from lib.features import kinematics
from lib.models.lifting import TemporalLifter, lift
from lib.models.weights import CheckpointError

SIZE, LEAST_RISE = (1000, 1000), 0.2  # pixels; metres, of a wrist that goes up by one
HIP, ANKLES, HEAD, SHOULDERS, WRISTS = 0, (3, 6), 10, (11, 14), (13, 16)


def check(model: TemporalLifter, path: Path) -> None:
    """Refuse a lifter of other keypoints, other axes or causal convolutions.

    CheckpointError if the lifted person is not upright, has left and right exchanged, raises no or another
    arm, or raises it at another time.
    """
    side = (model.receptive_field - 1) // 2
    frames, raised = 4 * side + 20, 2 * side + 10
    rotations = np.zeros((frames, 17, 3))
    rotations[raised:, 11, 2] = -np.pi  # the left arm, about the axis of the camera
    root = np.tile([0.0, 0.0, 4.0], (frames, 1))
    person = kinematics.coco_from_h36m(kinematics.forward_kinematics(rotations, root))
    lifted = lift(model, kinematics.project(person, 1.1, *SIZE), *SIZE, flip=False)
    height = -lifted[..., 1]  # (T, 17)
    before, after = height[: raised - side], height[raised + side :]
    left, right = (after[:, wrist].mean() - before[:, wrist].mean() for wrist in WRISTS)
    middle = (after[:, WRISTS[0]].mean() + before[:, WRISTS[0]].mean()) / 2
    late = int((height[:, WRISTS[0]] > middle).argmax()) - raised
    wrong = {
        "the person is not upright": not (
            before[:, HEAD].mean() > before[:, HIP].mean() > before[:, ANKLES].mean()
        ),
        "left and right are exchanged": lifted[:, SHOULDERS[0], 0].mean()
        <= lifted[:, SHOULDERS[1], 0].mean(),
        "a raised left arm does not rise": left <= max(2 * abs(right), LEAST_RISE),
        f"a movement comes {late} frames late": abs(late) > side / 2,
    }
    if found := [what for what, is_wrong in wrong.items() if is_wrong]:
        raise CheckpointError(
            f"{path}: of a standing person, {' and '.join(found)}: the model takes other keypoints "
            "than COCO's 17 in their order, or is causal; use pretrained_h36m_detectron_coco.bin"
        )
