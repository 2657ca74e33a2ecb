// Images that the GPU copies, on WebGPU: that their pixels are those that are read into memory elsewhere.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FRAMES, textOfMakers } from './frames.mjs';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(async () => {
    // On this thread, so that its calls of `getImageData` can be counted.
    globalThis.gpu = await t.load({ backend: 'webgpu', worker: false });
    globalThis.cpu = await t.load({ backend: 'cpu' });
    globalThis.reads = 0;
    const { prototype } = OffscreenCanvasRenderingContext2D;
    const { getImageData } = prototype;
    prototype.getImageData = function (...rect) {
      globalThis.reads++;
      return getImageData.apply(this, rect);
    };
    /** The bytes of an image as the network sees them at the image's own size, row by row. */
    globalThis.bytesSeen = async (segmenter, image) => {
      const { displayWidth, displayHeight } = image;
      const size = displayWidth ? { width: displayWidth, height: displayHeight } : await createImageBitmap(image);
      return bytesIn(await segmenter.segment(image, inspecting(size)), size);
    };
    /** The options that show what the network sees of an image of a size. */
    globalThis.inspecting = ({ width, height }) => {
      const sides = { minSize: Math.min(width, height), maxSize: Math.max(width, height) };
      return { inspect: true, settings: { ...t.SHORT, input: { ...sides, mean: [0, 0, 0], std: [1, 1, 1] } } };
    };
    globalThis.bytesIn = ({ inspection }, { width, height }) => {
      const { shape, data } = inspection.stages.find(({ name }) => name === 'input.padded');
      const [, channels, rows, columns] = shape;
      const starts = Array.from({ length: channels * height }, (_, line) => {
        return (Math.floor(line / height) * rows + (line % height)) * columns;
      });
      return starts.flatMap((start) =>
        [...data.subarray(start, start + width)].map((value) => Math.round(value * 255)),
      );
    };
    /** How many images went which way while `work` ran on WebGPU, and how often pixels were read on this thread. */
    globalThis.counted = async (work, segmenter = gpu) => {
      const [before, readsBefore] = [{ ...(await t.debug.imageTransfers(segmenter)) }, reads];
      const value = await work();
      const after = await t.debug.imageTransfers(segmenter);
      const ways = Object.entries(after).map(([way, count]) => [way, count - before[way]]);
      return { value, ...Object.fromEntries(ways), getImageData: reads - readsBefore };
    };
    /** How many of an image's bytes differ between its copy on the GPU and what is read. */
    globalThis.compared = async (make) => {
      const { value: copied, ...ways } = await counted(async () => bytesSeen(gpu, await make()));
      const read = await bytesSeen(cpu, await make());
      const differing = copied.filter((byte, at) => byte !== read[at]).length + Math.abs(copied.length - read.length);
      return { differing, values: new Set(read).size, ways };
    };
    /** A canvas with colours that differ in every pixel, upright and not symmetric; with `alpha` transparent in part. */
    globalThis.colourful = ({ width = 61, height = 37, alpha = false, ...settings } = {}) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', settings);
      const image = new ImageData(width, height);
      for (let at = 0; at < image.data.length; at += 4) {
        const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
        image.data.set([(x * 4) % 256, (y * 6) % 256, (x * y) % 256, alpha ? (x * 7 + y) % 256 : 255], at);
      }
      context.putImageData(image, 0, 0);
      return canvas;
    };
  });
});
after(() => stand.tearDown());

const COPIED = { copied: 1, read: 0, given: 0, getImageData: 0 };

describe('the pixels are the bytes that are read elsewhere', () => {
  /** Sources by name, each made in the page. */
  const SOURCES = {
    'a canvas': () => colourful(),
    'a canvas whose rows fill 256 bytes': () => colourful({ width: 64, height: 40 }),
    'a canvas whose rows are one pixel longer than 256 bytes': () => colourful({ width: 65, height: 33 }),
    'a canvas of one row': () => colourful({ width: 130, height: 1 }),
    'a canvas that is transparent in part': () => colourful({ alpha: true }),
    'a canvas in Display P3': () => colourful({ colorSpace: 'display-p3' }),
    'a bitmap with premultiplied colours': () => createImageBitmap(colourful({ alpha: true })),
    'a bitmap with straight colours': () =>
      createImageBitmap(colourful({ alpha: true }), { premultiplyAlpha: 'none', colorSpaceConversion: 'none' }),
    'a bitmap that was flipped': () => createImageBitmap(colourful(), { imageOrientation: 'flipY' }),
    'a PNG that is transparent in part': () => t.fetchBlob('/pictures/transparent.png'),
    'a PNG with a colour profile': () => t.fetchBlob('/pictures/profile.png'),
    'a JPEG that is turned': () => t.fetchBlob('/pictures/rotated.jpg'),
    'a frame of RGBX': () => new VideoFrame(colourful(), { timestamp: 0 }),
    'a frame of I420': () =>
      new VideoFrame(
        Uint8Array.from({ length: 64 * 40 * 1.5 }, (_, at) => 40 + ((at * 13) % 170)),
        { format: 'I420', codedWidth: 64, codedHeight: 40, timestamp: 0 },
      ),
  };
  for (const [name, make] of Object.entries(SOURCES)) {
    test(name, async () => {
      const { differing, values, ways } = await page.evaluate(`compared(async () => (${make})())`);
      assert.ok(values > 20, `${values} values`);
      assert.equal(differing, 0);
      assert.deepEqual(ways, COPIED);
    });
  }

  test('a video', async () => {
    const { differing, values, ways } = await page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [64, 40];
      canvas.getContext('2d').drawImage(colourful({ width: 64, height: 40 }), 0, 0);
      const video = document.createElement('video');
      video.muted = true;
      video.srcObject = canvas.captureStream();
      await video.play();
      video.pause();
      return compared(() => video);
    });
    assert.ok(values > 20, `${values} values`);
    assert.equal(differing, 0);
    assert.deepEqual(ways, COPIED);
  });
});

describe('an image', () => {
  test('has the same objects, whichever way it goes', async () => {
    const { copied, given, ways } = await page.evaluate(async () => {
      const { value: copied, ...ways } = await counted(async () => gpu.segment(await t.canvasOf('/pictures/tiny.png')));
      const given = await gpu.segment(await t.pixelsOf('/pictures/tiny.png'));
      return { copied: t.textOf(copied), given: t.textOf(given), ways };
    });
    assert.equal(copied, given);
    assert.ok(JSON.parse(copied).length > 3);
    assert.deepEqual(ways, COPIED);
  });

  test('keeps its caller’s bitmap open', async () => {
    const width = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(colourful());
      await gpu.segment(bitmap, { settings: t.SHORT });
      return bitmap.width;
    });
    assert.equal(width, 61);
  });

  test('that is given as samples is not copied', async () => {
    const ways = await page.evaluate(async () => {
      const { value: _, ...ways } = await counted(() => gpu.segment(new ImageData(61, 37), { settings: t.SHORT }));
      return ways;
    });
    assert.deepEqual(ways, { copied: 0, read: 0, given: 1, getImageData: 0 });
  });

  test('whose contrast is stretched is copied, and measured on the GPU', async () => {
    const { found, ways } = await page.evaluate(async () => {
      const contrast = { low: 0.02, high: 0.9 };
      const settings = { ...t.SHORT, input: { ...t.SHORT.input, contrast } };
      const path = '/pictures/nuclei-fluorescence.png';
      const { value: copied, ...ways } = await counted(async () => gpu.segment(await t.canvasOf(path), { settings }));
      const given = await gpu.segment(await t.pixelsOf(path), { settings });
      const found = [copied, given].map((result) => [t.textOf(result), result.input.channels, result.timing.readBacks]);
      return { found, ways };
    });
    const [copied, given] = found;
    assert.deepEqual([copied[0], copied[1]], [given[0], given[1]]);
    assert.deepEqual([copied[2], given[2]], [2, 1]);
    assert.deepEqual(ways, COPIED);
  });

  test('that is too large for one buffer is read', async () => {
    const ways = await page.evaluate(async () => {
      const wide = new OffscreenCanvas(4096, 4097);
      wide.getContext('2d').fillRect(9, 9, 99, 99);
      const { value: _, ...ways } = await counted(() => gpu.segment(wide, { settings: t.SHORT, tile: false }));
      return ways;
    });
    assert.deepEqual(ways, { copied: 0, read: 1, given: 0, getImageData: 1 });
  });

  test('of another origin is refused', async () => {
    const { code, message, after } = await page.evaluate(async () => {
      const image = new Image();
      image.src = `${location.origin.replace('127.0.0.1', 'localhost')}/pictures/tiny.png`;
      await image.decode();
      const refused = await t.outcome(gpu.segment(image, { settings: t.SHORT }));
      return { ...refused, after: (await t.outcome(gpu.segment(colourful(), { settings: t.SHORT }))).code };
    });
    assert.equal(code, 'invalid-input', message);
    assert.match(message, /crossOrigin/);
    assert.equal(after, 'none');
  });

  test('is copied in a worker, too, and read on the CPU', async () => {
    const [worker, onCpu] = await page.evaluate(async () => {
      const segmenter = await t.load({ backend: 'webgpu', settings: t.SHORT });
      const { value: _, ...worker } = await counted(() => segmenter.segment(colourful()), segmenter);
      segmenter.dispose();
      const { value: __, ...onCpu } = await counted(() => cpu.segment(colourful(), { settings: t.SHORT }), cpu);
      return [worker, onCpu];
    });
    assert.deepEqual(worker, COPIED);
    assert.deepEqual(onCpu, { copied: 0, read: 1, given: 0, getImageData: 0 });
  });
});

// This browser copies no frames, as it composes pages without the GPU: draw-stream.test.mjs has one that does.
describe('a frame of a stream is drawn where the browser copies none, and has the bytes that are read elsewhere', () => {
  before(() => page.evaluate(`globalThis.makers = ${textOfMakers()}`));

  for (const [name, make] of Object.entries(FRAMES)) {
    test(name, async () => {
      const { differing, values, ways, bitmaps, isPlain, isTurned, open } = await page.evaluate(`(async () => {
        const frame = (${make})(makers);
        const { displayWidth: width, displayHeight: height } = frame;
        const isTurned = Boolean(frame.rotation);
        const isPlain = !frame.format.includes('A') && !isTurned && width === frame.visibleRect.width;
        const read = await bytesSeen(cpu, frame);
        const { createImageBitmap } = globalThis;
        let bitmaps = 0;
        globalThis.createImageBitmap = (...args) => {
          bitmaps++;
          return createImageBitmap(...args);
        };
        const { value: copied, ...ways } = await counted(async () => {
          const stream = new ReadableStream({
            start(controller) {
              controller.enqueue(frame);
              controller.close();
            },
          });
          for await (const { result } of gpu.stream(stream, inspecting({ width, height })))
            return bytesIn(result, { width, height });
        });
        globalThis.createImageBitmap = createImageBitmap;
        const differing = copied.filter((byte, at) => byte !== read[at]).length + Math.abs(copied.length - read.length);
        return { differing, values: new Set(read).size, ways, bitmaps, isPlain, isTurned, open: frame.format !== null };
      })()`);
      assert.equal(bitmaps, isPlain || isTurned ? 0 : 1);
      assert.ok(values > 20, `${values} values`);
      assert.equal(differing, 0);
      assert.equal(open, false);
      assert.deepEqual(ways, COPIED);
    });
  }
});

describe('a stream on WebGPU', () => {
  test('works on two frames at once, gives them in their order, and none is read', async () => {
    const { times, most, open, ways, readBacks } = await page.evaluate(async () => {
      const frames = Array.from({ length: 6 }, (_, index) => new VideoFrame(colourful(), { timestamp: index * 1e6 }));
      const isOpen = (frame) => frame.format !== null;
      let given = 0;
      let mayGive = () => {};
      // The next comes when the one before was taken, so that none is dropped.
      const stream = new ReadableStream(
        {
          async pull(controller) {
            if (given > 0) await new Promise((resolve) => (mayGive = resolve));
            if (given === frames.length) controller.close();
            else controller.enqueue(frames[given++]);
          },
        },
        { highWaterMark: 0 },
      );
      const timer = setInterval(() => mayGive(), 50);
      const [times, readBacks] = [[], []];
      let most = 0;
      const { value: _, ...ways } = await counted(async () => {
        for await (const { time, result, frame } of gpu.stream(stream, { settings: t.SHORT })) {
          times.push(time);
          readBacks.push(result.timing.readBacks);
          await new Promise((resolve) => setTimeout(resolve, 120));
          if (!isOpen(frame)) throw new Error('the frame was closed too soon');
          most = Math.max(most, frames.slice(0, given).filter(isOpen).length);
        }
      });
      clearInterval(timer);
      return { times, most, open: frames.filter(isOpen).length, ways, readBacks };
    });
    assert.deepEqual(times, times.toSorted());
    assert.ok(times.length >= 3, `${times.length} frames`);
    // The one that the loop has, the one that is worked on, and the latest, which waits.
    assert.ok(most >= 2 && most <= 3, `${most} frames were open`);
    assert.equal(open, 0);
    assert.deepEqual(ways, { copied: times.length, read: 0, given: 0, getImageData: 0 });
    assert.deepEqual([...new Set(readBacks)], [1]);
  });
});
