import { element } from '../element.js';
import type { Device } from './device.js';
import type { Place, Times } from './network-times.js';
import type { Precision } from './peak.js';

/** All that was measured, as it is copied. */
export interface Report {
  page: 'maskrcnn-web, measure this device';
  /** When, by the device's clock, in UTC. */
  date: string;
  device: Device;
  /** Multiplications and additions of the GPU, in 10⁹ a second. */
  peakGflops: Partial<Record<Precision, number>>;
  /** In milliseconds. */
  times: Times[];
  /** What was not measured, and why. */
  notMeasured: string[];
}

const device = element('device', HTMLElement);
const peak = element('peak', HTMLElement);
const table = element('table', HTMLElement);
const rows = element('times', HTMLTableSectionElement);
// On a narrow screen it scrolls, which the keyboard can do as well.
table.tabIndex = 0;
const json = element('json', HTMLTextAreaElement);

/** What a place is called. */
export function placeInWords({ backend, dtype }: Place): string {
  if (backend === 'cpu') return 'CPU';
  return dtype === 'f16' ? 'WebGPU, half precision' : 'WebGPU';
}

/** Shows what the device is. */
export function showDevice({ userAgent, processors, adapter }: Device): void {
  const gpu = adapter && [adapter.vendor, adapter.architecture, adapter.device, adapter.description].filter(Boolean);
  fill(device, {
    Browser: userAgent,
    Processors: processors.toLocaleString(),
    'WebGPU adapter': gpu ? gpu.join(', ') || 'one that the browser does not name' : 'none',
    ...(adapter && {
      'Done by': adapter.isSoftware ? 'the CPU, in software' : 'a GPU',
      'Half precision': adapter.hasF16 ? 'yes' : 'no',
      'Workgroup memory': `${(adapter.limits.maxComputeWorkgroupStorageSize / 1024).toLocaleString()} KiB`,
    }),
  });
}

/** Shows what is measured so far. */
export function showReport(report: Report): void {
  const { peakGflops, times, notMeasured } = report;
  const rates: Record<string, string> = {};
  for (const [precision, rate] of Object.entries(peakGflops)) {
    rates[`Peak of the adapter, ${precision}`] =
      rate >= 1000 ? `${short(rate / 1000)} TFLOP/s` : `${short(rate)} GFLOP/s`;
  }
  fill(peak, { ...rates, ...(notMeasured.length > 0 && { 'Not measured': notMeasured.join('; ') }) });
  rows.replaceChildren(...times.map((times) => rowOf(times, peakGflops)));
  table.hidden = times.length === 0;
  json.value = JSON.stringify(report, (_, value) => (typeof value === 'number' ? Number(value.toFixed(2)) : value), 2);
  element('report', HTMLElement).hidden = times.length === 0 && Object.keys(peakGflops).length === 0;
}

/** The share of the adapter's peak that the whole network reached, 0 to 1; `undefined` where no peak was measured. */
function shareOfPeak({ backend, dtype, stages, warm }: Times, peakGflops: Report['peakGflops']): number | undefined {
  const peak = backend === 'webgpu' ? peakGflops[dtype] : undefined;
  const operations = stages.find(({ stage }) => stage === 'whole')?.operations;
  const median = warm.toSorted((a, b) => a - b)[Math.floor(warm.length / 2)];
  return peak && operations && median ? operations / (median * 1e6) / peak : undefined;
}

function rowOf(times: Times, peakGflops: Report['peakGflops']): HTMLTableRowElement {
  const { side, load, first, warm, objects } = times;
  const share = shareOfPeak(times, peakGflops);
  const sorted = warm.toSorted((a, b) => a - b);
  const [least, median, most] = [sorted.at(0), sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((time) =>
    milliseconds(time ?? 0),
  );
  const row = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = placeInWords(times);
  row.append(head);
  const cells = [
    `${side} × ${side}`,
    milliseconds(load),
    milliseconds(first),
    median,
    `${least} to ${most}`,
    share === undefined ? '–' : `${short(100 * share)} %`,
    `${objects}`,
  ];
  for (const text of cells) row.insertCell().textContent = text ?? '';
  return row;
}

function milliseconds(time: number): string {
  return time >= 10_000 ? `${short(time / 1000)} s` : `${short(time)} ms`;
}

/** Three digits at most, and all that are before the point. */
function short(value: number): string {
  return (value >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString();
}

function fill(list: HTMLElement, entries: Record<string, string>): void {
  list.replaceChildren(
    ...Object.entries(entries).flatMap(([term, text]) => {
      const [name, value] = [document.createElement('dt'), document.createElement('dd')];
      name.textContent = term;
      value.textContent = text;
      return [name, value];
    }),
  );
}
