import type { Detection, SegmentResult } from 'maskrcnn-web';
import { element } from '../element.js';
import { counted } from '../noun.js';
import { showAreas } from './areas.js';
import { filterFor, filterInWords, listenForFilters, showUnit } from './filters.js';
import { forgetRows, listDetections, markDetection } from './list.js';
import type { Finding, Scene } from './scene.js';
import { listenForPointing, showScene } from './stage.js';

const headline = element('count', HTMLElement);
const status = element('status', HTMLElement);
const otherModel = element('other-model', HTMLElement);
const numbers = element('show-numbers', HTMLInputElement);

let finding: Finding | undefined;
let shown: SegmentResult | undefined;
let places: ReadonlyMap<Detection, number> = new Map();
let pointed: Detection | undefined;
let chosen: Detection | undefined;

/** Shows an image and what was found in it: outlines, number, areas, list. */
export function show(next: Finding): void {
  // A result keeps its objects when the size of its pixels becomes known.
  const isNew = next.result?.detections !== finding?.result?.detections || next.image !== finding?.image;
  finding = next;
  if (isNew) {
    pointed = chosen = undefined;
    places = new Map(next.result?.detections.map((detection, index) => [detection, index]));
    forgetRows(next.image, { point, hold });
  }
  refresh();
}

/** Shows what is known through the filters as they are now; the network is not asked again. */
export function refresh(): void {
  element('threshold-value', HTMLOutputElement).value = `${element('threshold', HTMLInputElement).value} %`;
  if (!finding) return;
  const { result, labels, isPartial } = finding;
  const filter = result && filterFor(result);
  showUnit(result?.pixelSize);
  shown = filter && result.filter(filter);
  const detections = shown?.detections ?? [];
  redraw();
  // While tiles are still to come, a list would only flicker.
  listDetections(isPartial ? [] : detections, places, result?.pixelSize);
  showAreas(detections, labels, result?.pixelSize);
  headline.textContent = result ? counted(detections.length, labels) : 'Objects';
  otherModel.hidden = !result || isPartial === true || detections.length > 0;
  if (!result || !filter || isPartial) return;
  const all = counted(result.detections.length, labels);
  status.textContent = `${detections.length.toLocaleString()} of ${all} ${filterInWords(filter)}.${shortfall(result)}`;
}

/** What is missing of a result, in words. */
function shortfall({ truncated, input }: SegmentResult): string {
  const tiles = input?.tiles;
  if (tiles && tiles.done < tiles.count) return ` Stopped after ${tiles.done} of ${tiles.count} tiles.`;
  return truncated ? ' There may be more: the model’s limit on their number was reached.' : '';
}

/** What is shown now, if there is an image. */
export function scene(): Scene | undefined {
  return finding && { ...finding, shown, places, highlight: pointed ?? chosen, showNumbers: numbers.checked };
}

/** The object that was chosen, if any. */
export function held(): Detection | undefined {
  return chosen;
}

/** Makes an object stand out while it is pointed at. */
function point(detection: Detection | undefined): void {
  if (detection === pointed) return;
  pointed = detection;
  redraw();
}

/** Makes an object stand out for good; the same one again: no more. */
function hold(detection: Detection | undefined): void {
  chosen = detection === chosen ? undefined : detection;
  redraw();
}

function redraw(): void {
  const now = scene();
  if (!now) return;
  showScene(now);
  markDetection(now.highlight, chosen);
}

listenForFilters(refresh);
numbers.addEventListener('input', redraw);
listenForPointing((detection, isHeld) => (isHeld ? hold(detection) : point(detection)));
