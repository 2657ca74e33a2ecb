import { MaskRcnnError } from '../errors.js';
import { type GpuPixels, isGpuPixels } from '../image/gpu-image.js';
import { TAINTED } from '../image/pixels.js';

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
  copy(image: ImageBitmap | GpuPixels, target: CopyTarget): Promise<void> {
    const { width, height } = image;
    const { device, buffer, offset, bytesPerRow } = target;
    const failure = failureOf(device, () => {
      if (isGpuPixels(image)) {
        // Its rows begin where the engine's do.
        const encoder = device.createCommandEncoder();
        encoder.copyBufferToBuffer(image.buffer, 0, buffer, offset, image.bytesPerRow * height);
        device.queue.submit([encoder.finish()]);
        return;
      }
      const texture = this.#textureFor(device, width, height);
      const straight = { texture, colorSpace: 'srgb', premultipliedAlpha: false } as const;
      const { queue } = device;
      queue.copyExternalImageToTexture({ source: image }, straight, { width, height });
      const encoder = device.createCommandEncoder();
      encoder.copyTextureToBuffer({ texture }, { buffer, offset, bytesPerRow }, { width, height });
      queue.submit([encoder.finish()]);
    });
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

/**
 * Does what it is told on a device, and tells what the device could not do of it.
 *
 * @throws `invalid-input` for an image that the page may not read
 */
function failureOf(device: GPUDevice, work: () => void): Promise<GPUError | undefined> {
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  let found: Promise<(GPUError | null)[]>;
  try {
    work();
  } catch (cause) {
    const isTainted = cause instanceof DOMException && cause.name === 'SecurityError';
    throw new MaskRcnnError('invalid-input', isTainted ? TAINTED : `the image cannot be copied: ${cause}`, { cause });
  } finally {
    found = Promise.all([device.popErrorScope(), device.popErrorScope()]);
    found.catch(() => {});
  }
  return found.then(
    (errors) => errors.find((error) => error !== null) ?? undefined,
    // Only a device that is lost does not tell; its loss is told elsewhere.
    () => undefined,
  );
}
