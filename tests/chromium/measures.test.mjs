// Measures of results, by the module for objects, in the packed package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { withObjects } from './objects-page.mjs';

const tiffs = new URL('../image/tiff/', import.meta.url);
const STACK = 'imagej-hyperstack-u16.tif';
const { [STACK]: expected } = JSON.parse(readFileSync(new URL('expected.json', tiffs)));

let stand;
let page;
before(async () => {
  ({ stand, page } = await withObjects({ '/stack.tif': readFileSync(new URL(STACK, tiffs)) }));
});
after(() => stand.tearDown());

describe('the module for objects', () => {
  test('is fetched when the first measure is asked for, and once', async () => {
    const own = await stand.page();
    const from = stand.server.requests.length;
    const modules = () => stand.server.requests.slice(from).filter((path) => path.endsWith('_bg.wasm'));
    await own.evaluate(() => {
      globalThis.result = new t.maskrcnn.SegmentResult({ width: 9, height: 9, detections: [] });
      return [result.toCoco({ imageId: 1 }).length, result.toSvg().length, result.at(1, 1), result.filter()];
    });
    assert.deepEqual(modules(), []);
    const [text, count] = await own.evaluate(async () => {
      const [csv, measures] = await Promise.all([result.toCsv(), result.measure()]);
      return [await csv.text(), measures.count];
    });
    assert.match(text, /^id,label,score,[\w,]+\r\n$/);
    assert.equal(count, 0);
    assert.deepEqual(modules(), ['/package/wasm/maskrcnn_objects_bg.wasm']);
    await own.close();
  });

  test('that cannot be fetched is an error that says so, and is fetched again at the next call', async () => {
    const own = await stand.page();
    await own.route('**/maskrcnn_objects_bg.wasm', (route) => route.abort());
    const measured = () =>
      own.evaluate(() => t.outcome(new t.maskrcnn.SegmentResult({ width: 9, height: 9, detections: [] }).measure()));
    const { code, message } = await measured();
    assert.equal(code, 'environment');
    assert.match(message, /maskrcnn_objects_bg\.wasm/);
    await own.unroute('**/maskrcnn_objects_bg.wasm');
    assert.equal((await measured()).code, 'none');
    await own.close();
  });
});

describe('measures', () => {
  test('are of each object, in pixels and micrometres', async () => {
    const { shape, columns, count } = await page.evaluate(async () => {
      const { count, shape, columns } = await result.measure({ pixelSize: 0.5 });
      const plain = (values) => Object.fromEntries(Object.entries(values).map(([name, array]) => [name, [...array]]));
      return { count, shape: plain(shape), columns: plain(columns) };
    });
    assert.equal(count, 5);
    assert.deepEqual(shape.area, [100, 47, 24, 100, 0]);
    assert.deepEqual(columns.area_um2, [25, 11.75, 6, 25, 0]);
    assert.deepEqual(shape.touches_border, [0, 0, 1, 0, 0]);
    assert.deepEqual([shape.centroid_x[0], shape.centroid_y[0]], [15, 10]);
    assert.deepEqual([shape.bbox_x[2], shape.bbox_y[2], shape.bbox_width[2], shape.bbox_height[2]], [0, 30, 6, 4]);
    assert.equal(shape.perimeter[0], 36);
    assert.equal(columns.perimeter_um[0], 18);
    assert.ok(Math.abs(shape.equivalent_diameter_area[0] - Math.sqrt(400 / Math.PI)) < 1e-6);
    assert.equal(shape.nearest_neighbour_distance[0], 8);
    assert.ok(Number.isNaN(shape.solidity[4]), 'an object without pixels has no solidity');
    assert.equal(shape.solidity[0], 1);
  });

  test('are of the image’s own values, in memory and read by region', async () => {
    const { names, values, wanted, again, reads, planar, without } = await page.evaluate(async () => {
      const plain = ({ channels }) =>
        channels.map(({ name, ...rest }) => [name, ...Object.values(rest).map((a) => [...a])]);
      const measures = await result.measure({ image });
      const wanted = result.detections.slice(0, 4).map(({ mask }) => {
        const found = [];
        for (let y = 0; y < 40; y++) {
          for (let x = 0; x < 60; x++) if (mask.has(x, y)) found.push(image.data[(y * 60 + x) * 2 + 1]);
        }
        found.sort((a, b) => a - b);
        const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
        const median = (found[Math.floor((found.length - 1) / 2)] + found[Math.ceil((found.length - 1) / 2)]) / 2;
        const std = Math.sqrt(found.reduce((sum, value) => sum + (value - mean) ** 2, 0) / found.length);
        return [mean, median, std, found[0], found.at(-1), mean * found.length];
      });
      const reads = [];
      const { data, ...form } = image;
      const region = {
        ...form,
        async read({ x, y, width, height }) {
          reads.push([x, y, width, height]);
          const part = new Uint16Array(width * height * 2);
          for (let row = 0; row < height; row++) {
            part.set(data.subarray(((y + row) * 60 + x) * 2, ((y + row) * 60 + x + width) * 2), row * width * 2);
          }
          return { width, height, channels: 2, data: part };
        },
      };
      const turned = {
        ...image,
        layout: 'planar',
        data: data.map((_, i) => data[(i % 2400) * 2 + Math.floor(i / 2400)]),
      };
      return {
        names: measures.channels.map(({ name }) => name),
        values: plain(measures)[1].slice(1),
        wanted,
        again: JSON.stringify(plain(await result.measure({ image: region }))) === JSON.stringify(plain(measures)),
        planar: JSON.stringify(plain(await result.measure({ image: turned }))) === JSON.stringify(plain(measures)),
        reads,
        without: (await result.measure()).channels.length,
      };
    });
    assert.deepEqual(names, ['DAPI', 'GFP']);
    for (const [object, numbers] of wanted.entries()) {
      numbers.forEach((number, i) => {
        assert.ok(Math.abs(values[i][object] - number) <= 1e-9 * number, `${i} of ${object}: ${values[i][object]}`);
      });
    }
    assert.deepEqual([again, planar, without], [true, true, 0]);
    assert.ok(reads.length > 0 && reads.every(([x, y, width, height]) => x + width <= 60 && y + height <= 40));
  });

  test('are of the colours of what a browser shows, without its transparency', async () => {
    const names = await page.evaluate(async () => {
      const { channels } = await result.measure({ image: t.plainImage(60, 40) });
      return channels.map(({ name, mean }) => [name, mean[0]]);
    });
    assert.deepEqual(names, [
      ['red', 0x88],
      ['green', 0xaa],
      ['blue', 0x99],
    ]);
  });

  test('are of the plane of a file that the result is of, with the size of its pixels', async () => {
    const found = await page.evaluate(async ([width, height]) => {
      const blob = await t.fetchBlob('/stack.tif');
      const box = { x: 0, y: 0, width, height };
      const mask = new t.maskrcnn.Mask({ ...box, runs: Uint32Array.of(0, width * height), imageSize: box });
      const whole = { width, height, detections: [{ label: 'all', classId: 1, score: 1, box, mask }] };
      const planes = [undefined, { z: 1, t: 1 }, { page: 5 }];
      return Promise.all(
        planes.map(async (plane) => {
          const input = { channels: [0], scale: 1, plane };
          const { channels, columns } = await new t.maskrcnn.SegmentResult({ ...whole, input }).measure({
            image: blob,
          });
          return [columns.area_um2[0], ...channels.map(({ min, max, mean }) => [min[0], max[0], mean[0]])];
        }),
      );
    }, expected.levels[0]);
    for (const [i, plane] of [0, 4, 5].entries()) {
      const [area, ...channels] = found[i];
      assert.ok(Math.abs(area - 61 * 47 * expected.pixelSize ** 2) < 1e-6, `${area}`);
      assert.equal(channels.length, 2);
      channels.forEach(([min, max, mean], channel) => {
        const wanted = expected.planes[plane][channel];
        assert.deepEqual([min, max], [wanted.min, wanted.max], `plane ${plane}`);
        assert.ok(Math.abs(mean - wanted.mean) < 1e-5);
      });
    }
  });

  test('filter the result that they are of', async () => {
    const [kept, refused] = await page.evaluate(async () => {
      const measures = await result.measure({ image });
      const few = result.filter({ measures: { area: { min: 40 }, solidity: { max: 0.99 } } }, measures);
      const names = await t.outcome((async () => result.filter({ measures: { roundness: {} } }, measures))());
      return [few.detections.map(({ score }) => score), names];
    });
    assert.deepEqual(kept, [0.8]);
    assert.equal(refused.code, 'invalid-input');
    assert.match(refused.message, /no measure 'roundness'; there are bbox_x, .*intensity_sum_GFP/);
  });

  test('need the image that the objects were found in', async () => {
    const outcomes = await page.evaluate(async () => {
      const stop = AbortSignal.abort();
      const shifted = new t.maskrcnn.SegmentResult({
        ...result,
        detections: [...result.detections, { ...result.detections[0], label: 'other' }],
      });
      const region = {
        width: 60,
        height: 40,
        channels: 1,
        read: async () => ({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) }),
      };
      return Promise.all(
        [
          result.measure({ image: t.plainImage(20, 20) }),
          result.toCsv({ image: { ...image, data: image.data.slice(1) } }),
          result.measure({ image: region }),
          result.measure({ image, signal: stop }),
          shifted.toCsv(),
          result.toCsv({ delimiter: ',', decimal: ',' }),
          result.toCsv({ pixelSize: 0 }),
          result.toCsv({ unit: 'mm' }),
          result.toLabelImage({ format: 'png', bits: 32 }),
        ].map((promise) => t.outcome(promise)),
      );
    });
    const wanted = [
      ['invalid-input', /of an image of 60×40 pixels, not 20×20/],
      ['invalid-input', /samples/],
      ['invalid-input', /read\(\) gave 1×1 pixels/],
      ['aborted', /aborted/],
      ['invalid-input', /class 1 is called 'cell' and 'other'/],
      ['invalid-input', /delimiter/],
      ['invalid-input', /pixelSize must be a number above 0/],
      ['invalid-input', /`unit` has moved: write `pixelSize, in micrometres`/],
      ['invalid-input', /16/],
    ];
    outcomes.forEach(({ code, message }, i) => {
      assert.equal(code, wanted[i][0], message);
      assert.match(message, wanted[i][1]);
    });
  });
});
