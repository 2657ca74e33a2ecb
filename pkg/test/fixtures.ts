import assert from 'node:assert/strict';
import { type Detection, Mask, MaskRcnnError, type PlainDetection, SegmentResult, type Size } from '../src/index.ts';

/** A large square with a small one inside, and a box without a mask. */
export function exampleResult(label = 'cell'): SegmentResult {
  const imageSize = { width: 30, height: 20 };
  const square = (x: number, y: number, side: number, score: number, classId: number): Detection => {
    const data = new Uint8Array(side * side).fill(1);
    const box = { x, y, width: side, height: side };
    return { label, classId, score, box, mask: new Mask({ ...box, data, imageSize }) };
  };
  const boxOnly: Detection = {
    label: 'box',
    classId: 3,
    score: 0.25,
    box: { x: 20, y: 2.5, width: 4.5, height: 6 },
    mask: undefined,
  };
  const detections = [square(2, 3, 10, 0.9, 1), square(4, 5, 2, 0.5, 2), boxOnly];
  return new SegmentResult({ ...imageSize, detections, timing: { backend: 'cpu', milliseconds: 12, readBacks: 1 } });
}

/** A detection's mask, which it must have. */
export function maskOf({ mask }: PlainDetection): Mask {
  assert.ok(mask && 'runs' in mask, 'a mask with runs');
  return mask as Mask;
}

/** Tells a {@link MaskRcnnError} of invalid input whose message matches. */
export const isInvalid = (message: RegExp) => (error: unknown) =>
  error instanceof MaskRcnnError && error.code === 'invalid-input' && message.test(error.message);

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Masks of all sizes, from nearly empty to nearly full, some of single pixels and some of blobs, anywhere in a imageSize. */
export function randomMasks(count: number): Mask[] {
  const random = seeded(5);
  const whole = (most: number) => Math.floor(random() * most);
  return Array.from({ length: count }, (_, i) => {
    const [width, height, share, x, y] = [1 + whole(24), 1 + whole(24), random(), whole(9), whole(9)] as const;
    const data = Uint8Array.from({ length: width * height }, () => Number(random() < share));
    if (i % 2) {
      const isClose = ({ column, row, radius }: { column: number; row: number; radius: number }, at: number) =>
        Math.hypot((at % width) - column, Math.floor(at / width) - row) < radius;
      const blob = () => ({ column: whole(width), row: whole(height), radius: random() * 8 });
      const [blobs, hole] = [[blob(), blob(), blob()], blob()];
      data.forEach((_, at) => {
        data[at] = Number(blobs.some((blob) => isClose(blob, at)) && !isClose(hole, at));
      });
    }
    const imageSize = { width: x + width + whole(9), height: y + height + whole(9) };
    return new Mask({ x, y, width, height, data, imageSize });
  });
}

/** A mask of rows of text, where `#` is inside. */
export function drawn(...rows: string[]): Mask {
  const [width, height] = [rows[0].length, rows.length];
  const data = Uint8Array.from(rows.join(''), (letter) => Number(letter === '#'));
  return new Mask({ x: 0, y: 0, width, height, data, imageSize: { width, height } });
}

/** The mask on its whole imageSize. */
export function onImage({ x, y, width, data, imageSize }: Mask): Uint8Array {
  const pixels = new Uint8Array(imageSize.width * imageSize.height);
  data.forEach((pixel, i) => {
    pixels[(y + Math.floor(i / width)) * imageSize.width + x + (i % width)] = pixel;
  });
  return pixels;
}

/** Many small squares, anywhere in an image, that overlap and some of which reach over its edges as boxes do. */
export function crowd(count: number, size: Size): SegmentResult {
  const random = seeded(7);
  const detections = Array.from({ length: count }, (_, i): Detection => {
    const side = 1 + Math.floor(random() ** 4 * 60);
    const [x, y] = [size.width, size.height].map((length) => Math.floor(random() * (length - side)));
    const box = { x, y, width: side, height: side };
    const rest = { label: 'cell', classId: 1, score: 1 - i / count };
    if (i % 5 === 0) return { ...rest, box: { ...box, x: x - 30.5, width: side + 61 }, mask: undefined };
    const runs = side === 1 ? Uint32Array.of(0, 1) : Uint32Array.of(1, side ** 2 - 1);
    return { ...rest, box, mask: new Mask({ ...box, runs, imageSize: size }) };
  });
  return new SegmentResult({ ...size, detections });
}
