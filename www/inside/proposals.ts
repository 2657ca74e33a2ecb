import type { Inspection } from 'maskrcnn-web';
import { element } from '../element.js';
import type { OpenedImage } from '../image/opened-image.js';
import { levelColor } from './colors.js';
import { figure } from './figure.js';
import { onImage, outline } from './image-canvas.js';

type Proposal = Inspection['proposals'][number];

const number = element('proposal-number', HTMLInputElement);
const before = figure('', '');
const after = figure('', '');
const pooled = figure('', '');
let shown: { inspection: Inspection; image: OpenedImage } | undefined;

/** Shows the boxes that the first stage proposes, before and after suppression, and where the second stage pools them. */
export function showProposals(inspection: Inspection, image: OpenedImage): void {
  shown = { inspection, image };
  element('suppression', HTMLElement).replaceChildren(before.figure, after.figure);
  element('pooling', HTMLElement).replaceChildren(pooled.figure, legend(inspection.proposals));
  redraw();
}

function redraw(): void {
  element('proposal-number-value', HTMLOutputElement).value = number.value;
  if (!shown) return;
  const { inspection, image } = shown;
  const most = number.valueAsNumber;
  const best = (all: readonly Proposal[]) => all.toSorted((a, b) => b.score - a.score).slice(0, most);
  const { candidates, proposals } = inspection;
  paint(
    before,
    best(candidates),
    image,
    `Before suppression: the best ${most} of ${candidates.length.toLocaleString()}`,
    'score',
  );
  paint(after, best(proposals), image, `After it: the best ${most} of ${proposals.length.toLocaleString()}`, 'score');
  paint(pooled, best(proposals), image, `The best ${most} of ${proposals.length.toLocaleString()} by level`, 'level');
}

function paint(
  { figure, canvas }: typeof before,
  proposals: readonly Proposal[],
  image: OpenedImage,
  words: string,
  by: 'score' | 'level',
): void {
  const context = onImage(canvas, image);
  const boxes = proposals.map(({ box, score, level }) => ({
    box,
    color: by === 'level' ? levelColor(level) : `rgb(86 180 233 / ${0.15 + 0.75 * score})`,
  }));
  if (context) outline(context, boxes);
  canvas.ariaLabel = words;
  (figure.lastElementChild as HTMLElement).textContent = words;
}

/** How many of all proposals each level gets. */
function legend(proposals: readonly Proposal[]): HTMLElement {
  const list = document.createElement('ul');
  list.className = 'legend';
  for (const level of ['P2', 'P3', 'P4', 'P5']) {
    const item = document.createElement('li');
    const swatch = document.createElement('span');
    swatch.style.backgroundColor = levelColor(level);
    const count = proposals.filter((proposal) => proposal.level === level).length;
    item.append(swatch, `${level}: ${count.toLocaleString()} ${count === 1 ? 'proposal' : 'proposals'}`);
    list.append(item);
  }
  return list;
}

number.addEventListener('input', redraw);
