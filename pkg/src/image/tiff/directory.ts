import { type ByteSource, readBytes } from './byte-source.js';
import { damaged, unsupported } from './errors.js';
import { TAG, tagName } from './tags.js';

/** What a file's first bytes say. */
export interface Header {
  isLittleEndian: boolean;
  /** Whether it is a BigTIFF, whose offsets have 64 bits. */
  isBig: boolean;
  /** Where the first directory is. */
  first: number;
}

/** Bytes of a value, by the number of its type; types that are not here are skipped, as the specification asks for. */
const TYPE_SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/** Files of microscopes have up to a few hundred tags a page. */
const MAX_TAGS = 4096;
/** Far more pages than any real file has; keeps a file of overlapping directories from being read forever. */
const MAX_DIRECTORIES = 2 ** 20;
/** The longest text that is read, in bytes: the OME metadata of a plate have some megabytes. */
const MAX_TEXT = 2 ** 26;
/** The tags that are kept of each of possibly many pages. */
const KEPT: ReadonlySet<number> = new Set(Object.values(TAG));
/** Bytes read at once where a directory is: most directories, and what they refer to, fit. */
const WINDOW = 4096;

interface Field {
  type: number;
  count: number;
  /** Where the values are, in the directory's entry or elsewhere. */
  offset: number;
}

/** One directory of a file: the tags of a page. Values are read when asked for. */
export class Directory {
  /** Where it is in the file. */
  readonly offset: number;
  readonly #file: DirectoryFile;
  readonly #fields: ReadonlyMap<number, Field>;

  /** Made by {@link DirectoryFile}. */
  constructor(file: DirectoryFile, offset: number, fields: ReadonlyMap<number, Field>) {
    this.#file = file;
    this.offset = offset;
    this.#fields = fields;
  }

  /** How many values a tag has; 0 without the tag. */
  count(tag: number): number {
    return this.#fields.get(tag)?.count ?? 0;
  }

  /**
   * The values of a tag, of rationals the quotients; `undefined` without the tag.
   *
   * @param most how many values are read at most
   * @throws `invalid-input` where they are not in the file
   */
  async numbers(tag: number, most = Number.POSITIVE_INFINITY): Promise<Float64Array | undefined> {
    const field = this.#fields.get(tag);
    if (!field) return undefined;
    const count = Math.min(field.count, most);
    const view = await this.#view(tag, field, count);
    const read = readerOf(field.type, view, this.#file.header.isLittleEndian);
    const size = TYPE_SIZES[field.type] as number;
    return Float64Array.from({ length: count }, (_, index) => read(index * size));
  }

  /** The first value of a tag, or the default. */
  async number(tag: number, byDefault: number): Promise<number> {
    return (await this.numbers(tag, 1))?.[0] ?? byDefault;
  }

  /** The bytes of a tag; `undefined` without the tag. */
  async bytes(tag: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const field = this.#fields.get(tag);
    if (!field) return undefined;
    const { buffer, byteOffset, byteLength } = await this.#view(tag, field, field.count);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** A tag's text, without what follows its end; `undefined` without the tag. */
  async text(tag: number): Promise<string | undefined> {
    const bytes = await this.bytes(tag);
    if (!bytes) return undefined;
    const end = bytes.indexOf(0);
    const text = end < 0 ? bytes : bytes.subarray(0, end);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(text);
    } catch {
      // The specification asks for ASCII; older programs write `µ` in the encoding of Windows.
      return new TextDecoder('windows-1252').decode(text);
    }
  }

  async #view(tag: number, { type, offset }: Field, count: number): Promise<DataView<ArrayBuffer>> {
    const length = count * (TYPE_SIZES[type] as number);
    if (length > MAX_TEXT && type !== 4 && type !== 16) throw unsupported(`${length} bytes of ${tagName(tag)}`);
    const bytes = await this.#file.read(offset, length, `the value of ${tagName(tag)}`);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** Reads the directories of a file. */
export class DirectoryFile {
  readonly header: Header;
  readonly #source: ByteSource;
  #window: { start: number; bytes: Uint8Array<ArrayBuffer> } = { start: 0, bytes: new Uint8Array() };

  private constructor(source: ByteSource, header: Header) {
    this.#source = source;
    this.header = header;
  }

  /** @throws `invalid-input` unless the first bytes are those of a TIFF file */
  static async open(source: ByteSource): Promise<DirectoryFile> {
    const length = Math.min(16, source.size);
    const bytes = await readBytes(source, { offset: 0, length }, 'the header');
    return new DirectoryFile(source, headerOf(new DataView(bytes.buffer, bytes.byteOffset, length)));
  }

  /**
   * The directories of the chain that begins at an offset, in their order.
   *
   * @throws `invalid-input` for a chain that is empty, bites its tail or leaves the file
   */
  async chain(first = this.header.first): Promise<Directory[]> {
    const directories: Directory[] = [];
    const seen = new Set<number>();
    for (let offset = first; offset !== 0; ) {
      if (seen.has(offset)) throw damaged(`its directories form a loop: the one at ${offset} comes twice`);
      if (seen.size === MAX_DIRECTORIES) throw damaged(`it has more than ${MAX_DIRECTORIES} directories`);
      seen.add(offset);
      const { directory, next } = await this.#directory(offset);
      directories.push(directory);
      offset = next;
    }
    if (directories.length === 0) throw damaged('it has no pages');
    return directories;
  }

  /** The directories that a page refers to: those of the smaller levels of its pyramid. */
  async children(directory: Directory): Promise<Directory[]> {
    const offsets = (await directory.numbers(TAG.SubIfds, MAX_TAGS)) ?? [];
    const children: Directory[] = [];
    for (const offset of offsets) {
      if (offset === directory.offset) throw damaged(`the directory at ${offset} refers to itself`);
      children.push((await this.#directory(offset)).directory);
    }
    return children;
  }

  /** Some bytes, from those read before where they are among them. */
  async read(offset: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    if (length > WINDOW) return readBytes(this.#source, { offset, length }, what);
    const isInside = offset >= this.#window.start && offset + length <= this.#window.start + this.#window.bytes.length;
    if (!isInside) {
      const ahead = Math.max(length, Math.min(WINDOW, this.#source.size - offset));
      this.#window = { start: offset, bytes: await readBytes(this.#source, { offset, length: ahead }, what) };
    }
    const start = offset - this.#window.start;
    return this.#window.bytes.subarray(start, start + length);
  }

  async #directory(offset: number): Promise<{ directory: Directory; next: number }> {
    const { isBig, isLittleEndian } = this.header;
    const [countSize, entrySize, wordSize] = isBig ? [8, 20, 8] : [2, 12, 4];
    const what = `the directory at ${offset}`;
    const view = async (at: number, length: number) => {
      const bytes = await this.read(at, length, what);
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    };
    const word = (view: DataView, at: number) =>
      isBig ? offsetOf(view.getBigUint64(at, isLittleEndian)) : view.getUint32(at, isLittleEndian);
    const head = await view(offset, countSize);
    const count = isBig ? word(head, 0) : head.getUint16(0, isLittleEndian);
    if (count === 0 || count > MAX_TAGS) throw damaged(`${what} has ${count} tags`);
    const entries = await view(offset + countSize, count * entrySize + wordSize);
    const fields = new Map<number, Field>();
    for (let index = 0; index < count; index++) {
      const entry = index * entrySize;
      const [tag, type] = [entries.getUint16(entry, isLittleEndian), entries.getUint16(entry + 2, isLittleEndian)];
      const size = TYPE_SIZES[type];
      if (!size || !KEPT.has(tag) || fields.has(tag)) continue;
      const field = { type, count: word(entries, entry + 4), offset: offset + countSize + entry + 4 + wordSize };
      if (field.count * size > wordSize) field.offset = word(entries, entry + 4 + wordSize);
      fields.set(tag, field);
    }
    return { directory: new Directory(this, offset, fields), next: word(entries, count * entrySize) };
  }
}

function headerOf(view: DataView): Header {
  const mark = view.byteLength < 8 ? 0 : view.getUint16(0);
  if (mark !== 0x4949 && mark !== 0x4d4d) throw damaged('it does not begin as a TIFF file does, with II or MM');
  const isLittleEndian = mark === 0x4949;
  const version = view.getUint16(2, isLittleEndian);
  if (version === 42) return { isLittleEndian, isBig: false, first: view.getUint32(4, isLittleEndian) };
  if (version !== 43) throw damaged(`its version should be 42 or, of a BigTIFF, 43, and is ${version}`);
  if (view.byteLength < 16) throw damaged('it ends within its header');
  const size = view.getUint16(4, isLittleEndian);
  if (size !== 8) throw damaged(`its offsets should have 8 bytes, and have ${size}`);
  return { isLittleEndian, isBig: true, first: offsetOf(view.getBigUint64(8, isLittleEndian)) };
}

/** Offsets beyond 2⁵³ lie outside of any file. */
function offsetOf(value: bigint): number {
  return Number(value);
}

function readerOf(type: number, view: DataView, isLittleEndian: boolean): (at: number) => number {
  switch (type) {
    case 3:
      return (at) => view.getUint16(at, isLittleEndian);
    case 4:
    case 13:
      return (at) => view.getUint32(at, isLittleEndian);
    case 5:
      return (at) => view.getUint32(at, isLittleEndian) / view.getUint32(at + 4, isLittleEndian);
    case 6:
      return (at) => view.getInt8(at);
    case 8:
      return (at) => view.getInt16(at, isLittleEndian);
    case 9:
      return (at) => view.getInt32(at, isLittleEndian);
    case 10:
      return (at) => view.getInt32(at, isLittleEndian) / view.getInt32(at + 4, isLittleEndian);
    case 11:
      return (at) => view.getFloat32(at, isLittleEndian);
    case 12:
      return (at) => view.getFloat64(at, isLittleEndian);
    case 16:
    case 18:
      return (at) => Number(view.getBigUint64(at, isLittleEndian));
    case 17:
      return (at) => Number(view.getBigInt64(at, isLittleEndian));
    default:
      return (at) => view.getUint8(at);
  }
}
