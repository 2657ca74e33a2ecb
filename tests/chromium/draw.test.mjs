import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp();
  page = await stand.page();
  await page.evaluate(() => {
    const { Mask } = t.maskrcnn;
    const detection = (x, y, score, data) => ({
      label: `at ${x}`,
      classId: 1,
      score,
      box: { x, y, width: 8, height: 8 },
      mask: new Mask({ x, y, width: 8, height: 8, data, imageSize: { width: 40, height: 20 } }),
    });
    const full = new Uint8Array(64).fill(1);
    const half = full.map((_, i) => Number(i % 8 < 4));
    globalThis.result = {
      width: 40,
      height: 20,
      detections: [detection(2, 8, 0.9, full), detection(24, 8, 0.4, half)],
    };
    globalThis.only = { fillOpacity: 0, showOutlines: false, showBoxes: false, showLabels: false, showScores: false };
    /** Draws on white and returns the colours at points of the image. */
    globalThis.colorsAt = (points, { image = null, ...options } = {}, scale = 10, given = undefined) => {
      const canvas = given ?? new OffscreenCanvas(40 * scale, 20 * scale);
      const context = canvas.getContext('2d');
      context.fillStyle = 'white';
      context.fillRect(0, 0, canvas.width, canvas.height);
      t.maskrcnn.draw(canvas, image, result, options);
      return points.map(([x, y]) => [...context.getImageData((x + 0.5) * scale, (y + 0.5) * scale, 1, 1).data]);
    };
  });
});
after(() => stand.tearDown());

const WHITE = [255, 255, 255, 255];
const ORANGE = [230, 159, 0, 255];
const BLUE = [86, 180, 233, 255];

describe('draw', () => {
  test('draws objects that are too small for an outline as dots of their colour', async () => {
    const [dot, beside] = await page.evaluate(() => {
      const canvas = new OffscreenCanvas(10, 5);
      t.maskrcnn.draw(canvas, null, result, { showLabels: false, showScores: false });
      return [
        [0, 2],
        [4, 2],
      ].map(([x, y]) => [...canvas.getContext('2d').getImageData(x, y, 2, 2).data]);
    });
    // Eight pixels of the image are two of the canvas, and begin in the middle of one.
    assert.deepEqual(dot.slice(4, 8), ORANGE);
    assert.equal(
      beside.every((value) => value === 0),
      true,
    );
  });

  test('shows the part in view, with what lies in it, at its place', async () => {
    const [image, mask, outside] = await page.evaluate(() => {
      // Its left half is red, its right half green; twenty pixels of the image are a hundred of the canvas.
      const image = new OffscreenCanvas(40, 20);
      const context = image.getContext('2d');
      context.fillStyle = '#f00';
      context.fillRect(0, 0, 20, 20);
      context.fillStyle = '#0f0';
      context.fillRect(20, 0, 20, 20);
      const view = { x: 20, y: 6, width: 20, height: 10 };
      const look = (options) => {
        const canvas = new OffscreenCanvas(100, 50);
        t.maskrcnn.draw(canvas, image, result, { ...only, view, ...options });
        return (x, y) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
      };
      const [plain, filled] = [look({}), look({ fillOpacity: 1 })];
      return [plain(2, 25), filled(5 * (26 - 20), 5 * (12 - 6)), filled(5 * (31 - 20), 5 * (12 - 6))];
    });
    assert.deepEqual(image, [0, 255, 0, 255]);
    assert.deepEqual(mask, BLUE);
    assert.deepEqual(outside, [0, 255, 0, 255]);
  });

  test('covers masks, and nothing else, half transparently', async () => {
    const colors = await page.evaluate(() =>
      colorsAt(
        [
          [5, 12],
          [0, 0],
          [25, 12],
          [30, 12],
        ],
        { ...only, fillOpacity: 0.5 },
      ),
    );
    const [whole, outside, inHalf, besideHalf] = colors;
    assert.ok(whole[2] > 110 && whole[2] < 145, `${whole} lies between white and orange`);
    assert.deepEqual(outside, WHITE);
    assert.ok(inHalf[0] < 200, `${inHalf} is tinted`);
    assert.deepEqual(besideHalf, WHITE);
  });

  test('draws boxes in the colours of the palette', async () => {
    const edges = [
      [1.5, 12],
      [23.5, 12],
    ];
    assert.deepEqual(
      await page.evaluate((edges) => colorsAt(edges, { ...only, showBoxes: true, fontSize: 70 }), edges),
      [ORANGE, BLUE],
    );
  });

  test('outlines masks, and boxes only where there is no mask', async () => {
    const [beside, corner, within, boxed] = await page.evaluate(() => {
      const [first, { mask, ...second }] = result.detections;
      const found = { ...result, detections: [first, { ...second, mask: undefined }] };
      const context = new OffscreenCanvas(400, 200).getContext('2d');
      t.maskrcnn.draw(context.canvas, null, found, {
        showLabels: false,
        showScores: false,
        fillOpacity: 0,
        fontSize: 42,
      });
      return [
        [1.5, 12],
        [1.3, 7.3],
        [5, 12],
        [31.5, 15],
      ].map(([x, y]) => [...context.getImageData((x + 0.5) * 10, (y + 0.5) * 10, 1, 1).data]);
    });
    assert.deepEqual(beside, ORANGE);
    assert.equal(corner[3], 0);
    assert.equal(within[3], 0);
    assert.deepEqual(boxed, BLUE);
  });

  for (const [name, color, rim] of [
    ['white on white', [255, 255, 255], (level) => level < 150],
    ['black on black', [0, 0, 0], (level) => level > 105],
  ]) {
    test(`shows outlines even in ${name}, by their rim`, async () => {
      const levels = await page.evaluate((color) => {
        const context = new OffscreenCanvas(400, 200).getContext('2d');
        context.fillStyle = `rgb(${color})`;
        context.fillRect(0, 0, 400, 200);
        const options = { showLabels: false, showScores: false, fillOpacity: 0, fontSize: 42, colors: [color] };
        t.maskrcnn.draw(context.canvas, null, result, options);
        const { data } = context.getImageData(10, 120, 20, 1);
        return Array.from({ length: 20 }, (_, i) => data[i * 4]);
      }, color);
      assert.equal(levels[10], color[0]);
      assert.ok(levels.some(rim), `${levels}`);
    });
  }

  test('takes an ImageData as image, and refuses a canvas for WebGL', async () => {
    const { color, code } = await page.evaluate(async () => {
      const image = new ImageData(40, 20);
      image.data.fill(255).set([1, 2, 3], 0);
      const [color] = colorsAt([[0, 0]], { ...only, image });
      const taken = new OffscreenCanvas(4, 4);
      taken.getContext('webgl2');
      const { code } = await t.outcome((async () => t.maskrcnn.draw(taken, null, result))());
      return { color, code };
    });
    assert.deepEqual(color, [1, 2, 3, 255]);
    assert.equal(code, 'invalid-input');
  });

  test('leaves out what scores too little', async () => {
    const colors = await page.evaluate(() =>
      colorsAt(
        [
          [5, 12],
          [25, 12],
        ],
        { ...only, fillOpacity: 0.5, scoreThreshold: 0.4 },
      ),
    );
    assert.notDeepEqual(colors[0], WHITE);
    assert.deepEqual(colors[1], WHITE);
  });

  test('fades everything but what is highlighted', async () => {
    const [faded, highlighted] = await page.evaluate(() =>
      colorsAt(
        [
          [5, 12],
          [25, 12],
        ],
        { ...only, fillOpacity: 1, highlight: result.detections[1] },
      ),
    );
    assert.deepEqual(highlighted, BLUE);
    assert.ok(faded[2] > 190, `${faded} is nearly white`);
  });

  test('takes custom colours', async () => {
    const [color] = await page.evaluate(() =>
      colorsAt([[5, 12]], { ...only, fillOpacity: 1, colors: () => [1, 2, 3] }),
    );
    assert.deepEqual(color, [1, 2, 3, 255]);
  });

  test('puts labels above their boxes and keeps them on the canvas', async () => {
    const colors = await page.evaluate(() => {
      const above = colorsAt([[1.6, 7]], { ...only, showLabels: true, fontSize: 12 });
      result.detections[0].box.y = 0;
      const within = colorsAt([[1.6, 0.5]], { ...only, showLabels: true, fontSize: 12 });
      result.detections[0].box.y = 8;
      return [...above, ...within];
    });
    assert.deepEqual(colors, [ORANGE, ORANGE]);
  });

  test('leaves out the labels of many objects, unless they are asked for or one stands out', async () => {
    const colors = await page.evaluate(() => {
      const [object] = result.detections;
      const { detections } = result;
      const without = { fillOpacity: 0, showOutlines: false, fontSize: 12 };
      const labelled = (options) => colorsAt([[1.6, 7]], { ...without, colors: () => [230, 159, 0], ...options })[0];
      result.detections = Array(25).fill(object);
      const few = labelled();
      // None of them the one that stands out, so that its label is the only one.
      result.detections = [...Array(25).fill({ ...object }), object];
      const found = [few, labelled(), labelled({ showLabels: true }), labelled({ highlight: object })];
      result.detections = detections;
      return found;
    });
    assert.deepEqual(colors, [ORANGE, WHITE, ORANGE, ORANGE]);
  });

  test('writes each object’s number in its middle, the same with a threshold', async () => {
    const [both, second, none] = await page.evaluate(() => {
      // How many white and black pixels there are around the middle of each mask.
      const inked = (options) => {
        const context = new OffscreenCanvas(400, 200).getContext('2d');
        context.fillStyle = 'gray';
        context.fillRect(0, 0, 400, 200);
        t.maskrcnn.draw(context.canvas, null, result, { ...only, fontSize: 20, ...options });
        return [60, 260].map((x) => {
          const { data } = context.getImageData(x - 20, 100, 40, 40);
          const at = data.filter((_, i) => i % 4 === 0);
          return [at.filter((value) => value > 250).length > 5, at.filter((value) => value < 5).length > 5, at.join()];
        });
      };
      const scores = result.detections.map(({ score }) => score);
      const both = inked({ showNumbers: true });
      result.detections[0].score = 0.1;
      const second = inked({ showNumbers: true, scoreThreshold: 0.3 });
      result.detections.forEach((detection, i) => {
        detection.score = scores[i];
      });
      return [both, second, inked({})];
    });
    assert.deepEqual(
      [both, second, none].map((found) => found.map(([white, black]) => [white, black])),
      [
        [
          [true, true],
          [true, true],
        ],
        [
          [false, false],
          [true, true],
        ],
        [
          [false, false],
          [false, false],
        ],
      ],
    );
    assert.equal(second[1][2], both[1][2], 'the second object is number 2 still');
    assert.notEqual(both[0][2], both[1][2]);
  });

  test('draws the image first when it is given', async () => {
    const [color] = await page.evaluate(() => colorsAt([[39, 0]], { ...only, image: t.plainImage(40, 20) }));
    assert.deepEqual(color, [0x88, 0xaa, 0x99, 255]);
  });

  test('draws on a canvas of any size, on the page too', async () => {
    const colors = await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = 80;
      canvas.height = 40;
      return colorsAt(
        [
          [5, 12],
          [30, 12],
        ],
        { ...only, fillOpacity: 1 },
        2,
        canvas,
      );
    });
    assert.deepEqual(colors, [ORANGE, WHITE]);
  });

  test('writes in black or white, whichever is easier to read', async () => {
    const palette = await page.evaluate(() => t.maskrcnn.PALETTE);
    for (const color of palette) {
      const darkest = await page.evaluate((color) => {
        const canvas = new OffscreenCanvas(400, 200);
        t.maskrcnn.draw(canvas, null, result, { ...only, showLabels: true, fontSize: 40, colors: () => color });
        const { data } = canvas.getContext('2d').getImageData(20, 20, 200, 60);
        const sums = [];
        for (let i = 0; i < data.length; i += 4)
          if (data[i + 3] === 255) sums.push(data[i] + data[i + 1] + data[i + 2]);
        return { least: Math.min(...sums), most: Math.max(...sums) };
      }, color);
      const letters = darkest.least === 0 ? 0 : 1;
      assert.ok(darkest.least === 0 || darkest.most === 765, `there are letters on ${color}`);
      assert.ok(contrast(color, letters) >= 4.5, `${color} with ${letters ? 'white' : 'black'}`);
    }
  });
});

describe('a mask', () => {
  test('knows its area and its pixels', async () => {
    const { area, inside, right, left } = await page.evaluate(() => {
      const { mask } = result.detections[1];
      return { area: mask.area, inside: mask.has(24.9, 15), right: mask.has(28, 15), left: mask.has(23.9, 15) };
    });
    assert.deepEqual({ area, inside, right, left }, { area: 32, inside: true, right: false, left: false });
  });

  test('becomes an image, unless it has no pixels', async () => {
    const { size, first, last, none } = await page.evaluate(() => {
      const { width, height, data } = result.detections[1].mask.toImageData([9, 8, 7, 6]);
      const empty = new t.maskrcnn.Mask({
        x: 3,
        y: 3,
        width: 0,
        height: 5,
        data: new Uint8Array(0),
        imageSize: { width: 40, height: 20 },
      });
      return {
        size: [width, height],
        first: [...data.subarray(0, 4)],
        last: [...data.subarray(-4)],
        none: empty.toImageData() === undefined,
      };
    });
    assert.deepEqual(
      { size, first, last, none },
      { size: [8, 8], first: [9, 8, 7, 6], last: [0, 0, 0, 0], none: true },
    );
  });
});

/** WCAG's contrast between a colour and black (0) or white (1). */
function contrast(color, letters) {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return letters ? 1.05 / (luminance + 0.05) : (luminance + 0.05) / 0.05;
}
