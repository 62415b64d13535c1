"""MATLAB files whose declarations contradict their content."""

import struct

import numpy as np
import pytest
from scipy.io import savemat

from lib.corpora import matlab

FLAGS = struct.pack("<II", matlab.UINT32, 8)


def written(folder, **variables):
    path = folder / "own.mat"
    savemat(path, variables)
    return path


def test_reads_what_scipy_writes(tmp_path):
    own = {"name": "a", "box": np.arange(4.0), "none": np.zeros((0, 0)), "cells": np.array([1, "b"], object)}
    found = matlab.load(written(tmp_path, person=own))["person"]
    assert found["name"] == "a" and found["box"].tolist() == [0, 1, 2, 3]
    assert found["none"].size == 0 and list(found["cells"]) == [1, "b"]


@pytest.mark.parametrize("what", [2.5, "text", {"a": 1}])
def test_array_that_declares_an_imaginary_part_is_refused(tmp_path, what):
    """scipy reads beyond the end of such an array of text and stops the process."""
    path = written(tmp_path, x=what)
    raw = bytearray(path.read_bytes())
    raw[raw.index(FLAGS) + 9] |= matlab.COMPLEX >> 8
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="complex"):
        matlab.load(path)


def test_structure_with_fewer_parts_than_its_shape_is_refused(tmp_path):
    path = written(tmp_path, x={"first": 1.0, "other": 2.0})
    raw = bytearray(path.read_bytes())
    second = raw.index(FLAGS) + 28  # the second number of the shape
    raw[second : second + 4] = struct.pack("<i", 2)
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="2 parts, not 4"):
        matlab.load(path)
