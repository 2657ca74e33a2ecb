import { throwIfAborted } from '../abort.js';
import { checkSignal, fieldsOf, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { openImage } from '../image/open-image.js';
import { type Pixels, readPixels } from '../image/pixels.js';
import type { RawImage } from '../image/raw-image.js';
import { isRegionImage, type Region, type RegionImage } from '../image/region-image.js';
import { type ImageSource, takeImage, wholeImage } from '../image/source.js';
import type { Size } from '../result/geometry.js';
import type { ResultInput } from '../result/input.js';
import type { ObjectSet } from '../runtime/objects-glue.js';
import { fromModule } from '../runtime/objects-module.js';
import { checkChoice } from './object-set.js';

/** An image whose values are measured. */
export type MeasuredImage = ImageSource | RegionImage;

/** An image that is ready to be measured. */
export interface OpenedSamples {
  channelNames: readonly string[] | undefined;
  pixelSize: number | undefined;
  /** Measures the objects' shapes and their intensities in it. */
  measure(objects: ObjectSet): Promise<Record<string, Float64Array<ArrayBuffer>>>;
  /** Frees what was kept of a file. */
  close(): void;
}

/** What of a result its image must fit. */
interface Measured extends Size {
  input?: ResultInput | undefined;
}

/**
 * Takes an image's samples, all at once or, where they are read by region, as they are measured. Of a file with several
 * planes it is the one that the result is of.
 *
 * @throws `invalid-input` for what is not an image, or an image of another size; `aborted` when the signal fires
 */
export async function openSamples(
  image: MeasuredImage,
  result: Measured,
  signal: AbortSignal | undefined,
): Promise<OpenedSamples> {
  checkSignal(signal);
  throwIfAborted(signal);
  if (isRegionImage(image)) return regionsOf(image, result, signal, () => {});
  const opened = await openImage(image, { ...result.input?.plane, signal });
  if (opened) return regionsOf(opened, result, signal, () => opened.close());
  const pixels = readPixels(await wholeImage(await takeImage(image), signal));
  checkSize(pixels, result);
  const { data, ...form } = pixels;
  return {
    channelNames: (image as RawImage).channelNames,
    pixelSize: pixels.pixelSize,
    measure: async (objects) => fromModule(() => objects.measure(data, formOf(form))),
    close() {},
  };
}

function regionsOf(
  image: RegionImage,
  result: Measured,
  signal: AbortSignal | undefined,
  close: () => void,
): OpenedSamples {
  try {
    checkSize(image, result);
  } catch (error) {
    close();
    throw error;
  }
  const { channelNames, pixelSize } = image;
  return {
    channelNames,
    pixelSize,
    async measure(objects) {
      await addRegions(objects, image, signal);
      return fromModule(() => objects.measure(undefined, ''));
    },
    close,
  };
}

async function addRegions(objects: ObjectSet, image: RegionImage, signal: AbortSignal | undefined): Promise<void> {
  const regions = fromModule(() => objects.regions());
  for (let index = 0; index < regions.length / 4; index++) {
    throwIfAborted(signal);
    const [x, y, width, height] = regions.subarray(index * 4) as unknown as [number, number, number, number];
    const part = await image.read({ x, y, width, height }, { signal });
    throwIfAborted(signal);
    const { data, ...form } = checkedPart(part, { x, y, width, height }, image.channels);
    fromModule(() => objects.addRegion(index, data, formOf(form)));
  }
}

/** What the module needs to know of samples. */
function formOf({ width, height, channels, layout }: Omit<Pixels, 'data'>): string {
  return JSON.stringify({ width, height, channels, layout });
}

/** @throws `invalid-input` unless the image is of the result's size */
function checkSize(image: Size, size: Size): void {
  if (image.width === size.width && image.height === size.height) return;
  throw new MaskRcnnError(
    'invalid-input',
    `the result is of an image of ${size.width}×${size.height} pixels, not ${image.width}×${image.height}: ` +
      'give the image that the objects were found in',
  );
}

/**
 * What an application's own image gives for a region. The module checks the samples' kind.
 *
 * @throws `invalid-input` where that is not what was asked of it
 */
function checkedPart(part: RawImage, region: Region, channels: number): Pixels {
  const asked = `a region of ${region.width}×${region.height} pixels at (${region.x}, ${region.y})`;
  const found = fieldsOf(part, ['width', 'height', 'channels', 'layout', 'data'], `what read() gives for ${asked}`);
  const { width, height, layout, data } = found;
  const isAsked = width === region.width && height === region.height && found.channels === channels;
  if (!isAsked || data?.length !== width * height * channels) {
    const [columns, rows, depth] = [width, height, found.channels].map((value) => {
      return typeof value === 'number' ? value : kindOf(value);
    });
    throw new MaskRcnnError(
      'invalid-input',
      `read() gave ${columns}×${rows} pixels of ${depth} channels, in ${kindOf(data)}, for ${asked} of an image of ` +
        `${channels} channels`,
    );
  }
  checkChoice(layout, "the layout of a region's samples", ['interleaved', 'planar']);
  const samples = data instanceof Uint8ClampedArray ? new Uint8Array(data) : (data as Pixels['data']);
  return { width, height, channels, layout, data: samples };
}
