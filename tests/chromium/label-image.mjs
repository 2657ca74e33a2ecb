import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';

/** The pixels of a PNG or TIFF in grey, of 16 or 32 bits. */
export function greyOf(bytes) {
  const file = Buffer.from(bytes);
  if (file.readUInt32BE(0) === 0x89504e47) {
    const [width, height, bits] = [file.readUInt32BE(16), file.readUInt32BE(20), file[24]];
    const parts = [];
    for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
      if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
        parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
    }
    const raw = inflateSync(Buffer.concat(parts));
    const stride = (width * bits) / 8;
    const pixels = [];
    const before = Buffer.alloc(stride);
    for (let y = 0; y < height; y++) {
      const [filter, row] = [raw[y * (stride + 1)], raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1))];
      assert.ok(filter === 0 || filter === 2, `filter ${filter}`);
      if (filter === 2) for (let i = 0; i < stride; i++) row[i] += before[i];
      row.copy(before);
      for (let x = 0; x < width; x++) pixels.push(row.readUInt16BE(x * 2));
    }
    return { width, height, bits, pixels };
  }
  assert.equal(file.toString('latin1', 0, 2), 'II');
  const fields = new Map();
  const start = file.readUInt32LE(4);
  for (let i = 0; i < file.readUInt16LE(start); i++) {
    const entry = start + 2 + i * 12;
    const [tag, type, count] = [file.readUInt16LE(entry), file.readUInt16LE(entry + 2), file.readUInt32LE(entry + 4)];
    const size = { 2: 1, 3: 2, 4: 4, 5: 8 }[type];
    const at = size * count <= 4 ? entry + 8 : file.readUInt32LE(entry + 8);
    const read = (k) =>
      type === 3 ? file.readUInt16LE(at + k * 2) : file.readUIntLE(at + k * size, Math.min(4, size));
    fields.set(
      tag,
      type === 2 ? file.toString('latin1', at, at + count) : Array.from({ length: count }, (_, k) => read(k)),
    );
  }
  const [[width], [height], [bits]] = [256, 257, 258].map((tag) => fields.get(tag));
  const strips = fields.get(273).map((at, i) => inflateSync(file.subarray(at, at + fields.get(279)[i])));
  const raw = Buffer.concat(strips);
  const pixels = Array.from({ length: width * height }, (_, i) =>
    bits === 16 ? raw.readUInt16LE(i * 2) : raw.readUInt32LE(i * 4),
  );
  return { width, height, bits, pixels, description: fields.get(270) };
}
