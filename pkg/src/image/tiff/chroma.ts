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
  const height = pixels.length / 3 / width;
  if (across === 1 && down === 1) return;
  for (const component of [1, 2]) {
    const [columns, rows] = [Math.ceil(width / across), Math.ceil(height / down)];
    // Every sample of the lower resolution is at the first of the pixels that repeat it.
    const stored = new Uint8Array(columns * rows);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        stored[row * columns + column] = pixels[(row * down * width + column * across) * 3 + component] as number;
      }
    }
    for (let y = 0; y < height; y++) {
      const [near, far] = neighbours(y, down, rows);
      for (let x = 0; x < width; x++) {
        const [left, right] = neighbours(x, across, columns);
        const at = (row: number, column: number) => stored[row * columns + column] as number;
        const [one, other] = [3 * at(near, left) + at(far, left), 3 * at(near, right) + at(far, right)];
        pixels[(y * width + x) * 3 + component] = (3 * one + other + 8 - (x & 1)) >> 4;
      }
    }
  }
}

/** The nearer and the farther sample of the lower resolution; at an edge they are the same. */
function neighbours(at: number, factor: number, count: number): [number, number] {
  if (factor === 1) return [at, at];
  const near = at >> 1;
  const far = at & 1 ? near + 1 : near - 1;
  return [near, Math.min(Math.max(far, 0), count - 1)];
}
