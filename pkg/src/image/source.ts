import { kindOf } from '../arguments.js';
import { hasCode, MaskRcnnError } from '../errors.js';
import { MAX_SIDE, type Picture } from './pixels.js';

/** Everything that a picture can be taken from. */
export type PictureSource =
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement
  | VideoFrame
  | Blob;

// What these show cannot change, or not without the caller's doing: they are decoded when their turn comes.
const LASTING = ['Blob', 'File', 'HTMLImageElement'];

/**
 * A picture on its way through a queue. What may change meanwhile, such as a canvas or a video, is copied at once; a
 * Blob or an image is decoded only when the picture is taken, so that many may wait without filling the memory.
 */
export class QueuedPicture {
  readonly #decode: () => Promise<Picture>;
  #taken: Promise<Picture> | undefined;

  /** @throws `invalid-input` for what is no picture, or an image that is not loaded */
  constructor(source: PictureSource) {
    const kind = checkSource(source);
    const address = addressOf(source);
    this.#decode = async () => {
      if (address === addressOf(source)) return takePicture(source);
      throw new MaskRcnnError(
        'invalid-input',
        "the image's src changed while the call waited for its turn: await the call first, or give a Blob or an ImageBitmap",
      );
    };
    if (LASTING.includes(kind)) return;
    this.#taken = takePicture(source);
    this.#taken.catch(() => {});
  }

  /**
   * The picture.
   *
   * @throws as {@link takePicture}, and `invalid-input` where an image has become another one
   */
  take(): Promise<Picture> {
    this.#taken ??= this.#decode();
    return this.#taken;
  }

  /** Frees the picture, wherever it is on its way. */
  drop(): void {
    this.#taken?.then(
      (picture) => 'close' in picture && picture.close(),
      () => {},
    );
  }
}

/**
 * Colours as the file stores them, without its gamma or colour profile: so were the pictures that networks are trained
 * on, since Pillow and the command line apply neither.
 */
const AS_STORED: ImageBitmapOptions = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' };

/**
 * Takes the picture that a source shows now; the source itself is left as it is.
 *
 * Colours stay straight where a picture is transparent, and a photograph is turned as its EXIF data says.
 *
 * @throws `invalid-input` for what is no picture, not loaded, closed, empty or too large.
 */
export async function takePicture(source: PictureSource): Promise<Picture> {
  const kind = checkSource(source);
  if (kind === 'ImageData') return copyPixels(source as ImageData);
  const bitmap = await createImageBitmap(source, AS_STORED).catch((cause) => {
    throw new MaskRcnnError(
      'invalid-input',
      `the ${describe(source, kind)} cannot be read as a picture: ${cause.message}`,
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
 * @throws `invalid-input` for what is no picture, not loaded, closed, empty or too large
 */
export function checkSource(source: unknown): string {
  try {
    const kind = kindOf(source);
    const [width, height] = sizeOf(source as PictureSource, kind);
    checkSize(kind, width, height);
    return kind;
  } catch (cause) {
    if (hasCode(cause, 'invalid-input')) throw cause;
    // A Proxy around one of the browser's own objects: its properties cannot be read.
    throw new MaskRcnnError(
      'invalid-input',
      `the picture cannot be read: ${cause}; give the object itself, not a wrapper`,
      {
        cause,
      },
    );
  }
}

/** What an image is to load; it can be told to load another one at any time. */
function addressOf(source: PictureSource): string | undefined {
  if (kindOf(source) !== 'HTMLImageElement') return undefined;
  const { src, srcset } = source as HTMLImageElement;
  return `${src} ${srcset}`;
}

function describe(source: PictureSource, kind: string): string {
  if (kind !== 'Blob' && kind !== 'File') return kind;
  const { type, size } = source as Blob;
  return `${kind} of ${size} bytes${type && ` and type '${type}'`}`;
}

/** A source's size in pixels, as far as it is known before the picture is decoded. */
function sizeOf(source: PictureSource, kind: string): [number, number] {
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
        throw new MaskRcnnError('invalid-input', 'the video shows no picture yet: wait for its loadeddata event');
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
        `a picture cannot be taken from ${kind}; give an ImageData, ImageBitmap, image, canvas, video, VideoFrame or Blob`,
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

function copyPixels({ data, width, height }: ImageData): Picture {
  if (kindOf(data) !== 'Uint8ClampedArray')
    throw new MaskRcnnError('invalid-input', 'the ImageData must have 8 bits a channel');
  if (data.length !== width * height * 4) {
    throw new MaskRcnnError('invalid-input', 'the ImageData has no pixels: its buffer is detached');
  }
  return { width, height, data: new Uint8Array(data) };
}
