#!/usr/bin/env python3
"""Times torchvision's Mask R-CNN on a picture.

    time_torchvision.py --devices
    time_torchvision.py WEIGHTS PICTURE [--device cpu|cuda] [--min-size N] [--runs N]

WEIGHTS is a state dict of `maskrcnn_resnet50_fpn`, or of a narrower network of its kind, as .safetensors or .pth. The
work is that of `maskrcnn bench`'s `whole`: from a picture's bytes in memory to boxes, classes, scores and binary masks
of the picture's size in memory. On CUDA all of it is float32, TF32 off. On the CPU it is as many threads as torch takes
by itself, or one for each of the system's processors, whichever a trial shows to be faster. Prints JSON: the
milliseconds of the first run and of each other one, the number of objects, and that of threads; with --devices the
devices that can be timed. Needs what torchvision itself needs.
"""
import argparse
import json
import os
import time
import warnings
from pathlib import Path

import numpy
import torch
from PIL import Image

from network import network, read_state


def run(model, pixels, device):
    """The objects of a picture, back in memory, and how many milliseconds it took."""
    start = time.perf_counter()
    image = torch.from_numpy(pixels).to(device).permute(2, 0, 1) / 255
    found = model([image])[0]
    found["masks"] = found["masks"] >= 0.5
    found = {name: values.cpu() for name, values in found.items()}
    return found, (time.perf_counter() - start) * 1e3


def choose_threads(model, pixels):
    """Its own choice counts cores, not the threads that a core may have two of; which is better depends on the machine."""

    def time_with(threads):
        torch.set_num_threads(threads)
        return run(model, pixels, "cpu")[1]

    torch.set_num_threads(min({torch.get_num_threads(), os.cpu_count()}, key=time_with))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="?")
    parser.add_argument("picture", type=Path, nargs="?")
    parser.add_argument("--devices", action="store_true")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--min-size", type=int, default=800)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    if given.devices:
        print(json.dumps(["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]))
        return

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    model = network(read_state(given.weights), min_size=given.min_size).to(given.device)
    pixels = numpy.array(Image.open(given.picture).convert("RGB"))
    found, first = run(model, pixels, given.device)
    if given.device == "cpu":
        choose_threads(model, pixels)
    others = [run(model, pixels, given.device)[1] for _ in range(given.runs)]
    objects, threads = len(found["scores"]), torch.get_num_threads()
    print(json.dumps({"cold": first, "warm": others, "objects": objects, "threads": threads}))


if __name__ == "__main__":
    main()
