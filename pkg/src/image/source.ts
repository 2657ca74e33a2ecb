import { kindOf } from '../arguments.js';
import { hasCode, MaskRcnnError } from '../errors.js';
import { MAX_SIDE, type SendableImage } from './pixels.js';
import { copyRawImage, isRawImage, type RawImage } from './raw-image.js';

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
  | RawImage;

// What these show cannot change, or not without the caller's doing: they are decoded when their turn comes.
const LASTING = ['Blob', 'File', 'HTMLImageElement'];

/**
 * An image on its way through a queue. What may change meanwhile, such as a canvas or a video, is copied at once; a
 * Blob or an image is decoded only when the image is taken, so that many may wait without filling the memory.
 */
export class QueuedImage {
  readonly #decode: () => Promise<SendableImage>;
  #taken: Promise<SendableImage> | undefined;

  /** @throws `invalid-input` for what is not an image, or an image that is not loaded */
  constructor(source: ImageSource) {
    const kind = checkSource(source);
    const address = addressOf(source);
    this.#decode = async () => {
      if (address === addressOf(source)) return takeImage(source);
      throw new MaskRcnnError(
        'invalid-input',
        "the image's src changed while the call waited for its turn: await the call first, or give a Blob or an ImageBitmap",
      );
    };
    if (LASTING.includes(kind)) return;
    this.#taken = takeImage(source);
    this.#taken.catch(() => {});
  }

  /**
   * The image.
   *
   * @throws as {@link takeImage}, and `invalid-input` where an image has become another one
   */
  take(): Promise<SendableImage> {
    this.#taken ??= this.#decode();
    return this.#taken;
  }

  /** Frees the image, wherever it is on its way. */
  drop(): void {
    this.#taken?.then(
      (image) => 'close' in image && image.close(),
      () => {},
    );
  }
}

/**
 * Colours as the file stores them, without its gamma or colour profile: so were the images that networks are trained
 * on, since Pillow and the command line apply neither.
 */
const AS_STORED: ImageBitmapOptions = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' };

/**
 * Takes the image that a source shows now; the source itself is left as it is.
 *
 * Colours stay straight where an image is transparent, and a photograph is turned as its EXIF data says.
 *
 * @throws `invalid-input` for what is not an image, not loaded, closed, empty or too large.
 */
export async function takeImage(source: ImageSource): Promise<SendableImage> {
  const kind = checkSource(source);
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
 * Checks a source as far as that can be done without decoding it, and tells its kind.
 *
 * @throws `invalid-input` for what is not an image, not loaded, closed, empty or too large
 */
export function checkSource(source: unknown): string {
  try {
    const kind = kindOf(source);
    const [width, height] = sizeOf(source as ImageSource, kind);
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
function sizeOf(source: ImageSource, kind: string): [number, number] {
  if (isRawImage(source)) return [source.width, source.height];
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
        `an image cannot be taken from ${kind}; give an ImageData, ImageBitmap, image, canvas, video, VideoFrame, Blob or { width, height, channels, data }`,
      );
  }
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
