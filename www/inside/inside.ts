import type { Detection, Segmenter, SegmentOptions, SegmentResult } from 'maskrcnn-web';
import { element } from '../element.js';
import type { OpenedImage } from '../image/opened-image.js';
import { showInstance } from './instance.js';
import { showObjectness } from './objectness.js';
import { showProposals } from './proposals.js';

const status = element('inside-status', HTMLElement);
const figures = element('inside-figures', HTMLElement);
const panel = element('inside', HTMLElement);

/** What the tab shows now: not to be computed again. */
let of: SegmentResult | undefined;

/** An image whose result is to be looked into. */
interface Looked {
  segmenter: Segmenter;
  image: OpenedImage;
  result: SegmentResult;
  /** The object that was chosen, if any. */
  held: Detection | undefined;
}

/** Shows how the network found a result. It runs again, because it does not keep its intermediate values otherwise. */
export async function lookInside({ segmenter, image, result, held }: Looked, options: SegmentOptions): Promise<void> {
  if (of === result) return;
  const { tiles } = result.input ?? {};
  if (tiles) {
    figures.hidden = true;
    status.textContent = `The network saw this image in ${tiles.count} tiles; here one can follow images that it sees at once.`;
    return;
  }
  panel.ariaBusy = 'true';
  figures.hidden = true;
  status.textContent = 'Running the network once more, and keeping every stage…';
  try {
    const { inspection, detections } = await segmenter.segment(image.source, { ...options, inspect: true });
    if (!inspection) return;
    const index = held ? result.detections.indexOf(held) : 0;
    showObjectness(inspection, image);
    showProposals(inspection, image);
    showInstance({ inspection, image, labels: segmenter.labels }, detections[index]);
    of = result;
    figures.hidden = false;
    status.textContent = '';
  } catch (error) {
    status.textContent = 'Nothing can be shown.';
    throw error;
  } finally {
    panel.ariaBusy = 'false';
  }
}
