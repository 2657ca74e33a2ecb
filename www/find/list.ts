import type { Detection } from 'maskrcnn-web';
import { element } from '../element.js';
import type { OpenedImage } from '../image/opened-image.js';
import { drawThumbnail } from '../thumbnail.js';
import { inUnit } from './areas.js';

/** What a visitor can do with an object of the list. */
interface Listener {
  /** Points at it, or no longer at any. */
  point(detection: Detection | undefined): void;
  /** Chooses it. */
  hold(detection: Detection): void;
}

/** The maximum number of rows at a time; of more, one turns the pages. */
const MAX_ROWS = 500;

const list = element('list', HTMLElement);
const pages = element('list-pages', HTMLElement);
const range = element('list-range', HTMLElement);
const [previous, next] = [element('list-previous', HTMLButtonElement), element('list-next', HTMLButtonElement)];

/** What the list can show, in order, and where each is. */
let listed: readonly Detection[] = [];
let indexes = new Map<Detection, number>();
let places: ReadonlyMap<Detection, number> = new Map();
let pixelSize: number | undefined;
/** The first one on the page that is shown. */
let first = 0;
let image: OpenedImage | undefined;
let listener: Listener | undefined;
/** The rows that were made for the result: filters come and go, and thumbnails take a moment. */
let rows = new Map<Detection, HTMLElement>();

// There may be hundreds: a thumbnail is drawn when it comes into sight.
const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    target.dispatchEvent(new Event('sight'));
  }
});

/** Begins the list of another result. */
export function forgetRows(next: OpenedImage, listening: Listener): void {
  sight.disconnect();
  rows = new Map();
  first = 0;
  image = next;
  listener = listening;
}

/** Lists objects, best first, each with its image and its number among them; `from`: the places that colours go by. */
export function listDetections(
  detections: readonly Detection[],
  from: ReadonlyMap<Detection, number>,
  size: number | undefined,
): void {
  listed = detections;
  indexes = new Map(detections.map((detection, index) => [detection, index]));
  places = from;
  pixelSize = size;
  if (first >= listed.length) first = 0;
  fill();
}

/** Marks the object that stands out in the image, and the one that was chosen. */
export function markDetection(highlight: Detection | undefined, held: Detection | undefined): void {
  const index = highlight && indexes.get(highlight);
  if (index !== undefined && highlight === held && (index < first || index >= first + MAX_ROWS)) turnTo(index);
  for (const [detection, item] of rows) {
    item.ariaSelected = String(detection === held);
    item.classList.toggle('pointed', detection === highlight);
  }
  const item = highlight && rows.get(highlight);
  if (item?.isConnected && !item.matches(':hover')) scrollTo(item);
}

function turnTo(index: number): void {
  first = Math.floor(index / MAX_ROWS) * MAX_ROWS;
  fill();
  list.scrollTop = 0;
}

/** Shows the page that begins with the first one. */
function fill(): void {
  const end = Math.min(first + MAX_ROWS, listed.length);
  const shown = listed.slice(first, end).map((detection, index) => rowOf(detection, first + index));
  const isSame = shown.length === list.children.length && shown.every((item, index) => item === list.children[index]);
  if (!isSame) list.replaceChildren(...shown);
  const stop = shown.find(({ tabIndex }) => tabIndex === 0) ?? shown[0];
  if (stop) makeStop(stop);
  pages.hidden = listed.length <= MAX_ROWS;
  range.textContent = `${(first + 1).toLocaleString()}–${end.toLocaleString()} of ${listed.length.toLocaleString()}`;
  previous.disabled = first === 0;
  next.disabled = end === listed.length;
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

/** The row of an object, which has the number and the area that it has now. */
function rowOf(detection: Detection, index: number): HTMLElement {
  const item = rows.get(detection) ?? row(detection);
  rows.set(detection, item);
  const [number, area] = [item.querySelector('.number'), item.querySelector('.area')];
  if (number) number.textContent = String(index + 1);
  if (area) area.textContent = detection.mask ? inUnit(detection.mask.area, pixelSize) : '';
  item.ariaSetSize = String(listed.length);
  item.ariaPosInSet = String(index + 1);
  return item;
}

function row(detection: Detection): HTMLElement {
  const item = document.createElement('div');
  item.role = 'option';
  item.tabIndex = -1;
  item.ariaSelected = 'false';
  const thumbnail = document.createElement('canvas');
  item.addEventListener('sight', () => {
    if (image) void drawThumbnail(thumbnail, image, detection, places.get(detection) ?? 0);
  });
  sight.observe(item);
  const score = `${Math.round(detection.score * 100)} %`;
  item.append(cell('number', ''), thumbnail, cell('label', detection.label), cell('area', ''), cell('score', score));

  item.addEventListener('pointerenter', () => listener?.point(detection));
  item.addEventListener('pointerleave', () => listener?.point(undefined));
  item.addEventListener('focus', () => {
    makeStop(item);
    listener?.point(detection);
  });
  item.addEventListener('blur', () => listener?.point(undefined));
  // A finger cannot hover: a tap holds the object, and another releases it.
  item.addEventListener('click', () => listener?.hold(detection));
  return item;
}

function cell(name: string, text: string): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = name;
  span.textContent = text;
  return span;
}

list.addEventListener('keydown', (event) => {
  const shown = [...list.children] as HTMLElement[];
  const at = shown.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 };
  const step = steps[event.key];
  if (event.key === 'Enter' || event.key === ' ') shown[at]?.click();
  else if (step !== undefined) shown[Math.max(0, Math.min(step, shown.length - 1))]?.focus();
  else return;
  event.preventDefault();
});
previous.addEventListener('click', () => turnTo(first - MAX_ROWS));
next.addEventListener('click', () => turnTo(first + MAX_ROWS));
