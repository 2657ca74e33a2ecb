/** By which factors the chroma of a JPEG stream is of lower resolution, across and down: 1 or 2. */
export interface Subsampling {
  across: number;
  down: number;
}

/**
 * Interpolates chroma that was stored at half the resolution and decoded by repeating it, as libjpeg does ("fancy
 * upsampling"): three parts of the nearer value and one of the farther, in each direction.
 *
 * @param pixels luma and two chroma, interleaved; chroma is overwritten
 */
export function interpolateChroma(pixels: Uint8Array, width: number, { across, down }: Subsampling): void {
  if (across === 1 && down === 1) return;
  const height = pixels.length / 3 / width;
  const [columns, rows] = [Math.ceil(width / across), Math.ceil(height / down)];
  // Every sample of the lower resolution is at the first of the pixels that repeat it.
  const stored = new Uint8Array(columns * rows);
  const [left, right] = neighbours(width, across, columns);
  const [near, far] = neighbours(height, down, rows);
  // Three parts of the nearer row and one of the farther.
  const sums = new Uint16Array(columns);
  for (const component of [1, 2]) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        stored[row * columns + column] = pixels[(row * down * width + column * across) * 3 + component] as number;
      }
    }
    for (let y = 0; y < height; y++) {
      const [one, other] = [(near[y] as number) * columns, (far[y] as number) * columns];
      for (let column = 0; column < columns; column++) {
        sums[column] = 3 * (stored[one + column] as number) + (stored[other + column] as number);
      }
      for (let x = 0; x < width; x++) {
        const sum = 3 * (sums[left[x] as number] as number) + (sums[right[x] as number] as number);
        pixels[(y * width + x) * 3 + component] = (sum + 8 - (x & 1)) >> 4;
      }
    }
  }
}

/** For each pixel of a side the nearer and the farther sample of the lower resolution; at an edge they are the same. */
function neighbours(length: number, factor: number, count: number): [Uint32Array, Uint32Array] {
  const near = Uint32Array.from({ length }, (_, at) => Math.floor(at / factor));
  const far = near.map((nearer, at) => {
    if (factor === 1) return nearer;
    return Math.min(Math.max(at & 1 ? nearer + 1 : nearer - 1, 0), count - 1);
  });
  return [near, far];
}
