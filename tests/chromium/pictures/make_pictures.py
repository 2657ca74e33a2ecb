"""Writes tiny.png again in the ways that image files differ: with gamma, a colour profile, 16 bits, turned, …

Needs Pillow (12 was used). Each NAME.EXT must be seen as tiny.png is, or as the image beside it that the tests name.
The pixels of tiny.png are this project's own.
"""

import io
import pathlib
import struct
import zlib

from PIL import Image

FOLDER = pathlib.Path(__file__).parent
TINY = Image.open(FOLDER / "tiny.png").convert("RGB")
WIDTH, HEIGHT = TINY.size
PIXELS = TINY.tobytes()
# Adam7: first column and row, and the steps to the next ones, of each pass.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, rows, depth=8, extra=b"", interlaced=False):
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, 2, 0, 0, interlaced)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    (FOLDER / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def row(y, x=0, step=1):
    line = PIXELS[y * WIDTH * 3 : (y + 1) * WIDTH * 3]
    return b"".join(line[3 * i : 3 * i + 3] for i in range(x, WIDTH, step))


def profile():
    """An ICC profile (version 2, matrix and curves) with the primaries and the gamma of Adobe RGB (1998)."""

    def fixed(*values):
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    white = (0.9642, 1.0, 0.8249)
    primaries = [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)]
    curve = b"curv" + bytes(4) + struct.pack(">IHxx", 1, round(2.2 * 256))
    tags = [
        (b"desc", b"desc" + bytes(4) + struct.pack(">I", 5) + b"wide\0" + bytes(79)),
        (b"cprt", b"text" + bytes(4) + b"none\0\0\0\0"),
        (b"wtpt", b"XYZ " + bytes(4) + fixed(*white)),
    ]
    tags += [(name, b"XYZ " + bytes(4) + fixed(*xyz)) for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries)]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    table, data = struct.pack(">I", len(tags)), b""
    for name, tag in tags:
        tag += bytes(-len(tag) % 4)
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(tag))
        data += tag
    size = 128 + len(table) + len(data)
    start = struct.pack(">I4xI", size, 0x02100000) + b"mntrRGB XYZ " + struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    start += b"acsp" + bytes(28) + fixed(*white)
    return start + bytes(128 - len(start)) + table + data


rows = [row(y) for y in range(HEIGHT)]
gamma = lambda value: chunk(b"gAMA", struct.pack(">I", round(value * 100000)))
png("gamma.png", rows, extra=gamma(1.0))
primaries = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
png("primaries.png", rows, extra=gamma(1 / 2.2) + chunk(b"cHRM", primaries))
png("profile.png", rows, extra=chunk(b"iCCP", b"wide\0\0" + zlib.compress(profile())))
# Of 16 bits, the upper eight are those of tiny.png.
png("deep.png", [bytes(byte for i, value in enumerate(line) for byte in (value, i * 37 % 256)) for line in rows], depth=16)
passes = [row(y, x, dx) for x, y, dx, dy in PASSES for y in range(y, HEIGHT, dy)]
png("interlaced.png", passes, interlaced=True)

# grey.png, transparent here and there: as grey with alpha, and with a palette of which each entry has its own alpha.
GREY = Image.open(FOLDER / "grey.png").convert("L")
alpha = Image.frombytes("L", GREY.size, bytes(i * 11 % 256 for i in range(WIDTH * HEIGHT)))
Image.merge("LA", (GREY, alpha)).save(FOLDER / "grey-alpha.png")
palette = GREY.point([255 - value for value in range(256)])
palette.putpalette([255 - i // 3 for i in range(3 * 256)])
palette.save(FOLDER / "palette.png", transparency=bytes(i * 11 % 256 for i in range(256)))

turned = Image.Exif()
turned[0x0112] = 6  # shown after a quarter turn clockwise
lying = TINY.transpose(Image.Transpose.ROTATE_90)
lying.save(FOLDER / "turned.png", exif=turned)
TINY.save(FOLDER / "unturned.webp", lossless=True, exif=turned)

TINY.save(FOLDER / "plain.jpg", quality=90, subsampling=0)
TINY.save(FOLDER / "profile.jpg", quality=90, subsampling=0, icc_profile=profile())
TINY.convert("CMYK").save(FOLDER / "cmyk.jpg", quality=90)
Image.open(FOLDER / "cmyk.jpg").convert("RGB").save(FOLDER / "cmyk.png")

# The same with luma and chroma in place of cyan, magenta and yellow: Pillow writes 255 minus what it is given, under an
# Adobe marker whose last byte says what the four channels are.
cmyk = TINY.convert("CMYK")
*luma, key = [*Image.merge("RGB", cmyk.split()[:3]).convert("YCbCr").split(), cmyk.split()[3]]
invert = [255 - value for value in range(256)]
file = io.BytesIO()
Image.merge("CMYK", [*(channel.point(invert) for channel in luma), key]).save(file, "JPEG", quality=90)
start, end = file.getvalue().split(b"Adobe", 1)
(FOLDER / "ycck.jpg").write_bytes(start + b"Adobe" + end[:6] + b"\2" + end[7:])
