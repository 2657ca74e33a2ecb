import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

/** The side of a tile of the file in pixels. */
const TILE = 512;

/** TIFF's types of fields, as far as they are used, by their bytes. */
const [SHORT, LONG] = [
  [3, 2],
  [4, 4],
];

/**
 * A TIFF of one channel of 8 bits, cut into tiles that are compressed. Tiles with nuclei are spread evenly over it; the
 * others are empty. All that look the same are in the file once, so that it is small.
 *
 * @param {number} side in pixels
 * @param {number} filled the share of tiles with nuclei
 * @param {string} images the folder of the tests' images
 */
export function makeSlide(side, filled, images) {
  const across = Math.ceil(side / TILE);
  const tiles = [
    deflateSync(Buffer.alloc(TILE * TILE, 6)),
    deflateSync(tileOf(join(images, 'nuclei-fluorescence.png'))),
  ];
  const every = Math.max(1, Math.round(1 / filled));
  const which = Array.from({ length: across * across }, (_, index) => (index % every === 0 ? 1 : 0));
  const starts = [8, 8 + tiles[0].length];
  const directory = starts[1] + tiles[1].length + (tiles[1].length % 2);
  const fields = [
    [256, LONG, [side]],
    [257, LONG, [side]],
    [258, SHORT, [8]],
    [259, SHORT, [8]],
    [262, SHORT, [1]],
    [277, SHORT, [1]],
    [322, LONG, [TILE]],
    [323, LONG, [TILE]],
    [324, LONG, which.map((kind) => starts[kind])],
    [325, LONG, which.map((kind) => tiles[kind].length)],
  ];
  const entries = Buffer.alloc(2 + fields.length * 12 + 4);
  entries.writeUInt16LE(fields.length);
  const rest = [];
  let end = directory + entries.length;
  fields.forEach(([tag, [type, bytes], values], index) => {
    const at = 2 + index * 12;
    entries.writeUInt16LE(tag, at);
    entries.writeUInt16LE(type, at + 2);
    entries.writeUInt32LE(values.length, at + 4);
    if (values.length === 1) {
      entries.writeUIntLE(values[0], at + 8, bytes);
    } else {
      entries.writeUInt32LE(end, at + 8);
      rest.push(Buffer.from(Uint32Array.from(values).buffer));
      end += values.length * 4;
    }
  });
  const head = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(directory, 4);
  const padding = Buffer.alloc(tiles[1].length % 2);
  return Buffer.concat([head, ...tiles, padding, entries, ...rest]);
}

/** A tile full of the nuclei of an image, a PNG in grey of 8 bits that is not interlaced. */
function tileOf(path) {
  const { width, height, samples } = readGrey(readFileSync(path));
  const tile = Buffer.alloc(TILE * TILE);
  for (let row = 0; row < TILE; row++) {
    for (let column = 0; column < TILE; column++) {
      tile[row * TILE + column] = samples[(row % height) * width + (column % width)];
    }
  }
  return tile;
}

function readGrey(png) {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const parts = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const rows = inflateSync(Buffer.concat(parts));
  const samples = Buffer.alloc(width * height);
  for (let row = 0; row < height; row++) {
    const filter = rows[row * (width + 1)];
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const left = column > 0 ? samples[at - 1] : 0;
      const up = row > 0 ? samples[at - width] : 0;
      const corner = row > 0 && column > 0 ? samples[at - width - 1] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      samples[at] = rows[row * (width + 1) + 1 + column] + guess;
    }
  }
  return { width, height, samples };
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value));
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
