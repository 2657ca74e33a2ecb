import type { SegmentResult } from 'maskrcnn-web';
import { Complaint } from '../explain.js';
import { complain } from '../job.js';
import { scene } from './finding.js';
import type { Scene } from './scene.js';
import { paint } from './stage.js';

/** The largest drawing that is saved: browsers have no larger canvases. What is larger is drawn smaller. */
const [MAX_SIDE, MAX_PIXELS] = [16384, 1 << 26];

/** What a result can be saved as; only what is shown is saved. */
const FORMATS: Record<string, (result: SegmentResult, scene: Scene) => Blob | Promise<Blob>> = {
  png: async (_, scene) => {
    const { image } = scene;
    const { width, height, overview } = image;
    const scale = Math.min(1, MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_PIXELS / (width * height)));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
    const isFine = overview.width >= canvas.width || width * height > MAX_PIXELS;
    const bitmap = isFine ? overview : await image.detail({ x: 0, y: 0, width, height });
    paint(canvas, scene, bitmap);
    if (bitmap !== overview) bitmap.close();
    return canvas.convertToBlob();
  },
  json: (result) => new Blob([JSON.stringify(result.toCoco({ imageId: 1 }))], { type: 'application/json' }),
  csv: (result) => result.toCsv(),
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
  if (!now?.shown || !make) throw new Complaint('There is nothing to save yet.');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await make(now.shown, now));
  link.download = `${now.image.name.replace(/\.\w+$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '-')}-outlined.${format}`;
  link.click();
  // The download has its own hold on the file as soon as it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
