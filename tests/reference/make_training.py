"""Makes training.safetensors: losses and gradients of torchvision's Mask R-CNN for two made-up pictures.

The network is models/reference-tiny.safetensors, once with frozen normalisation as it is, once with real
batch normalisation in its place. The pictures are cut from the one in tiny_ref_128.safetensors; the
objects are ellipses. What torchvision draws at random is written down: which anchors and proposals it
took.

Run with torch 1.13, torchvision 0.14, numpy and safetensors: python3 tests/reference/make_training.py
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import project_masks_on_boxes
from torchvision.models.resnet import Bottleneck, ResNet
from torchvision.ops import FrozenBatchNorm2d

HERE = Path(__file__).parent
WEIGHTS = HERE.parent.parent / "models" / "reference-tiny.safetensors"

# Limits of the proposals, and how many anchors and proposals of a picture are sampled.
PRE_NMS, POST_NMS, ANCHORS, REGIONS = 500, 200, 256, 64

# Rows and columns of the second picture; the first one's are a multiple of 32, so that only one is padded.
SIZES = [(96, 128), (80, 112)]

# For each picture: class, then centre, half axes (x, y) in pixels and angle in degrees of an ellipse.
OBJECTS = [
    [(17, 40, 44, 30, 20, 20), (3, 92, 34, 14, 17, -35), (62, 96, 74, 25, 16, 5)],
    [(17, 36, 38, 22, 26, 0), (88, 82, 44, 17, 12, 60)],
]

GRADIENTS = [
    "backbone.body.layer1.0.conv1.weight",
    "rpn.head.conv.0.0.weight",
    "roi_heads.mask_predictor.conv5_mask.weight",
    "roi_heads.mask_predictor.mask_fcn_logits.weight",
]
BATCH_GRADIENTS = ["backbone.body.layer1.0.bn1.weight", "backbone.body.layer3.2.bn2.bias"]
STATISTICS = [f"backbone.body.{norm}.running_{of}" for norm in ("bn1", "layer4.2.bn3") for of in ("mean", "var")]


class NarrowResNet(ResNet):
    """ResNet-50 with a sixteenth of the planes behind its first convolution."""

    def _make_layer(self, block, planes, *arguments, **options):
        return super()._make_layer(block, planes // 16, *arguments, **options)


def network():
    body = NarrowResNet(Bottleneck, [3, 4, 6, 3], norm_layer=FrozenBatchNorm2d)
    stages = {f"layer{stage}": str(stage - 1) for stage in (1, 2, 3, 4)}
    channels = 32
    model = MaskRCNN(
        BackboneWithFPN(body, stages, [16, 32, 64, 128], channels),
        box_head=TwoMLPHead(channels * 49, 64),
        box_predictor=FastRCNNPredictor(64, 91),
        mask_head=MaskRCNNHeads(channels, (channels,) * 4, 1),
        mask_predictor=MaskRCNNPredictor(channels, channels, 91),
        rpn_pre_nms_top_n_train=PRE_NMS,
        rpn_post_nms_top_n_train=POST_NMS,
        rpn_batch_size_per_image=ANCHORS,
        box_batch_size_per_image=REGIONS,
    )
    for module in model.modules():
        if isinstance(module, FrozenBatchNorm2d):
            module.eps = 0.0
    model.load_state_dict(load_file(WEIGHTS))
    return model.train()


def with_batch_norm(model):
    """Puts real batch normalisation where the frozen one is."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, FrozenBatchNorm2d):
                norm = nn.BatchNorm2d(child.weight.numel(), eps=1e-5, momentum=0.1)
                norm.load_state_dict(child.state_dict(), strict=False)
                setattr(module, name, norm)
    return model.train()


def pictures():
    """Parts of the picture for which no unit of the network is so near to its rectifier's edge that a
    weight's last digits decide over it: there a gradient jumps."""
    whole = load_file(HERE / "tiny_ref_128.safetensors")["image_u8"]
    (h, w), (h2, w2) = SIZES
    return [whole[-h:, :w].contiguous(), whole[:h2, -w2:].flip(1).contiguous()]


def target(objects, size):
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    masks, boxes = [], []
    for _, cx, cy, a, b, angle in objects:
        c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        u, v = (x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s
        mask = (u / a) ** 2 + (v / b) ** 2 <= 1
        rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        masks.append(mask)
    return {
        "boxes": torch.tensor(np.array(boxes), dtype=torch.float32),
        "labels": torch.tensor([label for label, *_ in objects]),
        "masks": torch.from_numpy(np.array(masks, dtype=np.uint8)),
    }


def batch(model, images):
    normalised = [model.transform.normalize(image.permute(2, 0, 1) / 255.0) for image in images]
    return ImageList(model.transform.batch_images(normalised, 32), SIZES)


class Recorder:
    """A sampler that writes down what it chose."""

    def __init__(self, sampler):
        self.sampler = sampler

    def __call__(self, labels):
        self.positive, self.negative = self.sampler(labels)
        return self.positive, self.negative


def run(model, images, targets, seed):
    torch.manual_seed(seed)
    anchors = model.rpn.fg_bg_sampler = Recorder(model.rpn.fg_bg_sampler)
    regions = model.roi_heads.fg_bg_sampler = Recorder(model.roi_heads.fg_bg_sampler)
    model.zero_grad()
    inputs = batch(model, images)
    features = model.backbone(inputs.tensors)
    proposals, losses = model.rpn(inputs, features, targets)
    result = {f"proposals.{i}": boxes for i, boxes in enumerate(proposals)}
    _, others = model.roi_heads(features, proposals[:], inputs.image_sizes, targets)
    losses = {**losses, **others}
    sum(losses.values()).backward()
    result |= {name: loss.detach().reshape(1) for name, loss in losses.items()}
    for stage, sampler in (("anchors", anchors), ("regions", regions)):
        for sign in ("positive", "negative"):
            for i, chosen in enumerate(getattr(sampler, sign)):
                result[f"{stage}.{sign}.{i}"] = torch.where(chosen)[0].int()
    parameters = dict(model.named_parameters())
    for name in GRADIENTS + BATCH_GRADIENTS:
        if name in parameters:
            result[f"gradient.{name}"] = parameters[name].grad
    return result


def noise(result, exact):
    """How far single precision is from double, relative."""
    for name, value in result.items():
        if name.startswith(("loss", "gradient")):
            print(f"  {name}: {float((value - exact[name]).norm() / exact[name].norm()):.1e} of {float(exact[name].norm()):.4g}")


def main():
    torch.set_num_threads(2)
    images = pictures()
    targets = [target(objects, size) for objects, size in zip(OBJECTS, SIZES)]
    tensors = {}
    for i, (image, objects) in enumerate(zip(images, targets)):
        tensors[f"image.{i}"] = image
        tensors[f"boxes.{i}"], tensors[f"labels.{i}"] = objects["boxes"], objects["labels"].int()
        tensors[f"masks.{i}"] = objects["masks"]

    for case, make in (("frozen", network), ("batch", lambda: with_batch_norm(network()))):
        model = make()
        result = run(model, images, targets, 7)
        if case == "batch":
            state = model.state_dict()
            result |= {f"after.{name}": state[name] for name in STATISTICS}
        double = make().double()
        in_double = [{**t, "boxes": t["boxes"].double()} for t in targets]
        exact = run(double, [image.double() for image in images], in_double, 7)
        print(case)
        noise(result, exact)
        for i in range(len(images)):
            same = torch.allclose(result[f"proposals.{i}"].double(), exact[f"proposals.{i}"], atol=1e-2)
            counts = [len(result[f"{s}.{p}.{i}"]) for s in ("anchors", "regions") for p in ("positive", "negative")]
            print("  proposals as in double precision:", same, "sampled:", counts)
        tensors |= {f"{case}.{name}": value for name, value in result.items()}

    # Regions that a mask is cut out for: within, over the edges, smaller than a pixel, one from a proposal.
    mask = targets[0]["masks"][:1]
    regions = torch.tensor(
        [[10.0, 20.0, 70.0, 64.0], [-20.5, -8.25, 40.5, 130.0], [30.2, 40.7, 30.6, 41.1], [5.3, 21.9, 97.1, 60.4],
         [0.0, 0.0, 128.0, 96.0], [100.0, 80.0, 140.0, 99.5]]
    )
    tensors["mask_targets.regions"] = regions
    tensors["mask_targets.values"] = project_masks_on_boxes(mask, regions, torch.zeros(len(regions), dtype=torch.int64), 28)
    save_file({name: value.detach().contiguous() for name, value in tensors.items()}, HERE / "training.safetensors")


main()
