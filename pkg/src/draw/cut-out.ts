import { checkObject } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { readPixels } from '../image/pixels.js';
import { type ImageSource, takeImage, wholeImage } from '../image/source.js';
import { checkDetection, type Detection } from '../result/detection.js';

/** How {@link cutOut} cuts. */
export interface CutOutOptions {
  /** `true`: the soft mask is the transparency, which gives soft edges; `false` by default: pixels are in or out. */
  soft?: boolean;
}

/**
 * Cuts one object out of its image: a bitmap of the mask's size at the mask's place, transparent around the object.
 *
 * @param image the image that the object was found in
 * @throws `invalid-input` where there is no mask or it has no pixels, or the image is of another size
 */
export async function cutOut(
  image: ImageSource,
  detection: Detection,
  options: CutOutOptions = {},
): Promise<ImageBitmap> {
  checkDetection(detection);
  checkObject(options, 'the options');
  const { mask } = detection;
  const { soft = false } = options;
  if (!mask || mask.data.length === 0)
    throw new MaskRcnnError('invalid-input', 'only an object with a mask can be cut out');
  const pixels = readPixels(await wholeImage(await takeImage(image)));
  if (pixels.channels !== undefined) {
    throw new MaskRcnnError(
      'invalid-input',
      'raw samples cannot be shown: give an image that the browser can draw, such as a canvas or an ImageData',
    );
  }
  if (pixels.width !== mask.imageSize.width || pixels.height !== mask.imageSize.height) {
    const { width, height } = mask.imageSize;
    throw new MaskRcnnError(
      'invalid-input',
      `the object is of an image of ${width}×${height} pixels, not ${pixels.width}×${pixels.height}`,
    );
  }
  const { x, y, width, height } = mask;
  const cut = new ImageData(width, height);
  const opacity = soft ? mask.toProbabilityMap() : mask.data;
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * pixels.width + x) * 4;
    cut.data.set(pixels.data.subarray(start, start + width * 4), row * width * 4);
  }
  for (let i = 0; i < opacity.length; i++) {
    cut.data[i * 4 + 3] = (cut.data[i * 4 + 3] as number) * (opacity[i] as number);
  }
  return createImageBitmap(cut);
}
