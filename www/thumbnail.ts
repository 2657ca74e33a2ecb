import { type Detection, PALETTE } from 'maskrcnn-web';

/** Side of a thumbnail in CSS pixels, and how much of the surroundings it shows on each side. */
const [SIDE, MARGIN] = [40, 0.15];

/** Draws one object with a little of what is around it, which is faded; its rim has the object's colour. */
export function drawThumbnail(
  canvas: HTMLCanvasElement,
  image: ImageBitmap,
  { box, mask }: Detection,
  index: number,
  size = SIDE,
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
  context.drawImage(image, 0, 0);
  context.globalAlpha = 1;
  const [red, green, blue] = PALETTE[index % PALETTE.length] ?? [0, 0, 0];
  const shape = mask?.toImageData([red, green, blue, 255]);
  if (!mask || !shape) {
    context.drawImage(image, 0, 0);
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
  inside.drawImage(image, -mask.x, -mask.y);
  context.drawImage(layer, mask.x, mask.y);
}
