import { setUp } from './setup.mjs';

/**
 * Starts Chromium and the server, and opens a page that has as globals `object`, which makes one, `result` with objects
 * that are whole, holed, cut by the edge, covered and empty, `image` with their samples, and `bytesOf`.
 *
 * @param {Record<string, Buffer>} bodies what else is served, by path
 */
export async function withObjects(bodies = {}) {
  const stand = await setUp({ gpu: false }, bodies);
  const page = await stand.page();
  await page.evaluate(() => {
    const { Mask, SegmentResult } = t.maskrcnn;
    const imageSize = { width: 60, height: 40 };
    /** An object of the pixels that a function tells, in a rectangle. */
    globalThis.object = ([x, y, width, height], score, isInside = () => true, fields = {}) => {
      const data = Uint8Array.from({ length: width * height }, (_, i) =>
        Number(isInside(i % width, Math.floor(i / width))),
      );
      const box = { x, y, width, height };
      return { label: 'cell', classId: 1, score, box, mask: new Mask({ ...box, data, imageSize }), ...fields };
    };
    globalThis.result = new SegmentResult({
      ...imageSize,
      detections: [
        object([10, 5, 10, 10], 0.9),
        object([30, 20, 8, 6], 0.8, (x, y) => !(x === 3 && y === 3), { label: '=mitosis, "odd"', classId: 3 }),
        object([0, 30, 6, 4], 0.7),
        // It overlaps the first one, whose pixels those are.
        object([18, 5, 10, 10], 0.6),
        object([50, 30, 4, 4], 0.5, () => false),
      ],
    });
    const samples = Uint16Array.from({ length: 60 * 40 * 2 }, (_, i) => (i % 2 ? 40_000 + (i % 7) : i % 300));
    globalThis.image = { ...imageSize, channels: 2, data: samples, channelNames: ['DAPI', 'GFP'] };
    globalThis.bytesOf = async (blob) => [...new Uint8Array(await blob.arrayBuffer())];
  });
  return { stand, page };
}
