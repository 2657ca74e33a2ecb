#!/usr/bin/env python3
"""Writes the small TIFF files of this folder and what `tifffile` reads of all files here: expected.json.

Needs numpy, tifffile and imagecodecs; the tests do not. `python3 make_fixtures.py` writes all again.
"""
import json
import struct
from pathlib import Path

import numpy
import tifffile

HERE = Path(__file__).parent


def blobs(width, height, seed, low=200, high=3000):
    """Bright discs on a dark ramp, f64."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[:height, :width]
    image = low + 40 * x / width + 25 * y / height
    for _ in range(6):
        cx, cy, radius = random.uniform(0, width), random.uniform(0, height), random.uniform(3, 9)
        image += (high - low) * random.uniform(0.3, 1) * numpy.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)
    return image


def samples(dtype, *shape, width=61, height=47):
    """Distinct planes of the shape `[..., height, width]`."""
    dtype = numpy.dtype(dtype)
    count = int(numpy.prod(shape, dtype=int))
    planes = numpy.stack([blobs(width, height, seed) for seed in range(count)])
    if dtype.kind == "f":
        planes = planes / 4096 - 0.125
    elif dtype.itemsize == 1:
        planes = planes / 16
        planes = planes - 128 if dtype.kind == "i" else planes
        planes = planes.clip(numpy.iinfo(dtype).min, numpy.iinfo(dtype).max)
    elif dtype.kind == "i":
        planes = planes - 1500
    if dtype.itemsize >= 4 and dtype.kind in "iu":
        planes = planes * 1000
    return planes.astype(dtype).reshape(*shape, height, width)


def write(name, data, **options):
    tifffile.imwrite(HERE / name, data, metadata=options.pop("metadata", None), software=False, **options)


def interleaved(data):
    return numpy.moveaxis(data, 0, -1).copy()


# Sample types and byte orders.
for dtype in ["int8", "int16", "uint32", "int32", "float16", "float64", "uint64"]:
    write(f"{dtype}.tif", samples(dtype), byteorder="<" if dtype in ["int8", "int32"] else ">")
write("bigtiff-be-u16.tif", samples("u2"), bigtiff=True, byteorder=">", compression="zlib")
write("deflate-predictor2-be-u16.tif", samples("u2"), byteorder=">", compression="zlib", predictor=2, rowsperstrip=7)
write("deflate-predictor2-be-u32.tif", samples("u4"), byteorder=">", compression="zlib", predictor=2, rowsperstrip=7)
write("deflate-predictor3-be-f32.tif", samples("f4"), byteorder=">", compression="zlib", predictor=3, rowsperstrip=10)
write("deflate-predictor3-f16.tif", samples("f2"), compression="zlib", predictor=3)
write("lzw-predictor2-rgb-u8.tif", interleaved(samples("u1", 3)), photometric="rgb", compression="lzw", predictor=2)
write("lzw-predictor2-int8.tif", samples("i1"), compression="lzw", predictor=2)
write("packbits-u8.tif", samples("u1"), compression="packbits", rowsperstrip=5)
write("zstd-tiled-u16.tif", samples("u2"), compression="zstd", predictor=2, tile=(32, 16))
write("jpeg-grey-u8.tif", samples("u1"), compression="jpeg", compressionargs={"level": 95}, rowsperstrip=16)
write("jpeg-tiled-ycbcr-u8.tif", interleaved(samples("u1", 3)), photometric="rgb", compression="jpeg",
      compressionargs={"level": 95}, tile=(32, 32))

# Layouts of channels.
write("rgb-u16.tif", interleaved(samples("u2", 3)), photometric="rgb", compression="zlib")
write("rgba-u8.tif", interleaved(samples("u1", 4)), photometric="rgb", extrasamples=["unassalpha"], compression="zlib")
write("rgba-u16.tif", interleaved(samples("u2", 4)), photometric="rgb", extrasamples=["assocalpha"],
      compression="zlib")
write("rgb-extra-u8.tif", interleaved(samples("u1", 5)), photometric="rgb", extrasamples=["unspecified"] * 2,
      compression="zlib", predictor=2)
write("grey-alpha-u8.tif", interleaved(samples("u1", 2)), photometric="minisblack", extrasamples=["unassalpha"],
      compression="zlib")
write("five-channels-u16.tif", interleaved(samples("u2", 5)), photometric="minisblack", planarconfig="contig",
      compression="zlib", predictor=2)
write("planar-three-channels-u16.tif", samples("u2", 3), photometric="minisblack", planarconfig="separate",
      compression="lzw", rowsperstrip=8)
write("planar-tiled-rgb-u8.tif", samples("u1", 3), photometric="rgb", planarconfig="separate", compression="zlib",
      predictor=2, tile=(16, 32))
write("tiled-f32.tif", samples("f4"), tile=(32, 32), compression="lzw", predictor=3)
write("tiled-u16.tif", samples("u2"), tile=(16, 16))

# Photometric interpretations and depths.
write("white-is-zero-u8.tif", samples("u1"), photometric="miniswhite")
ramp = numpy.arange(256, dtype="u2") * 257
write("palette-u8.tif", samples("u1"), photometric="palette", colormap=numpy.stack([ramp[::-1], ramp, ramp // 2]))
write("imagej-lut-u8.tif", samples("u1"), photometric="palette", colormap=numpy.stack([ramp * 0, ramp, ramp * 0]),
      description="ImageJ=1.54f\nmin=0.0\nmax=255.0\n")
write("12-bit.tif", samples("u2").clip(0, 4095), bitspersample=12)
write("bilevel.tif", samples("u1") > 60)

# Resolutions.
write("resolution-cm.tif", samples("u1"), resolution=(20000, 20000), resolutionunit="centimeter")
write("resolution-inch.tif", samples("u1"), resolution=(50800, 50800), resolutionunit="inch")
write("resolution-300-dpi.tif", samples("u1"), resolution=(300, 300), resolutionunit="inch")
write("aperio-u8.tif", samples("u1"), compression="zlib",
      description="Aperio Image Library v11.2.1\r\n61x47 [0,0,61x47] |AppMag = 20|MPP = 0.4990|Left = 25.6")

# Stacks.
write("pages-u8.tif", samples("u1", 5), photometric="minisblack", compression="zlib")
write("pages-of-two-sizes.tif", samples("u1"))
tifffile.imwrite(HERE / "pages-of-two-sizes.tif", samples("u1", width=33, height=29), append=True, metadata=None,
                 software=False)
labels = [f"{name} z{z}" for _ in range(2) for z in range(3) for name in ["DAPI", "GFP"]]
write("imagej-hyperstack-u16.tif", samples("u2", 2, 3, 2), imagej=True, resolution=(5, 5), byteorder="<",
      metadata={"axes": "TZCYX", "unit": "um", "spacing": 0.5, "Labels": labels})
write("imagej-nm-u8.tif", samples("u1"), imagej=True, resolution=(0.004, 0.004), metadata={"unit": "nm"})
write("imagej-one-in-use-u8.tif", samples("u1", 3) * numpy.array([0, 1, 0], "u1")[:, None, None], imagej=True,
      metadata={"axes": "CYX", "mode": "composite"})
write("imagej-one-directory-u16.tif", samples("u2", 3, 2), imagej=True, truncate=True,
      metadata={"axes": "ZCYX", "unit": "\\u00B5m"}, resolution=(2, 2))
write("ome-channels-u16.tif", samples("u2", 2, 4, 3), ome=True, photometric="minisblack", compression="zlib",
      metadata={"axes": "TZCYX", "Channel": {"Name": ["DAPI", "GFP", "mCherry"]}, "PhysicalSizeX": 0.325,
                "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.325, "PhysicalSizeYUnit": "µm"})
write("ome-xyzct-nm-be-u8.tif", samples("u1", 2, 3), ome=True, photometric="minisblack", bigtiff=True, byteorder=">",
      metadata={"axes": "CZYX", "Channel": {"Name": ["Hoechst 33342", "Actin"]}, "PhysicalSizeX": 650.0,
                "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 650.0, "PhysicalSizeYUnit": "nm"})
write("ome-rgb-u8.tif", interleaved(samples("u1", 3)), ome=True, photometric="rgb", compression="zlib",
      metadata={"axes": "YXS", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.5,
                "PhysicalSizeYUnit": "µm"})

# Pyramids: levels in SubIFDs, and as further pages.
base = samples("u2", width=200, height=151)
for name, sub in [("pyramid-sub-ifds-u16.tif", 2), ("pyramid-pages-u16.tif", 0)]:
    with tifffile.TiffWriter(HERE / name) as writer:
        options = {"tile": (64, 64), "compression": "zlib", "predictor": 2, "metadata": None, "software": False}
        writer.write(base, subifds=sub, **options)
        for level in range(1, 3):
            writer.write(base[:: 2**level, :: 2**level], subfiletype=1, **options)

# What is refused, by name.
nan = samples("f4")
nan[20, 30] = numpy.nan
write("nan-f32.tif", nan)
nan[20, 30] = numpy.inf
write("infinite-f32.tif", nan)
write("complex.tif", samples("f4").astype("complex64"))


def retag(name, source, tag, value):
    """A copy of a file of one page, little-endian, with another value of a short tag."""
    content = bytearray((HERE / source).read_bytes())
    offset, = struct.unpack_from("<I", content, 4)
    count, = struct.unpack_from("<H", content, offset)
    for entry in range(offset + 2, offset + 2 + 12 * count, 12):
        if struct.unpack_from("<H", content, entry)[0] == tag:
            struct.pack_into("<H", content, entry + 8, value)
    (HERE / name).write_bytes(content)


for name, compression in [("old-jpeg.tif", 6), ("ccitt-group-4.tif", 4), ("jpeg-2000.tif", 33005), ("lerc.tif", 34887),
                          ("unknown-compression.tif", 12345)]:
    retag(name, "packbits-u8.tif", 259, compression)

REFUSED = {
    "nan-f32.tif": "NaN", "infinite-f32.tif": "inf", "complex.tif": "complex", "old-jpeg.tif": "old-style JPEG",
    "ccitt-group-4.tif": "CCITT", "jpeg-2000.tif": "JPEG 2000", "lerc.tif": "LERC", "unknown-compression.tif": "12345",
}
# What tifffile doesn't say.
FORMATS = {"uint8": "u8", "uint16": "u16", "bool": "u8"}
PIXEL_SIZES = {
    "resolution-cm.tif": 0.5, "resolution-inch.tif": 0.5, "aperio-u8.tif": 0.499, "imagej-hyperstack-u16.tif": 0.2, "imagej-nm-u8.tif": 0.25,
    "imagej-one-directory-u16.tif": 0.5, "ome-channels-u16.tif": 0.325, "ome-xyzct-nm-be-u8.tif": 0.65,
    "ome-rgb-u8.tif": 0.5, "piximi_16b_4c_neuron-composite.tif": 0.16,
    "piximi_9z_1c_8b_shorter_3d_monolayer_xy1_ch0.tif": 1 / 3.846153,
}
NAMES = {
    "imagej-hyperstack-u16.tif": None, "ome-channels-u16.tif": ["DAPI", "GFP", "mCherry"],
    "ome-xyzct-nm-be-u8.tif": ["Hoechst 33342", "Actin"],
}
ALPHA = ["rgba-u8.tif", "rgba-u16.tif", "grey-alpha-u8.tif"]
LEVELS = {name: [[200, 151], [100, 76], [50, 38]] for name in ["pyramid-sub-ifds-u16.tif", "pyramid-pages-u16.tif"]}


def statistics(plane):
    plane = plane.astype("f8")
    return {"min": plane.min(), "max": plane.max(), "mean": round(plane.mean(), 6)}


def expected(path):
    name = path.name
    if name in REFUSED:
        return {"refused": REFUSED[name]}
    with tifffile.TiffFile(path) as file:
        series, page = file.series[0], file.pages.first
        data, axes = series.asarray(), series.axes
        if len(file.series) > 1 and name not in LEVELS:
            data, axes = file.pages[0].asarray(), file.pages[0].axes
        if page.photometric == tifffile.PHOTOMETRIC.PALETTE and not file.is_imagej:
            # Images of a palette are seen in its colours, in 8 bits.
            data, axes = (page.colormap >> 8).astype("u1")[:, data], "SYX"
    pages = 1
    if name == "pages-of-two-sizes.tif":
        pages = 2
    # [page or time, z, channel, y, x]
    for axis in "QI":
        axes = axes.replace(axis, "P")
    for axis in "PTZCSYX":
        if axis not in axes:
            data, axes = data[None], axis + axes
    order = [axes.index(axis) for axis in "PTZCSYX"]
    data = data.transpose(order)
    data = data.reshape(*data.shape[:3], -1, *data.shape[5:])
    if name in ALPHA:
        data = data[:, :, :, :-1]
    p, t, z, channels, height, width = data.shape
    jpeg = page.compression == tifffile.COMPRESSION.JPEG
    answer = {
        "width": width, "height": height, "pages": max(pages, p * t * z), "z": z, "t": t, "channels": channels,
        "channelNames": NAMES.get(name), "format": FORMATS.get(str(data.dtype), "f32"),
        # Three samples of a pixel that are red, green and blue by what the file says.
        "rgb": page.photometric in (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR)
        or page.photometric == tifffile.PHOTOMETRIC.PALETTE and not file.is_imagej,
        "pixelSize": PIXEL_SIZES.get(name), "levels": LEVELS.get(name, [[width, height]]),
        # Decoders of JPEG differ by rounding.
        "tolerance": 3 if jpeg else 0,
        # In the order of pages: time, then z, then channels.
        "planes": [[statistics(channel) for channel in page] for page in data.reshape(-1, channels, height, width)],
        "pixels": [],
    }
    random = numpy.random.default_rng(len(name))
    for _ in range(6):
        at = [int(random.integers(0, size)) for size in (p * t * z, channels, height, width)]
        value = float(data.reshape(-1, channels, height, width)[tuple(at)])
        answer["pixels"].append({"page": at[0], "channel": at[1], "y": at[2], "x": at[3], "value": value})
    return answer


files = sorted(path for path in HERE.iterdir() if path.suffix == ".tif")
lines = [f" {json.dumps(path.name)}: {json.dumps(expected(path))}" for path in files]
(HERE / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
