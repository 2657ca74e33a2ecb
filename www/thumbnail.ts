import { type Box, type Detection, PALETTE } from 'maskrcnn-web';
import { type OpenedImage, regionOf } from './image/opened-image.js';

/** Side of a thumbnail in CSS pixels, and how much of the surroundings it shows on each side. */
const [SIDE, MARGIN] = [40, 0.15];

/**
 * Draws one object with a little of what is around it, which is faded; its rim has the object's colour. Where the overview
 * is too coarse for that, the object is read once more.
 */
export async function drawThumbnail(
  canvas: HTMLCanvasElement,
  image: OpenedImage,
  detection: Detection,
  index: number,
  size = SIDE,
): Promise<void> {
  const { width, height, overview } = image;
  paint(canvas, { bitmap: overview, region: { x: 0, y: 0, width, height } }, detection, { index, size });
  if (overview.width === width) return;
  const { box } = detection;
  const shown = Math.max(box.width, box.height, 1) * (1 + 2 * MARGIN);
  const [x, y] = [box.x + box.width / 2 - shown / 2, box.y + box.height / 2 - shown / 2];
  const region = regionOf({ x, y, width: shown, height: shown }, image);
  // What cannot be read, or was closed meanwhile, stays as the overview has it.
  const bitmap = region && (await image.detail(region).catch(() => undefined));
  if (!region || !bitmap) return;
  paint(canvas, { bitmap, region }, detection, { index, size });
  bitmap.close();
}

/** A part of an image. */
interface Part {
  bitmap: ImageBitmap;
  /** What of the image it is. */
  region: Box;
}

function paint(
  canvas: HTMLCanvasElement,
  { bitmap, region }: Part,
  { box, mask }: Detection,
  { index, size }: { index: number; size: number },
): void {
  const side = size * devicePixelRatio;
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d');
  if (!context) return;
  const shown = Math.max(box.width, box.height, 1) * (1 + 2 * MARGIN);
  const scale = side / shown;
  context.scale(scale, scale);
  context.translate(shown / 2 - box.x - box.width / 2, shown / 2 - box.y - box.height / 2);
  context.globalAlpha = 0.4;
  context.drawImage(bitmap, region.x, region.y, region.width, region.height);
  context.globalAlpha = 1;
  const [red, green, blue] = PALETTE[index % PALETTE.length] ?? [0, 0, 0];
  const shape = mask?.toImageData([red, green, blue, 255]);
  if (!mask || !shape) {
    context.drawImage(bitmap, region.x, region.y, region.width, region.height);
    return;
  }
  const layer = new OffscreenCanvas(mask.width, mask.height);
  const inside = layer.getContext('2d');
  if (!inside) return;
  inside.putImageData(shape, 0, 0);
  const rim = 2 / scale;
  for (const [x, y] of [
    [-rim, 0],
    [rim, 0],
    [0, -rim],
    [0, rim],
  ] as const) {
    context.drawImage(layer, mask.x + x, mask.y + y);
  }
  inside.globalCompositeOperation = 'source-in';
  inside.drawImage(bitmap, region.x - mask.x, region.y - mask.y, region.width, region.height);
  context.drawImage(layer, mask.x, mask.y);
}
