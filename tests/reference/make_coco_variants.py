#!/usr/bin/env python3
"""Writes coco_variants.json: one small data set and its results, as different programs write them.

Each variant has pycocotools' twelve numbers (-1: undefined) for boxes and masks. Where pycocotools
cannot read the variant, `bbox` or `segm` are those of the files that it means (`repaired`), which
pycocotools reads. Needs numpy and pycocotools; the tests don't.
"""
import copy
import json

import numpy as np
from make_coco_eval import HERE, ellipse, encode, merged, run_lengths, score
from pycocotools import mask as coco_mask

random = np.random.default_rng(17)


def make():
    images, annotations, results = [], [], []
    for index in range(5):
        width, height = int(random.integers(40, 60)), int(random.integers(30, 50))
        image = {"id": 40 - 3 * index, "file_name": f"cells/{index}.png", "width": width, "height": height}
        images.append(image)
        for form in range(4):
            x, y, radius = random.uniform(5, width - 5), random.uniform(5, height - 5), random.uniform(4, 12)
            mask = ellipse(height, width, x, y, radius, radius * 0.7, random.uniform(0, 3))
            rle = coco_mask.encode(np.asfortranarray(mask))
            segmentation = encode(mask) if form == 0 else run_lengths(mask)
            if form >= 2:
                corners = [[x - radius, y], [x, y - radius], [x + radius, y], [x, y + radius]]
                segmentation = [np.clip(corners, 0, [width, height]).round(1).reshape(-1).tolist()]
                rle = merged(segmentation, height, width)
            category = int(random.choice([3, 5]))
            annotations.append({
                "id": len(annotations) + 1, "image_id": image["id"], "category_id": category,
                "bbox": coco_mask.toBbox(rle).tolist(), "area": float(coco_mask.area(rle)),
                "iscrowd": int(form == 1 and index == 2), "segmentation": segmentation,
            })
            moved = np.roll(coco_mask.decode(rle), random.choice([0, 1, 2], 2), (0, 1))
            found = encode(moved)
            bbox = coco_mask.toBbox(coco_mask.encode(np.asfortranarray(moved))).tolist()
            results.append({
                "image_id": image["id"], "category_id": category, "bbox": bbox,
                "score": round(float(random.uniform(0.1, 1)), 3), "segmentation": found,
            })
    categories = [{"id": 5, "name": "nucleus"}, {"id": 3, "name": "cell"}]
    return {"images": images, "annotations": annotations, "categories": categories}, results


def variants(base, base_results):
    """Name, data set, results, and the data sets and results for boxes and masks that pycocotools reads instead."""

    def changed(change, what=base):
        what = copy.deepcopy(what)
        change(what)
        return what

    def each(change, what=base):
        return changed(lambda data: [change(annotation) for annotation in data["annotations"]], what)

    def polygons(change):
        def one(annotation):
            if isinstance(annotation["segmentation"], list):
                change(annotation)
        return each(one)

    first = base["annotations"][0]
    same = (base, base_results)
    yield "as it is", base, base_results, None, None
    without_boxes = [{key: value for key, value in result.items() if key != "bbox"} for result in base_results]
    yield "results without bbox", base, without_boxes, None, None
    empty_boxes = [result | {"bbox": []} for result in base_results]
    yield "results with an empty bbox", base, empty_boxes, (base, without_boxes), None
    yield "results with boxes only", base, [
        {key: value for key, value in result.items() if key != "segmentation"} for result in base_results
    ], None, "none"
    yield "results of an unlisted category", base, base_results + [base_results[0] | {"category_id": 77}], None, None
    yield "ids that are floats", changed(lambda data: (
        [image.update(id=float(image["id"])) for image in data["images"]],
        [annotation.update(image_id=float(annotation["image_id"]), category_id=float(annotation["category_id"]))
         for annotation in data["annotations"]],
    )), base_results, None, None
    yield "iscrowd that is a float", each(lambda a: a.update(iscrowd=float(a["iscrowd"]))), base_results, None, None
    yield "iscrowd that is a flag", each(lambda a: a.update(iscrowd=bool(a["iscrowd"]))), base_results, None, None
    stray = polygons(lambda a: a["segmentation"].append([1.0, 2.0, 3.0, 4.0]))
    yield "a stray polygon of two points", stray, base_results, None, None
    yield "a polygon with an odd number", polygons(lambda a: a["segmentation"][0].append(9.0)), base_results, None, None
    unlisted = changed(lambda data: data["annotations"].append(first | {"id": 900, "image_id": 12345}))
    yield "an annotation of an unlisted image", unlisted, base_results, None, None
    unlisted = changed(lambda data: data["annotations"].append(first | {"id": 900, "category_id": 77}))
    yield "an annotation of an unlisted category", unlisted, base_results, None, None
    yield "an annotation twice", changed(lambda data: data["annotations"].append(first)), base_results, None, None
    yield "an image twice", changed(lambda data: data["images"].append(data["images"][0])), base_results, None, None
    group = changed(lambda data: data["categories"].insert(0, {"id": 0, "name": "all", "supercategory": "none"}))
    yield "a category that nothing uses", group, base_results, None, None
    yield "extra keys", changed(lambda data: data.update(info={"year": 2026}, licenses=[None])), base_results, None, None

    yield "a flat polygon", polygons(lambda a: a.update(segmentation=a["segmentation"][0])), base_results, same, same
    points = polygons(lambda a: a.update(segmentation=[np.reshape(a["segmentation"][0], (-1, 2)).tolist()]))
    yield "polygons of points", points, base_results, same, same
    yield "a list of run lengths", each(
        lambda a: isinstance(a["segmentation"], dict) and a.update(segmentation=[a["segmentation"]])
    ), base_results, same, same
    yield "ids that are texts", changed(lambda data: [
        annotation.update(image_id=str(annotation["image_id"]), category_id=str(annotation["category_id"]),
                          id=f"annotation-{annotation['id']}") for annotation in data["annotations"]
    ]), base_results, same, same
    names = {image["id"]: image["file_name"] for image in base["images"]}
    named = [result | {"image_id": names[result["image_id"]]} for result in base_results]
    yield "results by file name", base, named, same, same
    named = [result | {"image_id": names[result["image_id"]].split("/")[1]} for result in base_results]
    yield "results by base name", base, named, same, same
    named = [result | {"image_id": names[result["image_id"]].split("/")[1][:-4]} for result in base_results]
    yield "results by stem", base, named, same, same
    text_ids = changed(lambda data: (
        [image.update(id=names[image["id"]]) for image in data["images"]],
        [annotation.update(image_id=names[annotation["image_id"]]) for annotation in data["annotations"]],
    ))
    named = [result | {"image_id": names[result["image_id"]]} for result in base_results]
    yield "images whose ids are texts", text_ids, named, None, None
    as_object = changed(lambda data: data.update(annotations={
        str(annotation.pop("id")): annotation for annotation in data["annotations"]
    }))
    yield "annotations as an object", as_object, base_results, same, same
    yield "no ids", each(lambda a: a.pop("id")), base_results, same, same
    yield "no boxes", each(lambda a: a.pop("bbox")), base_results, same, None
    yield "no areas", each(lambda a: a.pop("area")), base_results, same, same
    yield "no iscrowd", each(lambda a: a["iscrowd"] or a.pop("iscrowd")), base_results, same, same
    yield "iscrowd that is a text", each(lambda a: a.update(iscrowd=str(a["iscrowd"]))), base_results, same, same
    yield "coordinates that are texts", polygons(lambda a: a.update(
        segmentation=[[str(value) for value in polygon] for polygon in a["segmentation"]], area=str(a["area"]),
        bbox=[str(value) for value in a["bbox"]])), base_results, same, same
    null = polygons(lambda a: a["segmentation"].append([1.0, None, 3.0, 4.0, 5.0, 6.0]))
    yield "a null coordinate", null, base_results, same, same
    nan = polygons(lambda a: a["segmentation"].append([1.0, float("nan"), 3.0, float("inf"), 5.0, 6.0]))
    yield "a coordinate that is not a number", nan, base_results, same, same
    boxes = {annotation["id"] for annotation in base["annotations"][::4]}
    for name, value in (("null", None), ("missing", "none"), ("empty", [])):
        mixed = each(lambda a: a["id"] in boxes and (a.pop("segmentation"), a.update(segmentation=value)))
        if value == "none":
            mixed = each(lambda a: a["id"] in boxes and a.pop("segmentation"))
        masks = changed(lambda data: data.update(
            annotations=[annotation for annotation in data["annotations"] if annotation["id"] not in boxes]))
        yield f"masks of which some are {name}", mixed, base_results, None, (masks, base_results)
    sizeless = changed(lambda data: [(image.pop("width"), image.pop("height")) for image in data["images"]])
    yield "images without sizes", sizeless, base_results, same, same


def main():
    base, results = make()
    fixture = []
    for name, dataset, found, boxes, masks in variants(base, results):
        variant = {"name": name, "dataset": json.dumps(dataset), "results": json.dumps(found)}
        for region, repaired in (("bbox", boxes), ("segm", masks)):
            if repaired == "none":
                variant[region] = None
            else:
                variant[region] = score(*(repaired or (dataset, found)), region, None, 100)
        fixture.append(variant)
    (HERE / "coco_variants.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
