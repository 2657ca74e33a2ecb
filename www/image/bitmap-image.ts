import { type ImageSource, type RawImage, type Region, toImageData } from 'maskrcnn-web';
import { type Choice, MAX_OVERVIEW, type Offer, type OpenedImage } from './opened-image.js';

const COLOURS: Offer = { channels: ['red', 'green', 'blue'], isColour: true, pages: 1, z: 1, t: 1 };

/** An image that the browser has decoded: photographs, what is pasted, the camera's. */
export class BitmapImage implements OpenedImage {
  readonly name: string;
  readonly source: ImageSource;
  readonly overview: ImageBitmap;
  readonly offer = COLOURS;
  readonly choice: Choice;
  readonly pixelSize = undefined;
  readonly #bitmap: ImageBitmap;

  private constructor(bitmap: ImageBitmap, fields: Pick<BitmapImage, 'name' | 'source' | 'overview' | 'choice'>) {
    this.name = fields.name;
    this.source = fields.source;
    this.overview = fields.overview;
    this.choice = fields.choice;
    this.#bitmap = bitmap;
  }

  /** @param source what the network takes, where the bitmap has lost some of it, as of 16 bits */
  static async of(bitmap: ImageBitmap, name: string, source: ImageSource = bitmap): Promise<BitmapImage> {
    return new BitmapImage(bitmap, { name, source, choice: {}, overview: await overviewOf(bitmap) });
  }

  get width(): number {
    return this.#bitmap.width;
  }

  get height(): number {
    return this.#bitmap.height;
  }

  async detail({ x, y, width, height }: Region): Promise<ImageBitmap> {
    const part = await createImageBitmap(this.#bitmap, x, y, width, height);
    return this.choice.channel === undefined ? part : inGrey(part, this.choice.channel);
  }

  async choose(choice: Choice): Promise<BitmapImage> {
    const { name } = this;
    // Each image is closed by itself.
    const bitmap = await createImageBitmap(this.#bitmap);
    const source = this.source === this.#bitmap ? bitmap : this.source;
    const colours = await overviewOf(bitmap);
    if (choice.channel === undefined) return new BitmapImage(bitmap, { name, source, choice, overview: colours });
    const overview = await inGrey(colours, choice.channel, colours !== bitmap);
    return new BitmapImage(bitmap, { name, source, choice, overview });
  }

  close(): void {
    this.overview.close();
    this.#bitmap.close();
  }
}

async function overviewOf(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const scale = MAX_OVERVIEW / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return bitmap;
  return createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
    resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
    resizeQuality: 'medium',
  });
}

/** One channel of a bitmap, which is closed unless it is still needed. */
async function inGrey(bitmap: ImageBitmap, channel: number, isDone = true): Promise<ImageBitmap> {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error(`the browser could not create a canvas of ${width}×${height} pixels`);
  context.drawImage(bitmap, 0, 0);
  if (isDone) bitmap.close();
  const image: RawImage = { width, height, data: context.getImageData(0, 0, width, height).data };
  return createImageBitmap(toImageData(image, { channels: [channel] }));
}
