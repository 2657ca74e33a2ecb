import type { SegmentResult } from 'maskrcnn-web';
import { element } from '../element.js';

const BACKENDS = { webgpu: 'WebGPU', cpu: 'CPU' };
const notice = element('no-webgpu', HTMLElement);

/** Says what the network did: how long it took, where, on what. `isChosen`: the visitor asked for this backend. */
export function showFacts({ width, height, timing }: SegmentResult, model: string, isChosen: boolean): void {
  if (!timing) return;
  const { backend, milliseconds } = timing;
  const facts = {
    'fact-time': `${Math.round(milliseconds).toLocaleString()} ms`,
    'fact-backend': BACKENDS[backend],
    'fact-picture': `${width} × ${height} px`,
    'fact-model': model,
  };
  for (const [id, text] of Object.entries(facts)) element(id, HTMLElement).textContent = text;
  notice.hidden = backend !== 'cpu' || isChosen;
  notice.textContent = `${whyNoWebGpu()}, so the CPU does the work. It finds the same, only more slowly.`;
}

function whyNoWebGpu(): string {
  if ('gpu' in navigator && navigator.gpu) return 'This machine has no graphics card that WebGPU could use';
  return isSecureContext ? 'This browser has no WebGPU' : 'WebGPU needs a page that comes over https';
}
