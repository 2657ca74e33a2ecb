"""How far sums of products in half precision are off, by the length of the stretches that are summed in half precision
before they are added in single precision: what `DEPTH` in `src/ops/gpu/tiled_product/tile.rs` rests on.

`python3 benches/half_sums.py` prints, for layers of several depths, root-mean-square errors in units of half precision's
rounding, 2^-11, of the outputs' own root mean square. Inputs are normally distributed and rectified, weights normally
distributed; products are fused with their sums, as on GPUs; outputs are rounded to half precision.
"""

import math
import random
import struct

DEPTHS = (144, 576, 2304, 4608)
STRETCHES = (1, 4, 8, 16, 32)
SUMS = 120

HALF = struct.Struct("<e")


def half(value):
    return HALF.unpack(HALF.pack(value))[0]


def operands(depth):
    deviation = math.sqrt(2 / depth)
    return [(half(max(random.gauss(0, 1), 0)), half(random.gauss(0, deviation))) for _ in range(depth)]


def summed(pairs, stretch):
    total = 0.0
    for start in range(0, len(pairs), stretch):
        part = 0.0
        for value, weight in pairs[start : start + stretch]:
            part = half(value * weight + part)
        total += part
    return half(total)


def errors(depth):
    """By stretch: none for single precision, the whole depth for half precision throughout."""
    squares = {stretch: 0.0 for stretch in (None, *STRETCHES, depth)}
    size = 0.0
    for _ in range(SUMS):
        pairs = operands(depth)
        exact = math.fsum(value * weight for value, weight in pairs)
        size += exact**2
        for stretch in squares:
            found = half(exact) if stretch is None else summed(pairs, stretch)
            squares[stretch] += (found - exact) ** 2
    return [math.sqrt(square / size) * 2048 for square in squares.values()]


random.seed(0)
print("| depth | f32 |", " | ".join(map(str, STRETCHES)), "| all in f16 |")
print("|--:" * (len(STRETCHES) + 3) + "|")
for depth in DEPTHS:
    print(f"| {depth} |", " | ".join(f"{error:.1f}" for error in errors(depth)), "|")
