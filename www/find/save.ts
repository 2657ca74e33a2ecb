import type { SegmentResult } from 'maskrcnn-web';
import { Complaint } from '../explain.js';
import { complain } from '../job.js';
import { scene } from './finding.js';
import type { Scene } from './scene.js';
import { paint } from './stage.js';

/** What a result can be saved as; only what is shown is saved. */
const FORMATS: Record<string, (result: SegmentResult, scene: Scene) => Blob | Promise<Blob>> = {
  png: (_, scene) => {
    const canvas = new OffscreenCanvas(scene.image.width, scene.image.height);
    paint(canvas, { ...scene, highlight: undefined });
    return canvas.convertToBlob();
  },
  json: (result) => new Blob([JSON.stringify(result.toCoco({ imageId: 1 }))], { type: 'application/json' }),
  csv: (result) => new Blob([result.toCsv()], { type: 'text/csv' }),
  svg: (result) => new Blob([result.toSvg()], { type: 'image/svg+xml' }),
};

const buttons = document.querySelectorAll<HTMLButtonElement>('#save button');

/** Makes the buttons save what is on the page as files. */
export function listenForSaving(): void {
  for (const button of buttons) {
    button.addEventListener('click', () => void save(button.dataset.format ?? '').catch(complain));
  }
}

/** Lets the buttons be used, or not while there is nothing to save. */
export function allowSaving(isAllowed: boolean): void {
  for (const button of buttons) button.disabled = !isAllowed;
}

async function save(format: string): Promise<void> {
  const now = scene();
  const make = FORMATS[format];
  if (!now?.result || !make) throw new Complaint('There is nothing to save yet.');
  const link = document.createElement('a');
  const { scoreThreshold } = now;
  link.href = URL.createObjectURL(await make(now.result.filter({ scoreThreshold }), now));
  link.download = `${now.name.replace(/\.\w+$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '-')}-outlined.${format}`;
  link.click();
  // The download has its own hold on the file as soon as it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
