import { heat } from './colors.js';

/** Draws a grid of probabilities, 0 to 1 and row by row, a pixel each; the style sheet enlarges them unblurred. */
export function drawHeat(
  canvas: HTMLCanvasElement,
  scores: Float32Array,
  width: number,
  columns = width,
  rows = scores.length / width,
): void {
  canvas.width = Math.max(1, columns);
  canvas.height = Math.max(1, rows);
  const image = new ImageData(canvas.width, canvas.height);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      image.data.set([...heat(scores[row * width + column] ?? 0), 255], (row * columns + column) * 4);
    }
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}
