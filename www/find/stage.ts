import { type Box, type Detection, draw, PALETTE, type Region } from 'maskrcnn-web';
import { element } from '../element.js';
import { type OpenedImage, regionOf } from '../image/opened-image.js';
import { counted } from '../noun.js';
import type { Scene } from './scene.js';
import { type Layout, layOut, listenForZoom, resetZoom } from './zoom.js';

/** With more objects than this, boxes would hide the image. */
const MAX_BOXED = 25;
/** With more objects than this, they are drawn once, and not again with every move of the pointer. */
const MAX_REDRAWN = 150;
/** A part of the image is read at its full resolution when the overview would have to be enlarged by more than this. */
const MAX_ENLARGED = 1.5;
/** Milliseconds that the view must stand still before it is read. */
const REST = 120;

const stage = element('stage', HTMLElement);
const canvas = element('canvas', HTMLCanvasElement);
let scene: Scene | undefined;
let layout: Layout | undefined;
/** A part of the image at its full resolution. */
let detail: { of: OpenedImage; region: Region; bitmap: ImageBitmap } | undefined;
let reading = new AbortController();
/** All but the object that stands out, and what it was drawn of. */
let drawn: { of: readonly unknown[]; canvas: OffscreenCanvas } | undefined;

/** Shows an image as large as the page allows, and what was found in it. */
export function showScene(next: Scene): void {
  if (next.image !== scene?.image) forgetDetail(next.image);
  scene = next;
  render();
}

/** Draws a whole scene on a canvas of any size. */
export function paint(canvas: HTMLCanvasElement | OffscreenCanvas, scene: Scene, bitmap = scene.image.overview): void {
  const { width, height } = scene.image;
  paintImage(canvas, { x: 0, y: 0, width, height }, [{ bitmap, region: { x: 0, y: 0, width, height } }]);
  paintObjects(canvas, scene, { highlight: undefined });
}

function render(): void {
  if (!scene) return;
  const { image, shown, highlight, labels, result } = scene;
  // On a phone the stage takes the image's shape, and the style sheet needs to know it.
  stage.style.setProperty('--shape', String(image.width / image.height));
  layout = layOut(image);
  const { width, height } = layout.canvas;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const size = { width: Math.round(width * devicePixelRatio), height: Math.round(height * devicePixelRatio) };
  // Setting a size clears the canvas, which is seen to blink.
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const fontSize = (width < 500 ? 11 : 13) * devicePixelRatio;
  const { view } = layout;
  const options = { view, fontSize, highlight };
  if ((shown?.detections.length ?? 0) <= MAX_REDRAWN) {
    paintImage(canvas, view, layersOf(image));
    paintObjects(canvas, scene, options);
  } else {
    const context = canvas.getContext('2d');
    context?.drawImage(allObjects(scene, options), 0, 0);
    if (highlight) paintObjects(canvas, scene, options, [highlight]);
  }
  const count = shown?.detections.length ?? 0;
  canvas.ariaLabel = result ? `${image.name}, with ${counted(count, labels)} outlined` : image.name;
  canvas.dataset.highlight = highlight ? String(scene.places.get(highlight) ?? '') : '';
  sharpen(image, layout);
}

/** What is to be drawn of an image, from coarse to fine. */
function layersOf(image: OpenedImage): { bitmap: ImageBitmap; region: Box }[] {
  const whole = { bitmap: image.overview, region: { x: 0, y: 0, width: image.width, height: image.height } };
  return detail?.of === image ? [whole, detail] : [whole];
}

/** Draws the part of an image that is in view, from bitmaps of regions of it. */
function paintImage(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  view: Box,
  layers: readonly { bitmap: ImageBitmap; region: Box }[],
): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (!context) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const [scaleX, scaleY] = [canvas.width / view.width, canvas.height / view.height];
  for (const { bitmap, region } of layers) {
    // Far enlarged, the pixels themselves are what one looks for.
    context.imageSmoothingEnabled = (scaleX * region.width) / bitmap.width < 4;
    context.drawImage(
      bitmap,
      (region.x - view.x) * scaleX,
      (region.y - view.y) * scaleY,
      region.width * scaleX,
      region.height * scaleY,
    );
  }
  context.imageSmoothingEnabled = true;
}

interface ObjectOptions {
  view?: Box;
  fontSize?: number;
  highlight: Detection | undefined;
}

function paintObjects(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  { image, shown, places, showNumbers }: Scene,
  options: ObjectOptions,
  detections: readonly Detection[] = shown?.detections ?? [],
): void {
  draw(
    canvas,
    null,
    { width: image.width, height: image.height, detections },
    {
      ...options,
      showBoxes: detections.length <= MAX_BOXED,
      // Drawn alone, an object would be number 1.
      showNumbers: showNumbers && detections === shown?.detections,
      colors: (detection: Detection) => PALETTE[(places.get(detection) ?? 0) % PALETTE.length] ?? [255, 255, 255],
    },
  );
}

/** The image with all objects, none of which stands out; drawn again only when something changes. */
function allObjects(scene: Scene, options: ObjectOptions): OffscreenCanvas {
  const { image, shown, showNumbers } = scene;
  const { x, y, width, height } = options.view ?? { x: 0, y: 0, width: 0, height: 0 };
  const of = [image, shown, showNumbers, detail, x, y, width, height, canvas.width, canvas.height];
  if (drawn?.of.every((value, index) => value === of[index])) return drawn.canvas;
  const layer = drawn?.canvas ?? new OffscreenCanvas(canvas.width, canvas.height);
  Object.assign(layer, { width: canvas.width, height: canvas.height });
  paintImage(layer, options.view ?? { x: 0, y: 0, width: image.width, height: image.height }, layersOf(image));
  paintObjects(layer, scene, { ...options, highlight: undefined });
  drawn = { of, canvas: layer };
  return layer;
}

/** Reads what is in view at its full resolution, where the overview is too coarse for it. */
function sharpen(image: OpenedImage, { view, scale }: Layout): void {
  reading.abort();
  const enlarged = (scale * devicePixelRatio * image.width) / image.overview.width;
  if (enlarged <= MAX_ENLARGED || image.overview.width === image.width) return;
  if (detail?.of === image && contains(detail.region, view)) return;
  reading = new AbortController();
  const { signal } = reading;
  const margin = { x: view.width / 4, y: view.height / 4 };
  const region = regionOf(
    {
      x: view.x - margin.x,
      y: view.y - margin.y,
      width: view.width + 2 * margin.x,
      height: view.height + 2 * margin.y,
    },
    image,
  );
  setTimeout(async () => {
    if (signal.aborted || !region) return;
    // What cannot be read is seen as the overview has it, and was complained of where it was segmented.
    const bitmap = await image.detail(region, signal).catch(() => undefined);
    if (!bitmap) return;
    if (signal.aborted || scene?.image !== image) return bitmap.close();
    detail?.bitmap.close();
    detail = { of: image, region, bitmap };
    render();
  }, REST);
}

function contains(outer: Box, inner: Box): boolean {
  const slack = 1;
  return (
    outer.x <= inner.x + slack &&
    outer.y <= inner.y + slack &&
    outer.x + outer.width >= inner.x + inner.width - slack &&
    outer.y + outer.height >= inner.y + inner.height - slack
  );
}

function forgetDetail(next: OpenedImage): void {
  reading.abort();
  detail?.bitmap.close();
  detail = drawn = undefined;
  // Another channel or plane is compared with the last one where it is enlarged.
  if (next.width !== scene?.image.width || next.height !== scene.image.height) resetZoom();
}

/** Tells which object the mouse or a finger is on, if any; `isHeld` when it was clicked. */
export function listenForPointing(onPoint: (detection: Detection | undefined, isHeld: boolean) => void): void {
  const pointed = ({ offsetX, offsetY }: MouseEvent) => {
    if (!scene || !layout) return undefined;
    const { view } = layout;
    const scale = view.width / canvas.clientWidth;
    return scene.shown?.at(view.x + offsetX * scale, view.y + offsetY * scale);
  };
  canvas.addEventListener('pointermove', (event) => onPoint(pointed(event), false));
  canvas.addEventListener('pointerleave', () => onPoint(undefined, false));
  canvas.addEventListener('click', (event) => onPoint(pointed(event), true));
}

let isDue = false;
/** Renders with the next frame, however often it is asked for until then. */
function renderSoon(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    render();
  });
}

listenForZoom(renderSoon);
new ResizeObserver(() => render()).observe(stage);
