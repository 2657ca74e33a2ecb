import type { Detection } from 'maskrcnn-web';
import { element } from '../element.js';
import { drawThumbnail } from '../thumbnail.js';
import { inPixels } from './areas.js';
import type { Finding } from './scene.js';

/** What a visitor can do with an object of the list. */
interface Listener {
  /** Points at it, or no longer at any. */
  point(detection: Detection | undefined): void;
  /** Chooses it. */
  hold(detection: Detection): void;
}

const list = element('list', HTMLElement);
let rows = new Map<Detection, HTMLElement>();

// There may be hundreds: a thumbnail is drawn when it comes into sight.
const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    target.dispatchEvent(new Event('sight'));
  }
});

/** Lists the objects that were found, best first, each with its image. */
export function listDetections(finding: Finding, listener: Listener): void {
  sight.disconnect();
  const detections = finding.result?.detections ?? [];
  rows = new Map(detections.map((detection, index) => [detection, row(finding, detection, index, listener)]));
  list.replaceChildren(...rows.values());
}

/** Shows the first `count` rows of the list. */
export function showOnly(count: number): void {
  const items = [...rows.values()];
  for (const [index, item] of items.entries()) item.hidden = index >= count;
  const stop = items.find(({ tabIndex, hidden }) => tabIndex === 0 && !hidden) ?? items[0];
  if (stop && !stop.hidden) makeStop(stop);
}

/** Marks the object that stands out in the image, and the one that was chosen. */
export function markDetection(highlight: Detection | undefined, held: Detection | undefined): void {
  for (const [detection, item] of rows) {
    item.ariaSelected = String(detection === held);
    item.classList.toggle('pointed', detection === highlight);
  }
  const item = highlight && rows.get(highlight);
  if (item && !item.matches(':hover')) scrollTo(item);
}

/** Scrolls the list, and the list alone. */
function scrollTo(item: HTMLElement): void {
  const [top, bottom] = [item.offsetTop, item.offsetTop + item.offsetHeight];
  if (top < list.scrollTop) list.scrollTop = top;
  if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

/** Makes a row the one that the Tab key reaches; the arrow keys continue from there. */
function makeStop(item: HTMLElement): void {
  for (const other of rows.values()) other.tabIndex = other === item ? 0 : -1;
}

function row({ image }: Finding, detection: Detection, index: number, listener: Listener): HTMLElement {
  const item = document.createElement('div');
  item.role = 'option';
  item.tabIndex = -1;
  item.ariaSelected = 'false';
  const thumbnail = document.createElement('canvas');
  item.addEventListener('sight', () => drawThumbnail(thumbnail, image, detection, index));
  sight.observe(item);
  const area = detection.mask ? inPixels(detection.mask.area) : '';
  const score = `${Math.round(detection.score * 100)} %`;
  item.append(thumbnail, cell('label', detection.label), cell('area', area), cell('score', score));

  item.addEventListener('pointerenter', () => listener.point(detection));
  item.addEventListener('pointerleave', () => listener.point(undefined));
  item.addEventListener('focus', () => {
    makeStop(item);
    listener.point(detection);
  });
  item.addEventListener('blur', () => listener.point(undefined));
  // A finger cannot hover: a tap holds the object, and another releases it.
  item.addEventListener('click', () => listener.hold(detection));
  return item;
}

function cell(name: string, text: string): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = name;
  span.textContent = text;
  return span;
}

list.addEventListener('keydown', (event) => {
  const shown = [...rows.values()].filter(({ hidden }) => !hidden);
  const at = shown.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 };
  const step = steps[event.key];
  if (event.key === 'Enter' || event.key === ' ') shown[at]?.click();
  else if (step !== undefined) shown[Math.max(0, Math.min(step, shown.length - 1))]?.focus();
  else return;
  event.preventDefault();
});
