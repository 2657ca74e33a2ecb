// What every fixture's page does: finds the objects on an image, measures them, says how many there are, and reads a TIFF.
import { Segmenter } from 'maskrcnn-web';
import { openTiff } from 'maskrcnn-web/tiff';
import everyday from 'maskrcnn-web-everyday';
import nuclei from 'maskrcnn-web-nuclei';

/** An 8×8 TIFF whose samples are 0, 1000, 2000 and so on; what decompresses it is loaded when it comes. */
const TIFF = [
  'SUkqAAgAAAAMAAABBAABAAAACAAAAAEBBAABAAAACAAAAAIBAwABAAAAEAAAAAMBAwABAAAAUMMAAAYBAwABAAAAAQAAABEBBAABAAAA',
  'sAAAABUBAwABAAAAAQAAABYBBAABAAAACAAAABcBBAABAAAAiQAAABoBBQABAAAAngAAABsBBQABAAAApgAAACgBAwABAAAAAQAAAAAA',
  'AAABAAAAAQAAAAEAAAABAAAAAAAotS/9IIABBAAAAOgD0Ae4C6APiBNwF1gbQB8oIxAn+CrgLsgysDaYOoA+aEJQRjhKIE4IUvBV2FnA',
  'XahhkGV4aWBtSHEwdRh5AH3ogNCEuIigjIiQcJRYmECcKKAQpPin4KvIr7CzmLeAu2i/UMM4xyDLCM/w0tjWwNqo3pDieOZg6kjuMPIY',
  '9g==',
].join('');

async function readTiff() {
  const file = await openTiff(Uint8Array.from(atob(TIFF), (letter) => letter.charCodeAt(0)));
  const { data } = await file.plane().read({ x: 7, y: 7, width: 1, height: 1 });
  if (data[0] !== 63_000) throw new Error(`the last sample is ${data[0]}`);
}

const REFERENCE = {
  model: '/models/reference-tiny.safetensors',
  settings: { input: { minSize: 128 }, proposals: { preNmsTopN: 500, postNmsTopN: 200 } },
};

/** What is loaded, and in which of the server's images the objects are found, by how the page's address ends. */
function chosen() {
  if (location.hash.startsWith('#package')) return [{ model: nuclei }, 'nuclei-fluorescence.png'];
  if (location.hash === '#everyday') return [{ model: everyday }, 'chelsea.jpg'];
  return [REFERENCE, 'tiny.png'];
}

/**
 * Loads a model and segments an image of the server's; the number of objects goes into the page's title. The model is the
 * narrow reference network or, at the addresses `#package` and `#everyday`, one that a package holds.
 *
 * @param {Partial<import('maskrcnn-web').LoadOptions>} options what else the set-up needs
 * @param {Blob} [image] instead of the server's
 */
export async function run(options = {}, image = undefined) {
  const [model, picture] = chosen();
  try {
    const segmenter = await Segmenter.load({ ...model, backend: 'cpu', ...options });
    const result = await segmenter.segment(image ?? (await (await fetch(`/pictures/${picture}`)).blob()));
    segmenter.dispose();
    await readTiff();
    const { count } = await result.measure();
    document.title = `found ${count}`;
  } catch (error) {
    document.title = `failed: ${error}`;
  }
}
