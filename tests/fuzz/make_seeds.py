#!/usr/bin/env python3
"""Writes the small files that fuzzing starts from, seeds/TARGET/NAME. Needs torch and numpy; fuzzing doesn't."""
import io
import json
import pickle
import zipfile
from argparse import Namespace
from collections import Counter, OrderedDict
from pathlib import Path

import numpy
import torch

HERE = Path(__file__).parent


def seed(target, name, content):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


weight = torch.arange(12.0).reshape(3, 4)
state = OrderedDict([("layer.weight", weight), ("layer.bias", weight[1, :3]), ("layer.count", torch.tensor(7))])
training = {
    "model": OrderedDict((f"module.{name}", value.half() if value.is_floating_point() else value)
                         for name, value in state.items()),
    "args": Namespace(lr=0.02, milestones=[8, 11], data=Path("coco")),
    "optimizer": {"state": {0: Counter("aab")}, "param_groups": [{"lr": 0.02, "nesterov": False, "params": [0]}]},
    "loss": torch.nn.Parameter(weight.t()),
    "best": numpy.float64(0.5),
    "epoch": 12,
}
for name, value in [("state", state), ("training", training)]:
    for protocol in [2, 4]:
        whole = saved(value, pickle_protocol=protocol)
        seed("zip_pickle", f"{name}-{protocol}.pth", whole)
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            inner, = [entry for entry in archive.namelist() if entry.endswith("data.pkl")]
            seed("zip_pickle", f"{name}-{protocol}.pickle", archive.read(inner))
        seed("legacy_pickle", f"{name}-{protocol}.pth",
             saved(value, pickle_protocol=protocol, _use_new_zipfile_serialization=False))
arrays = {"layer.weight": weight.numpy(), "layer.bias": weight.numpy()[1].astype("<f2")}
for protocol in [2, 4]:
    seed("legacy_pickle", f"arrays-{protocol}.pkl",
         pickle.dumps({"model": arrays, "__author__": "x", "lr": numpy.float64(0.5)}, protocol))

header = {
    "__metadata__": {"format": "pt"},
    "a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
    "a.bias": {"dtype": "F16", "shape": [2], "data_offsets": [16, 20]},
    "b.weight": {"dtype": "I8", "shape": [4], "data_offsets": [20, 24]},
    "b.weight.scale": {"dtype": "F32", "shape": [4], "data_offsets": [24, 40]},
    "count": {"dtype": "I64", "shape": [], "data_offsets": [40, 48]},
}
text = json.dumps(header).encode()
seed("safetensors_header", "header", text + bytes(48))
seed("safetensors_header", "file.safetensors", len(text).to_bytes(8, "little") + text + bytes(48))

box = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [1.0, 2.0, 3.0, 4.0], "area": 12.0, "iscrowd": 0}
masks = [
    [[1.0, 2.0, 4.0, 2.0, 4.0, 6.0, 1.0, 6.0], [5.5, 5.5, 7, 5.5, 7, 8]],
    {"size": [10, 8], "counts": [12, 4, 6, 4, 54]},
    {"size": [10, 8], "counts": "<460`1"},
    [],
]
annotations = [dict(box, id=number, segmentation=mask) for number, mask in enumerate(masks)]
image = {"id": 7, "file_name": "a/b.png", "width": 8, "height": 10, "kind": "x"}
categories = [{"id": 1, "name": "cell", "supercategory": "none"}, {"id": 3, "name": "dust"}]
seed("coco_json", "boxes.json", {"images": [image], "annotations": [box], "categories": categories})
seed("coco_json", "masks.json", {"info": {}, "images": [image], "annotations": annotations, "categories": categories})
seed("coco_json", "crowd.json", {"images": [image], "annotations": [dict(annotations[1], iscrowd=1)],
                                 "categories": categories})
result = {"image_id": 7, "category_id": 3, "bbox": [1.5, 2, 3, 4], "score": 0.25}
seed("coco_json", "results.json", [result, dict(result, segmentation=masks[2])])

size = (8).to_bytes(2, "little") + (10).to_bytes(2, "little")
for name, counts in [("compressed", b"<460`1"), ("counts", b"".join(n.to_bytes(4, "big") for n in [12, 4, 6, 4, 54]))]:
    seed("rle", name, size + counts)

shown = HERE.parent.parent / "models/nuclei/manifest.json"
manifest = json.loads(shown.read_text())
seed("manifest", "nuclei.json", manifest)
manifest["weights"] = manifest["weights"] * 2
seed("manifest", "no-contrast.json", {**manifest, "input": {**manifest["input"], "contrast": None}})

for name in ["bilevel.tif", "jpeg-grey-u8.tif", "lzw-predictor2-int8.tif", "packbits-u8.tif"]:
    seed("tiff", name, (HERE.parent / "image/tiff" / name).read_bytes())
