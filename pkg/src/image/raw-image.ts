import { checkNumber, checkStrings, fieldsOf, kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { MAX_SIDE, type Pixels } from './pixels.js';

/**
 * An image in memory, as raw samples of any number of channels: what a microscope's file or a simulation holds, or what
 * a library that decodes images gives.
 */
export interface RawImage {
  /** Width in pixels, 1 to 16384. */
  width: number;
  /** Height in pixels, 1 to 16384. */
  height: number;
  /**
   * The samples, `width × height × channels` of them: of 8 bits (0 to 255), of 16 bits (0 to 65535), or of single precision,
   * which must be finite, and in 0 to 1 unless the settings stretch the contrast.
   */
  data: Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;
  /**
   * Number of channels, 1 to 1024. One is seen in grey, three are red, green and blue; of any others the setting
   * `input.channels` chooses. Left out: red, green, blue and transparency of 8 bits each, as an `ImageData` has them.
   */
  channels?: number;
  /**
   * The order of the samples: `'interleaved'`, the default, has all channels of a pixel together; `'planar'` one channel
   * after the other.
   */
  layout?: 'interleaved' | 'planar';
  /** The channels' names, one for each channel, where they are known. */
  channelNames?: readonly string[] | undefined;
  /** Length of a pixel's side in micrometres, more than 0, where it is known. */
  pixelSize?: number;
}

const SAMPLES = ['Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Float32Array'];

/** Whether a value has the form of raw samples; that they fit together, {@link copyRawImage} checks. */
export function isRawImage(source: unknown): source is RawImage {
  return kindOf(source) === 'Object' && ['data', 'width', 'height'].every((name) => name in (source as object));
}

/**
 * A copy of an image's samples, which can be handed over to the engine.
 *
 * @throws `invalid-input` for samples that are not of one of the types, or not as many as there should be
 */
export function copyRawImage(image: RawImage): Pixels {
  checkRawImage(image);
  const { width, height, data, channels, layout, pixelSize } = image;
  const samples = data.slice() as typeof data & { buffer: ArrayBuffer };
  const copy = samples instanceof Uint8ClampedArray ? new Uint8Array(samples.buffer) : samples;
  return { width, height, data: copy as Pixels['data'], channels, layout, pixelSize };
}

/** @throws `invalid-input` for samples that are not of one of the types, or not as many as there should be */
export function checkRawImage(image: RawImage): void {
  const fields = ['width', 'height', 'data', 'channels', 'layout', 'channelNames', 'pixelSize'] as const;
  const { width, height, data, channels, layout, channelNames, pixelSize } = fieldsOf(image, fields, 'the image');
  const kind = kindOf(data);
  if (!SAMPLES.includes(kind)) {
    throw new MaskRcnnError('invalid-input', `the image's data must be one of ${SAMPLES.join(', ')}, not ${kind}`);
  }
  checkNumber(width, "the image's width", { min: 1, max: MAX_SIDE, isWhole: true });
  checkNumber(height, "the image's height", { min: 1, max: MAX_SIDE, isWhole: true });
  checkNumber(channels, "the image's channels", { min: 1, max: 1024, isWhole: true });
  checkNumber(pixelSize, "the image's pixelSize", { above: 0 });
  checkStrings(channelNames, "the image's channelNames");
  if (channelNames && channelNames.length !== (channels ?? 4)) {
    throw new MaskRcnnError(
      'invalid-input',
      `the image has ${channels ?? 4} channels and ${channelNames.length} channelNames; give one name for each`,
    );
  }
  if (layout !== undefined && layout !== 'interleaved' && layout !== 'planar') {
    const found = typeof layout === 'string' ? `'${layout}'` : kindOf(layout);
    throw new MaskRcnnError('invalid-input', `the image's layout must be 'interleaved' or 'planar', not ${found}`);
  }
  if (channels === undefined && !kind.startsWith('Uint8')) {
    throw new MaskRcnnError('invalid-input', `the image's channels are missing, which samples of ${kind} need`);
  }
  const expected = width * height * (channels ?? 4);
  if (data.length !== expected) {
    throw new MaskRcnnError(
      'invalid-input',
      `an image of ${width}×${height} pixels and ${channels ?? 4} channels has ${expected} samples, not ${data.length}`,
    );
  }
}
