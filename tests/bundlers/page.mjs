// What every fixture's page does: finds the objects on an image, and says how many there are.
import { Segmenter } from 'maskrcnn-web';

/**
 * Loads the narrow reference network and segments an image of the server's; the number goes into the page's title.
 *
 * @param {Partial<import('maskrcnn-web').LoadOptions>} options what else the set-up needs
 * @param {Blob} [image] instead of the server's
 */
export async function run(options = {}, image = undefined) {
  try {
    const segmenter = await Segmenter.load({
      model: '/models/reference-tiny.safetensors',
      backend: 'cpu',
      settings: { input: { minSize: 128 }, proposals: { preNmsTopN: 500, postNmsTopN: 200 } },
      ...options,
    });
    const { detections } = await segmenter.segment(image ?? (await (await fetch('/pictures/tiny.png')).blob()));
    segmenter.dispose();
    document.title = `found ${detections.length}`;
  } catch (error) {
    document.title = `failed: ${error}`;
  }
}
