import { hasCode } from '../../errors.js';
import { turn } from '../../runtime/turn.js';
import { decodeDeflate } from './deflate.js';
import { damaged } from './errors.js';
import { decodeLzw } from './lzw.js';
import { decodePackBits } from './pack-bits.js';
import type { PageLayout } from './page-layout.js';
import { rowBytesOf } from './page-layout.js';
import { reverseBits } from './sample-decoding.js';
import { COMPRESSION } from './tags.js';

/** How many bytes each compressed one can become at most, so that no more are allocated than a file can fill. */
const MAX_RATIOS: Readonly<Record<number, number>> = {
  [COMPRESSION.none]: 1,
  [COMPRESSION.packBits]: 64,
  [COMPRESSION.deflate]: 1032,
  [COMPRESSION.oldDeflate]: 1032,
  // Longest string of a full table, by the 12 bits of its code.
  [COMPRESSION.lzw]: 2560,
  // Four bits for each of an 8×8 block's two coefficients.
  [COMPRESSION.jpeg]: 512,
  // A block of 128 KiB of one value takes four bytes.
  [COMPRESSION.zstd]: 32768,
};
/** What headers may take from small strips before the ratio says anything. */
const SLACK = 65536;

/** @throws `invalid-input` where so few bytes cannot hold the samples that they should */
export function checkRatio(compressed: number, expected: number, { compression }: PageLayout): void {
  const slack = compression === COMPRESSION.none ? 0 : SLACK;
  if (expected <= compressed * (MAX_RATIOS[compression] as number) + slack) return;
  throw damaged(`a strip or tile should hold ${expected} bytes of samples, and has ${compressed} bytes`);
}

/**
 * Decompresses a strip or tile.
 *
 * @param input is overwritten
 * @throws `invalid-input` for data that are damaged or end too early
 */
export async function decompress(
  input: Uint8Array<ArrayBuffer>,
  { layout, rows, tables }: { layout: PageLayout; rows: number; tables: Uint8Array | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const expected = rowBytesOf(layout) * rows;
  checkRatio(input.length, expected, layout);
  await pause();
  if (layout.isReversed && layout.compression !== COMPRESSION.jpeg) reverseBits(input);
  if (layout.compression === COMPRESSION.none) return input.subarray(0, expected);
  try {
    if (layout.compression === COMPRESSION.jpeg) {
      const { decodeJpeg } = await import('./jpeg.js');
      return await decodeJpeg(input, { layout, rows, tables });
    }
    const output = new Uint8Array(expected);
    const written = await fill(output, input, layout.compression);
    if (written === expected) return output;
    throw damaged(`a strip or tile ends after ${written} of ${expected} bytes`);
  } catch (cause) {
    if (hasCode(cause, 'invalid-input')) throw cause;
    throw damaged(`a strip or tile cannot be decompressed: ${cause}`, cause);
  }
}

/** The longest time that blocks are decoded one after the other before others have their turn, in milliseconds. */
const MAX_BUSY = 20;
let pausedAt = 0;

/** Lets a page stay alive while many blocks are decoded. */
async function pause(): Promise<void> {
  if (performance.now() - pausedAt < MAX_BUSY) return;
  await turn();
  pausedAt = performance.now();
}

async function fill(output: Uint8Array, input: Uint8Array<ArrayBuffer>, compression: number): Promise<number> {
  switch (compression) {
    case COMPRESSION.lzw: {
      const decoding = decodeLzw(input, output);
      for (let step = decoding.next(); ; step = decoding.next()) {
        if (step.done) return step.value;
        await turn();
      }
    }
    case COMPRESSION.packBits:
      return decodePackBits(input, output);
    case COMPRESSION.zstd: {
      const { decodeZstd } = await import('./zstd.js');
      return decodeZstd(input, output);
    }
    default:
      return decodeDeflate(input, output);
  }
}
