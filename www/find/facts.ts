import type { SegmentResult } from 'maskrcnn-web';
import { element } from '../element.js';

const BACKENDS = { webgpu: 'WebGPU', cpu: 'CPU' };
const notice = element('no-webgpu', HTMLElement);

/** Forgets what the network did with the last image. */
export function forgetFacts(): void {
  for (const fact of document.querySelectorAll<HTMLElement>('#facts dd')) fact.textContent = '–';
  for (const id of ['fact-channel', 'fact-scale', 'fact-tiles']) {
    (element(id, HTMLElement).parentElement as HTMLElement).hidden = true;
  }
}

/** Says what the network did: how long it took, where, on what. `isChosen`: the visitor asked for this backend. */
export function showFacts(result: SegmentResult, model: string, isChosen: boolean): void {
  const { width, height, timing } = result;
  if (!timing) return;
  const { backend, milliseconds } = timing;
  const facts = {
    'fact-time': `${Math.round(milliseconds).toLocaleString()} ms`,
    'fact-backend': BACKENDS[backend],
    'fact-picture': `${width} × ${height} px`,
    'fact-model': model,
    ...inputInWords(result),
  };
  for (const [id, text] of Object.entries(facts)) {
    const fact = element(id, HTMLElement);
    fact.textContent = text;
    (fact.parentElement as HTMLElement).hidden = text === '';
  }
  notice.hidden = backend !== 'cpu' || isChosen;
  notice.textContent = `${whyNoWebGpu()}, so the CPU does the work. It finds the same, only more slowly.`;
}

/** Which channel, scale and tiles the network took. */
function inputInWords({ input }: SegmentResult): Record<string, string> {
  if (!input) return { 'fact-channel': '', 'fact-scale': '', 'fact-tiles': '' };
  const { channels, channelNames, scale, diameter, tiles } = input;
  const names = [...new Set(channels)].map((channel) => channelNames?.[channel] ?? String(channel + 1));
  const size = diameter === undefined ? '' : `, for objects of ${Number(diameter.toPrecision(3))} px`;
  const isWhole = Math.abs(scale - 1) < 0.005;
  return {
    'fact-channel': names.join(', '),
    'fact-scale': isWhole ? `1 : 1${size}` : `${Number((100 * scale).toPrecision(3))} %${size}`,
    'fact-tiles': tiles ? `${tiles.count.toLocaleString()} of ${tiles.side} px, ${tiles.overlap} px of overlap` : '',
  };
}

function whyNoWebGpu(): string {
  if ('gpu' in navigator && navigator.gpu) return 'This machine has no graphics card that WebGPU could use';
  return isSecureContext ? 'This browser has no WebGPU' : 'WebGPU needs a page that comes over https';
}
