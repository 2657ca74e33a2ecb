import { MaskRcnnError } from '../errors.js';
import { isFrame, painted } from '../image/frame-copy.js';
import { type GpuPixels, isGpuPixels } from '../image/gpu-image.js';
import { sizeOfImage, TAINTED } from '../image/pixels.js';
import { failureOf } from './error-scopes.js';

// TypeScript's library has the type of its values only.
declare const GPUTextureUsage: Record<'COPY_SRC' | 'COPY_DST' | 'RENDER_ATTACHMENT', number>;

/** Where an engine takes an image's pixels from: 8-bit RGBA, row by row. */
export interface CopyTarget {
  /** The engine's. */
  device: GPUDevice;
  buffer: GPUBuffer;
  /** Of the first pixel, in bytes. */
  offset: number;
  /** From the start of one row to that of the next. */
  bytesPerRow: number;
}

/**
 * Copies images to a buffer of the GPU: those of the browser by way of a texture, with straight colours in sRGB, as
 * `getImageData` has them, and the upper row first.
 */
export class ImageCopier {
  #texture: GPUTexture | undefined;
  #device: GPUDevice | undefined;

  /**
   * Submits the copy: what is submitted from then on finds the pixels.
   *
   * @returns resolves when it is known that the GPU takes it; rejects with `out-of-memory` where it does not
   * @throws `invalid-input` for an image that the page may not read
   */
  copy(image: ImageBitmap | VideoFrame | GpuPixels, target: CopyTarget): Promise<void> {
    const { width, height } = sizeOfImage(image);
    const { device, buffer, offset, bytesPerRow } = target;
    const submit = () => {
      if (isGpuPixels(image)) {
        // Its rows begin where the engine's do.
        const encoder = device.createCommandEncoder();
        encoder.copyBufferToBuffer(image.buffer, 0, buffer, offset, image.bytesPerRow * height);
        device.queue.submit([encoder.finish()]);
        return;
      }
      const texture = this.#textureFor(device, width, height);
      const { queue } = device;
      copyToTexture(queue, image, texture);
      const encoder = device.createCommandEncoder();
      encoder.copyTextureToBuffer({ texture }, { buffer, offset, bytesPerRow }, { width, height });
      queue.submit([encoder.finish()]);
    };
    let failure: Promise<GPUError | undefined>;
    try {
      failure = failureOf(device, submit);
    } catch (cause) {
      const isTainted = cause instanceof DOMException && cause.name === 'SecurityError';
      throw new MaskRcnnError('invalid-input', isTainted ? TAINTED : `the image cannot be copied: ${cause}`, { cause });
    }
    return failure.then((error) => {
      if (!error) return;
      this.end();
      throw new MaskRcnnError('out-of-memory', `an image of ${width}×${height} pixels: ${error.message}`);
    });
  }

  /** The texture of the last image, where this one has its size: frames come in one. */
  #textureFor(device: GPUDevice, width: number, height: number): GPUTexture {
    const last = this.#texture;
    if (last && this.#device === device && last.width === width && last.height === height) return last;
    this.end();
    this.#device = device;
    this.#texture = device.createTexture({
      size: { width, height },
      format: 'rgba8unorm',
      // An image is drawn into it.
      usage: GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
    });
    return this.#texture;
  }

  /** Gives the texture's memory back. */
  end(): void {
    this.#texture?.destroy();
    this.#texture = undefined;
  }
}

function copyToTexture(queue: GPUQueue, image: ImageBitmap | VideoFrame, texture: GPUTexture): void {
  const { width, height } = texture;
  const straight = { texture, colorSpace: 'srgb', premultipliedAlpha: false } as const;
  const copy = (source: ImageBitmap | VideoFrame) =>
    queue.copyExternalImageToTexture({ source }, straight, { width, height });
  try {
    copy(image);
  } catch (cause) {
    // Not every browser copies frames, nor with every driver, but each draws them.
    const isTainted = cause instanceof DOMException && cause.name === 'SecurityError';
    if (!isFrame(image) || isTainted) throw cause;
    const bitmap = painted(image);
    copy(bitmap);
    bitmap.close();
  }
}
