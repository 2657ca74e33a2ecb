import type { Detection } from 'maskrcnn-web';
import { element } from '../element.js';
import { counted } from '../noun.js';

const MAX_BARS = 12;
/** The drawing's parts, in its own units. */
const [WIDTH, HEIGHT, FOOT] = [320, 90, 16];

const panel = element('areas', HTMLElement);
const histogram = document.querySelector('#histogram') as SVGSVGElement;

/** The number of objects with an area from `from` up to, but without, `to` pixels. */
interface Bar {
  from: number;
  to: number;
  count: number;
}

/** Shows how large the objects are: mean, median, extremes and a histogram. Hidden where there are no masks. */
export function showAreas(detections: readonly Detection[], labels: readonly string[]): void {
  const areas = detections.flatMap(({ mask }) => (mask ? [mask.area] : [])).sort((a, b) => a - b);
  panel.hidden = areas.length === 0;
  const [smallest, largest] = [areas[0], areas.at(-1)];
  if (smallest === undefined || largest === undefined) return;
  const facts = {
    'area-mean': areas.reduce((sum, area) => sum + area, 0) / areas.length,
    'area-median': median(areas),
    'area-smallest': smallest,
    'area-largest': largest,
  };
  for (const [id, area] of Object.entries(facts)) element(id, HTMLElement).textContent = inPixels(area);
  drawHistogram(barsOf(areas), labels);
}

/** An area as the page writes it. */
export function inPixels(area: number): string {
  return `${Math.round(area).toLocaleString()} px`;
}

function median(sorted: readonly number[]): number {
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return middle.reduce((sum, area) => sum + area, 0) / middle.length;
}

/** At most a dozen bars of equal, round width. */
function barsOf(sorted: readonly number[]): Bar[] {
  const [smallest, largest] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const least = (largest - smallest + 1) / (MAX_BARS - 1);
  const magnitude = 10 ** Math.floor(Math.log10(least));
  const width = Math.max(1, magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= least) ?? 10));
  const start = Math.floor(smallest / width) * width;
  const bars: Bar[] = [];
  for (let from = start; from <= largest; from += width) bars.push({ from, to: from + width, count: 0 });
  for (const area of sorted) {
    const bar = bars[Math.floor((area - start) / width)];
    if (bar) bar.count++;
  }
  return bars;
}

function drawHistogram(bars: readonly Bar[], labels: readonly string[]): void {
  const most = Math.max(...bars.map(({ count }) => count));
  const step = WIDTH / bars.length;
  const inWords = ({ from, to, count }: Bar) =>
    `${counted(count, labels)} of ${from.toLocaleString()} to ${to.toLocaleString()} px`;
  const drawn = bars.map((bar, i) => {
    const height = ((HEIGHT - FOOT - 2) * bar.count) / most;
    const rect = shape('rect', { x: i * step + 1, y: HEIGHT - FOOT - height, width: step - 2, height });
    const title = shape('title', {});
    title.textContent = inWords(bar);
    rect.append(title);
    return rect;
  });
  const [first, last] = [bars[0], bars.at(-1)];
  const line = shape('path', { d: `M0 ${HEIGHT - FOOT}H${WIDTH}` });
  const from = label(0, 'start', first?.from ?? 0);
  const to = label(WIDTH, 'end', last?.to ?? 0);
  histogram.replaceChildren(...drawn, line, from, to);
  histogram.ariaLabel = `Histogram: ${bars
    .filter(({ count }) => count > 0)
    .map(inWords)
    .join(', ')}`;
}

function label(x: number, anchor: string, area: number): SVGElement {
  const text = shape('text', { x, y: HEIGHT - 3, 'text-anchor': anchor });
  text.textContent = inPixels(area);
  return text;
}

function shape(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}
