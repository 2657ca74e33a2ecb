import { MaskRcnnError } from '../errors.js';
import type { Size } from '../result/geometry.js';
import type { GpuPixels } from './gpu-image.js';

/** The longest side that an image may have, in pixels. */
export const MAX_SIDE = 16384;

/** An image's samples; without `channels` 4 bytes a pixel: red, green, blue, alpha; not premultiplied. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  channels?: number | undefined;
  layout?: 'interleaved' | 'planar' | undefined;
  pixelSize?: number | undefined;
}

/** Pixels of 4 bytes each. */
type RgbaPixels = Pixels & { data: Uint8Array<ArrayBuffer> };

/** An image as it goes to the worker: its pixels, or one of the browser's whose pixels the worker reads. */
export type SendableImage = Pixels | ImageBitmap | VideoFrame;

/** An image as it goes to an engine; one on the GPU only to an engine on the page's own thread. */
export type EngineImage = SendableImage | GpuPixels;

/**
 * Colours as the file stores them, without its gamma or colour profile: so were the images that networks are trained
 * on, since Pillow and the command line apply neither.
 */
export const AS_STORED: ImageBitmapOptions = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' };

/** What is wrong with an image that the browser shows and does not let the page read, and what helps. */
export const TAINTED =
  "the image comes from another origin, without CORS: set crossOrigin = 'anonymous' before the src of the image or " +
  'video, and have its server send Access-Control-Allow-Origin; or serve the image from the origin of the page';

/** An image's size in pixels; of a frame, that at which it is shown. */
export function sizeOfImage(image: EngineImage): Size {
  if ('displayWidth' in image) return { width: image.displayWidth, height: image.displayHeight };
  const { width, height } = image;
  return { width, height };
}

/**
 * Reads the pixels of an image, which is closed unless it is made of them.
 *
 * @throws `invalid-input` where the page may not read them
 */
export function readPixels(image: SendableImage): Pixels {
  if ('data' in image) return image;
  try {
    const pixels = readThroughCanvas(image);
    // A 2D canvas premultiplies: it turns transparent pixels black. Opaque images, most of all, need no more.
    return isOpaque(pixels.data) ? pixels : (readThroughTexture(image) ?? pixels);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError')
      throw new MaskRcnnError('invalid-input', TAINTED, { cause });
    throw cause;
  } finally {
    image.close();
  }
}

function readThroughCanvas(bitmap: ImageBitmap | VideoFrame): RgbaPixels {
  const { width, height } = sizeOfImage(bitmap);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new MaskRcnnError('invalid-input', `the browser could not create a canvas of ${width}×${height} pixels`);
  context.drawImage(bitmap, 0, 0, width, height);
  return { width, height, data: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer) };
}

function isOpaque(data: Uint8Array): boolean {
  for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] !== 255) return false;
  return true;
}

/** Reads straight colours, which WebGL leaves alone; `undefined` where there is no WebGL or not enough of it. */
function readThroughTexture(bitmap: ImageBitmap | VideoFrame): RgbaPixels | undefined {
  const { width, height } = sizeOfImage(bitmap);
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return undefined;
  const data = new Uint8Array(width * height * 4);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER,
    gl.COLOR_ATTACHMENT0,
    gl.TEXTURE_2D,
    gl.getParameter(gl.TEXTURE_BINDING_2D),
    0,
  );
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
  const failed = gl.getError() !== gl.NO_ERROR;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return failed ? undefined : { width, height, data };
}
