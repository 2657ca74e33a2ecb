import { type Detection, draw } from 'maskrcnn-web';
import { element } from '../element.js';
import { counted } from '../noun.js';
import type { Scene } from './scene.js';

/** With more objects than this, boxes would hide the image. */
const MAX_BOXED = 25;

const stage = element('stage', HTMLElement);
const canvas = element('canvas', HTMLCanvasElement);
let scene: Scene | undefined;

/** Shows an image as large as the page allows, and what was found in it. */
export function showScene(next: Scene): void {
  scene = next;
  const { image, name, result, scoreThreshold, highlight, labels } = scene;
  // On a phone the stage takes the image's shape, and the style sheet needs to know it.
  stage.style.setProperty('--shape', String(image.width / image.height));
  const fit = Math.min(stage.clientWidth / image.width, stage.clientHeight / image.height);
  const [width, height] = [Math.round(image.width * fit), Math.round(image.height * fit)];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  paint(canvas, scene, (width < 500 ? 11 : 13) * devicePixelRatio);
  const count = result?.detections.filter(({ score }) => score > scoreThreshold).length ?? 0;
  canvas.ariaLabel = result ? `${name}, with ${counted(count, labels)} outlined` : name;
  canvas.dataset.highlight = highlight ? String(result?.detections.indexOf(highlight)) : '';
}

/** Draws a scene on a canvas of any size. */
export function paint(canvas: HTMLCanvasElement | OffscreenCanvas, scene: Scene, fontSize?: number): void {
  const { image, result, scoreThreshold, highlight } = scene;
  const detections = result?.detections ?? [];
  const count = detections.filter(({ score }) => score > scoreThreshold).length;
  draw(
    canvas,
    image,
    { width: image.width, height: image.height, detections },
    {
      scoreThreshold,
      highlight,
      showBoxes: count <= MAX_BOXED,
      ...(fontSize && { fontSize }),
    },
  );
}

/** Tells which object the mouse or a finger is on, if any; `isHeld` when it was clicked. */
export function listenForPointing(onPoint: (detection: Detection | undefined, isHeld: boolean) => void): void {
  const pointed = ({ offsetX, offsetY }: MouseEvent) => {
    if (!scene) return undefined;
    const scale = scene.image.width / canvas.clientWidth;
    const { result, scoreThreshold } = scene;
    return result?.filter({ scoreThreshold }).at(offsetX * scale, offsetY * scale);
  };
  canvas.addEventListener('pointermove', (event) => onPoint(pointed(event), false));
  canvas.addEventListener('pointerleave', () => onPoint(undefined, false));
  canvas.addEventListener('click', (event) => onPoint(pointed(event), true));
}

new ResizeObserver(() => scene && showScene(scene)).observe(stage);
