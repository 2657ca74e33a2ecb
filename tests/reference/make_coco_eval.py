#!/usr/bin/env python3
"""Writes coco_eval.json: a small data set, what was found in it, and what pycocotools makes of both.

The data set has crowds, pictures without objects, categories without objects or detections, objects
of all sizes, an annotated twin, areas that are not those of the masks, and masks as polygons and as
run lengths; what was found has equal scores, more detections a picture than are looked at, and misses.
`expected` holds pycocotools' twelve numbers (-1: undefined) by region, kind of picture and most
detections; `polygons` holds what its frPyObjects and merge make of polygons.
Masks are scored without the results' boxes, as torchvision and detectron2 do, because pycocotools
otherwise takes the box's area for the mask's. Needs numpy and pycocotools; the tests don't.
"""
import contextlib
import copy
import io
import json
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

HERE = Path(__file__).parent
random = np.random.default_rng(20)
# 4 has no objects, 90 no detections.
CATEGORIES = [7, 2, 90, 4]
LIMITS = [20, 100, 500]


def ellipse(height, width, x, y, a, b, angle):
    rows, columns = np.mgrid[:height, :width]
    c, s = np.cos(angle), np.sin(angle)
    u, v = (columns - x) * c + (rows - y) * s, (rows - y) * c - (columns - x) * s
    return ((u / a) ** 2 + (v / b) ** 2 <= 1).astype(np.uint8)


def encode(mask):
    rle = coco_mask.encode(np.asfortranarray(mask))
    return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode()}


def run_lengths(mask):
    flat = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *edges, flat.size]).tolist()
    return {"size": list(mask.shape), "counts": [0, *runs] if flat[0] else runs}


def star(x, y, radius, corners):
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    radii = radius * random.uniform(0.5, 1.2, corners)
    points = np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], 1)
    return np.round(points, int(random.integers(0, 3))).reshape(-1).tolist()


def merged(polygons, height, width):
    return coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))


def make_dataset():
    images, annotations = [], []
    for index in range(26):
        width, height = int(random.integers(150, 220)), int(random.integers(130, 180))
        # Ids neither contiguous nor in order.
        image = {"id": 1000 - 37 * index, "file_name": f"{index}.png", "width": width, "height": height}
        if index % 5:
            image["kind"] = ["round", "square"][index % 2]
        images.append(image)
        if index in (3, 11, 12):
            continue
        for _ in range(int(random.integers(1, 9))):
            radius = float(random.choice([6, 9, 14, 22, 34, 50, 64]))
            x, y = random.uniform(0, width), random.uniform(0, height)
            crowd = random.random() < 0.12
            form = random.integers(0, 3)
            if form == 0 and not crowd:
                segmentation = [star(x, y, radius, int(random.integers(3, 12))) for _ in range(int(random.integers(1, 3)))]
                rle = merged(segmentation, height, width)
            else:
                mask = ellipse(height, width, x, y, radius, radius * random.uniform(0.5, 1), random.uniform(0, 3))
                segmentation = run_lengths(mask) if crowd or form == 1 else encode(mask)
                rle = coco_mask.encode(np.asfortranarray(mask))
            area = int(coco_mask.area(rle))
            if area == 0:
                continue
            if random.random() < 0.1:
                area = random.choice([1024.0, 9216.0, area * 1.5])
            annotation = {
                "id": len(annotations) + 1,
                "image_id": image["id"],
                "category_id": int(random.choice([7, 7, 2, 90])),
                "bbox": coco_mask.toBbox(rle).tolist(),
                "area": float(area),
                "iscrowd": int(crowd),
                "segmentation": segmentation,
            }
            annotations.append(annotation)
            if random.random() < 0.06:
                annotations.append(copy.deepcopy(annotation) | {"id": len(annotations) + 1})
    categories = [{"id": category, "name": f"category {category}"} for category in CATEGORIES]
    return {"images": images, "annotations": annotations, "categories": categories}


def make_results(dataset):
    images = {image["id"]: image for image in dataset["images"]}
    results = []

    def add(image, category, mask, score):
        rle = encode(mask)
        left, top, width, height = coco_mask.toBbox(rle).tolist()
        shift = random.uniform(-1, 1, 4)
        box = [left + shift[0], top + shift[1], max(width + shift[2], 1), max(height + shift[3], 1)]
        results.append({
            "image_id": image["id"],
            "category_id": category,
            "bbox": [round(side, 2) for side in box],
            "score": round(float(score), 1 if random.random() < 0.5 else 3),
            "segmentation": rle,
        })

    for annotation in dataset["annotations"]:
        image = images[annotation["image_id"]]
        truth = annotation["segmentation"]
        if isinstance(truth, list):
            rle = merged(truth, image["height"], image["width"])
        else:
            rle = truth if isinstance(truth["counts"], str) else coco_mask.frPyObjects(truth, *truth["size"])
        mask = coco_mask.decode(rle)
        category = annotation["category_id"] if annotation["category_id"] != 90 else 2
        for _ in range(int(random.choice([0, 1, 1, 1, 2, 3]))):
            shifted = np.roll(mask, random.choice([0, 0, 1, -1, 3], 2), (0, 1))
            if random.random() < 0.2:
                shifted[:, : int(random.integers(0, image["width"]))] = 0
            if random.random() < 0.1:
                category = int(random.choice([7, 2, 4]))
            add(image, category, shifted, random.uniform(0.05, 1))
            if random.random() < 0.1:
                results.append(copy.deepcopy(results[-1]))
    for image in dataset["images"][1:24:2]:
        for _ in range(3):
            x, y = random.uniform(0, image["width"]), random.uniform(0, image["height"])
            mask = ellipse(image["height"], image["width"], x, y, random.uniform(4, 60), random.uniform(4, 60), 1)
            add(image, int(random.choice([7, 2])), mask, random.uniform(0.05, 0.7))
    # More than COCO looks at, all over one picture that has objects.
    image = dataset["images"][6]
    for index in range(130):
        x, y = 8 + index % 13 * 11, 8 + index // 13 * 11
        add(image, 7, ellipse(image["height"], image["width"], x, y, 5, 5, 0), random.uniform(0.3, 1))
    order = random.permutation(len(results))
    return [results[i] for i in order]


def score(dataset, results, region, kind, limit):
    if region == "segm":
        results = [{key: value for key, value in result.items() if key != "bbox"} for result in results]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy(dataset)
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(copy.deepcopy(results)), region)
        if kind:
            evaluation.params.imgIds = [image["id"] for image in dataset["images"] if image.get("kind") == kind]
        evaluation.params.maxDets = [1, 10, limit]
        evaluation.evaluate()
        evaluation.accumulate()
        precision = evaluation.eval["precision"][:, :, :, 0, 2]
        evaluation.summarize()
    stats = evaluation.stats.tolist()
    # summarize takes this one at 100 detections, whatever the limits are.
    stats[0] = float(precision[precision > -1].mean()) if (precision > -1).any() else -1.0
    return stats


def make_polygons():
    cases = []
    for _ in range(60):
        width, height = int(random.integers(1, 60)), int(random.integers(1, 60))
        radius = float(random.choice([0.5, 3, 12, 40]))
        polygons = [
            star(random.uniform(-5, width + 5), random.uniform(-5, height + 5), radius, int(random.integers(3, 14)))
            for _ in range(int(random.integers(1, 4)))
        ]
        if random.random() < 0.3:
            # A corner twice in a row, and a line there and back.
            polygons[0] = polygons[0][:2] + polygons[0] + polygons[0][2:4]
        rle = merged(polygons, height, width)
        cases.append({"width": width, "height": height, "polygons": polygons, "counts": rle["counts"].decode()})
    return cases


def main():
    dataset = make_dataset()
    results = make_results(dataset)
    expected = [
        {"region": region, "kind": kind, "max_detections": limit, "stats": score(dataset, results, region, kind, limit)}
        for region in ("bbox", "segm")
        for kind in (None, "round", "square")
        for limit in LIMITS
    ]
    fixture = {"dataset": dataset, "results": results, "expected": expected, "polygons": make_polygons()}
    text = json.dumps(fixture, separators=(",", ":"))
    (HERE / "coco_eval.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
