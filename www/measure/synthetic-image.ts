/** Pixels between the middles of neighbouring nuclei. */
const SPACING = 64;
const GROUND = 14;

/**
 * An image of bright ellipses on dark ground, of about the size of the nuclei that the model was trained with. Computed in
 * whole numbers, so that it is the same in every browser.
 *
 * @param side its width and height in pixels, a multiple of 64
 */
export function syntheticImage(side: number): ImageData {
  const image = new ImageData(side, side);
  image.data.fill(GROUND);
  const random = randomNumbers(20);
  for (let y = SPACING / 2; y < side; y += SPACING) {
    for (let x = SPACING / 2; x < side; x += SPACING) {
      const nucleus = {
        x: x + random(17) - 8,
        y: y + random(17) - 8,
        width: 13 + random(9),
        height: 13 + random(9),
        level: 90 + random(130),
      };
      paint(image, nucleus);
    }
  }
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  return image;
}

/** An ellipse: its middle, half its width and height, and how bright it is. */
interface Ellipse {
  x: number;
  y: number;
  width: number;
  height: number;
  level: number;
}

/** Paints an ellipse, brightest in the middle. */
function paint({ data, width: side }: ImageData, { x, y, width, height, level }: Ellipse): void {
  const edge = width * width * height * height;
  for (let dy = -height; dy <= height; dy++) {
    for (let dx = -width; dx <= width; dx++) {
      const distance = dx * dx * height * height + dy * dy * width * width;
      if (distance > edge) continue;
      const grey = level - Math.floor((level * distance) / (3 * edge));
      data.fill(grey, 4 * ((y + dy) * side + x + dx), 4 * ((y + dy) * side + x + dx) + 3);
    }
  }
}

/** Whole numbers from 0 to below a limit, always the same: a linear congruential generator (Numerical Recipes). */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
