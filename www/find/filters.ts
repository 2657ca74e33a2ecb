import type { ResultFilter, SegmentResult } from 'maskrcnn-web';
import { element } from '../element.js';
import { unitOf } from './areas.js';

const threshold = element('threshold', HTMLInputElement);
const least = element('min-area', HTMLInputElement);
const most = element('max-area', HTMLInputElement);
const border = element('exclude-border', HTMLInputElement);
const unit = element('area-unit', HTMLElement);

/** Sets the score from which on objects are shown, 0 to 1. */
export function setThreshold(score: number): void {
  threshold.value = String(Math.round(100 * score));
}

/** What the visitor wants to see of a result: areas are in µm² where its pixels' size is known. */
export function filterFor({ pixelSize }: SegmentResult): ResultFilter {
  const area = ({ value, valueAsNumber }: HTMLInputElement) => {
    if (value === '' || Number.isNaN(valueAsNumber)) return undefined;
    return pixelSize === undefined ? valueAsNumber : { squareMicrometres: valueAsNumber };
  };
  const [minArea, maxArea] = [area(least), area(most)];
  return {
    scoreThreshold: threshold.valueAsNumber / 100,
    ...(minArea !== undefined && { minArea }),
    ...(maxArea !== undefined && { maxArea }),
    ...(border.checked && { excludeBorder: true }),
  };
}

/** What is shown, in words that follow a number of objects. */
export function filterInWords(filter: ResultFilter): string {
  const score = `score above ${threshold.value} %`;
  return Object.keys(filter).length > 1 ? `${score} and pass the filters` : score;
}

/** Says in which unit areas are to be given. */
export function showUnit(pixelSize: number | undefined): void {
  unit.textContent = unitOf(pixelSize);
}

/** Tells when the visitor filters otherwise. */
export function listenForFilters(onChange: () => void): void {
  for (const input of [threshold, least, most, border]) input.addEventListener('input', onChange);
}
