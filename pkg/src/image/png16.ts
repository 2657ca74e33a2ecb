import { decode } from 'fast-png';
import { throwIfAborted } from '../abort.js';
import { MaskRcnnError } from '../errors.js';
import type { OpenedImage } from './open-image.js';
import { checkRegion } from './region-image.js';

/** Channels of a pixel by the colour type of the header. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };
/** The most bytes that an image may be decoded to: a PNG can only be decoded as a whole. */
const MAX_BYTES = 2 ** 30;

/**
 * Decodes a PNG of 16 bits a sample, all of which are kept.
 *
 * @throws `invalid-input` for a file that is damaged, or larger than can be decoded as a whole
 */
export async function openPng16(blob: Blob, signal?: AbortSignal): Promise<OpenedImage> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  throwIfAborted(signal);
  await checkSize(bytes);
  const { width, height, channels: stored, data } = decoded(bytes);
  // Transparency, the second or fourth sample, is not a channel.
  const channels = stored >= 3 ? 3 : 1;
  const channelNames = channels === 3 ? ['red', 'green', 'blue'] : undefined;
  return {
    ...{ width, height, channels, channelNames, format: 'png' },
    async read(region, { signal } = {}) {
      throwIfAborted(signal);
      checkRegion(region, { width, height });
      const samples = new Uint16Array(region.width * region.height * channels);
      let at = 0;
      for (let y = region.y; y < region.y + region.height; y++) {
        for (let x = region.x; x < region.x + region.width; x++) {
          for (let channel = 0; channel < channels; channel++) {
            samples[at++] = data[(y * width + x) * stored + channel] as number;
          }
        }
      }
      const size = { width: region.width, height: region.height };
      return { ...size, channels, data: samples, layout: 'interleaved', channelNames };
    },
    close() {},
  };
}

function decoded(bytes: Uint8Array): { width: number; height: number; channels: number; data: Uint16Array } {
  try {
    const { width, height, channels, data } = decode(bytes, { checkCrc: true });
    if (data instanceof Uint16Array) return { width, height, channels, data };
    throw new Error('its samples are not of 16 bits');
  } catch (cause) {
    throw damaged(cause, cause);
  }
}

/** Checks that the file holds as many bytes as its header says, before they, or far more, are allocated. */
async function checkSize(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw damaged('it ends within its header');
  const [width, height, channels] = [view.getUint32(16), view.getUint32(20), CHANNELS[view.getUint8(25)]];
  if (!channels || width < 1 || height < 1) throw damaged('its header is not valid');
  const expected = width * height * channels * 2;
  if (expected > MAX_BYTES) {
    throw new MaskRcnnError(
      'invalid-input',
      `the PNG file is of ${width}×${height} pixels, ${expected} bytes, of at most ${MAX_BYTES}; save it as a tiled TIFF`,
    );
  }
  // Each row, of up to seven passes, begins with a byte that names its filter.
  const most = expected + 2 * height + 64;
  const size = await inflatedSize(dataOf(bytes, view), most);
  if (size < expected || size > most)
    throw damaged(`${width}×${height} pixels are not the ${size} bytes that it holds`);
}

/** The contents of the file's data chunks, one after the other. */
function dataOf(bytes: Uint8Array<ArrayBuffer>, view: DataView): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === IDAT) parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return new Blob(parts);
}

const IDAT = 0x49444154;

/** Length of compressed data once decompressed, counted to a little more than a limit; what is damaged counts as far as it goes. */
async function inflatedSize(data: Blob, most: number): Promise<number> {
  const reader = data.stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  let size = 0;
  try {
    for (let read = await reader.read(); !read.done && size <= most; read = await reader.read())
      size += read.value.length;
  } catch {
    return size;
  } finally {
    reader.cancel().catch(() => {});
  }
  return size;
}

function damaged(what: unknown, cause?: unknown): MaskRcnnError {
  return new MaskRcnnError('invalid-input', `the PNG file is damaged: ${what}`, { cause });
}
