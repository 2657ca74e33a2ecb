#!/usr/bin/env python3
"""Writes measures.json: masks of objects, and what scikit-image's regionprops makes of them.

Each case is the rectangle of a mask in an image, its run lengths row by row (zeros first), and the measures; positions
are scikit-image's, counted from the centre of the first pixel. Intensities are those of an image whose samples both
sides compute (see `sample`). Needs numpy and scikit-image; the tests don't.
"""
import json
from pathlib import Path

import numpy as np
from skimage.measure import regionprops

random = np.random.default_rng(5)
WIDTH, HEIGHT = 400, 300
NAMES = (
    "area equivalent_diameter_area perimeter axis_major_length axis_minor_length orientation eccentricity solidity "
    "feret_diameter_max"
).split()
STATISTICS = ["mean", "median", "std", "min", "max"]


def sample(dtype, channel):
    """The samples of a channel, which are the same for everybody who computes them."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.int64)
    values = (columns * 7919 + rows * 104729 + columns * rows * 13 + channel * 31337) % 65521
    if dtype == "u8":
        return (values % 251).astype(np.uint8)
    return values.astype(np.uint16) if dtype == "u16" else (values / 8 - 1000).astype(np.float32)


def blob(a, b, angle, roughness=0.0):
    side = int(2 * max(a, b) * (1 + roughness)) + 5
    rows, columns = np.mgrid[:side, :side] - side / 2 + random.random()
    c, s = np.cos(angle), np.sin(angle)
    u, v = columns * c + rows * s, rows * c - columns * s
    phase = np.arctan2(v, u)
    edge = 1 + roughness * np.sin(3 * phase + 6 * random.random()) * np.cos(2 * phase + random.random())
    return (u / a) ** 2 + (v / b) ** 2 <= edge**2


def cut(mask):
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def text(*rows):
    return np.array([[character == "#" for character in row] for row in rows])


def runs(mask):
    flat = mask.ravel()
    lengths = np.diff([0, *(np.flatnonzero(np.diff(flat.astype(int))) + 1), flat.size]).tolist()
    return [0, *lengths] if flat[0] else lengths


def case(name, mask, x=None, y=None):
    mask = cut(mask)
    height, width = mask.shape
    x = int(random.integers(1, WIDTH - width)) if x is None else x
    y = int(random.integers(1, HEIGHT - height)) if y is None else y
    whole = np.zeros((HEIGHT, WIDTH), np.uint8)
    whole[y : y + height, x : x + width] = mask
    found = {"name": name, "rect": [x, y, width, height], "runs": runs(mask)}
    (region,) = regionprops(whole)
    found |= {name: float(region[name]) for name in NAMES}
    found["centroid"] = [float(side) for side in region.centroid[::-1]]
    top, left, bottom, right = region.bbox
    found["bbox"] = [left, top, right - left, bottom - top]
    for dtype in ["u8", "u16", "f32"]:
        channels = np.stack([sample(dtype, channel) for channel in range(2)], -1)
        (region,) = regionprops(whole, channels.astype(np.float64))
        found[dtype] = {statistic: np.atleast_1d(region[f"intensity_{statistic}"]).tolist() for statistic in STATISTICS}
        found[dtype]["sum"] = [float(channels[..., channel][whole > 0].astype(np.float64).sum()) for channel in range(2)]
    return found


square = np.ones((10, 10), bool)
ring = np.pad(np.ones((12, 9), bool), 1)
ring[4:9, 4:7] = False
cases = [
    case("one pixel", text("#")),
    case("two pixels", text("##")),
    case("two pixels across a corner", text("#.", ".#")),
    case("row", np.ones((1, 17), bool)),
    case("column", np.ones((23, 1), bool)),
    case("diagonal", np.eye(19, dtype=bool)),
    case("square", square),
    case("rectangle", np.ones((6, 21), bool)),
    case("ring", ring),
    case("bend", text("#####", "#....", "#....", "#....")),
    case("plus", text(".#.", "###", ".#.")),
    case("closed by a corner", text("####", "#..#", "#.#.", "###.")),
    case("two parts", np.pad(square, ((0, 7), (0, 21))) | np.pad(square, ((7, 0), (21, 0)))),
    case("three parts", text("##.....#", "##......", "........", "......##", "......##")),
    case("upper left corner", blob(9, 7, 0.4), 0, 0),
    case("lower edge", cut(blob(11, 6, 1.1))[:9], 50, HEIGHT - 9),
    case("noise", random.random((21, 30)) < 0.5),
    case("sparse", random.random((40, 35)) < 0.05),
    case("large", blob(130, 90, 0.7, 0.2), 20, 3),
]
for index in range(24):
    a, b = random.uniform(2, 24, 2)
    cases.append(case(f"blob {index}", blob(a, b, random.uniform(0, np.pi), random.choice([0, 0.15, 0.4]))))
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
Path(__file__).with_name("measures.json").write_text(
    f'{{"width":{WIDTH},"height":{HEIGHT},"cases":[\n{lines}\n]}}\n'
)
