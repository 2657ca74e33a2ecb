"""Mosaics of the validation set's fluorescence fields of 256×256 pixels, and the fields by themselves.

mosaic.py DATA OUT SIDE...   DATA holds val.json and val/; for each SIDE, OUT gets mosaicSIDE/, mosaicSIDE.json,
piecesSIDE/ and piecesSIDE.json, in COCO's format.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as masks

FIELD = 256
FIELDS_A_ROW = 8


def fields(data, coco):
    """The pixels of each field and its annotations, in the order of the file."""
    by_image = {}
    for annotation in coco["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    for image in coco["images"]:
        if image["kind"] == "fluorescence" and (image["width"], image["height"]) == (FIELD, FIELD):
            pixels = np.array(Image.open(data / "val" / image["file_name"]).convert("RGB"))
            yield pixels, by_image.get(image["id"], [])


def pasted(annotation, x, y, side):
    """An annotation of a field as one of the mosaic that the field lies in."""
    whole = np.zeros((side, side), np.uint8, order="F")
    whole[y : y + FIELD, x : x + FIELD] = masks.decode(annotation["segmentation"])
    runs = masks.encode(whole)
    runs["counts"] = runs["counts"].decode()
    left, top, width, height = annotation["bbox"]
    return {**annotation, "segmentation": runs, "bbox": [left + x, top + y, width, height]}


def write(out, name, images, annotations, categories):
    numbered = [{**annotation, "id": k + 1, "iscrowd": 0} for k, annotation in enumerate(annotations)]
    contents = {"images": images, "annotations": numbered, "categories": categories}
    (out / f"{name}.json").write_text(json.dumps(contents))


def mosaic(out, side, all_fields, categories):
    a_row = side // FIELD
    canvas = np.zeros((side, side, 3), np.uint8)
    whole, single, images = [], [], []
    for folder in (f"mosaic{side}", f"pieces{side}"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for k in range(a_row * a_row):
        row, column = divmod(k, a_row)
        index = row % FIELDS_A_ROW * FIELDS_A_ROW + column % FIELDS_A_ROW
        pixels, annotations = all_fields[index % len(all_fields)]
        x, y, name = column * FIELD, row * FIELD, f"{k:04d}.png"
        canvas[y : y + FIELD, x : x + FIELD] = pixels
        Image.fromarray(pixels).save(out / f"pieces{side}" / name)
        images.append({"id": k + 1, "file_name": name, "width": FIELD, "height": FIELD})
        single += [{**annotation, "image_id": k + 1} for annotation in annotations]
        whole += [{**pasted(annotation, x, y, side), "image_id": 1} for annotation in annotations]
    Image.fromarray(canvas).save(out / f"mosaic{side}" / "mosaic.png")
    image = {"id": 1, "file_name": "mosaic.png", "width": side, "height": side}
    write(out, f"mosaic{side}", [image], whole, categories)
    write(out, f"pieces{side}", images, single, categories)
    print(side, len(whole))


if __name__ == "__main__":
    data, out = map(Path, sys.argv[1:3])
    coco = json.loads((data / "val.json").read_text())
    all_fields = list(fields(data, coco))
    for side in map(int, sys.argv[3:]):
        mosaic(out, side, all_fields, coco["categories"])
