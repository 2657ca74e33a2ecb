import type { ImageSource, Region } from 'maskrcnn-web';

/** What of a file is looked at. What is left out is the first or, of channels, as the file has them. */
export interface Choice {
  /** One channel, from 0, in grey. */
  channel?: number | undefined;
  /** A page, from 0, of a file that does not say what its pages are. */
  page?: number | undefined;
  /** Position on the z axis, from 0. */
  z?: number | undefined;
  /** Point in time, from 0. */
  t?: number | undefined;
  /** The greatest value over the z axis or, in a file without one, over all pages. */
  projection?: 'max' | undefined;
}

/** What a file offers to choose from. */
export interface Offer {
  /** The channels' names, in their order; colours count as channels. */
  channels: readonly string[];
  /** Whether the channels are red, green and blue, and can be seen together. */
  isColour: boolean;
  pages: number;
  z: number;
  t: number;
}

/** An image that is on the page: what the network takes, and what can be drawn of it. */
export interface OpenedImage {
  /** What the image is called. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** What a segmenter takes. */
  readonly source: ImageSource;
  /** All of it; smaller than the image where that is larger than a canvas should be. */
  readonly overview: ImageBitmap;
  /** Length of a pixel's side in micrometres, where the file says so. */
  readonly pixelSize: number | undefined;
  readonly offer: Offer;
  readonly choice: Choice;
  /** A part of it at its full resolution, as the overview shows it. */
  detail(region: Region, signal?: AbortSignal): Promise<ImageBitmap>;
  /** Another channel or plane of the same file. This image stays usable until it is closed. */
  choose(choice: Choice, signal: AbortSignal): Promise<OpenedImage>;
  /** Frees what is drawn. */
  close(): void;
}

/** The longest side of an overview, in pixels: as much as a large screen shows. */
export const MAX_OVERVIEW = 3072;

/** The part of an image under a box, in whole pixels of it; `undefined` where there is none. */
export function regionOf(
  box: { x: number; y: number; width: number; height: number },
  image: { width: number; height: number },
): Region | undefined {
  const [x, y] = [Math.max(0, Math.floor(box.x)), Math.max(0, Math.floor(box.y))];
  const width = Math.min(image.width, Math.ceil(box.x + box.width)) - x;
  const height = Math.min(image.height, Math.ceil(box.y + box.height)) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
