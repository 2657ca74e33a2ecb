import type { Detection, SegmentResult } from 'maskrcnn-web';
import type { OpenedImage } from '../image/opened-image.js';

/** An image and what was found in it. */
export interface Finding {
  image: OpenedImage;
  /** Missing while the network is at work, and has nothing to show yet. */
  result: SegmentResult | undefined;
  /** Whether more is to come: some tiles are not done yet. */
  isPartial?: boolean;
  /** The names of the model's classes. */
  labels: readonly string[];
}

/** What the large canvas shows. */
export interface Scene extends Finding {
  /** What the filters let through. */
  shown: SegmentResult | undefined;
  /** The place of each object in the result, which its colour goes by, whatever is filtered. */
  places: ReadonlyMap<Detection, number>;
  /** The one that stands out. */
  highlight: Detection | undefined;
  /** Whether each object has its number drawn in it. */
  showNumbers: boolean;
}
