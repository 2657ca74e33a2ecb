import { element } from '../element.js';
import type { Choice, OpenedImage } from '../image/opened-image.js';

/** What a visitor says of an image. */
export interface InputListener {
  /** Another channel or plane is to be looked at. */
  choose(choice: Choice): void;
  /** The pixels have another size, see {@link pixelSizeNow}. */
  measure(): void;
}

const panel = element('input', HTMLElement);
const channel = element('channel', HTMLSelectElement);
const projection = element('projection', HTMLInputElement);
const pixelSize = element('pixel-size', HTMLInputElement);
const origin = element('pixel-size-origin', HTMLElement);
/** The sliders of the axes that a file may have. */
const AXES = ['page', 'z', 't'] as const;
const sliders = Object.fromEntries(AXES.map((axis) => [axis, element(axis, HTMLInputElement)])) as Record<
  (typeof AXES)[number],
  HTMLInputElement
>;

let shown: OpenedImage | undefined;

/** Shows what can be chosen of an image and what was; nothing of a camera's. */
export function showInput(image: OpenedImage | undefined): void {
  const isNew = image?.name !== shown?.name || image?.offer.channels.length !== shown?.offer.channels.length;
  shown = image;
  panel.hidden = !image;
  if (!image) return;
  const { offer, choice } = image;
  channel.replaceChildren(
    ...(offer.isColour ? [new Option('Colours', '')] : []),
    ...offer.channels.map((name, index) => new Option(nameOf(name, index), String(index))),
  );
  channel.value = choice.channel === undefined ? '' : String(choice.channel);
  fieldOf(channel).hidden = offer.channels.length < 2;
  const counts = { page: offer.pages, z: offer.z, t: offer.t };
  const projected = offer.z > 1 || offer.z * offer.t === 1 ? Math.max(offer.pages, offer.z) : 1;
  for (const axis of AXES) {
    const slider = sliders[axis];
    slider.max = String(counts[axis] - 1);
    slider.value = String(choice[axis] ?? 0);
    const isProjected = choice.projection !== undefined && axis !== 't';
    slider.disabled = isProjected;
    fieldOf(slider).hidden = counts[axis] < 2;
    showPlace(axis);
  }
  projection.checked = choice.projection === 'max';
  fieldOf(projection).hidden = projected < 2;
  // What the visitor has typed stays while he looks at other planes.
  if (isNew) pixelSize.value = image.pixelSize === undefined ? '' : String(Number(image.pixelSize.toPrecision(6)));
  showOrigin();
}

/** The size of the image's pixels in micrometres, from the file or the visitor, where it is known. */
export function pixelSizeNow(): number | undefined {
  const { valueAsNumber } = pixelSize;
  return valueAsNumber > 0 ? valueAsNumber : undefined;
}

/** Tells when the visitor says something else of the image. */
export function listenForInput(listener: InputListener): void {
  const choose = () => listener.choose(choiceNow());
  for (const axis of AXES) {
    sliders[axis].addEventListener('change', choose);
    sliders[axis].addEventListener('input', () => showPlace(axis));
  }
  channel.addEventListener('change', choose);
  projection.addEventListener('change', choose);
  pixelSize.addEventListener('change', () => {
    showOrigin();
    listener.measure();
  });
}

function choiceNow(): Choice {
  const { offer } = shown as OpenedImage;
  const isProjected = projection.checked;
  const index = (axis: (typeof AXES)[number]) => sliders[axis].valueAsNumber;
  return {
    channel: channel.value === '' ? undefined : Number(channel.value),
    ...(isProjected && { projection: 'max' }),
    ...(!isProjected && offer.pages > 1 && { page: index('page') }),
    ...(!isProjected && offer.z > 1 && { z: index('z') }),
    ...(offer.t > 1 && { t: index('t') }),
  };
}

/** A colour by its name, any other channel by its number and, where it has one, its name. */
function nameOf(name: string, index: number): string {
  if (shown?.offer.isColour) return name.charAt(0).toUpperCase() + name.slice(1);
  return name === String(index + 1) ? name : `${index + 1}: ${name}`;
}

function showPlace(axis: (typeof AXES)[number]): void {
  const { valueAsNumber, max, disabled } = sliders[axis];
  const count = Number(max) + 1;
  const words = disabled ? `all ${count}` : `${valueAsNumber + 1} of ${count}`;
  element(`${axis}-value`, HTMLOutputElement).value = words;
  sliders[axis].ariaValueText = words;
}

function showOrigin(): void {
  const fromFile = shown?.pixelSize !== undefined && Math.abs((pixelSizeNow() ?? 0) / shown.pixelSize - 1) < 1e-4;
  origin.textContent = fromFile ? 'from the file' : '';
}

/** The field that a control is in, with its label. */
function fieldOf(control: HTMLElement): HTMLElement {
  return control.closest('.field') as HTMLElement;
}
