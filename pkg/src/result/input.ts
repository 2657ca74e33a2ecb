/** What of an image the network was given, and how. */
export interface ResultInput {
  /** The channels that the network saw, from 0, in the order of its inputs. */
  channels: number[];
  /** The names of the image's channels, where they are known. */
  channelNames?: string[];
  /** Which plane of a stack it was; fields that are left out are the only one, or the first. */
  plane?: InputPlane;
  /** Length of a pixel's side in micrometres, where it is known. */
  pixelSize?: number;
  /** Pixels of the network's input for one of the image. */
  scale: number;
  /** The typical diameter of the objects in pixels of the image, where the scale was chosen by it. */
  diameter?: number;
  /** The tiles that the image was cut into. */
  tiles?: InputTiles;
}

/** A plane of a stack, by where it is in the file; all from 0. */
export interface InputPlane {
  /** The page. */
  page?: number;
  /** The slice. */
  z?: number;
  /** The frame, in time. */
  t?: number;
  /** That it is the largest values along an axis, and not one plane. */
  projection?: 'max';
}

/** The tiles that an image was cut into. */
export interface InputTiles {
  /** How many there are. */
  count: number;
  /** The side of the largest, in pixels of the image. */
  side: number;
  /** How much neighbours share, in pixels of the image. */
  overlap: number;
  /** How many are done; fewer than all where the call was aborted. */
  done: number;
}
