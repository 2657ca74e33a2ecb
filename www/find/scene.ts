import type { Detection, SegmentResult } from 'maskrcnn-web';

/** An image and what was found in it. */
export interface Finding {
  image: ImageBitmap;
  /** What the image is called. */
  name: string;
  /** Missing while the network is at work. */
  result: SegmentResult | undefined;
  /** The names of the model's classes. */
  labels: readonly string[];
}

/** What the large canvas shows. */
export interface Scene extends Finding {
  /** Objects with this score or less are not shown. */
  scoreThreshold: number;
  /** The one that stands out. */
  highlight: Detection | undefined;
}
