# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["mediapipe==0.10.21", "av", "numpy<2"]
# ///
"""2D keypoints of the one person in a video by MediaPipe, in AlphaPose's result format.

    uv run --no-project scripts/mediapipe_pose.py VIDEO --to alphapose-results.json

MediaPipe needs an older NumPy than this project, so this runs in an environment of its own and
imports nothing of the project. MediaPipe finds one person per frame; for two people in the picture
use ``scripts/pose_detector.py`` or AlphaPose. Frames without a person are absent. Keypoints that
MediaPipe guesses outside the picture are kept; their confidence is low.

On a machine without a screen the import may miss libGL.so.1; on Debian and Ubuntu:
``apt-get install libgl1 libegl1 libgles2 libglib2.0-0``.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

# MediaPipe's landmark of each COCO keypoint, in COCO's order: nose, eyes, ears, shoulders, elbows,
# wrists, hips, knees, ankles, the person's left first.
LANDMARKS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)


def row(index: int, landmarks: Any, width: int, height: int) -> dict[str, Any]:
    """One person in AlphaPose's format.

    Parameters
    ----------
    index : int
        Frame.
    landmarks : sequence of landmark
        MediaPipe's 33, with x and y relative to the picture's size.
    width, height : int
        Pixels.
    """
    chosen = [landmarks[number] for number in LANDMARKS]
    points: NDArray[np.float64] = np.array(
        [[point.x * width, point.y * height, point.visibility] for point in chosen]
    )
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return {
        "image_id": f"{index}.jpg",
        "category_id": 1,
        "keypoints": [round(float(value), 3) for value in points.ravel()],
        "score": round(float(points[:, 2].mean()), 4),
        "box": [round(float(value), 2) for value in (*low, *(high - low))],
        "idx": 1,
    }


def upright(frame: Any) -> Any:
    """Image, (height, width, 3), turned and mirrored as in `lib.features.video.frames`."""
    image = frame.to_ndarray(format="rgb24")
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is not None:
        a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
        if abs(b) > abs(a):
            image, a, d = image.swapaxes(0, 1), c, b
        image = image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
    return np.ascontiguousarray(image)


def detect(video: Path) -> tuple[list[dict[str, Any]], int]:
    """Rows of all frames with a person, and the number of frames read."""
    from mediapipe.python.solutions.pose import Pose

    rows: list[dict[str, Any]] = []
    count = 0
    with av.open(str(video)) as container, Pose(model_complexity=1) as pose:
        if not container.streams.video:
            raise ValueError(f"{video} has no video stream")
        for frame in container.decode(video=0):
            image = upright(frame)
            landmarks = pose.process(image).pose_landmarks
            if landmarks is not None:
                height, width = image.shape[:2]
                rows.append(row(count, landmarks.landmark, width, height))
            count += 1
    return rows, count


def main() -> int:
    """Command line: a video in, ``alphapose-results.json`` out."""
    parser = argparse.ArgumentParser(description="MediaPipe's keypoints in AlphaPose's format")
    parser.add_argument("video", type=Path, help="a file that OpenCV reads")
    parser.add_argument("--to", type=Path, required=True, help="file to write, alphapose-results.json")
    given = parser.parse_args()
    if not given.video.is_file():
        print(f"no video {given.video}", file=sys.stderr)
        return 1
    start = time.perf_counter()
    try:
        rows, count = detect(given.video)
    except (av.error.FFmpegError, ValueError) as error:
        print(f"{given.video} cannot be read: {error}", file=sys.stderr)
        return 1
    seconds = time.perf_counter() - start
    given.to.parent.mkdir(parents=True, exist_ok=True)
    given.to.write_text(json.dumps(rows, separators=(",", ":")), encoding="utf-8")
    print(f"{count} frames read, {len(rows)} with a person, {count / max(seconds, 1e-9):.1f} frames/s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
