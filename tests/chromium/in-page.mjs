// What the tests use inside of the page.
import * as debug from '/package/debug.js';
import * as maskrcnn from '/package/index.js';

export { debug, maskrcnn };

/** The options that load the reference checkpoint. */
export const REFERENCE = {
  model: '/models/reference-tiny.safetensors',
  settings: { input: { minSize: 128 }, proposals: { preNmsTopN: 500, postNmsTopN: 200 } },
  backend: 'cpu',
};

/** Settings that keep a run of the reference checkpoint short, where what it finds does not matter. */
export const SHORT = { input: { minSize: 32 }, proposals: { preNmsTopN: 20, postNmsTopN: 10 } };

/** Loads a segmenter with the reference checkpoint. */
export const load = (options) => maskrcnn.Segmenter.load({ ...REFERENCE, ...options });

/** A file from the server. */
export const fetchBlob = async (path) => (await fetch(path)).blob();

/** What a loop over many images gives, all of it. */
export async function all(loop) {
  const items = [];
  for await (const item of loop) items.push(item);
  return items;
}

/** An image from the server, drawn on a canvas. */
export async function canvasOf(path) {
  const bitmap = await createImageBitmap(await fetchBlob(path));
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  return canvas;
}

/** An image's pixels. */
export async function pixelsOf(path) {
  const canvas = await canvasOf(path);
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
}

/** An image of one colour. */
export function plainImage(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#8a9';
  context.fillRect(0, 0, width, height);
  return canvas;
}

/** The image at a path, pulled to a size. */
export async function stretched(path, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d').drawImage(await canvasOf(path), 0, 0, width, height);
  return canvas;
}

/** A result as text, to be compared with another. */
export const textOf = ({ width, height, detections }) =>
  JSON.stringify([
    width,
    height,
    ...detections.map(({ mask, ...rest }) => [rest, mask && [mask.x, mask.y, mask.width, mask.height, mask.area]]),
  ]);

/** A promise's end: an error's class, code and name, or that there was none. */
export async function outcome(promise) {
  try {
    await promise;
    return { code: 'none' };
  } catch (error) {
    const isTyped = error instanceof maskrcnn.MaskRcnnError && error instanceof Error;
    return { code: isTyped ? error.code : `untyped: ${error}`, name: error.name, message: error.message };
  }
}

/** Every kind of source, showing the image at a path. */
export const sources = {
  ImageData: pixelsOf,
  ImageBitmap: async (path) => createImageBitmap(await fetchBlob(path)),
  HTMLCanvasElement: canvasOf,
  async OffscreenCanvas(path) {
    const pixels = await pixelsOf(path);
    const canvas = new OffscreenCanvas(pixels.width, pixels.height);
    canvas.getContext('2d').putImageData(pixels, 0, 0);
    return canvas;
  },
  async HTMLImageElement(path) {
    const image = new Image();
    image.src = path;
    await image.decode();
    return image;
  },
  VideoFrame: async (path) => new VideoFrame(await createImageBitmap(await fetchBlob(path)), { timestamp: 0 }),
  Blob: fetchBlob,
  File: async (path) => new File([await fetchBlob(path)], 'image'),
};

/** A video that shows the image at a path. */
export async function videoOf(path) {
  const canvas = await canvasOf(path);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = canvas.captureStream();
  const playing = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  await video.play();
  // Drawn upon, the canvas gives the video a frame; with its own pixel, so that every frame is the same.
  canvas.getContext('2d').drawImage(canvas, 0, 0, 1, 1, 0, 0, 1, 1);
  await playing;
  return video;
}

/** Images that cannot be used, each made in its own way. */
export const unusable = {
  'a canvas without width': () => plainCanvas(0, 40),
  'a canvas without height': () => plainCanvas(40, 0),
  'a detached buffer'() {
    const pixels = new ImageData(20, 20);
    structuredClone(pixels.data, { transfer: [pixels.data.buffer] });
    return pixels;
  },
  async 'a closed ImageBitmap'() {
    const bitmap = await createImageBitmap(plainImage(20, 20));
    bitmap.close();
    return bitmap;
  },
  'a closed VideoFrame'() {
    const frame = new VideoFrame(plainImage(20, 20), { timestamp: 0 });
    frame.close();
    return frame;
  },
  'a VideoFrame that was handed over'() {
    const frame = new VideoFrame(plainImage(20, 20), { timestamp: 0 });
    structuredClone(frame, { transfer: [frame] }).close();
    return frame;
  },
  'an image without a source': () => new Image(),
  async 'an image that does not exist'() {
    const image = new Image();
    image.src = '/pictures/none.png';
    await image.decode().catch(() => {});
    return image;
  },
  'an image that is still loading'() {
    const image = new Image();
    image.src = '/trickle';
    return image;
  },
  'a video without a frame': () => document.createElement('video'),
  'a Blob of text': () => new Blob(['not an image']),
  'an empty Blob': () => new Blob([]),
  async 'a truncated PNG'() {
    const file = await fetchBlob('/pictures/tiny.png');
    return file.slice(0, 20);
  },
  'a side above 16384 pixels': () => new ImageData(16385, 1),
  'no image at all': () => undefined,
  'an object': () => ({ width: 3, height: 3, data: [] }),
  'a page element': () => document.body,
};

function plainCanvas(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
