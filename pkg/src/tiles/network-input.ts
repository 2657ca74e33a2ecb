import { channelIndices } from '../image/channels.js';
import { sizeOfImage } from '../image/pixels.js';
import { isRegionImage } from '../image/region-image.js';
import type { TakenImage } from '../image/source.js';
import type { PartialSettings, Settings } from '../model/settings.js';
import type { SegmentOptions } from '../options.js';

/** What an image is, as far as it matters for how the network sees it. */
export interface ImageFacts {
  width: number;
  height: number;
  /** Number of channels; those of an image of the browser are red, green, blue and transparency. */
  channels: number;
  channelNames: readonly string[] | undefined;
  /** Length of a pixel's side in micrometres, where it is known. */
  pixelSize: number | undefined;
}

/** Which objects a caller wants, as far as options other than settings say it. */
interface DetectionChoice {
  classes: readonly string[] | undefined;
  excludeClasses: readonly string[] | undefined;
  maxDetections: number | undefined;
}

/** The maximum number of objects that the network gives at once. */
export const MAX_DETECTIONS = 1000;

/** What browsers' images call their channels. */
const RGBA = ['red', 'green', 'blue', 'alpha'];

/** The channels of images of the browser. */
export const RGBA_FACTS = { channels: RGBA.length, channelNames: RGBA } as const;

/**
 * The facts of an image.
 *
 * @param named what the source says of its channels, which pixels on their way to the engine do not
 */
export function factsOf(image: TakenImage, named: readonly string[] | undefined): ImageFacts {
  if (isRegionImage(image)) {
    const { width, height } = image;
    return { width, height, channels: image.channels, channelNames: image.channelNames, pixelSize: image.pixelSize };
  }
  const { width, height } = sizeOfImage(image);
  if ('data' in image && image.channels !== undefined) {
    return { width, height, channels: image.channels, channelNames: named, pixelSize: image.pixelSize };
  }
  return { width, height, ...RGBA_FACTS, pixelSize: undefined };
}

/**
 * The settings of one call, some of them: the caller's, with the options that are settings.
 *
 * @throws `invalid-input` for a channel that the image does not have
 */
export function callSettings(
  options: SegmentOptions,
  { channels: count, channelNames: names }: Pick<ImageFacts, 'channels' | 'channelNames'>,
): PartialSettings {
  const { settings, scoreThreshold, channels } = options;
  return {
    ...settings,
    ...(channels !== undefined && {
      input: { ...settings?.input, channels: channelIndices(channels, { count, names }) },
    }),
    ...(scoreThreshold !== undefined && { detections: { ...settings?.detections, scoreThreshold } }),
  };
}

/** Which of the objects that were found the caller wants. */
export function callFilter({ classes, excludeClasses, maxDetections, settings }: SegmentOptions): DetectionChoice {
  return { classes, excludeClasses, maxDetections: maxDetections ?? settings?.detections?.maxDetections };
}

/** A scale without what rounding leaves after its twelfth digit. */
export function tidy(scale: number): number {
  return Number(scale.toPrecision(12));
}

/** All settings, of which `changes` replace some. */
export function merged(settings: Settings, changes: PartialSettings): Settings {
  return {
    input: { ...settings.input, ...changes.input },
    anchors: { ...settings.anchors, ...changes.anchors },
    proposals: { ...settings.proposals, ...changes.proposals },
    detections: { ...settings.detections, ...changes.detections },
  };
}

/**
 * Whether an image may have to be cut or scaled by the size of its objects. The module for objects, which is fetched for
 * that, decides.
 */
export function mayNeedTiles(options: SegmentOptions, { width, height }: ImageFacts, settings: Settings): boolean {
  const { tile = 'auto', diameter } = options;
  if (diameter !== undefined || typeof tile === 'number') return true;
  if (tile === false || options.inspect) return false;
  const { minScale, minSize, maxSize } = settings.input;
  const wanted = Math.max(minSize / Math.min(width, height), minScale);
  return hasOwnScale(settings.input) && wanted * Math.max(width, height) > maxSize;
}

/** Whether the model sees objects at a scale of their own, and not at one that depends on the size of the image. */
export function hasOwnScale({ minScale, objectDiameter }: Settings['input']): boolean {
  return minScale > 0 || typeof objectDiameter === 'number';
}
