import { InvalidInputError } from './errors.js';
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

/**
 * Takes the picture that a source shows now; the source itself is left as it is.
 *
 * Colours stay straight where a picture is transparent, and a photograph is turned as its EXIF data says.
 *
 * @throws {@link InvalidInputError} for what is no picture, not loaded, closed, empty or too large.
 */
export async function takePicture(source: PictureSource): Promise<Picture> {
  const kind = kindOf(source);
  const [width, height] = sizeOf(source, kind);
  checkSize(kind, width, height);
  if (kind === 'ImageData') return copyPixels(source as ImageData);
  const bitmap = await createImageBitmap(source, { premultiplyAlpha: 'none' }).catch((cause) => {
    throw new InvalidInputError(`the ${kind} cannot be read as a picture`, { cause });
  });
  checkSize(kind, bitmap.width, bitmap.height);
  return bitmap;
}

// By the class's name and not by `instanceof`, so that a source and its pixels may come from another frame.
function kindOf(source: unknown): string {
  return Object.prototype.toString.call(source).slice(8, -1);
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
      if (!complete) throw new InvalidInputError('the image is still loading: await its decode() first');
      return [naturalWidth, naturalHeight];
    }
    case 'HTMLVideoElement': {
      const { videoWidth, videoHeight, readyState } = source as HTMLVideoElement;
      if (readyState < 2) throw new InvalidInputError('the video shows no picture yet');
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
      throw new InvalidInputError(
        `a picture cannot be taken from ${kind}; give an ImageData, ImageBitmap, image, canvas, video, VideoFrame or Blob`,
      );
  }
}

function checkSize(kind: string, width: number, height: number) {
  if (width < 1 || height < 1) {
    throw new InvalidInputError(`the ${kind} has no pixels (${width}×${height}): it is empty, closed or did not load`);
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw new InvalidInputError(`the ${kind} is ${width}×${height}; a side may have at most ${MAX_SIDE} pixels`);
  }
}

function copyPixels({ data, width, height }: ImageData): Picture {
  if (kindOf(data) !== 'Uint8ClampedArray') throw new InvalidInputError('the ImageData must have 8 bits a channel');
  if (data.length !== width * height * 4) {
    throw new InvalidInputError('the ImageData has no pixels: its buffer is detached');
  }
  return { width, height, data: new Uint8Array(data) };
}
