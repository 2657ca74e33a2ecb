import { type Segmenter, SegmentResult } from 'maskrcnn-web';
import { element } from './element.js';
import { listenForCamera, openCamera } from './find/camera.js';
import { showFacts } from './find/facts.js';
import { held, scene, show } from './find/finding.js';
import { listenForInput, pixelSizeNow, showInput } from './find/input.js';
import { allowSaving, listenForSaving } from './find/save.js';
import { BitmapImage } from './image/bitmap-image.js';
import { openFile } from './image/open-file.js';
import type { OpenedImage } from './image/opened-image.js';
import { lookInside } from './inside/inside.js';
import { listenForFiles } from './intake.js';
import { begin, stop, tell } from './job.js';
import { noun } from './noun.js';
import { keepOffline } from './offline.js';
import { isBackendChosen, listenForSettings, load, modelName, ownModel, segmenter } from './settings.js';
import { listenForTabs } from './tabs.js';

const EXAMPLE = { file: 'example.png', name: 'Example: synthetic nuclei' };
// All that the network reports is kept, so that the slider can go down to it without another run.
const LOWEST_SCORE = 0.05;

let opened: OpenedImage | undefined;

async function openImage(file: Blob, name: string, signal: AbortSignal): Promise<void> {
  tell(`Opening ${name}…`);
  await segment(await openFile(file, name, { signal, onProgress: (share) => tell(`Reading ${name}…`, share) }), signal);
}

/** Shows an image at once, and what is in it when the network has answered. */
async function segment(image: OpenedImage | undefined, signal: AbortSignal): Promise<void> {
  if (signal.aborted || !image) return;
  const network = segmenter();
  allowSaving(false);
  showInput(image);
  show({ image, result: undefined, labels: network?.labels ?? [] });
  replace(image);
  if (!network) return;
  tell(`Looking for ${noun(network.labels, 2)}…`);
  const result = await find(network, image, signal);
  showResult(result, image);
  await explain(signal);
}

/** What is in an image. */
async function find(network: Segmenter, image: OpenedImage, signal: AbortSignal): Promise<SegmentResult> {
  const { channel } = image.choice;
  const settings = channel !== undefined && { settings: { input: { channels: [channel, channel, channel] } } };
  return network.segment(image.source, { scoreThreshold: LOWEST_SCORE, ...settings, signal });
}

/** Frees the previous image, which must no longer be on the page. */
function replace(next: OpenedImage): void {
  if (next !== opened) opened?.close();
  opened = next;
}

/** Shows the way to the result in the second tab, while that is open. */
async function explain(signal: AbortSignal): Promise<void> {
  const [network, now] = [segmenter(), scene()];
  if (element('inside', HTMLElement).hidden || !network || !now?.result) return;
  await lookInside({ segmenter: network, image: now.image, result: now.result, held: held() }, signal);
}

function showResult(result: SegmentResult, image: OpenedImage): void {
  show({
    image,
    result: new SegmentResult({ ...result, pixelSize: pixelSizeNow() }),
    labels: segmenter()?.labels ?? [],
  });
  showFacts(result, modelName(), isBackendChosen());
  allowSaving(true);
}

/** A result in the size of the pixels that the page says, which may be known later than the objects. */
function withPixelSize(result: SegmentResult): SegmentResult {
  return new SegmentResult({ ...result, pixelSize: pixelSizeNow() });
}

/** Follows the camera: each image is shown with what was found in it, and then the latest one is taken. */
async function follow(signal: AbortSignal): Promise<void> {
  const video = await openCamera(signal);
  showInput(undefined);
  const frames = segmenter()?.stream(video, { scoreThreshold: LOWEST_SCORE, signal }) ?? [];
  for await (const { result, frame } of frames) {
    // A copy, because the frame itself ends with the next one.
    const image = await BitmapImage.of(await createImageBitmap(frame), 'Camera');
    if (signal.aborted) return image.close();
    showResult(result, image);
    replace(image);
  }
}

listenForSaving();
listenForTabs((panel) => {
  // While the first result is on its way, what follows it opens the second tab's.
  if (panel === 'inside' && scene()?.result) void begin(explain);
});
listenForCamera(() => begin(follow), stop);
listenForInput({
  choose: (choice) => begin(async (signal) => segment(await opened?.choose(choice, signal), signal)),
  measure() {
    const now = scene();
    if (now?.result) show({ ...now, result: withPixelSize(now.result) });
  },
});
listenForSettings((wanted) =>
  begin(async (signal) => {
    await load(await wanted(), signal);
    await segment(opened, signal);
  }),
);
listenForFiles({
  image: (file) => begin((signal) => openImage(file, file.name, signal)),
  model: (files) =>
    begin(async (signal) => {
      await load(ownModel(files), signal);
      await segment(opened, signal);
    }),
});

begin(async (signal) => {
  const example = await fetch(EXAMPLE.file, { signal });
  await openImage(await example.blob(), EXAMPLE.name, signal);
  await load({}, signal);
  await segment(opened, signal);
  // Not before: the visitor's first result goes first.
}).finally(keepOffline);
