import { checkNumber, kindOf } from '../arguments.js';
import { hasCode, MaskRcnnError } from '../errors.js';

/** Pixels in a buffer of the GPU, with the usage `COPY_SRC`: 8-bit RGBA, straight colours, rows from top to bottom. */
export interface GpuBufferImage {
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
  /** Where the pixels are. */
  buffer: GPUBuffer;
  /** Where the first pixel begins, in bytes, a multiple of 4; 0 by default. */
  offset?: number;
  /** From the start of one row to that of the next, in bytes, a multiple of 4; by default 4 for each pixel. */
  bytesPerRow?: number;
}

/** An image that an application has on the GPU: a 2D texture of `rgba8unorm` with the usage `COPY_SRC`, or a buffer. */
export type GpuImage = GPUTexture | GpuBufferImage;

/** A copy of an image on the GPU, which is its owner's. */
export interface GpuPixels {
  width: number;
  height: number;
  device: GPUDevice;
  /** 8-bit RGBA. */
  buffer: GPUBuffer;
  /** A multiple of 256. */
  bytesPerRow: number;
  /** Gives the memory back. */
  close(): void;
}

/** WebGPU's rows of a texture in a buffer begin at multiples of this many bytes. */
const ROW_ALIGNMENT = 256;

// TypeScript's library has the type of its values only.
declare const GPUBufferUsage: Record<'COPY_SRC' | 'COPY_DST' | 'MAP_READ', number>;
declare const GPUTextureUsage: Record<'COPY_SRC', number>;
declare const GPUMapMode: Record<'READ', number>;

/** Whether it is meant as an image on the GPU. */
export function isGpuImage(source: unknown): source is GpuImage {
  if (kindOf(source) === 'GPUTexture') return true;
  return typeof source === 'object' && source !== null && 'buffer' in source && kindOf(source.buffer) === 'GPUBuffer';
}

/** Whether it is an image on the GPU that was taken. */
export function isGpuPixels(image: object): image is GpuPixels {
  return 'bytesPerRow' in image;
}

/** @throws `invalid-input` for a texture or a buffer that is no such image */
export function checkGpuImage(image: GpuImage): void {
  if (isTexture(image)) {
    const { format, dimension, depthOrArrayLayers, sampleCount, usage } = image;
    const found = `${dimension}, ${depthOrArrayLayers} layers, ${sampleCount} samples, '${format}'`;
    if (dimension !== '2d' || depthOrArrayLayers !== 1 || sampleCount !== 1 || !/^rgba8unorm(-srgb)?$/.test(format)) {
      const wanted = "the texture must be '2d', of 1 layer and 1 sample, in 'rgba8unorm'";
      throw new MaskRcnnError('invalid-input', `${wanted}; it is ${found}`);
    }
    checkUsage('texture', usage & GPUTextureUsage.COPY_SRC);
    return;
  }
  const { width, height, buffer, offset = 0, bytesPerRow = 4 * width } = image;
  checkNumber(width, "the image's width", { min: 1, isWhole: true });
  checkNumber(height, "the image's height", { min: 1, isWhole: true });
  checkNumber(offset, "the image's offset", { isWhole: true });
  checkNumber(bytesPerRow, "the image's bytesPerRow", { min: 4 * width, isWhole: true });
  if (offset % 4 !== 0 || bytesPerRow % 4 !== 0)
    throw new MaskRcnnError('invalid-input', "the image's offset and bytesPerRow must be multiples of 4");
  const end = offset + (height - 1) * bytesPerRow + 4 * width;
  if (end > buffer.size) {
    throw new MaskRcnnError(
      'invalid-input',
      `an image of ${width}×${height} pixels at ${offset} with ${bytesPerRow} bytes a row ends at ${end}; its buffer has ${buffer.size} bytes`,
    );
  }
  checkUsage('buffer', buffer.usage & GPUBufferUsage.COPY_SRC);
}

function checkUsage(what: string, isSource: number) {
  if (isSource) return;
  throw new MaskRcnnError('invalid-input', `the ${what} must be made with the usage COPY_SRC, to be copied from`);
}

function isTexture(image: GpuImage): image is GPUTexture {
  return kindOf(image) === 'GPUTexture';
}

/**
 * Copies an image as the work that was submitted so far leaves it.
 *
 * @throws `invalid-input` for an image of another device, and one that was destroyed; `out-of-memory`
 */
export async function takeGpuImage(image: GpuImage, device: GPUDevice): Promise<GpuPixels> {
  const { width, height } = image;
  const bytesPerRow = Math.ceil((4 * width) / ROW_ALIGNMENT) * ROW_ALIGNMENT;
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: bytesPerRow * height, usage });
  const encoder = device.createCommandEncoder();
  if (isTexture(image)) {
    encoder.copyTextureToBuffer({ texture: image }, { buffer, bytesPerRow }, { width, height });
  } else {
    const { offset = 0, bytesPerRow: pitch = 4 * width } = image;
    for (let row = 0; row < height; row++) {
      encoder.copyBufferToBuffer(image.buffer, offset + row * pitch, buffer, row * bytesPerRow, 4 * width);
    }
  }
  device.queue.submit([encoder.finish()]);
  const [memory, validation] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const error = memory ?? validation;
  if (!error) return { width, height, device, buffer, bytesPerRow, close: () => buffer.destroy() };
  buffer.destroy();
  throw new MaskRcnnError(
    memory ? 'out-of-memory' : 'invalid-input',
    memory
      ? `an image of ${width}×${height} pixels: ${error.message}`
      : `the image on the GPU cannot be copied: it must be of the device that the segmenter was loaded with, and not be destroyed (${error.message})`,
  );
}

/** The bytes of an image on the GPU, without what is between its rows; the image is closed. */
export async function readGpuPixels(image: GpuPixels): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, device, buffer, bytesPerRow } = image;
  const size = bytesPerRow * height;
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
  const mapped = device.createBuffer({ size, usage });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, mapped, 0, size);
    device.queue.submit([encoder.finish()]);
    await mapped.mapAsync(GPUMapMode.READ);
    const rows = new Uint8Array(mapped.getMappedRange());
    const bytes = new Uint8Array(4 * width * height);
    for (let row = 0; row < height; row++) {
      const start = row * bytesPerRow;
      bytes.set(rows.subarray(start, start + 4 * width), row * 4 * width);
    }
    return bytes;
  } catch (cause) {
    if (hasCode(cause, 'out-of-memory')) throw cause;
    throw new MaskRcnnError('device-lost', `the image on the GPU cannot be read: ${cause}`, { cause });
  } finally {
    mapped.destroy();
    image.close();
  }
}
