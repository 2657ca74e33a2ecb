import type { Detection, Inspection } from 'maskrcnn-web';
import { element } from '../element.js';
import type { OpenedImage } from '../image/opened-image.js';
import { drawThumbnail } from '../thumbnail.js';
import { figure } from './figure.js';
import { drawHeat } from './heat-map.js';

const choice = element('instance', HTMLSelectElement);
const thumbnail = element('instance-picture', HTMLCanvasElement);
const bars = element('class-scores', HTMLElement);
const masks = element('class-masks', HTMLElement);
/** The maximum number of classes shown as bars; the others have next to no probability. */
const MAX_BARS = 8;

interface Shown {
  inspection: Inspection;
  image: OpenedImage;
  labels: readonly string[];
}

let shown: Shown | undefined;

/** Shows what the second stage made of one object, at first of the one that was chosen in the other tab. */
export function showInstance(next: Shown, chosen: Detection | undefined): void {
  shown = next;
  const { detections } = next.inspection;
  choice.replaceChildren(
    ...detections.map(({ detection: { label, score } }, index) => {
      return new Option(`${index + 1}: ${label}, ${Math.round(score * 100)} %`, String(index));
    }),
  );
  choice.value = String(
    Math.max(
      0,
      detections.findIndex(({ detection }) => detection === chosen),
    ),
  );
  redraw();
}

function redraw(): void {
  const index = Number(choice.value);
  const instance = shown?.inspection.detections[index];
  element('instance-panel', HTMLElement).hidden = !instance;
  if (!shown || !instance) return;
  const { image, labels } = shown;
  const { detection, classScores, maskFor } = instance;
  void drawThumbnail(thumbnail, image, detection, index, 132);
  thumbnail.ariaLabel = `Object ${index + 1}, ${detection.label}`;

  const scores = Array.from(classScores ?? [], (score, classId) => ({ classId, score }));
  scores.sort((a, b) => b.score - a.score);
  const nameOf = (classId: number) => (classId === 0 ? 'background' : (labels[classId] ?? `class ${classId}`));
  bars.replaceChildren(
    ...scores
      .slice(0, MAX_BARS)
      .map(({ classId, score }) => bar(nameOf(classId), score, classId === detection.classId)),
  );
  const order = [detection.classId, ...scores.map(({ classId }) => classId).filter((id) => id !== detection.classId)];
  masks.replaceChildren(
    ...order.flatMap((classId) => {
      const mask = maskFor.call(instance, classId);
      if (!mask) return [];
      const name = nameOf(classId);
      const drawn = figure(name, `The mask if it is ${name}`);
      drawn.figure.classList.toggle('own', classId === detection.classId);
      drawHeat(drawn.canvas, mask, instance.maskSize);
      return [drawn.figure];
    }),
  );
}

function bar(name: string, score: number, isOwn: boolean): HTMLElement {
  const item = document.createElement('li');
  item.classList.toggle('own', isOwn);
  const meter = document.createElement('meter');
  meter.value = score;
  meter.ariaLabel = name;
  const percent = document.createElement('span');
  percent.textContent = `${(score * 100).toFixed(score < 0.1 ? 1 : 0)} %`;
  item.append(name, meter, percent);
  return item;
}

choice.addEventListener('change', redraw);
