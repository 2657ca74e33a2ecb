import type { Detection } from 'maskrcnn-web';
import { element } from '../element.js';
import { counted } from '../noun.js';
import { showAreas } from './areas.js';
import { listDetections, markDetection, showOnly } from './list.js';
import type { Finding, Scene } from './scene.js';
import { listenForPointing, showScene } from './stage.js';

const threshold = element('threshold', HTMLInputElement);
const headline = element('count', HTMLElement);
const status = element('status', HTMLElement);

let finding: Finding | undefined;
let pointed: Detection | undefined;
let chosen: Detection | undefined;

/** Shows an image and what was found in it: outlines, number, areas, list. */
export function show(next: Finding): void {
  const isNew = next.result !== finding?.result;
  finding = next;
  if (isNew) {
    pointed = chosen = undefined;
    listDetections(next, { point, hold });
  }
  redraw();
}

/** Sets the score from which on objects are shown, 0 to 1. */
export function setThreshold(score: number): void {
  threshold.value = String(100 * score);
  redraw();
}

/** What is shown now, if there is an image. */
export function scene(): Scene | undefined {
  return finding && { ...finding, scoreThreshold: threshold.valueAsNumber / 100, highlight: pointed ?? chosen };
}

/** The object that was chosen, if any. */
export function held(): Detection | undefined {
  return chosen;
}

/** Shows what is known, at the slider's threshold; the network is not asked again. */
function redraw(): void {
  element('threshold-value', HTMLOutputElement).value = `${threshold.value} %`;
  const now = scene();
  if (!now) return;
  const { result, labels, scoreThreshold } = now;
  showScene(now);
  const shown = result?.detections.filter(({ score }) => score > scoreThreshold) ?? [];
  showOnly(shown.length);
  showAreas(shown, labels);
  headline.textContent = result ? counted(shown.length, labels) : 'Objects';
  if (!result) return;
  const all = result.detections.length;
  status.textContent = `${shown.length} of ${counted(all, labels)} score above ${threshold.value} %.`;
}

/** Makes an object stand out while it is pointed at. */
function point(detection: Detection | undefined): void {
  if (detection === pointed) return;
  pointed = detection;
  highlight();
}

/** Makes an object stand out for good; the same one again: no more. */
function hold(detection: Detection | undefined): void {
  chosen = detection === chosen ? undefined : detection;
  highlight();
}

function highlight(): void {
  const now = scene();
  if (!now) return;
  showScene(now);
  markDetection(now.highlight, chosen);
}

threshold.addEventListener('input', redraw);
listenForPointing((detection, isHeld) => (isHeld ? hold(detection) : point(detection)));
