#!/usr/bin/env python3
"""Writes rle.json: masks, and what pycocotools makes of them.

Each case holds the compressed string and the run lengths, the area and the box; a small mask its pixels, too, row by
row. `at` is the size of a larger picture and the place of the mask in it, with the string of the whole picture in
`whole`. Needs numpy and pycocotools; the tests don't.
"""
import json
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask

random = np.random.default_rng(11)
# Larger masks are left to their strings.
MOST_PIXELS = 1000


def compressed(mask):
    return coco_mask.encode(np.asfortranarray(mask))


def run_lengths(mask):
    flat = mask.flatten(order="F")
    runs = np.diff([0, *(np.flatnonzero(np.diff(flat)) + 1), flat.size]).tolist()
    return [0, *runs] if flat[0] else runs


def case(name, mask):
    height, width = mask.shape
    rle = compressed(mask)
    found = {"name": name, "height": height, "width": width}
    if mask.size <= MOST_PIXELS:
        found["rows"] = ["".join(map(str, row)) for row in mask]
        left, top, right, below = (int(side) for side in random.integers(0, 9, 4))
        whole = np.pad(mask, ((top, below), (left, right)))
        found["at"] = {"height": whole.shape[0], "width": whole.shape[1], "x": left, "y": top}
        found["whole"] = compressed(whole)["counts"].decode()
    found["counts"] = run_lengths(mask)
    found["compressed"] = rle["counts"].decode()
    found["area"] = int(coco_mask.area(rle))
    found["bbox"] = [int(side) for side in coco_mask.toBbox(rle)]
    return found


def zeros(height, width):
    return np.zeros((height, width), np.uint8)


def filled(height, width, *parts):
    mask = zeros(height, width)
    for part in parts:
        mask[part] = 1
    return mask


def noise(height, width, share):
    return (random.random((height, width)) < share).astype(np.uint8)


rows, columns = np.mgrid[:480, :640]
ellipse = (((columns - 300.3) / 219.5) ** 2 + ((rows - 250.8) / 170.2) ** 2 <= 1).astype(np.uint8)
cases = [
    case("empty", zeros(3, 5)),
    case("full", zeros(4, 3) + 1),
    case("first pixel", filled(1, 7, (0, 0))),
    case("last pixel", filled(6, 5, (5, 4))),
    case("one pixel set", zeros(1, 1) + 1),
    case("one pixel clear", zeros(1, 1)),
    case("rectangle", filled(6, 9, np.s_[1:4, 2:7])),
    case("noise", noise(17, 23, 0.5)),
    case("sparse", noise(25, 28, 0.06)),
    case("dense", noise(19, 21, 0.93)),
    case("ellipse", ellipse),
    case("long runs", filled(900, 700, np.s_[100:300, 200])),
    case("column and pixel", filled(40, 50, np.s_[:, 12], (7, 30))),
]
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
Path(__file__).with_name("rle.json").write_text(f"[{lines}]\n")
