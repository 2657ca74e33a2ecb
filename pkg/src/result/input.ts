/** What of an image the network was given, and how. */
export interface ResultInput {
  /** The channels that the network saw, from 0, in the order of its inputs. */
  channels: number[];
  /** The names of the image's channels, where they are known. */
  channelNames?: string[];
  /** Which plane of a stack it was; fields that are left out are the only one, or the first. */
  plane?: { page?: number; z?: number; t?: number; projection?: 'max' };
  /** Length of a pixel's side in micrometres, where it is known. */
  pixelSize?: number;
  /** Pixels of the network's input for one of the image. */
  scale: number;
  /** The typical diameter of the objects in pixels of the image, where the scale was chosen by it. */
  diameter?: number;
  /** The tiles that the image was cut into: how many, their side and overlap in pixels of the image, how many are done. */
  tiles?: { count: number; side: number; overlap: number; done: number };
}
