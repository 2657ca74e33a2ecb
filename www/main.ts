import type { SegmentResult } from 'maskrcnn-web';
import { element } from './element.js';
import { listenForCamera, openCamera } from './find/camera.js';
import { forgetFacts, showFacts } from './find/facts.js';
import { held, scene, show } from './find/finding.js';
import { listenForInput, showInput } from './find/input.js';
import { allowSaving, listenForSaving } from './find/save.js';
import { allowScale, listenForScale, showScale } from './find/scale.js';
import { find, inputOptions, LOWEST_SCORE, withPixelSize } from './find/segmentation.js';
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
  forgetFacts();
  showInput(image);
  allowScale(typeof network?.settings.input.objectDiameter === 'number');
  show({ image, result: undefined, labels: network?.labels ?? [] });
  replace(image);
  if (!network) return;
  tell(`Looking for ${noun(network.labels, 2)}…`);
  const onPartial = (result: SegmentResult) =>
    show({ image, result: withPixelSize(result), labels: network.labels, isPartial: true });
  const result = await find(network, image, { signal, onPartial });
  if (!result) return;
  showResult(result, image);
  await explain(signal);
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
  const options = { ...inputOptions(now.image), signal };
  await lookInside({ segmenter: network, image: now.image, result: now.result, held: held() }, options);
}

function showResult(result: SegmentResult, image: OpenedImage): void {
  show({ image, result: withPixelSize(result), labels: segmenter()?.labels ?? [] });
  showFacts(result, modelName(), isBackendChosen());
  allowSaving(true);
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
    showScale();
    const now = scene();
    if (now?.result) show({ ...now, result: withPixelSize(now.result) });
  },
});
listenForScale(() => begin((signal) => segment(opened, signal)));
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
