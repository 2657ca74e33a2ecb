#!/usr/bin/env python3
"""Writes exports.json: objects, and checksums of their files in the formats of other programs.

The files are written by `cargo test --test export`, which this calls; before their checksums are noted, independent
programs read them: tifffile, Pillow, roifile, shapely, pycocotools and Python's csv. Masks, numbers, classes and sizes
must be those of the objects. Needs these, numpy and cargo; the tests don't. A folder as argument is taken for one in
which the files already are.
"""
import contextlib
import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import shapely
import tifffile
from PIL import Image
from pycocotools.coco import COCO
from roifile import roiread
from shapely.geometry import Polygon, shape

HERE = Path(__file__).parent
DOCUMENT = HERE / "exports.json"
WIDTH, HEIGHT, PIXEL_SIZE = 120, 90, 0.325
LABELS = ["background", "nucleus", '=cell, "large"']
random = np.random.default_rng(3)


def text(*rows):
    return np.array([[character == "#" for character in row] for row in rows])


def ellipse(a, b):
    rows, columns = np.mgrid[-b : b + 1, -a : a + 1]
    return (columns / a) ** 2 + (rows / b) ** 2 <= 1


ring = np.ones((12, 9), bool)
ring[3:8, 3:6] = False
ring[9, 2] = False
PLACED = [
    (5, 5, np.ones((10, 10), bool)),
    (20, 5, ring),
    (33, 5, text("###..", "###..", ".....", "...##", "...##")),
    (45, 5, text("####", "#..#", "#.#.", "###.")),
    (55, 5, text("#.", ".#")),
    (60, 5, text("#####", "#.#.#", "##.##", "#.#.#", "#####")),
    # Overlapping.
    (70, 20, ellipse(9, 6)),
    (80, 22, ellipse(8, 8)),
    (72, 24, ellipse(4, 12)),
    # At edges.
    (0, 60, ellipse(7, 5)[:, 7:]),
    (95, 80, ellipse(12, 15)[:10]),
    # Without pixels.
    (50, 50, np.zeros((3, 4), bool)),
    (30, 40, text("#")),
    (10, 30, random.random((15, 17)) < 0.6),
]


def runs(mask):
    flat = mask.ravel().astype(int)
    lengths = np.diff([0, *(np.flatnonzero(np.diff(flat)) + 1), flat.size]).tolist()
    return [0, *lengths] if flat[0] else lengths


def whole(x, y, mask):
    image = np.zeros((HEIGHT, WIDTH), bool)
    image[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
    return image


MASKS = [whole(*placed) for placed in PLACED]
CLASSES = [1 + index % 2 for index in range(len(MASKS))]
PRESENT = [index for index, mask in enumerate(MASKS) if mask.any()]
rows, columns = np.mgrid[:HEIGHT, :WIDTH]


def same(found, expected, what):
    if not np.array_equal(found, expected):
        raise SystemExit(f"{what}: {found} instead of {expected}")


def check_label_image(pixels, dtype, what):
    expected = np.zeros((HEIGHT, WIDTH), dtype)
    for index in reversed(range(len(MASKS))):
        expected[MASKS[index]] = index + 1
    same(pixels.dtype, np.dtype(dtype), f"{what}'s type")
    same(pixels, expected, what)


def check_tiff(path, dtype):
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        check_label_image(page.asarray(), dtype, path.name)
        numerator, denominator = page.tags["XResolution"].value
        same(round(denominator / numerator, 9), PIXEL_SIZE, f"{path.name}'s pixel size")
        same(file.imagej_metadata["unit"], "micron", f"{path.name}'s unit")
        same(file.imagej_metadata["max"], float(len(MASKS)), f"{path.name}'s range")


def check_png(path):
    image = Image.open(path)
    image.load()
    check_label_image(np.array(image).astype(np.uint16), np.uint16, path.name)
    same(image.mode, "I;16", f"{path.name}'s mode")
    pixels_a_metre = image.info["dpi"][0] / 0.0254
    same(round(1e6 / pixels_a_metre, 5), PIXEL_SIZE, f"{path.name}'s pixel size")


def check_geometry(geometry, index, what):
    same(shapely.is_valid(geometry), True, f"{what} is valid")
    same(geometry.area, MASKS[index].sum(), f"{what}'s area")
    same(shapely.contains_xy(geometry, columns + 0.5, rows + 0.5), MASKS[index], what)


def check_rois(path):
    rois = roiread(path)
    same([roi.name for roi in rois], [str(index + 1) for index in PRESENT], "names of ROIs")
    for roi, index in zip(rois, PRESENT):
        rings = roi.coordinates(multi=True)
        geometry = Polygon()
        for corners in rings if isinstance(rings, list) else [rings]:
            geometry = geometry.symmetric_difference(Polygon(corners))
        check_geometry(geometry, index, f"ROI {roi.name}")
        bounds = MASKS[index].nonzero()
        same(
            [roi.left, roi.top, roi.right, roi.bottom],
            [bounds[1].min(), bounds[0].min(), bounds[1].max() + 1, bounds[0].max() + 1],
            f"bounds of ROI {roi.name}",
        )


def check_geojson(path):
    features = json.loads(path.read_text())["features"]
    same([feature["properties"]["name"] for feature in features], [str(index + 1) for index in PRESENT], "names")
    for feature, index in zip(features, PRESENT):
        geometry = feature["geometry"]
        check_geometry(shape(geometry), index, f"feature {index + 1}")
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        for line in (line for polygon in polygons for line in polygon):
            same(line[0], line[-1], "a ring's ends")
        properties = feature["properties"]
        same(properties["objectType"], "detection", "the type")
        same(properties["classification"]["name"], LABELS[CLASSES[index]], "the class")
        same(properties["measurements"]["area_px2"], MASKS[index].sum(), "the area")
        same(len(properties["classification"]["color"]), 3, "the colour")
    same(shape(features[0]["geometry"]).area, 100, "the area of a square of 10×10 pixels")


def quiet(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments)


def check_coco(dataset, results=None):
    coco = quiet(COCO, str(dataset))
    if results is not None:
        same([result["score"] for result in json.loads(results.read_text())], coco_scores(), "scores")
        coco = quiet(coco.loadRes, str(results))
    image = coco.loadImgs([7])[0]
    same([image["width"], image["height"], image["file_name"]], [WIDTH, HEIGHT, "in.tif"], "the image")
    same({category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}, dict(enumerate(LABELS[1:], 1)), "categories")
    annotations = coco.loadAnns(coco.getAnnIds())
    same([annotation["id"] for annotation in annotations], range(1, len(MASKS) + 1), "ids")
    for annotation, mask, category in zip(annotations, MASKS, CLASSES):
        same(coco.annToMask(annotation).astype(bool), mask, f"annotation {annotation['id']}")
        # For results with boxes, pycocotools takes the area of those.
        same(annotation["area"], mask.sum() if results is None else np.prod(annotation["bbox"][2:]), "the area")
        same([annotation["category_id"], annotation["iscrowd"]], [category, 0], "the category")


def coco_scores():
    return [float(np.float32(1 / (index + 1))) for index in range(len(MASKS))]


def check_csv(path, delimiter, decimal):
    content = path.read_bytes()
    same(content.startswith(b"\xef\xbb\xbf"), delimiter == ";", "the byte order mark")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    same([int(row["id"]) for row in table], range(1, len(MASKS) + 1), "numbers")
    for row, mask, category in zip(table, MASKS, CLASSES):
        same(row["label"], ["", "nucleus", "'=cell, \"large\""][category], "the class")
        number = lambda name: float(row[name].replace(decimal, ".") or "nan")
        same(number("area_px2"), mask.sum(), "the area")
        same(np.isclose(number("area_um2"), mask.sum() * PIXEL_SIZE**2), True, "the area in µm² is right")
        if mask.any():
            same(np.isclose(number("centroid_x_px"), columns[mask].mean() + 0.5), True, "x is right")
        else:
            same(row["perimeter_px"], "", "a cell without a value")


objects = [
    {"rect": [x, y, mask.shape[1], mask.shape[0]], "runs": runs(mask), "class_id": category}
    for (x, y, mask), category in zip(PLACED, CLASSES)
]
document = {
    "width": WIDTH,
    "height": HEIGHT,
    "pixel_size": PIXEL_SIZE,
    "labels": LABELS,
    "objects": objects,
    "sha256": {},
}


def write():
    fields = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in document.items())
    DOCUMENT.write_text(f"{{\n{fields}\n}}\n")


if len(sys.argv) > 1:
    folder = Path(sys.argv[1])
else:
    write()
    subprocess.run(["cargo", "test", "--test", "export", "files_are"], cwd=HERE.parents[1], check=False)
    folder = HERE.parents[1] / "target/tmp/export"
check_csv(folder / "comma.csv", ",", ".")
check_csv(folder / "semicolon.csv", ";", ",")
check_tiff(folder / "labels_16.tif", np.uint16)
check_tiff(folder / "labels_32.tif", np.uint32)
check_png(folder / "labels.png")
check_rois(folder / "rois.zip")
check_geojson(folder / "objects.geojson")
check_coco(folder / "dataset.json")
check_coco(folder / "polygons.json")
check_coco(folder / "dataset.json", folder / "results.json")
for path in sorted(folder.iterdir()):
    document["sha256"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
write()
