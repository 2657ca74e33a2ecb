// The safetensors format: a little-endian u64, so many bytes of JSON, then the tensors' bytes.

const ARRAYS = {
  F32: Float32Array,
  I32: Int32Array,
  I64: BigInt64Array,
  U8: Uint8Array,
};

/**
 * Reads a file's tensors.
 *
 * @param {Buffer} bytes
 * @returns {{ metadata: Record<string, string>, tensors: Map<string, { shape: number[], data: ArrayLike<number> }> }}
 */
export function decode(bytes) {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(bytes.toString('utf8', 8, start));
  const tensors = new Map();
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [from, to],
    },
  ] of Object.entries(entries)) {
    const copy = Uint8Array.from(bytes.subarray(start + from, start + to));
    tensors.set(name, { shape, data: new ARRAYS[dtype](copy.buffer) });
  }
  return { metadata, tensors };
}

/**
 * Writes tensors of 32-bit floats or whole numbers.
 *
 * @param {{ name: string, shape: number[], data: Float32Array | Int32Array }[]} tensors
 * @param {Record<string, string>} metadata
 * @returns {Buffer}
 */
export function encode(tensors, metadata = {}) {
  const header = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const dtype = data instanceof Float32Array ? 'F32' : 'I32';
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const bodies = tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, text, ...bodies]);
}
