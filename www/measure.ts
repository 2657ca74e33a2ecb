/** The page that measures this device: what its GPU could do, and how long the network takes. Nothing is sent. */

import { element } from './element.js';
import { explain } from './explain.js';
import { type Device, describeDevice } from './measure/device.js';
import { type Place, STEPS, timeNetwork } from './measure/network-times.js';
import { measurePeak, type Precision } from './measure/peak.js';
import { placeInWords, type Report, showDevice, showReport } from './measure/report.js';

const status = element('status', HTMLElement);
const alert = element('error', HTMLElement);
const progress = element('progress', HTMLProgressElement);
const start = element('measure', HTMLButtonElement);
const stop = element('stop', HTMLButtonElement);
const software = element('software', HTMLInputElement);

let work = new AbortController();

/** What is to be measured, and what is not and why. */
interface Plan {
  peaks: Precision[];
  places: Place[];
  notMeasured: string[];
}

function planFor({ adapter }: Device): Plan {
  const cpu: Place = { backend: 'cpu', dtype: 'f32' };
  if (!adapter)
    return { peaks: [], places: [cpu], notMeasured: ['WebGPU: this browser or machine has no adapter for it'] };
  if (adapter.isSoftware && !software.checked) {
    return { peaks: [], places: [cpu], notMeasured: ['WebGPU: its adapter is software, which is slower than the CPU'] };
  }
  const peaks: Precision[] = adapter.hasF16 ? ['f32', 'f16'] : ['f32'];
  return { peaks, places: [cpu, ...peaks.map((dtype): Place => ({ backend: 'webgpu', dtype }))], notMeasured: [] };
}

async function measure(device: Device, signal: AbortSignal): Promise<void> {
  const { peaks, places, notMeasured } = planFor(device);
  const report: Report = {
    page: 'maskrcnn-web, measure this device',
    date: new Date().toISOString(),
    device,
    peakGflops: {},
    times: [],
    notMeasured,
  };
  const steps = peaks.length + places.length * STEPS;
  let step = 0;
  const onStep = (words: string) => {
    status.textContent = `${words}…`;
    progress.value = step / steps;
    step += 1;
  };
  showReport(report);
  for (const precision of peaks) {
    onStep(`WebGPU: peak in ${precision}`);
    report.peakGflops[precision] = (await measurePeak(precision, signal)) / 1e9;
    showReport(report);
  }
  for (const place of places) {
    await timeNetwork(place, {
      signal,
      onStep: (words) => onStep(`${placeInWords(place)}: ${words}`),
      onTimes(times) {
        report.times.push(times);
        showReport(report);
      },
    });
  }
}

/** Shows whether something runs; the button that is left has the focus of the one that goes. */
function showRunning(isRunning: boolean): void {
  const [hidden, shown] = isRunning ? [start, stop] : [stop, start];
  const hadFocus = document.activeElement === hidden;
  shown.hidden = false;
  if (hadFocus) shown.focus();
  hidden.hidden = true;
  progress.hidden = !isRunning;
  software.disabled = isRunning;
}

async function run(device: Device): Promise<void> {
  work = new AbortController();
  const { signal } = work;
  alert.hidden = true;
  showRunning(true);
  try {
    await measure(device, signal);
    status.textContent = 'Done.';
  } catch (error) {
    status.textContent = signal.aborted ? 'Stopped.' : 'That did not work.';
    if (signal.aborted) return;
    alert.textContent = explain(error);
    alert.hidden = false;
  } finally {
    showRunning(false);
  }
}

async function copy(): Promise<void> {
  const json = element('json', HTMLTextAreaElement);
  try {
    await navigator.clipboard.writeText(json.value);
    status.textContent = 'Copied.';
  } catch {
    // Without leave to write there, the visitor copies what is now selected.
    json.select();
    status.textContent = 'The browser does not let this page copy. The text is selected: copy it by keyboard or menu.';
  }
}

stop.addEventListener('click', () => work.abort());
element('copy', HTMLButtonElement).addEventListener('click', () => void copy());
describeDevice().then((device) => {
  showDevice(device);
  element('software-field', HTMLElement).hidden = !device.adapter?.isSoftware;
  start.disabled = false;
  start.addEventListener('click', () => void run(device));
});
