import { element } from './element.js';
import { Complaint } from './explain.js';
import { listenForCamera, openCamera } from './find/camera.js';
import { showFacts } from './find/facts.js';
import { held, scene, show } from './find/finding.js';
import { allowSaving, listenForSaving } from './find/save.js';
import type { Finding } from './find/scene.js';
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

let opened: Pick<Finding, 'image' | 'name'> | undefined;

async function openImage(file: Blob, name: string, signal: AbortSignal): Promise<void> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Complaint(`${name} is not an image that this browser can read.`);
  });
  await segment({ image: bitmap, name }, signal);
}

/** Shows an image at once, and what is in it when the network has answered. */
async function segment(next: typeof opened, signal: AbortSignal): Promise<void> {
  if (signal.aborted || !next) return;
  const network = segmenter();
  allowSaving(false);
  show({ ...next, result: undefined, labels: network?.labels ?? [] });
  replace(next);
  if (!network) return;
  tell(`Looking for ${noun(network.labels, 2)}…`);
  showResult(await network.segment(next.image, { scoreThreshold: LOWEST_SCORE, signal }), next);
  await explain(signal);
}

/** Frees the previous image, which must no longer be on the page. */
function replace(next: NonNullable<typeof opened>): void {
  if (next !== opened) opened?.image.close();
  opened = next;
}

/** Shows the way to the result in the second tab, while that is open. */
async function explain(signal: AbortSignal): Promise<void> {
  const [network, now] = [segmenter(), scene()];
  if (element('inside', HTMLElement).hidden || !network || !now?.result) return;
  await lookInside({ segmenter: network, image: now.image, result: now.result, held: held() }, signal);
}

function showResult(result: NonNullable<Finding['result']>, next: NonNullable<typeof opened>): void {
  show({ ...next, result, labels: segmenter()?.labels ?? [] });
  showFacts(result, modelName(), isBackendChosen());
  allowSaving(true);
}

/** Follows the camera: each image is shown with what was found in it, and then the latest one is taken. */
async function follow(signal: AbortSignal): Promise<void> {
  const video = await openCamera(signal);
  const frames = segmenter()?.stream(video, { scoreThreshold: LOWEST_SCORE, signal }) ?? [];
  for await (const { result, frame } of frames) {
    // A copy, because the frame itself ends with the next one.
    const next = { image: await createImageBitmap(frame), name: 'Camera' };
    if (signal.aborted) return next.image.close();
    showResult(result, next);
    replace(next);
  }
}

listenForSaving();
listenForTabs((panel) => {
  // While the first result is on its way, what follows it opens the second tab's.
  if (panel === 'inside' && scene()?.result) void begin(explain);
});
listenForCamera(() => begin(follow), stop);
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
