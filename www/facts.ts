import type { SegmentResult } from 'maskrcnn-web';
import { element } from './element.js';

const BACKENDS = { webgpu: 'WebGPU', cpu: 'CPU' };
const notice = element('no-webgpu', HTMLElement);

/** Says what the network did: how long it took, where, on what. `isChosen`: the visitor asked for this backend. */
export function showFacts(result: SegmentResult, model: string, isChosen: boolean): void {
  const facts = {
    'fact-time': `${Math.round(result.milliseconds).toLocaleString()} ms`,
    'fact-backend': BACKENDS[result.backend],
    'fact-picture': `${result.width} × ${result.height} px`,
    'fact-model': model,
  };
  for (const [id, text] of Object.entries(facts)) element(id, HTMLElement).textContent = text;
  notice.hidden = result.backend !== 'cpu' || isChosen;
  notice.textContent = `${whyNoWebGpu()}, so the CPU does the work. It finds the same, only more slowly.`;
}

function whyNoWebGpu(): string {
  if ('gpu' in navigator && navigator.gpu) return 'This machine has no graphics card that WebGPU could use';
  return isSecureContext ? 'This browser has no WebGPU' : 'WebGPU needs a page that comes over https';
}
