import { checkNumber, checkObject } from '../arguments.js';
import { checkFound, type ResultLike } from '../result/detection.js';
import { contextOf, type DrawableImage, newLayer, paint } from './layer.js';
import { type Color, checkColor, css } from './palette.js';
import { checkRegion, type RegionOptions, replace } from './silhouette.js';

/** How {@link pixelate} conceals. */
export interface PixelateOptions extends RegionOptions {
  /** Side of a block in pixels of the image; a 32nd of the image's longer side by default, and at least 8. */
  blockSize?: number;
}

/** How {@link blur} conceals. */
export interface BlurOptions extends RegionOptions {
  /** About how far colours run, in pixels of the image; a 32nd of the image's longer side by default, at least 8. */
  radius?: number;
}

/** How {@link redact} conceals. */
export interface RedactOptions extends RegionOptions {
  /** The colour that takes the place of what is concealed; black by default. */
  color?: Color;
}

/** How {@link replaceBackground} fills what is not kept. */
export interface BackgroundOptions extends Omit<RegionOptions, 'invert'> {
  /** A colour, or an image that is pulled to the canvas's size; transparent by default. */
  background?: Color | DrawableImage;
}

/**
 * Draws an image on a canvas with its objects, or everything but them, in coarse blocks.
 *
 * **What this does not protect.** It makes an image pleasant to publish, not anonymous. Blocks are averages of what
 * was there: letters and number plates can be guessed by trying, faces can be matched against known ones, and several
 * frames of a video give away more than one. What the network misses stays as it is, and so do clothes, places and
 * a file's metadata. Where somebody could be harmed, use {@link redact}, with a margin, and look at every image.
 *
 * @param image the image that the result is of; may be the canvas itself
 * @throws `invalid-input` for a size that is not above 0, and for a canvas, image or result that cannot be used
 */
export function pixelate(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  image: DrawableImage,
  result: ResultLike,
  options: PixelateOptions = {},
): void {
  checkObject(options, 'the options');
  checkNumber(options.blockSize, 'blockSize', { above: 0 });
  concealBy(canvas, image, result, options, () => {
    return coarsened(image, canvas, result, options.blockSize ?? defaultSize(result), false);
  });
}

/**
 * Draws an image on a canvas with its objects, or everything but them, blurred.
 *
 * What {@link pixelate} does not protect, this does not protect either.
 *
 * @param image the image that the result is of; may be the canvas itself
 * @throws `invalid-input` for a radius that is not above 0, and as {@link pixelate}
 */
export function blur(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  image: DrawableImage,
  result: ResultLike,
  options: BlurOptions = {},
): void {
  checkObject(options, 'the options');
  checkNumber(options.radius, 'radius', { above: 0 });
  concealBy(canvas, image, result, options, () => {
    return coarsened(image, canvas, result, options.radius ?? defaultSize(result), true);
  });
}

/**
 * Draws an image on a canvas with its objects, or everything but them, painted over in one colour.
 *
 * Of the pixels themselves nothing is left; an object's outline can still tell what it was.
 *
 * @param image the image that the result is of; may be the canvas itself
 * @throws `invalid-input` as {@link pixelate}
 */
export function redact(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  image: DrawableImage,
  result: ResultLike,
  options: RedactOptions = {},
): void {
  checkObject(options, 'the options');
  const color = checkColor(options.color ?? [0, 0, 0], 'color');
  concealBy(canvas, image, result, options, () => plain(canvas, color));
}

/**
 * Draws an image's objects on a canvas on another background: a colour, an image, or none.
 *
 * @param image the image that the result is of; may be the canvas itself
 * @throws `invalid-input` as {@link pixelate}
 */
export function replaceBackground(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  image: DrawableImage,
  result: ResultLike,
  options: BackgroundOptions = {},
): void {
  checkObject(options, 'the options');
  const { background } = options;
  concealBy(canvas, image, result, { ...options, invert: true }, () => {
    if (Array.isArray(background)) return plain(canvas, checkColor(background, 'background'));
    const layer = newLayer(canvas);
    if (background) paint(layer, background as DrawableImage, canvas);
    return layer.canvas;
  });
}

function concealBy(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  image: DrawableImage,
  result: ResultLike,
  region: RegionOptions,
  makeReplacement: () => OffscreenCanvas,
) {
  const context = contextOf(canvas);
  checkFound(result);
  checkRegion(region);
  // Made first, in case the image is the canvas itself.
  const replacement = makeReplacement();
  context.save();
  context.resetTransform();
  context.globalCompositeOperation = 'copy';
  paint(context, image, canvas);
  replace(context, replacement, result, region);
  context.restore();
}

function defaultSize({ width, height }: ResultLike): number {
  return Math.max(8, Math.max(width, height) / 32);
}

/** The image with one colour for each block of pixels, the blocks' colours running into each other if wanted. */
function coarsened(
  image: DrawableImage,
  canvas: HTMLCanvasElement | OffscreenCanvas,
  { width, height }: ResultLike,
  blockSize: number,
  isSmooth: boolean,
): OffscreenCanvas {
  let blocks = newLayer(canvas);
  paint(blocks, image, canvas);
  const [columns, rows] = [Math.ceil(width / blockSize), Math.ceil(height / blockSize)];
  // By halves, so that every pixel counts: one large step looks at a few pixels of a block only.
  while (blocks.canvas.width > columns || blocks.canvas.height > rows) {
    const half = newLayer({
      width: Math.max(columns, Math.ceil(blocks.canvas.width / 2)),
      height: Math.max(rows, Math.ceil(blocks.canvas.height / 2)),
    });
    half.imageSmoothingQuality = 'high';
    paint(half, blocks.canvas, half.canvas);
    blocks = half;
  }
  const layer = newLayer(canvas);
  layer.imageSmoothingEnabled = isSmooth;
  layer.imageSmoothingQuality = 'high';
  paint(layer, blocks.canvas, canvas);
  return layer.canvas;
}

function plain(canvas: HTMLCanvasElement | OffscreenCanvas, color: Color): OffscreenCanvas {
  const layer = newLayer(canvas);
  layer.fillStyle = css(color);
  layer.fillRect(0, 0, canvas.width, canvas.height);
  return layer.canvas;
}
