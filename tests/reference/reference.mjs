import { readFile } from 'node:fs/promises';
import { decode } from './safetensors.mjs';

/**
 * Reads a reference case: its picture as RGBA, and how the network is to be loaded for it.
 *
 * @param {string} path a `<name>_ref*.safetensors`
 */
export async function readCase(path) {
  const { metadata, tensors } = decode(await readFile(path));
  const report = JSON.parse(metadata.report);
  const { data, shape } = tensors.get('image_u8');
  const [height, width] = shape;
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * 3, i * 3 + 3), i * 4);
  const proposals = report.variant.startsWith('tiny') ? { preNmsTopN: 500, postNmsTopN: 200 } : {};
  return { width, height, rgba, options: { settings: { input: { minSize: report.min_size }, proposals } } };
}

/**
 * Reads the objects that torchvision found in a reference case, in its order.
 *
 * @param {string | URL} path a `<name>_ref*.safetensors`
 * @returns {Promise<{ box: number[], score: number, classId: number, mask: Uint8Array }[]>} boxes as x1, y1, x2, y2;
 * masks with a byte for each pixel of the image, 0 or 1
 */
export async function readDetections(path) {
  const { tensors } = decode(await readFile(path));
  const [scores, classIds, boxes] = ['scores', 'labels', 'boxes'].map((name) => tensors.get(`det.${name}`).data);
  const [, width] = tensors.get('image_u8').shape.toReversed();
  const { data: bits, shape } = tensors.get('mask.binary_bits');
  const [count, height, rowBytes] = shape;
  const bit = (mask, row, column) => (bits[(mask * height + row) * rowBytes + (column >> 3)] >> (7 - (column & 7))) & 1;
  return Array.from({ length: count }, (_, i) => ({
    box: [...boxes.slice(i * 4, i * 4 + 4)],
    score: scores[i],
    classId: Number(classIds[i]),
    mask: Uint8Array.from({ length: width * height }, (_, at) => bit(i, Math.floor(at / width), at % width)),
  }));
}
