import type { Box, Size } from 'maskrcnn-web';
import { element } from '../element.js';

/** How the image lies in the stage. */
export interface Layout {
  /** The part of the image that is seen, in pixels of the image. */
  view: Box;
  /** The canvas in CSS pixels. */
  canvas: Size;
  /** CSS pixels for one of the image. */
  scale: number;
}

/** How much a press of a button enlarges, and the most that a pixel of the image can be enlarged to. */
const [STEP, MAX_SCALE] = [1.5, 16];

const stage = element('stage', HTMLElement);
const scroller = element('scroller', HTMLElement);
/** As large as the whole image would be: what the scroller scrolls, while the canvas stays in sight. */
const ground = element('ground', HTMLElement);
const buttons = { out: element('zoom-out', HTMLButtonElement), in: element('zoom-in', HTMLButtonElement) };
const fit = element('zoom-fit', HTMLButtonElement);

/** CSS pixels for one of the image; `undefined` while all of it is to be seen. */
let wanted: number | undefined;
let image: Size = { width: 1, height: 1 };
let onChange = () => {};

/** Forgets how far the last image was enlarged. */
export function resetZoom(): void {
  wanted = undefined;
}

/** Lays an image out in the stage, as far enlarged as the visitor wants it. */
export function layOut(next: Size): Layout {
  image = next;
  const { width, height } = image;
  const least = fitting();
  const scale = Math.max(least, Math.min(wanted ?? least, MAX_SCALE));
  const isFit = scale <= least;
  stage.classList.toggle('enlarged', !isFit);
  if (isFit) wanted = undefined;
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  ground.style.width = `${size.width}px`;
  ground.style.height = `${size.height}px`;
  // What can be scrolled must be reached by keyboard.
  if (isFit) scroller.removeAttribute('tabindex');
  else scroller.tabIndex = 0;
  buttons.out.disabled = fit.disabled = isFit;
  buttons.in.disabled = scale >= MAX_SCALE;
  const canvas = {
    width: Math.min(size.width, scroller.clientWidth),
    height: Math.min(size.height, scroller.clientHeight),
  };
  if (isFit) return { view: { x: 0, y: 0, width, height }, canvas: size, scale };
  const view = {
    x: scroller.scrollLeft / scale,
    y: scroller.scrollTop / scale,
    width: canvas.width / scale,
    height: canvas.height / scale,
  };
  return { view, canvas, scale };
}

/** Calls back when the visitor enlarges the image, or moves it. */
export function listenForZoom(changed: () => void): void {
  onChange = changed;
}

function fitting(): number {
  return Math.min(stage.clientWidth / image.width, stage.clientHeight / image.height);
}

/** Enlarges about a point of the scroller, which stays where it is. */
function zoomTo(scale: number, x = scroller.clientWidth / 2, y = scroller.clientHeight / 2): void {
  const before = wanted ?? fitting();
  wanted = Math.max(fitting(), Math.min(scale, MAX_SCALE));
  const at = (offset: number, scroll: number, size: number, shown: number) =>
    // An image that does not fill the stage lies in its middle.
    (offset + scroll - Math.max(0, (shown - size * before) / 2)) / before;
  const [column, row] = [
    at(x, scroller.scrollLeft, image.width, scroller.clientWidth),
    at(y, scroller.scrollTop, image.height, scroller.clientHeight),
  ];
  layOut(image);
  const { scrollLeft, scrollTop } = scroller;
  scroller.scrollTo(column * wanted - x, row * wanted - y);
  if (scrollLeft === scroller.scrollLeft && scrollTop === scroller.scrollTop) onChange();
  onChange();
}

const current = () => wanted ?? fitting();
buttons.in.addEventListener('click', () => zoomTo(current() * STEP));
buttons.out.addEventListener('click', () => zoomTo(current() / STEP));
fit.addEventListener('click', () => zoomTo(0));
scroller.addEventListener('scroll', () => onChange());
// Touchpads report pinching as a wheel with the control key; the wheel alone scrolls, as everywhere.
scroller.addEventListener(
  'wheel',
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = scroller.getBoundingClientRect();
    zoomTo(current() * Math.exp(-event.deltaY / 200), event.clientX - left, event.clientY - top);
  },
  { passive: false },
);
scroller.addEventListener('keydown', ({ key }) => {
  if (key === '+' || key === '=') zoomTo(current() * STEP);
  if (key === '-') zoomTo(current() / STEP);
  if (key === '0') zoomTo(0);
});

// A mouse drags the image; a finger scrolls it by itself.
let dragged: { x: number; y: number; isMoved: boolean } | undefined;
scroller.addEventListener('pointerdown', (event) => {
  if (event.pointerType !== 'mouse' || event.button !== 0) return;
  dragged = { x: event.clientX, y: event.clientY, isMoved: false };
});
window.addEventListener('pointermove', (event) => {
  if (!dragged || event.buttons === 0) return;
  const [x, y] = [event.clientX - dragged.x, event.clientY - dragged.y];
  if (!dragged.isMoved && Math.hypot(x, y) < 4) return;
  scroller.scrollBy(-x, -y);
  dragged = { x: event.clientX, y: event.clientY, isMoved: true };
});
// The click at the end of a drag chooses nothing.
window.addEventListener(
  'click',
  (event) => {
    if (dragged?.isMoved && scroller.contains(event.target as Node)) event.stopPropagation();
    dragged = undefined;
  },
  { capture: true },
);
