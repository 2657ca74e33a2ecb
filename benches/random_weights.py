#!/usr/bin/env python3
"""Writes a checkpoint of torchvision's `maskrcnn_resnet50_fpn` with random weights, for timing where none is at hand.

    random_weights.py OUT.safetensors

As torchvision makes them, random weights find nothing: features grow from block to block, and no class stands out. So
each block adds a fifth of what it would, and the classes' weights are forty times as large, which makes it sure of
about as many objects as it may find. Needs torch and torchvision.
"""
import json
import struct
import sys
from pathlib import Path

import torch
from torchvision.models.detection import maskrcnn_resnet50_fpn

SEED = 3
BLOCK_SHARE = 0.2
CLASS_FACTOR = 40.0


def main():
    torch.manual_seed(SEED)
    state = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    state = {name: values for name, values in state.items() if not name.endswith("num_batches_tracked")}
    for name, values in state.items():
        if name.endswith("bn3.weight"):
            values *= BLOCK_SHARE
    state["roi_heads.box_predictor.cls_score.weight"] *= CLASS_FACTOR

    entries, parts, start = {}, [], 0
    for name, values in state.items():
        parts.append(values.contiguous().numpy().tobytes())
        end = start + len(parts[-1])
        entries[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [start, end]}
        start = end
    header = json.dumps(entries).encode()
    Path(sys.argv[1]).write_bytes(struct.pack("<Q", len(header)) + header + b"".join(parts))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
