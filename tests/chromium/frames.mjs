/**
 * Frames of a video by what they are. Each is made in a page, of `colourful`, which gives a canvas of many colours, with
 * `alpha` transparent in part, and `yuv`, which gives 64×40 pixels of a format, whose colours change smoothly.
 */
export const FRAMES = {
  'of RGBX': ({ colourful }) => new VideoFrame(colourful(), { timestamp: 0, alpha: 'discard' }),
  'that is transparent in part': ({ colourful }) => new VideoFrame(colourful({ alpha: true }), { timestamp: 0 }),
  'of I420': ({ yuv }) => yuv({ format: 'I420' }),
  'of I420 in the colours of television': ({ yuv }) => {
    const colorSpace = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: false };
    return yuv({ format: 'I420', colorSpace });
  },
  'of NV12': ({ yuv }) => yuv({ format: 'NV12' }),
  'of which a part is seen': ({ colourful }) => {
    const whole = new VideoFrame(colourful(), { timestamp: 0, alpha: 'discard' });
    const part = new VideoFrame(whole, { visibleRect: { x: 4, y: 2, width: 50, height: 30 } });
    whole.close();
    return part;
  },
  'that is shown larger': ({ colourful }) =>
    new VideoFrame(colourful(), { timestamp: 0, alpha: 'discard', displayWidth: 122, displayHeight: 74 }),
  'that is turned, where the browser turns frames': ({ colourful }) =>
    new VideoFrame(colourful(), { timestamp: 0, alpha: 'discard', rotation: 90 }),
};

/** What frames are made of, as functions of a page. */
const MAKERS = {
  colourful({ alpha = false } = {}) {
    const [width, height] = [61, 37];
    const image = new ImageData(width, height);
    for (let at = 0; at < image.data.length; at += 4) {
      const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
      image.data.set([(x * 4) % 256, (y * 6) % 256, (x * y) % 256, alpha ? (x * 7 + y) % 256 : 255], at);
    }
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d').putImageData(image, 0, 0);
    return canvas;
  },
  yuv({ format, colorSpace }) {
    const [width, height] = [64, 40];
    const data = new Uint8Array(width * height * 1.5);
    for (let at = 0; at < width * height; at++) data[at] = 40 + ((at * 13) % 170);
    for (let at = 0; at < (width * height) / 4; at++) {
      const [x, y] = [at % (width / 2), Math.floor(at / (width / 2))];
      const [u, v] = [100 + x, 140 + 2 * y - x];
      const first = width * height;
      if (format === 'NV12') data.set([u, v], first + 2 * at);
      else [data[first + at], data[first * 1.25 + at]] = [u, v];
    }
    const init = { format, codedWidth: width, codedHeight: height, timestamp: 0, ...(colorSpace && { colorSpace }) };
    return new VideoFrame(data, init);
  },
};

/** The code of an object with what frames are made of. */
export function textOfMakers() {
  return `{ ${Object.values(MAKERS).join(', ')} }`;
}
