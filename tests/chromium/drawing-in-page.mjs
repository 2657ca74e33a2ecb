// What the tests of drawing use inside of the page, as globals, beside those of in-page.mjs.

/**
 * Makes them.
 *
 * @param {typeof import('./in-page.mjs')} t
 */
export async function prepare(t) {
  const { draw } = t.maskrcnn;
  const image = await t.canvasOf('/pictures/tiny.png');
  globalThis.here = await t.load({ backend: 'webgpu', worker: false });
  globalThis.image = image;
  /** A stream of frames, each of an image, and the frames. */
  globalThis.streamOf = (images) => {
    const frames = images.map((image, index) => new VideoFrame(image, { timestamp: index * 40_000 }));
    const waiting = [...frames];
    const stream = new ReadableStream(
      {
        pull(controller) {
          const frame = waiting.shift();
          if (frame) controller.enqueue(frame);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return { stream, frames };
  };
  /** What a canvas shows, at the size of what is drawn. */
  globalThis.shownOn = (canvas) => {
    const { width, height } = canvas;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, width, height);
  };
  /** What the package draws of a result, with the pixels of its masks and not their outlines, which are smoothed. */
  globalThis.expected = (image, result, options = {}) => {
    const { showFrame = true, fillOpacity = 0.35, showBoxes, colors = t.maskrcnn.PALETTE } = options;
    const canvas = new OffscreenCanvas(result.width, result.height);
    const context = canvas.getContext('2d');
    if (showFrame) context.drawImage(image, 0, 0);
    context.globalAlpha = fillOpacity;
    for (const [index, { mask }] of [...result.detections.entries()].reverse()) {
      const data = mask?.toImageData([...colors[index % colors.length], 255]);
      if (!data) continue;
      const layer = new OffscreenCanvas(data.width, data.height);
      layer.getContext('2d').putImageData(data, 0, 0);
      context.drawImage(layer, mask.x, mask.y);
    }
    context.globalAlpha = 1;
    const rest = { fillOpacity: 0, showOutlines: false, showLabels: false, showScores: false };
    draw(canvas, null, result, { ...rest, colors, showBoxes });
    return shownOn(canvas);
  };
  /** How far pixels may differ: by rounding, and at the edges of lines, which canvases smooth in coarser steps. */
  globalThis.TOLERANCE = { masks: 3, lines: 45 };
  /** How many pixels differ by more. */
  globalThis.compared = (a, b, tolerance = TOLERANCE.masks) => {
    let differing = 0;
    for (let at = 0; at < a.data.length; at += 4) {
      const parts = [0, 1, 2, 3].map((part) => Math.abs(a.data[at + part] - b.data[at + part]));
      differing += Math.max(...parts) > tolerance ? 1 : 0;
    }
    return { size: [a.width, a.height], pixels: a.width * a.height, differing };
  };
  /** Draws one image in a stream, and compares it with what the package draws of the same. */
  globalThis.drawnAndExpected = async (
    segmenter,
    options = {},
    picture = image,
    canvas = new OffscreenCanvas(1, 1),
  ) => {
    const { showFrame, fillOpacity, showBoxes, colors, ...call } = options;
    const drawn = { showOutlines: false, ...options };
    const look = { showFrame, fillOpacity, showBoxes, colors };
    const result = await segmenter.segment(picture, { tile: false, ...call });
    const wanted = expected(picture, result, look);
    const plain = expected(picture, { ...result, detections: [] }, look);
    for await (const _ of segmenter.drawStream(streamOf([picture]).stream, canvas, drawn));
    const { detections } = result;
    const changed = compared(wanted, plain).differing;
    const tolerance = showBoxes || !segmenter.hasMasks ? TOLERANCE.lines : TOLERANCE.masks;
    return { ...compared(shownOn(canvas), wanted, tolerance), changed, count: detections.length };
  };
  /** Waits until a canvas shows what a worker has drawn, as a page does not hear of that. */
  globalThis.comparedSoon = async (canvas, wanted, tolerance) => {
    for (let tries = 0; ; tries++) {
      const outcome = compared(shownOn(canvas), wanted, tolerance);
      if (outcome.differing < 0.005 * outcome.pixels || tries === 100) return outcome;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /**
   * How lines that are drawn lie to those that are wanted: pixels of either, those with no pixel of the other within two
   * pixels, and those that are drawn in another colour than the best object's and black.
   */
  globalThis.outlinesOf = (drawn, wanted) => {
    const { width, height } = drawn;
    const isSet = ({ data }, at) => data[4 * at + 3] > 64;
    const isNear = (image, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      for (let row = Math.max(0, y - 2); row <= Math.min(height - 1, y + 2); row++) {
        for (let column = Math.max(0, x - 2); column <= Math.min(width - 1, x + 2); column++) {
          if (isSet(image, row * width + column)) return true;
        }
      }
      return false;
    };
    const known = [t.maskrcnn.PALETTE[0], [0, 0, 0]];
    const isKnown = ({ data }, at) =>
      known.some((color) => color.every((part, index) => Math.abs(part - data[4 * at + index]) < 4));
    const counts = { drawn: 0, wanted: 0, astray: 0, missing: 0, colours: 0 };
    for (let at = 0; at < width * height; at++) {
      if (isSet(drawn, at)) {
        counts.drawn++;
        counts.astray += isNear(wanted, at) ? 0 : 1;
        counts.colours += isKnown(drawn, at) ? 0 : 1;
      }
      if (isSet(wanted, at)) {
        counts.wanted++;
        counts.missing += isNear(drawn, at) ? 0 : 1;
      }
    }
    return counts;
  };
  globalThis.newCanvas = () => document.body.appendChild(document.createElement('canvas'));
  /** What becomes of a stream of one frame. */
  globalThis.outcomeOn = async (segmenter, canvas, options) => {
    const drawn = { showOutlines: false, ...options };
    const run = async () => {
      for await (const _ of segmenter.drawStream(streamOf([image]).stream, canvas, drawn));
    };
    return t.outcome(run());
  };
}
