import { unlessAborted } from '../abort.js';
import { checkNumber, checkStrings, kindOf } from '../arguments.js';
import { hasCode, MaskRcnnError } from '../errors.js';
import { isFrame, isTurned, takeFrame } from './frame-copy.js';
import { checkGpuImage, type GpuImage, isGpuImage, takeGpuImage } from './gpu-image.js';
import { checkSinglePlane, openImage } from './open-image.js';
import { AS_STORED, type EngineImage, MAX_SIDE, type SendableImage } from './pixels.js';
import { copyRawImage, isRawImage, type RawImage } from './raw-image.js';
import { isRegionImage, type RegionImage } from './region-image.js';
import { checkPlaneOptions, type PlaneOptions } from './tiff/plane-options.js';

/** Everything that an image can be taken from. */
export type ImageSource =
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement
  | VideoFrame
  | Blob
  | RawImage
  | RegionImage
  | GpuImage;

/** An image as it is taken from its source: decoded, copied on the GPU, or still to be read one rectangle at a time. */
export type TakenImage = EngineImage | RegionImage;

/** The maximum number of pixels of an image that is read by region. */
const MAX_PIXELS = 2 ** 32 - 1;

// What these show cannot change, or not without the caller's doing: they are decoded when their turn comes.
const LASTING = ['Blob', 'File', 'HTMLImageElement'];

/** An image with what is known of it besides its pixels. */
export interface Taken {
  image: TakenImage;
  /** What the image's channels are called, where it is a {@link RawImage} that says so. */
  channelNames: readonly string[] | undefined;
}

/**
 * An image on its way through a queue. What may change meanwhile, such as a canvas or a video, is copied at once; a
 * Blob or an image is decoded only when the image is taken, so that many may wait without filling the memory.
 */
export class QueuedImage {
  readonly #decode: (signal: AbortSignal | undefined) => Promise<Taken>;
  readonly #source: ImageSource;
  #taken: Promise<Taken> | undefined;

  /**
   * @param plane which plane of a file is meant
   * @throws `invalid-input` for what is not an image, an image that is not loaded, or a plane of what has only one
   */
  constructor(source: ImageSource, plane: PlaneOptions = {}, options: TakeOptions = {}) {
    const kind = checkSource(source);
    if (isGpuImage(source) && !options.device) throw withoutDevice();
    const address = addressOf(source);
    const isFile = kind === 'Blob' || kind === 'File';
    checkPlaneOptions(plane);
    if (!isFile) checkSinglePlane(plane);
    this.#source = source;
    this.#decode = async (signal) => {
      if (address !== addressOf(source)) {
        throw new MaskRcnnError(
          'invalid-input',
          "the image's src changed while the call waited for its turn: await the call first, or give a Blob or an ImageBitmap",
        );
      }
      const opened = isFile ? await openImage(source, { ...plane, signal }) : undefined;
      if (opened) return { image: opened, channelNames: undefined };
      checkSinglePlane(plane);
      const channelNames = isRawImage(source) ? source.channelNames : undefined;
      return { image: await takeImage(source, options), channelNames };
    };
    if (LASTING.includes(kind) || isRegionImage(source)) return;
    this.#taken = this.#decode(undefined);
    this.#taken.catch(() => {});
  }

  /**
   * The image.
   *
   * @throws as {@link takeImage}, and `invalid-input` where an image has become another one
   */
  take(signal: AbortSignal | undefined): Promise<Taken> {
    this.#taken ??= this.#decode(signal);
    return this.#taken;
  }

  /** Frees the image, wherever it is on its way; one that the caller opened stays open. */
  drop(): void {
    this.#taken?.then(
      ({ image }) => image !== this.#source && 'close' in image && (image as { close(): void }).close(),
      () => {},
    );
  }
}

/** How an image is taken. */
export interface TakeOptions {
  /** What images on the GPU are of. */
  device?: GPUDevice | undefined;
  /** Whether a frame is taken as it is, without a copy of its pixels. */
  keepsFrames?: boolean | undefined;
}

/**
 * Takes the image that a source shows now; the source itself is left as it is.
 *
 * Colours stay straight where an image is transparent, and a photograph is turned as its EXIF data says.
 *
 * @throws `invalid-input` for what is not an image, not loaded, closed, empty or too large.
 */
export async function takeImage(source: ImageSource, { device, keepsFrames }: TakeOptions = {}): Promise<TakenImage> {
  const kind = checkSource(source);
  if (isFrame(source) && (keepsFrames || isTurned(source))) return takeFrame(source);
  if (isRegionImage(source)) return source;
  if (isGpuImage(source)) {
    if (!device) throw withoutDevice();
    return takeGpuImage(source, device);
  }
  if (kind === 'ImageData') return copyPixels(source as ImageData);
  if (isRawImage(source)) return copyRawImage(source);
  const bitmap = await createImageBitmap(source, AS_STORED).catch((cause) => {
    throw new MaskRcnnError(
      'invalid-input',
      `the ${describe(source, kind)} cannot be read as an image: ${cause.message}`,
      {
        cause,
      },
    );
  });
  try {
    checkSize(kind, bitmap.width, bitmap.height);
  } catch (error) {
    bitmap.close();
    throw error;
  }
  return bitmap;
}

/**
 * All of an image in memory.
 *
 * @throws `invalid-input` where a side is too long for that
 */
export async function wholeImage(image: TakenImage, signal?: AbortSignal): Promise<EngineImage> {
  if (!isRegionImage(image)) return image;
  const { width, height } = image;
  checkSize('image', width, height);
  return copyRawImage(await unlessAborted(image.read({ x: 0, y: 0, width, height }, { signal }), signal));
}

/**
 * Checks a source as far as that can be done without decoding it, and tells its kind.
 *
 * @throws `invalid-input` for what is not an image, not loaded, closed, empty or too large
 */
export function checkSource(source: unknown): string {
  try {
    const kind = kindOf(source);
    if (isRegionImage(source)) {
      checkRegionImage(source);
      return kind;
    }
    if (isGpuImage(source)) checkGpuImage(source);
    const [width, height] = sizeOf(source as Exclude<ImageSource, RegionImage>, kind);
    checkSize(kind, width, height);
    return kind;
  } catch (cause) {
    if (hasCode(cause, 'invalid-input')) throw cause;
    // A Proxy around one of the browser's own objects: its properties cannot be read.
    throw new MaskRcnnError(
      'invalid-input',
      `the image cannot be read: ${cause}; give the object itself, not a wrapper`,
      {
        cause,
      },
    );
  }
}

function withoutDevice(): MaskRcnnError {
  return new MaskRcnnError(
    'invalid-input',
    'an image on the GPU is seen by a segmenter with the same device only: `load({ device, worker: false })`',
  );
}

/** What an image is to load; it can be told to load another one at any time. */
function addressOf(source: ImageSource): string | undefined {
  if (kindOf(source) !== 'HTMLImageElement') return undefined;
  const { src, srcset } = source as HTMLImageElement;
  return `${src} ${srcset}`;
}

function describe(source: ImageSource, kind: string): string {
  if (kind !== 'Blob' && kind !== 'File') return kind;
  const { type, size } = source as Blob;
  return `${kind} of ${size} bytes${type && ` and type '${type}'`}`;
}

/** A source's size in pixels, as far as it is known before the image is decoded. */
function sizeOf(source: Exclude<ImageSource, RegionImage>, kind: string): [number, number] {
  if (isRawImage(source) || isGpuImage(source)) return [source.width, source.height];
  switch (kind) {
    case 'ImageData':
    case 'ImageBitmap':
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas': {
      const { width, height } = source as ImageData;
      return [width, height];
    }
    case 'HTMLImageElement': {
      const { complete, naturalWidth, naturalHeight } = source as HTMLImageElement;
      if (!complete) throw new MaskRcnnError('invalid-input', 'the image is still loading: await its decode() first');
      return [naturalWidth, naturalHeight];
    }
    case 'HTMLVideoElement': {
      const { videoWidth, videoHeight, readyState } = source as HTMLVideoElement;
      if (readyState < 2)
        throw new MaskRcnnError('invalid-input', 'the video shows no image yet: wait for its loadeddata event');
      return [videoWidth, videoHeight];
    }
    case 'VideoFrame': {
      const { displayWidth, displayHeight } = source as VideoFrame;
      return [displayWidth, displayHeight];
    }
    case 'Blob':
    case 'File':
      return [1, 1];
    default:
      throw new MaskRcnnError(
        'invalid-input',
        `an image cannot be taken from ${kind}; give an ImageData, ImageBitmap, image, canvas, video, VideoFrame, Blob, { width, height, channels, data }, { width, height, channels, read }, GPUTexture or { width, height, buffer }`,
      );
  }
}

function checkRegionImage({ width, height, channels, channelNames, pixelSize }: RegionImage) {
  checkNumber(width, "the image's width", { min: 1, isWhole: true });
  checkNumber(height, "the image's height", { min: 1, isWhole: true });
  checkNumber(channels, "the image's channels", { min: 1, max: 1024, isWhole: true });
  checkNumber(pixelSize, "the image's pixelSize", { above: 0 });
  checkStrings(channelNames, "the image's channelNames");
  if (width * height <= MAX_PIXELS) return;
  throw new MaskRcnnError(
    'invalid-input',
    `the image has ${width}×${height} pixels; there may be at most ${MAX_PIXELS} in all`,
  );
}

function checkSize(kind: string, width: number, height: number) {
  if (width < 1 || height < 1) {
    throw new MaskRcnnError(
      'invalid-input',
      `the ${kind} has no pixels (${width}×${height}): it is empty, closed or did not load`,
    );
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw new MaskRcnnError(
      'invalid-input',
      `the ${kind} is ${width}×${height}; a side may have at most ${MAX_SIDE} pixels`,
    );
  }
}

function copyPixels({ data, width, height }: ImageData): SendableImage {
  if (kindOf(data) !== 'Uint8ClampedArray')
    throw new MaskRcnnError('invalid-input', 'the ImageData must have 8 bits a channel');
  if (data.length !== width * height * 4) {
    throw new MaskRcnnError('invalid-input', 'the ImageData has no pixels: its buffer is detached');
  }
  return { width, height, data: new Uint8Array(data) };
}
