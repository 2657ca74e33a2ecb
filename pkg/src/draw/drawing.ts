import { checkNumber, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { type Color, colorOf, PALETTE } from './palette.js';

/** How the GPU draws what was found; see {@link Segmenter.drawStream}. */
export interface GpuDrawOptions {
  /** Whether the frame itself is drawn; true by default. Without it the canvas is transparent, to lie above a `<video>`. */
  showFrame?: boolean;
  /** How much a mask hides of the frame, 0 to 1; 0.35 by default. */
  fillOpacity?: number;
  /** Whether the masks' outlines are drawn; true by default. */
  showOutlines?: boolean;
  /** Whether boxes are drawn; by default only for a model without masks. */
  showBoxes?: boolean;
  /** The objects' colours, in turn, the best object first; {@link PALETTE} by default. */
  colors?: readonly Color[];
}

/** What is drawn, and how, as it goes to the engine. */
export interface Drawing {
  showFrame: boolean;
  fillOpacity: number;
  showOutlines: boolean;
  /** Where it is not given, boxes are drawn of objects without masks. */
  showBoxes: boolean | undefined;
  /** One or more, each of whole numbers. */
  colors: readonly Color[];
  /** By the class's number, whether its objects are drawn. */
  classes: readonly boolean[];
  /** The maximum number of objects, the best ones. */
  maxObjects: number;
}

/** Which objects are drawn. */
export type DrawnObjects = Pick<Drawing, 'classes' | 'maxObjects'>;

/** @throws `invalid-input` for an option of the wrong kind */
export function drawingOf(options: GpuDrawOptions, objects: DrawnObjects): Drawing {
  const { showFrame = true, fillOpacity = 0.35, showOutlines = true, showBoxes, colors = PALETTE } = options;
  checkNumber(fillOpacity, 'fillOpacity', { max: 1 });
  for (const [name, value] of Object.entries({ showFrame, showOutlines, showBoxes })) {
    if (value !== undefined && typeof value !== 'boolean')
      throw new MaskRcnnError('invalid-input', `${name} must be true or false, not ${kindOf(value)}`);
  }
  if (!Array.isArray(colors)) {
    const why = typeof colors === 'function' ? ', as the objects stay on the GPU' : '';
    throw new MaskRcnnError('invalid-input', `colors must be an array of colours here${why}, not ${kindOf(colors)}`);
  }
  const list = (colors.length > 0 ? colors : PALETTE).map((_, index) => {
    const [red, green, blue] = colorOf<undefined>(colors, undefined, index);
    return [Math.round(red), Math.round(green), Math.round(blue)] as const;
  });
  return { showFrame, fillOpacity, showOutlines, showBoxes, colors: list, ...objects };
}
