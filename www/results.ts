import { type Detection, PALETTE, type SegmentResult } from 'maskrcnn-web';
import { inPixels } from './areas.js';
import { element } from './element.js';

const list = element('list', HTMLOListElement);
const BACKENDS = { webgpu: 'WebGPU', cpu: 'CPU' };

/** Lists the objects above a score; `onPoint` is told which one the visitor points at, if any. */
export function listDetections(
  { detections }: Pick<SegmentResult, 'detections'>,
  scoreThreshold: number,
  onPoint: (detection: Detection | undefined) => void,
): void {
  const items = detections.map((detection, index) => ({ detection, index }));
  const shown = items.filter(({ detection }) => detection.score > scoreThreshold);
  list.replaceChildren(...shown.map(({ detection, index }) => row(detection, index, onPoint)));
}

function row(detection: Detection, index: number, onPoint: (detection: Detection | undefined) => void): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.ariaPressed = 'false';
  const [red, green, blue] = PALETTE[index % PALETTE.length] ?? [0, 0, 0];
  const swatch = cell('swatch', '');
  swatch.style.backgroundColor = `rgb(${red} ${green} ${blue})`;
  const area = detection.mask ? inPixels(detection.mask.area) : '';
  const score = `${Math.round(detection.score * 100)} %`;
  button.append(swatch, cell('label', detection.label), cell('area', area), cell('score', score));

  const isPinned = () => button.ariaPressed === 'true';
  const point = () => onPoint(detection);
  const leave = () => !isPinned() && onPoint(undefined);
  button.addEventListener('pointerenter', point);
  button.addEventListener('pointerleave', leave);
  button.addEventListener('focus', point);
  button.addEventListener('blur', leave);
  // A finger cannot hover: a tap holds the object, and another lets go of it.
  button.addEventListener('click', () => {
    const pin = !isPinned();
    for (const other of list.querySelectorAll('button')) other.ariaPressed = 'false';
    button.ariaPressed = String(pin);
    onPoint(pin ? detection : undefined);
  });
  const item = document.createElement('li');
  item.append(button);
  return item;
}

function cell(name: string, text: string): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = name;
  span.textContent = text;
  return span;
}

/** Fills in the table beneath the list. */
export function showFacts(result: SegmentResult, model: string): void {
  const facts = {
    'fact-time': `${Math.round(result.milliseconds).toLocaleString()} ms`,
    'fact-backend': BACKENDS[result.backend],
    'fact-picture': `${result.width} × ${result.height} px`,
    'fact-model': model,
  };
  for (const [id, text] of Object.entries(facts)) element(id, HTMLElement).textContent = text;
}
