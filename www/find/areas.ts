import type { Detection } from 'maskrcnn-web';
import { element } from '../element.js';
import { counted } from '../noun.js';

const MAX_BARS = 12;
/** The drawing's parts, in its own units. */
const [WIDTH, HEIGHT, FOOT] = [320, 90, 16];

const panel = element('areas', HTMLElement);
const caption = element('area-caption', HTMLElement);
const histogram = document.querySelector('#histogram') as SVGSVGElement;

/** What areas are given in: of µm² the pixels' size must be known. */
type Unit = 'px' | 'µm²';

/** The number of objects with an area from `from` up to, but without, `to` pixels. */
interface Bar {
  from: number;
  to: number;
  count: number;
}

/**
 * Shows how large the objects are: mean, median, extremes and a histogram; in µm² where the pixels' size is known. Hidden
 * where there are no masks.
 */
export function showAreas(
  detections: readonly Detection[],
  labels: readonly string[],
  pixelSize: number | undefined,
): void {
  const areas = detections
    .flatMap(({ mask }) => (mask ? [mask.area * (pixelSize ?? 1) ** 2] : []))
    .sort((a, b) => a - b);
  const unit = unitOf(pixelSize);
  panel.hidden = areas.length === 0;
  const [smallest, largest] = [areas[0], areas.at(-1)];
  if (smallest === undefined || largest === undefined) return;
  const facts = {
    'area-mean': areas.reduce((sum, area) => sum + area, 0) / areas.length,
    'area-median': median(areas),
    'area-smallest': smallest,
    'area-largest': largest,
  };
  for (const [id, area] of Object.entries(facts)) element(id, HTMLElement).textContent = written(area, unit);
  caption.textContent = `How many there are of each area, in ${pixelSize ? 'square micrometres' : 'pixels of the image'}`;
  drawHistogram(barsOf(areas, unit === 'px'), (count) => counted(count, labels), unit);
}

/** An area in pixels as the page writes it: in µm² where the pixels' size is known. */
export function inUnit(area: number, pixelSize: number | undefined): string {
  return written(area * (pixelSize ?? 1) ** 2, unitOf(pixelSize));
}

/** The unit that areas are given in. */
export function unitOf(pixelSize: number | undefined): Unit {
  return pixelSize === undefined ? 'px' : 'µm²';
}

function written(area: number, unit: Unit): string {
  return `${rounded(area, unit)} ${unit}`;
}

/** Whole numbers, but of small areas, which only µm² give, three digits. */
function rounded(area: number, unit: Unit): string {
  return unit === 'px' || area >= 100 ? Math.round(area).toLocaleString() : String(Number(area.toPrecision(3)));
}

function median(sorted: readonly number[]): number {
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return middle.reduce((sum, area) => sum + area, 0) / middle.length;
}

/** At most a dozen bars of equal, round width. */
function barsOf(sorted: readonly number[], isWhole: boolean): Bar[] {
  const [smallest, largest] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const least = (largest - smallest + (isWhole ? 1 : largest / 100)) / (MAX_BARS - 1);
  const magnitude = 10 ** Math.floor(Math.log10(least));
  const width = Math.max(
    isWhole ? 1 : 0,
    magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= least) ?? 10),
  );
  const start = Math.floor(smallest / width) * width;
  const bars = Array.from({ length: Math.floor((largest - start) / width) + 1 }, (_, index): Bar => {
    return { from: start + index * width, to: start + (index + 1) * width, count: 0 };
  });
  for (const area of sorted) {
    const bar = bars[Math.floor((area - start) / width)];
    if (bar) bar.count++;
  }
  return bars;
}

function drawHistogram(bars: readonly Bar[], inNumber: (count: number) => string, unit: Unit): void {
  const most = Math.max(...bars.map(({ count }) => count));
  const step = WIDTH / bars.length;
  const inWords = ({ from, to, count }: Bar) =>
    `${inNumber(count)} of ${rounded(from, unit)} to ${rounded(to, unit)} ${unit}`;
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
  const from = label(0, 'start', written(first?.from ?? 0, unit));
  const to = label(WIDTH, 'end', written(last?.to ?? 0, unit));
  histogram.replaceChildren(...drawn, line, from, to);
  histogram.ariaLabel = `Histogram: ${bars
    .filter(({ count }) => count > 0)
    .map(inWords)
    .join(', ')}`;
}

function label(x: number, anchor: string, area: string): SVGElement {
  const text = shape('text', { x, y: HEIGHT - 3, 'text-anchor': anchor });
  text.textContent = area;
  return text;
}

function shape(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}
