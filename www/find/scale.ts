import type { SegmentOptions } from 'maskrcnn-web';
import { element } from '../element.js';
import { pixelSizeNow } from './input.js';

const scale = element('scale', HTMLSelectElement);
const diameter = element('diameter', HTMLInputElement);
const unit = element('diameter-unit', HTMLElement);

/** Whether the model knows how large its objects are to be; only then can an image be scaled by them. */
export function allowScale(isAllowed: boolean): void {
  (scale.closest('.field') as HTMLElement).hidden = !isAllowed;
  if (!isAllowed) scale.value = '';
  showScale();
}

/** The typical diameter of the objects: `undefined` to take the image as it is. */
export function diameterNow(): SegmentOptions['diameter'] {
  if (scale.value === 'auto') return 'auto';
  const { valueAsNumber } = diameter;
  if (scale.value === '' || !(valueAsNumber > 0)) return undefined;
  return pixelSizeNow() === undefined ? valueAsNumber : { micrometres: valueAsNumber };
}

/** Shows the field for a diameter while it is asked for, in the unit of the image. */
export function showScale(): void {
  (diameter.closest('.field') as HTMLElement).hidden = scale.value !== 'given';
  unit.textContent = pixelSizeNow() === undefined ? 'px' : 'µm';
}

/** Tells when the visitor wants another scale. */
export function listenForScale(onChange: () => void): void {
  scale.addEventListener('change', () => {
    showScale();
    if (scale.value !== 'given' || diameter.value !== '') onChange();
    else diameter.focus();
  });
  diameter.addEventListener('change', onChange);
}
