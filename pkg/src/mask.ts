/** One instance's mask: the part of the picture's grid that the instance lies in, and which of its pixels. */
export class Mask {
  constructor(
    /** Left edge in pixels of the picture. */
    readonly x: number,
    /** Top edge in pixels of the picture. */
    readonly y: number,
    /** Width in pixels. */
    readonly width: number,
    /** Height in pixels. */
    readonly height: number,
    /** 1 where the instance is, 0 elsewhere; `width * height`, row by row. All masks of a result share one buffer. */
    readonly data: Uint8Array,
    /** The network's own soft mask, 0 to 1, `side * side` over the detection's box. */
    readonly probabilities: Float32Array,
  ) {}

  /** The number of pixels that belong to the instance. */
  get area(): number {
    let area = 0;
    for (const pixel of this.data) area += pixel;
    return area;
  }

  /** Whether a pixel of the picture belongs to the instance. */
  has(x: number, y: number): boolean {
    const [column, row] = [Math.floor(x) - this.x, Math.floor(y) - this.y];
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return false;
    return this.data[row * this.width + column] === 1;
  }

  /**
   * The mask as a picture of its own size, in one colour on transparent ground; `undefined` for a mask without pixels.
   *
   * @param color red, green, blue and alpha, 0 to 255 each
   */
  toImageData(
    [red, green, blue, alpha]: readonly [number, number, number, number] = [255, 255, 255, 255],
  ): ImageData | undefined {
    if (this.data.length === 0) return undefined;
    const image = new ImageData(this.width, this.height);
    for (let i = 0; i < this.data.length; i++) {
      if (this.data[i] === 1) image.data.set([red, green, blue, alpha], i * 4);
    }
    return image;
  }
}
