import type { Detection, Segmenter, SegmentResult } from 'maskrcnn-web';
import { element } from '../element.js';
import { showInstance } from './instance.js';
import { showObjectness } from './objectness.js';
import { showProposals } from './proposals.js';

const status = element('inside-status', HTMLElement);
const figures = element('inside-figures', HTMLElement);
const panel = element('inside', HTMLElement);

/** What the tab shows now: not to be computed again. */
let of: SegmentResult | undefined;

/** A picture whose result is to be looked into. */
interface Looked {
  segmenter: Segmenter;
  picture: ImageBitmap;
  result: SegmentResult;
  /** The object that was chosen, if any. */
  held: Detection | undefined;
}

/** Shows how the network came to a result. It runs once more, because it keeps nothing of its way otherwise. */
export async function lookInside({ segmenter, picture, result, held }: Looked, signal: AbortSignal): Promise<void> {
  if (of === result) return;
  panel.ariaBusy = 'true';
  figures.hidden = true;
  status.textContent = 'Running the network once more, and keeping every stage…';
  try {
    const { inspection, detections } = await segmenter.segment(picture, { inspect: true, signal });
    if (!inspection) return;
    const index = held ? result.detections.indexOf(held) : 0;
    showObjectness(inspection, picture);
    showProposals(inspection, picture);
    showInstance({ inspection, picture, labels: segmenter.labels }, detections[index]);
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
