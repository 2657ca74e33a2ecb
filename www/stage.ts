import { type Detection, draw, type SegmentResult } from 'maskrcnn-web';
import { element } from './element.js';
import { counted } from './noun.js';

/** What the large canvas shows. */
export interface Scene {
  picture: ImageBitmap;
  name: string;
  result: SegmentResult | undefined;
  /** Objects with this score or less are not shown. */
  scoreThreshold: number;
  highlight: Detection | undefined;
  /** The names of the model's classes. */
  labels: readonly string[];
}

/** With more objects than this, boxes and labels would hide the picture. */
const FEW = 25;

const stage = element('stage', HTMLElement);
const canvas = element('canvas', HTMLCanvasElement);
let scene: Scene | undefined;

/** Shows a picture as large as the page allows, and what was found in it. */
export function show(next: Scene): void {
  scene = next;
  const { picture, name, result, scoreThreshold, highlight, labels } = scene;
  // On a phone the stage takes the picture's shape, and the style sheet needs to know it.
  stage.style.setProperty('--shape', String(picture.width / picture.height));
  const fit = Math.min(stage.clientWidth / picture.width, stage.clientHeight / picture.height);
  const [width, height] = [Math.round(picture.width * fit), Math.round(picture.height * fit)];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  const detections = result?.detections ?? [];
  const count = detections.filter(({ score }) => score > scoreThreshold).length;
  draw(
    canvas,
    { width: picture.width, height: picture.height, detections },
    {
      source: picture,
      scoreThreshold,
      highlight,
      boxes: count <= FEW,
      labels: count <= FEW || highlight !== undefined,
      scores: count <= FEW || highlight !== undefined,
      fontSize: (width < 500 ? 11 : 13) * devicePixelRatio,
    },
  );
  canvas.ariaLabel = result ? `${name}, with ${counted(count, labels)} outlined` : name;
}

new ResizeObserver(() => scene && show(scene)).observe(stage);
