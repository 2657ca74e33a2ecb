import { createHash } from 'node:crypto';

/**
 * A file on a server that honours `Range` and `If-Range` and records requests.
 *
 * @param {Buffer} bytes
 * @param {{ breaks?: number[], damaged?: number, ranges?: boolean }} how `breaks`: after how many bytes
 * each response breaks off, in order; `damaged`: the number of damaged responses; `ranges`: whether `Range` is honoured
 */
export function fileOnServer(bytes, { breaks = [], damaged = 0, ranges = true } = {}) {
  const asked = [];
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}"`;
  const [breaking, spoilt] = [[...breaks], { left: damaged }];
  return {
    /** The `Range` header of every request, `undefined` where it had none. */
    asked,
    manifestEntry(file) {
      return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    answer(request, response) {
      const { range } = request.headers;
      asked.push(range);
      const condition = request.headers['if-range'];
      const isPart = ranges && range && (!condition || condition === etag);
      const from = isPart ? Number(/^bytes=(\d+)-$/.exec(range)[1]) : 0;
      const body = Buffer.from(bytes.subarray(from));
      if (spoilt.left-- > 0) body[body.length - 1] ^= 1;
      response.setHeader('etag', etag);
      response.setHeader('cache-control', 'no-store');
      response.setHeader('content-length', body.length);
      if (isPart) response.setHeader('content-range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
      response.writeHead(isPart ? 206 : 200);
      const end = breaking.shift();
      if (end === undefined) return response.end(body);
      response.write(body.subarray(0, end), () => setTimeout(() => response.destroy(), 50));
    },
  };
}
