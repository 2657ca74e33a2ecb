import type { SegmentResult } from 'maskrcnn-web';
import { Complaint } from '../explain.js';
import { complain } from '../job.js';
import { scene } from './finding.js';
import type { Scene } from './scene.js';
import { paint } from './stage.js';

/** The largest drawing that is saved: browsers have no larger canvases. What is larger is drawn smaller. */
const [MAX_SIDE, MAX_PIXELS] = [16384, 1 << 26];

/** A kind of file that a result can be saved as. */
interface Format {
  /** What follows the image's name in that of the file. */
  ending: string;
  make(result: SegmentResult, scene: Scene): Blob | Promise<Blob>;
}

/** All of them; only what is shown is saved, and an object has the same number in each, in the list and in the image. */
const FORMATS: Record<string, Format> = {
  png: { ending: '-outlined.png', make: (_, scene) => drawing(scene) },
  csv: {
    ending: '-measures.csv',
    make: (result, { image }) => result.toCsv({ image: image.source, imageName: image.name }),
  },
  tif: { ending: '-labels.tif', make: (result) => result.toLabelImage() },
  labels: { ending: '-labels.png', make: (result) => result.toLabelImage({ format: 'png' }) },
  rois: { ending: '-rois.zip', make: (result) => result.toImageJRois() },
  geojson: { ending: '.geojson', make: (result, { image }) => result.toGeoJson({ image: image.source }) },
  coco: {
    ending: '-coco.json',
    make: (result, { image, labels }) => result.toCocoFile({ imageName: image.name, labels }),
  },
  svg: {
    ending: '-outlines.svg',
    make: (result) => new Blob([result.toSvg()], { type: 'image/svg+xml' }),
  },
};

/** The image with what was found in it. */
async function drawing(scene: Scene): Promise<Blob> {
  const { image } = scene;
  const { width, height, overview } = image;
  const scale = Math.min(1, MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_PIXELS / (width * height)));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const isFine = overview.width >= canvas.width || width * height > MAX_PIXELS;
  const bitmap = isFine ? overview : await image.detail({ x: 0, y: 0, width, height });
  paint(canvas, scene, bitmap);
  if (bitmap !== overview) bitmap.close();
  return canvas.convertToBlob();
}

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

async function save(name: string): Promise<void> {
  const now = scene();
  const format = FORMATS[name];
  if (!now?.shown || !format) throw new Complaint('There is nothing to save yet.');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await format.make(now.shown, now));
  const image = now.image.name.replace(/\.\w+$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '-');
  link.download = `${image}${format.ending}`;
  link.click();
  // The download has its own hold on the file as soon as it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
