"""torchvision's Mask R-CNN for a checkpoint, however narrow."""
import json
import struct
from functools import partial

import torch
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.resnet import Bottleneck, ResNet
from torchvision.ops import FeaturePyramidNetwork, FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

WIDTHS = [64, 128, 256, 512]
# Blocks of an EfficientNet-Lite0 up to the end of those that C2 to C5 come from, and their channels.
LITE_ENDS = [3, 5, 11, 16]
LITE_CHANNELS = [24, 40, 112, 320]
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "F64": torch.float64, "I64": torch.int64}


def read_state(path):
    """The state dict in a .safetensors, read here so that nothing but torch is needed, or in a .pth."""
    if path.suffix != ".safetensors":
        return torch.load(path, map_location="cpu")
    content = bytearray(path.read_bytes())
    (length,) = struct.unpack_from("<Q", content)
    start = 8 + length

    def tensor(entry):
        first, end = entry["data_offsets"]
        values = torch.frombuffer(content[start + first : start + end], dtype=TYPES[entry["dtype"]])
        return values.reshape(entry["shape"])

    entries = json.loads(content[8:start])
    return {name: tensor(entry) for name, entry in entries.items() if name != "__metadata__"}


def network(state, **options):
    """The network that a state dict of `maskrcnn_resnet50_fpn`'s kind belongs to: its widths are read off the tensors."""

    def outputs(name):
        # Old checkpoints have no number for the convolution inside of a block.
        return state[f"{name}.weight" if f"{name}.weight" in state else f"{name.removesuffix('.0')}.weight"].shape[0]

    narrowed = [outputs(f"backbone.body.layer{stage}.0.conv1") for stage in (1, 2, 3, 4)]

    class Body(ResNet):
        """torchvision hard-codes the widths."""

        def _make_layer(self, block, width, blocks, stride=1, dilate=False):
            return super()._make_layer(block, narrowed[WIDTHS.index(width)], blocks, stride, dilate)

    body = Body(Bottleneck, [3, 4, 6, 3], norm_layer=FrozenBatchNorm2d)
    levels = {f"layer{stage}": str(stage - 1) for stage in (1, 2, 3, 4)}
    channels = outputs("backbone.fpn.inner_blocks.0.0")
    hidden, classes = outputs("roi_heads.box_head.fc6"), outputs("roi_heads.box_predictor.cls_score")
    model = MaskRCNN(
        BackboneWithFPN(body, levels, [4 * width for width in narrowed], channels),
        num_classes=None,
        box_head=TwoMLPHead(channels * 49, hidden),
        box_predictor=FastRCNNPredictor(hidden, classes),
        mask_head=MaskRCNNHeads(channels, [channels] * 4, 1),
        mask_predictor=MaskRCNNPredictor(channels, channels, classes),
        **options,
    )
    # The published weights were trained with it.
    overwrite_eps(model, 0.0)
    model.load_state_dict(state)
    return model.eval().requires_grad_(False)


def is_lite(state):
    """Whether the body is an EfficientNet-Lite."""
    return "backbone.body._conv_stem.weight" in state


class LiteBackbone(torch.nn.Module):
    """An EfficientNet-Lite0 under a pyramid: the input `[N, 3, H, W]` to P2 ... P6, by name."""

    def __init__(self, state):
        super().__init__()
        # Needed for this body alone.
        from efficientnet_lite_pytorch import EfficientNet

        self.body = EfficientNet.from_name("efficientnet-lite0", image_size=None)
        channels = state["backbone.fpn.inner_blocks.0.0.weight"].shape[0]
        has_norm = "backbone.fpn.inner_blocks.0.1.weight" in state
        # With the epsilon of the body's.
        norm = partial(torch.nn.BatchNorm2d, eps=1e-3) if has_norm else None
        self.fpn = FeaturePyramidNetwork(LITE_CHANNELS, channels, LastLevelMaxPool(), norm_layer=norm)
        own = {name.removeprefix("backbone."): values for name, values in state.items() if name.startswith("backbone.")}
        missing, unknown = self.load_state_dict(own, strict=False)
        # What follows the last block classifies images.
        left_out = ("body._conv_head.", "body._bn1.", "body._fc.")
        missing = [name for name in missing if not name.startswith(left_out)]
        if missing or unknown:
            raise ValueError(f"not EfficientNet-Lite0 under a pyramid: {missing} are missing, {unknown} are unknown")

    def forward(self, x):
        body = self.body
        x = body._swish(body._bn0(body._conv_stem(x)))
        features = {}
        for index, block in enumerate(body._blocks, 1):
            x = block(x)
            if index in LITE_ENDS:
                features[str(len(features))] = x
        return self.fpn(features)
