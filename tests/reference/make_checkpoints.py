#!/usr/bin/env python3
"""Writes the checkpoints that tests/weights reads, with PyTorch's own torch.save.

micro.safetensors, micro.pth   a Mask R-CNN of ResNet-18's topology, a few channels wide, 3 classes
micro_checkpoint.pth           the same numbers as a training checkpoint holds them: f16, under
                               `model`, beside other things, as parameters, views of one shared
                               storage and transposed tensors, in pickle protocol 4
micro_legacy.pth               micro.pth in the format of torch before 1.6
micro_run.pth                  the same numbers in what torchvision's references/detection/train.py
                               saves, in the format of torch before 1.6, with whatever else such files hold
micro_module.pth               the network itself, torch.save(model), its numbers in f16
v1_keys.json, v2_keys.json     names and shapes of maskrcnn_resnet50_fpn and _v2
nuclei_keys.json               names and shapes of the default model

All numbers are multiples of 1/64 below 8, so that f16 holds them exactly.
Needs torch, torchvision and safetensors; the tests don't. `make_checkpoints.py legacy` makes the last three out of
micro.pth, and needs no safetensors.
"""
import argparse
import datetime
import enum
import json
import os
import sys
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path, PurePosixPath

import numpy
import torch
from torchvision.models.detection import MaskRCNN, maskrcnn_resnet50_fpn, maskrcnn_resnet50_fpn_v2
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.ops import FrozenBatchNorm2d

HERE = Path(__file__).parent


def network(stem, planes, fpn, fc, classes, mask_convs, norm):
    class Body(ResNet):
        """torchvision hard-codes the widths."""

        def _make_layer(self, block, width, blocks, stride=1, dilate=False):
            if width == 64:
                self.inplanes = stem
                self.conv1 = torch.nn.Conv2d(3, stem, 7, stride=2, padding=3, bias=False)
                self.bn1 = norm(stem)
            return super()._make_layer(block, planes[[64, 128, 256, 512].index(width)], blocks, stride, dilate)

    levels = {f"layer{i + 1}": str(i) for i in range(4)}
    return MaskRCNN(
        BackboneWithFPN(Body(BasicBlock, [2, 2, 2, 2], norm_layer=norm), levels, planes, fpn), num_classes=None,
        box_head=TwoMLPHead(fpn * 49, fc), box_predictor=FastRCNNPredictor(fc, classes),
        mask_head=MaskRCNNHeads(fpn, (fpn,) * mask_convs, 1), mask_predictor=MaskRCNNPredictor(fpn, fpn, classes))


def micro():
    model = network(4, [2, 4, 4, 6], 4, 8, 3, 4, FrozenBatchNorm2d)
    generator = torch.Generator().manual_seed(1)
    state = model.state_dict()
    for name, value in state.items():
        number = torch.randint(-511, 512, value.shape, generator=generator)
        value.copy_((number.abs() + 1 if name.endswith("running_var") else number) / 64)
    return state


def training_checkpoint(state):
    half = OrderedDict((name, value.half()) for name, value in state.items())
    for name in list(half):
        if half[name].dim() == 2:
            half[name] = half[name].t().contiguous().t()
    first, second = "rpn.head.cls_logits.bias", "rpn.head.bbox_pred.bias"
    shared = torch.cat([half[first], half[second]])
    half[first], half[second] = shared[:3], shared[3:]
    half["roi_heads.box_head.fc6.bias"] = torch.nn.Parameter(half["roi_heads.box_head.fc6.bias"])
    return {"model": half, "optimizer": {"state": {}, "param_groups": [{"lr": 0.02, "nesterov": False}]}, "epoch": 12}


class Phase(enum.Enum):
    """An enumeration of the script's own, which no reader of the file has."""

    TRAIN = 1


class Meter:
    """A class of the script's own, with a tensor in it."""

    def __init__(self):
        self.total, self.deque = torch.tensor(1.5), [1.0, 2.0]


class Trap:
    """What a file may ask the reader of a pickle to run."""

    def __reduce__(self):
        return os.system, ("touch maskrcnn-web-was-here",)


def run(state):
    """What torchvision's references/detection/train.py saves, and whatever else such files hold."""
    parameters = [torch.nn.Parameter(value.clone()) for value in list(state.values())[:6]]
    optimizer = torch.optim.SGD(parameters, lr=0.02, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[16, 22])
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return {
        "model": OrderedDict((f"module.{name}", value) for name, value in state.items()),
        "optimizer": optimizer.state_dict(), "lr_scheduler": scheduler.state_dict(), "epoch": 25,
        "args": argparse.Namespace(data_path="/data", lr=0.02, aspect_ratio_group_factor=3, opt=None),
        "loss": torch.tensor(0.25), "best": numpy.float64(0.5), "curve": numpy.arange(3.0), "meter": Meter(),
        "seen": {1, 2}, "kept": frozenset("ab"), "when": datetime.datetime(2019, 8, 1), "phase": Phase.TRAIN,
        "where": PurePosixPath("/runs/1"), "counts": Counter("aab"), "by_class": defaultdict(list, a=[1]),
        "dtype": torch.float32, "device": torch.device("cpu"), "trap": Trap()}


def legacy(state):
    torch.save(state, HERE / "micro_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(run(state), HERE / "micro_run.pth", _use_new_zipfile_serialization=False)
    model = network(4, [2, 4, 4, 6], 4, 8, 3, 4, FrozenBatchNorm2d)
    model.load_state_dict(state)
    # A class within a function has no name to be pickled by.
    model.backbone.body.__class__ = IntermediateLayerGetter
    torch.save(torch.nn.DataParallel(model.half()), HERE / "micro_module.pth")


if sys.argv[1:] == ["legacy"]:
    legacy(torch.load(HERE / "micro.pth"))
    sys.exit()
from safetensors.torch import save_file

torch.manual_seed(0)
state = micro()
save_file(state, HERE / "micro.safetensors")
torch.save(state, HERE / "micro.pth")
torch.save(training_checkpoint(state), HERE / "micro_checkpoint.pth", pickle_protocol=4)
legacy(state)
for version, model in [
    ("v1", maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91)),
    ("v2", maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=91)),
    ("nuclei", network(32, [32, 48, 96, 128], 48, 192, 2, 3, torch.nn.BatchNorm2d)),
]:
    shapes = {name: list(value.shape) for name, value in model.state_dict().items()}
    if version == "v1":  # the published weights come with frozen normalisation
        shapes = {name: shape for name, shape in shapes.items() if not name.endswith("num_batches_tracked")}
    (HERE / f"{version}_keys.json").write_text(json.dumps(shapes, separators=(",", ":")) + "\n")
