import type { BlockCache } from './block-cache.js';
import { type ByteSource, readBytes } from './byte-source.js';
import { type Colours, readColours } from './colours.js';
import { checkRatio, decompress } from './decompression.js';
import type { Directory } from './directory.js';
import { damaged, unsupported } from './errors.js';
import { blockCount, type PageLayout, readLayout, rowBytesOf, rowsOfBlock } from './page-layout.js';
import { decodeSamples } from './sample-decoding.js';
import type { Samples } from './sample-type.js';
import { COMPRESSION, TAG } from './tags.js';

/** What the pages of a file share. */
export interface FileAccess {
  source: ByteSource;
  cache: BlockCache;
  isLittleEndian: boolean;
  /** Whether palettes of this file are lookup tables for showing, as ImageJ's are. */
  isLookup: boolean;
}

/** Bytes that are read at once of strips that are not compressed, and need not be read as a whole. */
const PIECE = 2 ** 20;

/** One page of a file: an image of one plane, or a channel of one. */
export class Page {
  readonly layout: PageLayout;
  readonly colours: Colours;
  readonly directory: Directory;
  readonly #file: FileAccess;
  /** Added to the places of its strips: ImageJ describes many planes by the page of the first. */
  readonly #shift: number;
  /** How many blocks, as they are read, a strip is cut into. */
  readonly #pieces: number;
  #places: Promise<{ offsets: Float64Array; lengths: Float64Array; tables: Uint8Array | undefined }> | undefined;

  private constructor(
    file: FileAccess,
    parts: { directory: Directory; layout: PageLayout; colours: Colours; shift: number; pieces: number },
  ) {
    this.#file = file;
    this.directory = parts.directory;
    this.layout = parts.layout;
    this.colours = parts.colours;
    this.#shift = parts.shift;
    this.#pieces = parts.pieces;
  }

  /** @throws `invalid-input` for pages that are damaged, or have a feature that is not read */
  static async open(directory: Directory, file: FileAccess): Promise<Page> {
    const stored = await readLayout(directory, file.isLittleEndian);
    const colours = await readColours(directory, stored, file.isLookup);
    const pieces = piecesOf(stored);
    const blockHeight = Math.ceil(stored.blockHeight / pieces);
    const layout = { ...stored, blockHeight, rows: Math.ceil(stored.height / blockHeight) };
    return new Page(file, { directory, layout, colours, shift: 0, pieces });
  }

  /** The same page with its samples further on in the file, by a number of bytes. */
  shifted(shift: number): Page {
    const { directory, layout, colours } = this;
    return new Page(this.#file, { directory, layout, colours, shift, pieces: this.#pieces });
  }

  /** Where its samples are and how many bytes, where they are not compressed and follow each other. */
  async contiguousRun(): Promise<{ offset: number; bytes: number } | undefined> {
    const { layout } = this;
    if (layout.compression !== COMPRESSION.none || layout.isTiled) return undefined;
    const { offsets, lengths } = await this.#readPlaces();
    const isContiguous = offsets.every(
      (offset, index) => index === 0 || offset === (offsets[index - 1] as number) + (lengths[index - 1] as number),
    );
    const planes = layout.isPlanar ? layout.samples : 1;
    return isContiguous
      ? { offset: offsets[0] as number, bytes: rowBytesOf(layout) * layout.height * planes }
      : undefined;
  }

  /**
   * Checks, before anything is allocated, that the file can hold the blocks from one column and row to another.
   *
   * @throws `invalid-input` where they lie outside the file, or are too short
   */
  async checkBlocks(blocks: readonly BlockIndex[]): Promise<void> {
    for (const block of blocks) {
      const { offset, length, expected } = await this.#place(block);
      if (length === 0) continue;
      if (offset + length > this.#file.source.size) {
        throw damaged(
          `a strip or tile should be ${length} bytes at ${offset}, but the file ends at ${this.#file.source.size}`,
        );
      }
      checkRatio(length, expected, this.layout);
    }
  }

  /** The channels of a block, interleaved, `blockWidth` pixels a row. */
  block(block: BlockIndex): Promise<Samples> {
    const { column, row, sample } = block;
    const key = `${this.directory.offset}+${this.#shift}:${column},${row},${sample}`;
    return this.#file.cache.get(key, () => this.#decode(block));
  }

  async #decode(block: BlockIndex): Promise<Samples> {
    const { layout, colours } = this;
    const { offset, length, expected, tables } = await this.#place(block);
    const rows = rowsOfBlock(layout, block.row);
    // Blocks that were never written are zero.
    const bytes =
      length === 0
        ? new Uint8Array(expected)
        : await decompress(await readBytes(this.#file.source, { offset, length }, 'a strip or tile'), {
            ...{ layout, rows, tables },
          });
    // Numbers of several bytes must begin at a multiple of their size.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
    return colours.convert(
      length === 0
        ? decodeSamples(aligned, { ...layout, compression: COMPRESSION.none })
        : decodeSamples(aligned, layout),
    );
  }

  /** Where a block is in the file, and how many bytes it has once decompressed. */
  async #place({ column, row, sample }: BlockIndex) {
    const { layout } = this;
    const { offsets, lengths, tables } = await this.#readPlaces();
    const rowBytes = rowBytesOf(layout);
    const expected = rowBytes * rowsOfBlock(layout, row);
    const strips = Math.ceil(layout.rows / this.#pieces);
    const index = (sample * strips + Math.floor(row / this.#pieces)) * layout.columns + column;
    const start = (offsets[index] as number) + this.#shift;
    const whole = lengths[index] as number;
    if (this.#pieces === 1 || whole === 0) return { offset: start, length: whole, expected, tables };
    const skipped = (row % this.#pieces) * layout.blockHeight * rowBytes;
    return { offset: start + skipped, length: Math.max(1, Math.min(whole - skipped, expected)), expected, tables };
  }

  #readPlaces() {
    this.#places ??= (async () => {
      const { directory, layout } = this;
      const strips = blockCount({ ...layout, rows: Math.ceil(layout.rows / this.#pieces) });
      const [offsetTag, lengthTag] = layout.isTiled
        ? [TAG.TileOffsets, TAG.TileByteCounts]
        : [TAG.StripOffsets, TAG.StripByteCounts];
      for (const tag of [offsetTag, lengthTag]) {
        const count = directory.count(tag);
        if (count >= strips || (tag === lengthTag && count === 0)) continue;
        throw damaged(`a page needs ${strips} strips or tiles, and lists ${count}`);
      }
      const offsets = (await directory.numbers(offsetTag, strips)) as Float64Array;
      const lengths = await directory.numbers(lengthTag, strips);
      const tables = layout.compression === COMPRESSION.jpeg ? await directory.bytes(TAG.JpegTables) : undefined;
      return { offsets, lengths: lengths ?? this.#impliedLengths(strips), tables };
    })();
    return this.#places;
  }

  /** Old programs leave the lengths of strips out where they follow from the sizes. */
  #impliedLengths(strips: number): Float64Array {
    const { layout } = this;
    if (layout.compression !== COMPRESSION.none) throw damaged('its compressed strips or tiles have no lengths');
    if (strips !== 1) throw unsupported(`${strips} strips or tiles without lengths`);
    return Float64Array.of(rowBytesOf(layout) * (layout.isTiled ? layout.blockHeight : layout.height));
  }
}

/** Which strip or tile: its column and row, and of planar pages its sample. */
export interface BlockIndex {
  column: number;
  row: number;
  sample: number;
}

/** Into how many pieces of whole rows a strip is cut: a strip that is not compressed can be of any length. */
function piecesOf(layout: PageLayout): number {
  const { compression, isTiled, blockHeight, rows } = layout;
  const rowBytes = rowBytesOf(layout);
  if (compression !== COMPRESSION.none || isTiled || rowBytes * blockHeight <= PIECE) return 1;
  let height = Math.max(1, Math.floor(PIECE / rowBytes));
  // Of several strips each must be cut at the same rows.
  if (rows > 1) while (blockHeight % height !== 0) height--;
  return Math.ceil(blockHeight / height);
}
