#!/usr/bin/env python3
"""Writes what tests/weights/detectron2.rs and tests/parity.rs read: a narrow network with detectron2's
semantics, and what it computes.

detectron2.pkl                a state dict of NumPy arrays under `model`, as in detectron2's model zoo
detectron2_ref.safetensors    a picture and the stages of the network on it, by our names: classes with
                              the background first, which has no deltas and no masks
detectron2_roi.safetensors    RoIAlign over four levels, shifted, with as many samples as pixels
detectron2_keys.json          names and shapes of mask_rcnn_R_50_FPN_3x, for 80 classes

detectron2 itself is not needed: its semantics are written down here from its sources, which are named
at each step (github.com/facebookresearch/detectron2, folder detectron2/). The weights are random; the
norms' statistics and the predictors are then set so that every stage has plausible numbers.
Needs torch, torchvision and safetensors; the tests don't.
"""
import json
import math
import pickle
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torchvision.ops import batched_nms, roi_align

HERE = Path(__file__).parent
SIZES, RATIOS = (32, 64, 128, 256, 512), (0.5, 1.0, 2.0)  # configs/Base-RCNN-FPN.yaml
STRIDES = (4, 8, 16, 32, 64)
PIXEL_MEAN = torch.tensor([103.53, 116.28, 123.675])  # config/defaults.py: blue, green, red; std is 1
PRE_NMS, POST_NMS = 500, 200  # the zoo's are 1000 and 1000
CLAMP = math.log(1000 / 16)  # modeling/box_regression.py


def layers(stem, planes, depths, fpn, fc, classes):
    """Name and shape of every weight; those of the backbone have a norm in place of a bias."""
    yield "backbone.bottom_up.stem.conv1", [stem, 3, 7, 7], True
    inputs = stem
    for stage, (width, depth) in enumerate(zip(planes, depths)):
        for block in range(depth):
            name = f"backbone.bottom_up.res{stage + 2}.{block}"
            if inputs != width * 4:
                yield f"{name}.shortcut", [width * 4, inputs, 1, 1], True
            yield f"{name}.conv1", [width, inputs, 1, 1], True
            yield f"{name}.conv2", [width, width, 3, 3], True
            yield f"{name}.conv3", [width * 4, width, 1, 1], True
            inputs = width * 4
    for stage, width in enumerate(planes):
        yield f"backbone.fpn_lateral{stage + 2}", [fpn, width * 4, 1, 1], False
        yield f"backbone.fpn_output{stage + 2}", [fpn, fpn, 3, 3], False
    yield "proposal_generator.rpn_head.conv", [fpn, fpn, 3, 3], False
    yield "proposal_generator.rpn_head.objectness_logits", [3, fpn, 1, 1], False
    yield "proposal_generator.rpn_head.anchor_deltas", [12, fpn, 1, 1], False
    yield "roi_heads.box_head.fc1", [fc, fpn * 49], False
    yield "roi_heads.box_head.fc2", [fc, fc], False
    yield "roi_heads.box_predictor.cls_score", [classes + 1, fc], False
    yield "roi_heads.box_predictor.bbox_pred", [classes * 4, fc], False
    for index in range(4):
        yield f"roi_heads.mask_head.mask_fcn{index + 1}", [fpn, fpn, 3, 3], False
    yield "roi_heads.mask_head.deconv", [fpn, fpn, 2, 2], False
    yield "roi_heads.mask_head.predictor", [classes, fpn, 1, 1], False


def cell_anchors():
    """modeling/anchor_generator.py, generate_cell_anchors"""
    boxes = []
    for size in SIZES:
        widths = [math.sqrt(size**2 / ratio) for ratio in RATIOS]
        halves = [(width / 2, width * ratio / 2) for width, ratio in zip(widths, RATIOS)]
        boxes.append(torch.tensor([[-x, -y, x, y] for x, y in halves]))
    return boxes


def state_dict(**sizes):
    state = {}
    for name, shape, normed in layers(**sizes):
        fan_in = math.prod(shape[1:])
        state[f"{name}.weight"] = torch.randn(shape) * math.sqrt(2 / fan_in)
        if not normed:
            outputs = shape[1] if name.endswith("deconv") else shape[0]
            state[f"{name}.bias"] = torch.randn(outputs) * 0.1
            continue
        outputs = shape[0]
        state[f"{name}.norm.weight"] = torch.rand(outputs) * 0.5 + (0.25 if name.endswith("conv3") else 0.75)
        state[f"{name}.norm.bias"] = torch.randn(outputs) * 0.1
        state[f"{name}.norm.running_mean"] = torch.zeros(outputs)
        state[f"{name}.norm.running_var"] = torch.ones(outputs)
    for level, boxes in enumerate(cell_anchors()):
        state[f"proposal_generator.anchor_generator.cell_anchors.{level}"] = boxes
    return state


class Network:
    def __init__(self, state, calibrate):
        self.state, self.calibrate = state, calibrate

    def conv(self, name, x, stride=1):
        """layers/wrappers.py, Conv2d; layers/batch_norm.py, FrozenBatchNorm2d: eps is 1e-5"""
        weight = self.state[f"{name}.weight"]
        x = F.conv2d(x, weight, self.state.get(f"{name}.bias"), stride, weight.shape[2] // 2)
        if f"{name}.norm.weight" in self.state:
            names = [f"{name}.norm.{part}" for part in ("running_mean", "running_var", "weight", "bias")]
            if self.calibrate:
                self.state[names[0]] = x.mean((0, 2, 3))
                self.state[names[1]] = x.var((0, 2, 3), unbiased=False) + 1e-3
            x = F.batch_norm(x, *(self.state[part] for part in names), eps=1e-5)
        return x

    def predictor(self, name, x, run, std):
        """A predictor, brought to a standard deviation."""
        if self.calibrate:
            self.state[f"{name}.weight"] *= std / run(x).std()
            self.state[f"{name}.bias"] *= 0.1
        return run(x)

    def bottom_up(self, x):
        """modeling/backbone/resnet.py: BasicStem, BottleneckBlock with stride_in_1x1"""
        x = F.max_pool2d(F.relu(self.conv("backbone.bottom_up.stem.conv1", x, 2)), 3, 2, 1)
        stages = []
        for stage in range(2, 6):
            block = 0
            while f"backbone.bottom_up.res{stage}.{block}.conv1.weight" in self.state:
                name = f"backbone.bottom_up.res{stage}.{block}"
                stride = 2 if stage > 2 and block == 0 else 1
                shortcut = self.conv(f"{name}.shortcut", x, stride) if f"{name}.shortcut.weight" in self.state else x
                x = F.relu(self.conv(f"{name}.conv1", x, stride))
                x = F.relu(self.conv(f"{name}.conv2", x))
                x = F.relu(self.conv(f"{name}.conv3", x) + shortcut)
                block += 1
            stages.append(x)
        return stages

    def fpn(self, stages):
        """modeling/backbone/fpn.py: FPN, LastLevelMaxPool"""
        levels, above = [], None
        for stage in range(5, 1, -1):
            lateral = self.conv(f"backbone.fpn_lateral{stage}", stages[stage - 2])
            above = lateral if above is None else lateral + F.interpolate(above, scale_factor=2.0, mode="nearest")
            levels.insert(0, self.conv(f"backbone.fpn_output{stage}", above))
        return levels + [F.max_pool2d(levels[3], 1, 2)]

    def rpn(self, level):
        """modeling/proposal_generator/rpn.py, StandardRPNHead"""
        x = F.relu(self.conv("proposal_generator.rpn_head.conv", level))
        logits, deltas = "proposal_generator.rpn_head.objectness_logits", "proposal_generator.rpn_head.anchor_deltas"
        objectness = self.predictor(logits, x, lambda x: self.conv(logits, x), 1.5)
        return objectness, self.predictor(deltas, x, lambda x: self.conv(deltas, x), 0.3)

    def linear(self, name, x):
        return F.linear(x, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def boxes(self, features):
        """modeling/roi_heads/box_head.py and fast_rcnn.py"""
        x = features.flatten(1)
        for name in ("roi_heads.box_head.fc1", "roi_heads.box_head.fc2"):
            x = F.relu(self.linear(name, x))
        scores, deltas = "roi_heads.box_predictor.cls_score", "roi_heads.box_predictor.bbox_pred"
        logits = self.predictor(scores, x, lambda x: self.linear(scores, x), 2.0)
        return logits, self.predictor(deltas, x, lambda x: self.linear(deltas, x), 1.0)

    def masks(self, x):
        """modeling/roi_heads/mask_head.py, MaskRCNNConvUpsampleHead"""
        for index in range(4):
            x = F.relu(self.conv(f"roi_heads.mask_head.mask_fcn{index + 1}", x))
        deconv, name = "roi_heads.mask_head.deconv", "roi_heads.mask_head.predictor"
        x = F.relu(F.conv_transpose2d(x, self.state[f"{deconv}.weight"], self.state[f"{deconv}.bias"], stride=2))
        return self.predictor(name, x, lambda x: self.conv(name, x), 2.0)


def grid_anchors(level, height, width):
    """modeling/anchor_generator.py: offset 0, the stride is the level's"""
    ys, xs = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    shifts = torch.stack([xs, ys, xs, ys], -1).reshape(-1, 1, 4) * float(STRIDES[level])
    return (shifts + cell_anchors()[level]).reshape(-1, 4)


def apply_deltas(deltas, boxes, weights):
    """modeling/box_regression.py, Box2BoxTransform.apply_deltas"""
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = boxes[:, :2] + 0.5 * sides
    deltas = deltas / torch.tensor(weights)
    centres = deltas[:, :2] * sides + centres
    sides = deltas[:, 2:].clamp(max=CLAMP).exp() * sides
    return torch.cat([centres - 0.5 * sides, centres + 0.5 * sides], 1)


def clip(boxes, height, width):
    return torch.stack([boxes[:, 0].clamp(0, width), boxes[:, 1].clamp(0, height),
                        boxes[:, 2].clamp(0, width), boxes[:, 3].clamp(0, height)], 1)


def proposals(outputs, height, width):
    """modeling/proposal_generator/proposal_utils.py, find_top_rpn_proposals"""
    boxes, scores, levels = [], [], []
    for level, (objectness, deltas) in enumerate(outputs):
        _, _, rows, columns = objectness.shape
        logits = objectness.permute(0, 2, 3, 1).flatten()
        deltas = deltas.view(3, 4, rows, columns).permute(2, 3, 0, 1).reshape(-1, 4)
        best = logits.topk(min(PRE_NMS, len(logits))).indices
        boxes.append(apply_deltas(deltas, grid_anchors(level, rows, columns), (1.0, 1.0, 1.0, 1.0))[best])
        scores.append(logits[best])
        levels.append(torch.full_like(best, level))
    boxes, scores, levels = clip(torch.cat(boxes), height, width), torch.cat(scores), torch.cat(levels)
    there = ((boxes[:, 2:] - boxes[:, :2]) > 0).all(1)
    boxes, scores, levels = boxes[there], scores[there], levels[there]
    keep = batched_nms(boxes, scores, levels, 0.7)[:POST_NMS]
    return boxes[keep], scores[keep]


def pool(levels, boxes, size, scales=tuple(1 / stride for stride in STRIDES[:4])):
    """modeling/poolers.py: ROIAlignV2 with POOLER_SAMPLING_RATIO 0"""
    sides = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sqrt()
    chosen = (4 + torch.log2(sides / 224 + 2.0**-52)).floor().clamp(2, 5).long() - 2
    output = torch.zeros(len(boxes), levels[0].shape[1], size, size)
    for level, scale in enumerate(scales):
        here = chosen == level
        output[here] = roi_align(levels[level], [boxes[here]], size, scale, sampling_ratio=0, aligned=True)
    return output


def detections(logits, deltas, boxes, height, width):
    """modeling/roi_heads/fast_rcnn.py, fast_rcnn_inference_single_image"""
    classes = logits.shape[1] - 1
    scores = logits.softmax(1)[:, :-1]
    every = boxes.unsqueeze(1).expand(-1, classes, 4).reshape(-1, 4)
    decoded = clip(apply_deltas(deltas.reshape(-1, 4), every, (10.0, 10.0, 5.0, 5.0)), height, width)
    likely = scores > 0.05
    labels = likely.nonzero()[:, 1]
    boxes, scores = decoded.view(-1, classes, 4)[likely], scores[likely]
    keep = batched_nms(boxes, scores, labels, 0.5)[:100]
    return boxes[keep], scores[keep], labels[keep]


def run(network, rgb):
    """modeling/meta_arch/rcnn.py: blue first, normalised, padded to a multiple of 32"""
    height, width, _ = rgb.shape
    image = (rgb.float().flip(2) - PIXEL_MEAN).permute(2, 0, 1)
    x = F.pad(image, (0, -width % 32, 0, -height % 32))[None]
    stages = network.bottom_up(x)
    levels = network.fpn(stages)
    outputs = [network.rpn(level) for level in levels]
    boxes, scores = proposals(outputs, height, width)
    logits, deltas = network.boxes(pool(levels[:4], boxes, 7))
    found, sure, labels = detections(logits, deltas, boxes, height, width)
    masks = network.masks(pool(levels[:4], found, 14))
    result = {"image_u8": rgb, "c.4": stages[2], "c.5": stages[3], "fpn.2": levels[2], "fpn.3": levels[3],
              "fpn.pool": levels[4], "rpn.proposals": boxes, "rpn.proposal_scores": scores.sigmoid(),
              "box.logits": logits.roll(1, 1), "box.deltas": F.pad(deltas, (4, 0)),
              "det.boxes": found, "det.scores": sure, "det.labels": labels + 1,
              "mask.logits": masks[torch.arange(len(found)), labels]}
    for level, (objectness, deltas) in enumerate(outputs):
        result[f"rpn.objectness.{level}"] = objectness
        if level >= 2:
            result[f"rpn.deltas.{level}"] = deltas
    return result


def picture(height, width):
    """Smooth blobs of colours."""
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    image = torch.zeros(height, width, 3)
    for _ in range(24):
        centre, radius, colour = torch.rand(2) * torch.tensor([height, width]), 6 + 50 * torch.rand(1), torch.rand(3)
        image += torch.exp(-((y - centre[0])**2 + (x - centre[1])**2) / radius**2).unsqueeze(2) * (colour - 0.3)
    image += torch.randn(height, width, 3) * 0.03
    return (image.clamp(0, 1) * 255).round().to(torch.uint8)


def roi_reference():
    levels = [torch.randn(1, 2, 512 // stride, 512 // stride) for stride in STRIDES[:4]]
    corners = [[0, 0, 512, 512], [10.3, 20.7, 60.2, 90.1], [100, 50, 260.5, 199.25], [30, 40, 30.4, 41], [0, 0, 9, 512],
               [5, 400, 512, 512], [200, 100, 470, 380], [63, 63, 63, 80], [440.5, 470.25, 512, 512]]
    boxes = torch.tensor(corners, dtype=torch.float32)
    result = {"boxes": boxes, "out7": pool(levels, boxes, 7), "out14": pool(levels, boxes, 14)}
    return result | {f"level.{index}": level for index, level in enumerate(levels)}


@torch.no_grad()
def main():
    torch.manual_seed(5)
    # Neither side is a multiple of 64: P6 has more cells than the picture has whole strides.
    rgb = picture(160, 288)
    state = state_dict(stem=8, planes=[4, 6, 8, 10], depths=[1, 2, 1, 1], fpn=8, fc=24, classes=5)
    run(Network(state, True), rgb)
    result = run(Network(state, False), rgb)
    model = {name: value.numpy() for name, value in state.items()}
    # An array whose first axis runs fastest, as one may come out of other programs.
    model["roi_heads.box_head.fc2.weight"] = np.asfortranarray(model["roi_heads.box_head.fc2.weight"])
    with open(HERE / "detectron2.pkl", "wb") as file:
        pickle.dump({"model": model, "__author__": "tests", "matching_heuristics": False}, file, protocol=3)
    report = {"variant": "tiny", "min_size": 160, "max_size": 1333}
    result = {name: value.contiguous() for name, value in result.items()}
    save_file(result, HERE / "detectron2_ref.safetensors", metadata={"report": json.dumps(report)})
    save_file(roi_reference(), HERE / "detectron2_roi.safetensors")
    zoo = state_dict(stem=64, planes=[64, 128, 256, 512], depths=[3, 4, 6, 3], fpn=256, fc=1024, classes=80)
    shapes = {name: list(value.shape) for name, value in zoo.items()}
    (HERE / "detectron2_keys.json").write_text(json.dumps(shapes, separators=(",", ":")) + "\n")
    print({name: list(value.shape) for name, value in result.items()})
    print("scores", result["det.scores"][:5], result["det.scores"][-3:], "labels", result["det.labels"].bincount())


main()
