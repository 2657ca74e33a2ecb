import { checkNumber, checkObject } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { MOVED_DRAW_OPTIONS, refuseMoved } from '../moved-options.js';
import { checkDetection, checkFound, type Detection, isSame, type ResultLike } from '../result/detection.js';
import type { Box, Point, Size } from '../result/geometry.js';
import type { Mask } from '../result/mask.js';
import { type Context, contextOf, type DrawableImage, paint } from './layer.js';
import { fontSizeOn, lineWidthFor } from './line-width.js';
import { type Color, type Colors, colorOf, css, opposite, PALETTE } from './palette.js';
import { checkView, isSeen, type Placement, place, placementOf } from './view.js';

/** How {@link draw} draws. */
export interface DrawOptions {
  /** Only objects whose score is greater than this; 0 by default. */
  scoreThreshold?: number;
  /** How much a mask hides of the image, 0 to 1; 0.35 by default. */
  fillOpacity?: number;
  /** Whether the masks' outlines are drawn; true by default. */
  showOutlines?: boolean;
  /** Whether boxes are drawn; by default only those of objects without a mask. */
  showBoxes?: boolean;
  /** Whether labels are drawn; by default those of 25 objects at most, and that of the one that stands out. */
  showLabels?: boolean;
  /** Whether scores are drawn beside the labels; by default as {@link DrawOptions.showLabels} is by default. */
  showScores?: boolean;
  /**
   * Whether each object has its number drawn in its middle: its place in the result's `detections`, from 1, as in CSV files,
   * label images and regions of interest of the same result; `false` by default.
   */
  showNumbers?: boolean;
  /** Height of the labels' letters in pixels of the canvas, lines go with it; by default it grows with the canvas. */
  fontSize?: number;
  /** The objects' colours, in turn or by object and its place in `detections`; {@link PALETTE} by default. */
  colors?: Colors<Detection>;
  /**
   * The part of the image that fills the canvas, in pixels of the image: to zoom in. It may reach over the image's edges; by
   * default it is the whole image.
   */
  view?: Box;
  /** The one object that stands out while the others fade. */
  highlight?: Detection | null | undefined;
}

/** With more objects than this, labels would hide the image. */
const MAX_LABELLED = 25;
/** Objects that are smaller on the canvas, in its pixels, are dots: their outlines could not be told apart. */
const MAX_DOT = 3;

/** One object as it is drawn: its box in pixels of the canvas. */
interface Item {
  detection: Detection;
  /** Its place in the result, from 1. */
  number: number;
  box: Box;
  color: Color;
  /** The mask's outlines in pixels of the canvas. */
  outline: Path2D | undefined;
  isHighlighted: boolean;
  /** Whether it is too small for an outline. */
  isDot: boolean;
}

/**
 * Draws what was found on a canvas of any size: masks, outlines, boxes, labels and scores.
 *
 * The image, or the part of it that is the `view`, is scaled to fill the whole canvas. Nothing is computed again, so a threshold can follow a slider.
 *
 * @param image the image that the result is of, drawn first; with `null` what the canvas shows stays beneath
 * @throws `invalid-input` where the canvas was handed over or has another kind of context than `'2d'`, or for a
 * result or an option that is not valid
 */
export function draw(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  image: DrawableImage | null | undefined,
  result: ResultLike,
  options: DrawOptions = {},
): void {
  const context = contextOf(canvas);
  if (Array.isArray((image as Partial<ResultLike> | null | undefined)?.detections)) {
    throw new MaskRcnnError('invalid-input', 'the image goes before the result: draw(canvas, image, result, options)');
  }
  checkFound(result);
  checkDrawOptions(options);
  const placement = placementOf(canvas, result, options.view);
  const items = itemsOf(canvas, placement, result, options);
  const isReadable = items.length <= MAX_LABELLED || Boolean(options.highlight);
  const { fillOpacity = 0.35, showOutlines = true, showNumbers = false, showBoxes, highlight } = options;
  const { showLabels = isReadable, showScores = isReadable } = options;
  const { fontSize = fontSizeOn(canvas) } = options;

  context.save();
  context.resetTransform();
  context.lineJoin = 'round';
  context.font = `600 ${fontSize}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  if (image) {
    const { scaleX, scaleY, left, top } = placement;
    context.translate(-left, -top);
    paint(context, image, { width: result.width * scaleX, height: result.height * scaleY });
    context.resetTransform();
  }
  const layer = (wanted: boolean, paintItem: (item: Item) => void) => {
    for (const item of wanted ? items : []) {
      const isFaded = highlight && !item.isHighlighted;
      context.globalAlpha = isFaded ? 0.2 : 1;
      context.lineWidth = highlight && !isFaded ? fontSize / 4 : lineWidthFor(fontSize);
      context.strokeStyle = css(item.color);
      paintItem(item);
    }
  };
  layer(fillOpacity > 0, ({ outline, color }) => {
    context.globalAlpha *= fillOpacity;
    context.fillStyle = css(color);
    if (outline) context.fill(outline, 'evenodd');
  });
  layer(showOutlines, ({ outline, color, box, isDot }) => {
    if (isDot) {
      context.fillStyle = css(color);
      context.fillRect(box.x, box.y, Math.max(1, box.width), Math.max(1, box.height));
    }
    if (!outline) return;
    const { lineWidth, globalAlpha } = context;
    // A rim, so that a colour is seen on a ground of its own kind, too.
    context.lineWidth *= 1.6;
    context.globalAlpha *= 0.5;
    context.strokeStyle = css(opposite(color));
    context.stroke(outline);
    Object.assign(context, { lineWidth, globalAlpha, strokeStyle: css(color) });
    context.stroke(outline);
  });
  layer(showBoxes !== false, ({ box, outline, isDot }) => {
    if (showBoxes || !(outline || isDot)) context.strokeRect(box.x, box.y, box.width, box.height);
  });
  layer(showNumbers, ({ number, detection, isDot }) => {
    if (isDot) return;
    drawNumber(context, number, place({ ...middleOf(detection), width: 0, height: 0 }, placement));
  });
  layer(showLabels || showScores, ({ detection, box, color, isHighlighted }) => {
    if (highlight && !isHighlighted) return;
    const percent = `${Math.round(detection.score * 100)} %`;
    const text = [showLabels ? detection.label : '', showScores ? percent : ''].join('  ').trim();
    drawLabel(context, text, box, color, fontSize);
  });
  context.restore();
}

function checkDrawOptions(options: DrawOptions): void {
  checkObject(options, 'the options');
  refuseMoved(options, MOVED_DRAW_OPTIONS);
  checkNumber(options.scoreThreshold, 'scoreThreshold');
  checkNumber(options.fillOpacity, 'fillOpacity', { max: 1 });
  checkNumber(options.fontSize, 'fontSize', { above: 0 });
  checkView(options.view);
  if (options.highlight) checkDetection(options.highlight);
}

/** What is to be drawn, the best last and so on top; a highlighted object above all. */
function itemsOf(canvas: Size, placement: Placement, result: ResultLike, options: DrawOptions): Item[] {
  const { scoreThreshold = 0, highlight, colors = PALETTE } = options;
  return result.detections
    .flatMap((detection, index): Item[] => {
      const { mask } = detection;
      const box = place(detection.box, placement);
      const isInView = !options.view || isSeen(box, canvas) || (mask && isSeen(place(mask, placement), canvas));
      if (detection.score <= scoreThreshold || !isInView) return [];
      const isHighlighted = Boolean(highlight && isSame(detection, highlight));
      const isDot = Math.max(box.width, box.height) < MAX_DOT && !isHighlighted;
      const outline = mask && !isDot ? outlineOf([mask], placement) : undefined;
      const color = colorOf(colors, detection, index);
      return [{ detection, number: index + 1, box, color, outline, isHighlighted, isDot }];
    })
    .reverse()
    .sort((a, b) => Number(a.isHighlighted) - Number(b.isHighlighted));
}

// An image is drawn again with every move of the pointer; its outlines stay the same.
const paths = new WeakMap<Mask, Path2D>();

/** The outlines of masks, in pixels of the canvas that the image lies on. */
export function outlineOf(masks: readonly Mask[], { scaleX, scaleY, left, top }: Placement): Path2D {
  const outline = new Path2D();
  for (const mask of masks) {
    const path = paths.get(mask) ?? new Path2D(mask.toSvgPath());
    paths.set(mask, path);
    outline.addPath(path, { a: scaleX, d: scaleY, e: -left, f: -top });
  }
  return outline;
}

/** Where an object's number is drawn: at its mask's centre of mass or, without one, the box's centre. */
function middleOf({ box, mask }: Detection): Point {
  return mask?.centroid ?? { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Writes a number in white with a dark rim, which is seen on any ground. */
function drawNumber(context: Context, number: number, { x, y }: Point): void {
  context.save();
  context.textAlign = 'center';
  context.lineWidth *= 1.5;
  context.strokeStyle = css([0, 0, 0]);
  context.fillStyle = css([255, 255, 255]);
  context.strokeText(String(number), x, y);
  context.fillText(String(number), x, y);
  context.restore();
}

/** Writes on a plate of the object's colour, above its box where there is room, never outside of the canvas. */
function drawLabel(context: Context, text: string, box: Box, color: Color, fontSize: number) {
  const { canvas, lineWidth } = context;
  const width = context.measureText(text).width + fontSize * 0.8;
  const height = fontSize * 1.5;
  const x = Math.max(0, Math.min(box.x - lineWidth / 2, canvas.width - width));
  const y = Math.max(0, Math.min(box.y < height ? box.y : box.y - height, canvas.height - height));
  context.fillStyle = css(color);
  context.fillRect(x, y, width, height);
  context.fillStyle = css(opposite(color));
  context.fillText(text, x + fontSize * 0.4, y + height / 2);
}
