#!/usr/bin/env python3
"""Writes a torchvision Mask R-CNN as ONNX, for onnxruntime to run what this project runs.

    export_onnx.py WEIGHTS PICTURE FOLDER [--size WIDTHxHEIGHT] [--min-size N] [--proposals CANDIDATES,KEPT]

WEIGHTS is a state dict of `maskrcnn_resnet50_fpn`, or of a narrower network of its kind, as .safetensors or .pth.
PICTURE is scaled to the size, where one is given. Into FOLDER go

full.onnx       image [3, height, width], 0 to 1, to boxes [n, 4], labels [n], scores [n], masks [n, 1, height, width]:
                all that torchvision does, resizing, normalisation and pasting included
backbone.onnx   the network's input [1, 3, height, width] to P2 ... P6
picture.png     the picture
case.json       where the weights are, and the sizes

which is what `cargo xtask bench --full FOLDER` takes. The graph is traced for pictures of one size. Needs torch,
torchvision, pillow, numpy and onnx 1.14 (torch 1.13 writes no newer format); the benchmark needs none.

WEIGHTS that `maskrcnn train` wrote of a network with an EfficientNet-Lite0 do as well, if efficientnet-lite-pytorch is
installed. There is no full.onnx of them, as torchvision has no RoIAlign like theirs.
"""
import argparse
import json
import os
import warnings
from pathlib import Path

import numpy
import onnx
import torch
from PIL import Image

from network import LiteBackbone, is_lite, network, read_state

OPSET = 16


class Whole(torch.nn.Module):
    """One picture to flat outputs."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        found = self.model([image])[0]
        return found["boxes"], found["labels"], found["scores"], found["masks"]


class Pyramid(torch.nn.Module):
    """The backbone and its feature pyramid."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone

    def forward(self, x):
        return tuple(self.backbone(x).values())


def align_as_torchvision(file):
    """Says in the graph how RoIAlign counts: torch 1.13 leaves it out, and the default of opset 16 is half a pixel off."""
    model = onnx.load(str(file))

    def visit(graph):
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    visit(attribute.g)
            if node.op_type == "RoiAlign":
                mode = onnx.helper.make_attribute("coordinate_transformation_mode", "output_half_pixel")
                if all(attribute.name != mode.name for attribute in node.attribute):
                    node.attribute.append(mode)

    visit(model.graph)
    onnx.save(model, str(file))


def export_whole(model, image, file):
    """Writes all of a network, for an image of this size."""
    names = ["boxes", "labels", "scores", "masks"]
    torch.onnx.export(
        Whole(model), (image,), str(file), opset_version=OPSET, input_names=["image"], output_names=names,
        dynamic_axes={name: {0: "n"} for name in names},
    )
    align_as_torchvision(file)


def network_input(picture, min_size):
    """The shape of the network's input: the shorter side is `min_size`, and both are multiples of 32."""
    width, height = picture.size
    scale = min_size / min(width, height)
    return [1, 3, *(-(-round(side * scale) // 32) * 32 for side in (height, width))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size")
    parser.add_argument("--min-size", type=int, default=800)
    parser.add_argument("--proposals", default="1000,1000")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")

    picture = Image.open(given.picture).convert("RGB")
    if given.size:
        width, height = map(int, given.size.split("x"))
        picture = picture.resize((width, height), Image.BICUBIC)
    candidates, kept = map(int, given.proposals.split(","))
    state = read_state(given.weights)
    given.folder.mkdir(parents=True, exist_ok=True)
    if is_lite(state):
        backbone, padded = LiteBackbone(state).eval(), torch.zeros(network_input(picture, given.min_size))
    else:
        limits = {"rpn_pre_nms_top_n_test": candidates, "rpn_post_nms_top_n_test": kept}
        model = network(state, min_size=given.min_size, **limits)
        image = torch.from_numpy(numpy.asarray(picture).transpose(2, 0, 1).copy()) / 255
        export_whole(model, image, given.folder / "full.onnx")
        backbone, padded = model.backbone, model.transform([image])[0].tensors
    torch.onnx.export(
        Pyramid(backbone), (padded,), str(given.folder / "backbone.onnx"), opset_version=OPSET, input_names=["x"],
        output_names=["p2", "p3", "p4", "p5", "p6"],
    )
    picture.save(given.folder / "picture.png", optimize=True)
    case = {
        "weights": os.path.relpath(given.weights, given.folder),
        "options": {
            "settings": {
                "input": {"minSize": given.min_size},
                "proposals": {"preNmsTopN": candidates, "postNmsTopN": kept},
            }
        },
        "input": list(padded.shape),
    }
    (given.folder / "case.json").write_text(json.dumps(case, indent=2) + "\n")


if __name__ == "__main__":
    main()
