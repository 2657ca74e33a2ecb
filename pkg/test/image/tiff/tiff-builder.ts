/** A value of a tag: its type by number, and its values; text is ASCII. */
type Value = string | { type: 1 | 3 | 4 | 5 | 7 | 16; values: readonly number[] };

/** A page: tags by number, and the bytes of its strips or tiles. */
export interface BuiltPage {
  tags: Record<number, Value>;
  blocks?: readonly Uint8Array[];
  /** What is written in place of the blocks' true offsets and lengths. */
  offsets?: readonly number[];
  lengths?: readonly number[];
  /** Directories that tag 330 lists. */
  children?: readonly BuiltPage[];
}

export interface BuiltFile {
  pages: readonly BuiltPage[];
  isLittleEndian?: boolean;
  isBig?: boolean;
  /** The index of the page that the last one says to be next. */
  loopsTo?: number;
}

const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8 };

export const short = (...values: number[]): Value => ({ type: 3, values });
export const long = (...values: number[]): Value => ({ type: 4, values });
/** Rational numbers by numerators and denominators. */
export const rational = (...values: number[]): Value => ({ type: 5, values });
export const bytes = (...values: number[]): Value => ({ type: 7, values });

/** The tags of a page of one strip, not compressed. */
export function plainTags(width: number, height: number, bits = 8): Record<number, Value> {
  return {
    256: long(width),
    257: long(height),
    258: short(bits),
    259: short(1),
    262: short(1),
    277: short(1),
    278: long(height),
  };
}

/** A page of one strip of bytes. */
export function plainPage(
  width: number,
  height: number,
  data: Uint8Array,
  tags: Record<number, Value> = {},
): BuiltPage {
  return { tags: { ...plainTags(width, height), ...tags }, blocks: [data] };
}

/** The bytes of a file. */
export function buildTiff({
  pages,
  isLittleEndian = true,
  isBig = false,
  loopsTo,
}: BuiltFile): Uint8Array<ArrayBuffer> {
  let [buffer, size] = [new DataView(new ArrayBuffer(1 << 22)), isBig ? 16 : 8];
  const word = isBig ? 8 : 4;
  const putWord = (at: number, value: number) =>
    isBig ? buffer.setBigUint64(at, BigInt(value), isLittleEndian) : buffer.setUint32(at, value, isLittleEndian);
  const reserve = (length: number) => {
    const at = size;
    size += length + (length % 2);
    if (size > buffer.byteLength) {
      const larger = new DataView(new ArrayBuffer(size * 2));
      new Uint8Array(larger.buffer).set(new Uint8Array(buffer.buffer));
      buffer = larger;
    }
    return at;
  };
  const put = (at: number, value: Value) => {
    if (typeof value === 'string') new Uint8Array(buffer.buffer).set(new TextEncoder().encode(value), at);
    else {
      value.values.forEach((number, index) => {
        const place = at + index * (value.type === 5 ? 4 : (SIZES[value.type] as number));
        if (value.type === 3) buffer.setUint16(place, number, isLittleEndian);
        else if (value.type === 16) buffer.setBigUint64(place, BigInt(number), isLittleEndian);
        else if (value.type === 4 || value.type === 5) buffer.setUint32(place, number, isLittleEndian);
        else buffer.setUint8(place, number);
      });
    }
  };
  const directory = ({
    tags,
    blocks = [],
    offsets,
    lengths,
    children = [],
  }: BuiltPage): { at: number; next: number } => {
    const places = blocks.map((block) => {
      const at = reserve(block.length);
      new Uint8Array(buffer.buffer).set(block, at);
      return at;
    });
    const childOffsets = children.map((child) => directory(child).at);
    const isTiled = 322 in tags;
    const all: Record<number, Value> = {};
    if (blocks.length > 0) {
      all[isTiled ? 324 : 273] = long(...(offsets ?? places));
      all[isTiled ? 325 : 279] = long(...(lengths ?? blocks.map((block) => block.length)));
    }
    if (children.length > 0) all[330] = long(...childOffsets);
    Object.assign(all, tags);
    const entries = Object.entries(all).sort(([one], [other]) => Number(one) - Number(other));
    const [countSize, entrySize] = isBig ? [8, 20] : [2, 12];
    const values = entries.map(([, value]) => {
      const length = lengthOf(value);
      return length > word ? reserve(length) : undefined;
    });
    const at = reserve(countSize + entries.length * entrySize + word);
    if (isBig) putWord(at, entries.length);
    else buffer.setUint16(at, entries.length, isLittleEndian);
    entries.forEach(([tag, value], index) => {
      const entry = at + countSize + index * entrySize;
      buffer.setUint16(entry, Number(tag), isLittleEndian);
      buffer.setUint16(entry + 2, typeof value === 'string' ? 2 : value.type, isLittleEndian);
      putWord(entry + 4, countOf(value));
      const place = values[index];
      if (place === undefined) put(entry + 4 + word, value);
      else {
        putWord(entry + 4 + word, place);
        put(place, value);
      }
    });
    return { at, next: at + countSize + entries.length * entrySize };
  };
  buffer.setUint16(0, isLittleEndian ? 0x4949 : 0x4d4d);
  buffer.setUint16(2, isBig ? 43 : 42, isLittleEndian);
  if (isBig) buffer.setUint16(4, 8, isLittleEndian);
  const built = pages.map(directory);
  let link = isBig ? 8 : 4;
  for (const { at, next } of built) {
    putWord(link, at);
    link = next;
  }
  if (loopsTo !== undefined) putWord(link, built[loopsTo].at);
  return new Uint8Array(buffer.buffer.slice(0, size));
}

function countOf(value: Value): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length + 1;
  return value.type === 5 ? value.values.length / 2 : value.values.length;
}

function lengthOf(value: Value): number {
  return countOf(value) * (typeof value === 'string' ? 1 : (SIZES[value.type] as number));
}
