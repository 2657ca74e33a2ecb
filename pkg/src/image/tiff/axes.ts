/** The axes of a file, or of one of its images, beyond width and height, and which page has which plane. */
export interface Axes {
  /** How many pages, in the order of the channels, make a plane. */
  channelPages: number;
  /** Number of positions on the z axis, 1 or more. */
  z: number;
  /** Number of points in time, 1 or more. */
  t: number;
  /** The names of the pages' channels, where all are known. */
  channelNames?: readonly string[] | undefined;
  /** The side of a pixel in micrometres, where these metadata say it. */
  pixelSize?: number | undefined;
  /** The index of the page of a plane; `undefined` where the file has none. */
  pageOf(at: PlaneIndex): number | undefined;
}

/** The place of a page on the axes, each from 0. */
export interface PlaneIndex {
  channel: number;
  z: number;
  t: number;
}
