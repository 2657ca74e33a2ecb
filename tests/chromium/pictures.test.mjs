import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.segmenter = await t.load();
    globalThis.textOf = async (source) => t.textOf(await segmenter.segment(source));
  });
});
after(() => stand.tearDown());

/** Segments an image from the server, given as one kind of source. */
const segment = (path, kind = 'Blob') =>
  page.evaluate(async ({ path, kind }) => textOf(await t.sources[kind](path)), { path, kind });

describe('an image can be given as', () => {
  const kinds = [
    'ImageBitmap',
    'HTMLCanvasElement',
    'OffscreenCanvas',
    'HTMLImageElement',
    'VideoFrame',
    'Blob',
    'File',
  ];
  for (const kind of kinds) {
    test(kind, async () => {
      assert.equal(await segment('/pictures/tiny.png', kind), await segment('/pictures/tiny.png', 'ImageData'));
    });
  }

  test('HTMLVideoElement', async () => {
    const [video, frame] = await page.evaluate(async () => {
      const video = await t.videoOf('/pictures/tiny.png');
      video.pause();
      return [await textOf(video), await textOf(await createImageBitmap(video))];
    });
    assert.equal(video, frame);
  });
});

test('bytes with a size are an ImageData without the class', async () => {
  const text = await page.evaluate(async () => {
    const { data, width, height } = await t.pixelsOf('/pictures/tiny.png');
    return textOf({ data, width, height });
  });
  assert.equal(text, await segment('/pictures/tiny.png', 'ImageData'));
});

test('an image may come from another frame', async () => {
  const [theirs, ours] = await page.evaluate(async () => {
    const frame = document.body.appendChild(document.createElement('iframe')).contentWindow;
    const pixels = await t.pixelsOf('/pictures/tiny.png');
    const copy = new frame.ImageData(new frame.Uint8ClampedArray(pixels.data), pixels.width);
    const texts = [await textOf(copy), await textOf(pixels)];
    frame.frameElement.remove();
    return texts;
  });
  assert.equal(theirs, ours);
});

test('the source stays as it was', async () => {
  const [first, second] = await page.evaluate(async () => {
    const bitmap = await t.sources.ImageBitmap('/pictures/tiny.png');
    return [await textOf(bitmap), await textOf(bitmap)];
  });
  assert.equal(first, second);
});

describe('transparent pixels keep their colours in', () => {
  for (const kind of ['Blob', 'HTMLImageElement']) {
    test(kind, async () => {
      assert.equal(await segment('/pictures/transparent.png', kind), await segment('/pictures/tiny.png'));
    });
  }
});

test('a grey image is one whose channels are equal', async () => {
  const [grey, coloured] = await page.evaluate(async () => {
    const pixels = await t.pixelsOf('/pictures/grey.png');
    return [await textOf(await t.fetchBlob('/pictures/grey.png')), await textOf(pixels)];
  });
  assert.equal(grey, coloured);
});

describe('a file is seen as tiny.png is, with', () => {
  // tests/image/files.rs holds the command line to the same.
  for (const name of ['gamma.png', 'primaries.png', 'profile.png', 'interlaced.png', 'turned.png', 'unturned.webp']) {
    test(name, async () => {
      for (const kind of ['Blob', 'HTMLImageElement']) {
        assert.equal(await segment(`/pictures/${name}`, kind), await segment('/pictures/tiny.png'), kind);
      }
    });
  }
});

test('a file of 16 bits a channel keeps them', async () => {
  const [deep, samples] = await page.evaluate(async () => {
    const { width, height, data } = await t.pixelsOf('/pictures/tiny.png');
    // As make_pictures.py fills the lower bytes.
    const raw = new Uint16Array(width * height * 3).map((_, at) => {
      const lower = ((at % (width * 3)) * 37) % 256;
      return data[Math.floor(at / 3) * 4 + (at % 3)] * 256 + lower;
    });
    return [
      await textOf(await t.fetchBlob('/pictures/deep.png')),
      await textOf({ width, height, channels: 3, data: raw }),
    ];
  });
  assert.equal(deep, samples);
  assert.notEqual(deep, await segment('/pictures/tiny.png'));
});

describe('a file is seen as grey.png is, with', () => {
  for (const name of ['grey-alpha.png', 'palette.png']) {
    test(name, async () => {
      for (const kind of ['Blob', 'HTMLImageElement']) {
        assert.equal(await segment(`/pictures/${name}`, kind), await segment('/pictures/grey.png'), kind);
      }
    });
  }
});

test('a JPEG is seen without its colour profile, and CMYK as RGB', async () => {
  assert.equal(await segment('/pictures/profile.jpg'), await segment('/pictures/plain.jpg'));
  assert.equal(await segment('/pictures/cmyk.jpg'), await segment('/pictures/cmyk.png'));
});

test('a photograph is turned as its EXIF data says', async () => {
  for (const kind of ['Blob', 'HTMLImageElement']) {
    const [width, height] = JSON.parse(await segment('/pictures/rotated.jpg', kind));
    assert.deepEqual([width, height], [TINY.width, TINY.height]);
  }
});

describe('an image may measure', () => {
  for (const [width, height] of [
    [1, 1],
    [2, 1],
    [3, 4000],
    [4000, 3],
    [8000, 8000],
    [16384, 1],
  ]) {
    test(`${width}×${height}`, async () => {
      const { size, boxes } = await page.evaluate(
        async ([width, height]) => {
          const result = await segmenter.segment(await t.stretched('/pictures/tiny.png', width, height));
          return { size: [result.width, result.height], boxes: result.detections.map(({ box }) => box) };
        },
        [width, height],
      );
      assert.deepEqual(size, [width, height]);
      for (const { x, y, width: across, height: down } of boxes) {
        assert.ok(x >= 0 && y >= 0 && x + across <= width + 0.01 && y + down <= height + 0.01);
      }
    });
  }
});

describe('a typed error for', () => {
  const kinds = [
    'a canvas without width',
    'a canvas without height',
    'a detached buffer',
    'a closed ImageBitmap',
    'a closed VideoFrame',
    'a VideoFrame that was handed over',
    'an image without a source',
    'an image that does not exist',
    'an image that is still loading',
    'a video without a frame',
    'a Blob of text',
    'an empty Blob',
    'a truncated PNG',
    'a side above 16384 pixels',
    'no image at all',
    'an object',
    'a page element',
  ];
  for (const kind of kinds) {
    test(kind, async () => {
      const { code, message } = await page.evaluate(
        async (kind) => t.outcome(segmenter.segment(await t.unusable[kind]())),
        kind,
      );
      assert.equal(code, 'invalid-input');
      assert.ok(message.length > 20, message);
    });
  }

  const foreign = {
    image: (path) => t.sources.HTMLImageElement(path),
    canvas: async (path) => {
      const image = await t.sources.HTMLImageElement(path);
      const canvas = new OffscreenCanvas(image.width, image.height);
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas;
    },
    ImageBitmap: async (path) => createImageBitmap(await t.sources.HTMLImageElement(path)),
  };
  for (const worker of [true, false]) {
    for (const [kind, make] of Object.entries(foreign)) {
      test(`an image of another origin, as ${kind}, ${worker ? 'to a worker' : 'on the page'}, and the engine stays`, async () => {
        await page.evaluate(`globalThis.make = ${make}`);
        const modules = () => stand.server.requests.filter((path) => path.endsWith('.wasm')).length;
        await page.evaluate(async (worker) => {
          globalThis.other = await t.load({ worker });
        }, worker);
        const before = modules();
        const { ends, count } = await page.evaluate(async () => {
          const image = await make(`${location.origin.replace('127.0.0.1', 'localhost')}/pictures/tiny.png`);
          const ends = await Promise.all([other.segment(image), t.debug.profile(other, image)].map(t.outcome));
          const { detections } = await other.segment(await t.fetchBlob('/pictures/tiny.png'));
          other.dispose();
          return { ends, count: detections.length };
        });
        for (const { code, message } of ends) {
          assert.equal(code, 'invalid-input', message);
          assert.match(message, /crossOrigin = 'anonymous'.*Access-Control-Allow-Origin/);
        }
        assert.equal(count, 46);
        assert.equal(modules(), before);
      });
    }
  }

  test('an image of another origin that is cut out of', async () => {
    const { code } = await page.evaluate(async () => {
      const { detections } = await segmenter.segment(await t.fetchBlob('/pictures/tiny.png'));
      const image = await t.sources.HTMLImageElement(
        `${location.origin.replace('127.0.0.1', 'localhost')}/pictures/tiny.png`,
      );
      return t.outcome(t.maskrcnn.cutOut(image, detections[0]));
    });
    assert.equal(code, 'invalid-input');
  });

  test('each of them on the page’s own thread, too, and the engine stays', async () => {
    const [codes, count] = await page.evaluate(async (kinds) => {
      const here = await t.load({ worker: false });
      const codes = new Set();
      for (const kind of kinds) codes.add((await t.outcome(here.segment(await t.unusable[kind]()))).code);
      const { detections } = await here.segment(await t.fetchBlob('/pictures/tiny.png'));
      here.dispose();
      return [[...codes], detections.length];
    }, kinds);
    assert.deepEqual([codes, count], [['invalid-input'], 46]);
  });
});
