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
  return { width, height, rgba, options: { minSize: report.min_size, ...proposals } };
}
