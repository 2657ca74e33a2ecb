// Measures and files of results, by the module for objects, in the packed package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { setUp } from './setup.mjs';

const tiffs = new URL('../image/tiff/', import.meta.url);
const STACK = 'imagej-hyperstack-u16.tif';
const { [STACK]: expected } = JSON.parse(readFileSync(new URL('expected.json', tiffs)));

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false }, { '/stack.tif': readFileSync(new URL(STACK, tiffs)) });
  page = await stand.page();
  await page.evaluate(() => {
    const { Mask, SegmentResult } = t.maskrcnn;
    const imageSize = { width: 60, height: 40 };
    /** An object of the pixels that a function tells, in a rectangle. */
    globalThis.object = ([x, y, width, height], score, isInside = () => true, fields = {}) => {
      const data = Uint8Array.from({ length: width * height }, (_, i) =>
        Number(isInside(i % width, Math.floor(i / width))),
      );
      const box = { x, y, width, height };
      return { label: 'cell', classId: 1, score, box, mask: new Mask({ ...box, data, imageSize }), ...fields };
    };
    globalThis.result = new SegmentResult({
      ...imageSize,
      detections: [
        object([10, 5, 10, 10], 0.9),
        object([30, 20, 8, 6], 0.8, (x, y) => !(x === 3 && y === 3), { label: '=mitosis, "odd"', classId: 3 }),
        object([0, 30, 6, 4], 0.7),
        // It overlaps the first one, whose pixels those are.
        object([18, 5, 10, 10], 0.6),
        object([50, 30, 4, 4], 0.5, () => false),
      ],
    });
    const samples = Uint16Array.from({ length: 60 * 40 * 2 }, (_, i) => (i % 2 ? 40_000 + (i % 7) : i % 300));
    globalThis.image = { ...imageSize, channels: 2, data: samples, channelNames: ['DAPI', 'GFP'] };
    globalThis.bytesOf = async (blob) => [...new Uint8Array(await blob.arrayBuffer())];
  });
});
after(() => stand.tearDown());

/** The cells of a table without quotes. */
const cellsOf = (text, delimiter = ',') => text.split('\r\n').map((line) => line.split(delimiter));

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

describe('a table', () => {
  test('has a row for each object, and its measures with their units', async () => {
    const [plain, own] = await page.evaluate(async () => {
      const known = new t.maskrcnn.SegmentResult({ ...result, pixelSize: 2 });
      const options = { image, delimiter: ';', decimal: ',', bom: true, imageName: 'a.tif' };
      const files = [await result.toCsv(), await known.toCsv(options)];
      return Promise.all(files.map(async (file) => [file.type, await bytesOf(file)]));
    });
    const [type, bytes] = plain;
    assert.equal(type, 'text/csv;charset=utf-8');
    const [head, ...rows] = cellsOf(Buffer.from(bytes).toString());
    assert.deepEqual(head.slice(0, 7), [
      'id',
      'label',
      'score',
      'bbox_x_px',
      'bbox_y_px',
      'bbox_width_px',
      'bbox_height_px',
    ]);
    assert.ok(['area_px2', 'perimeter_px', 'circularity', 'orientation_rad'].every((name) => head.includes(name)));
    assert.ok(!head.some((name) => /_um|intensity/.test(name)));
    assert.deepEqual([rows.length, rows[0].slice(0, 7)], [6, ['1', 'cell', '0.9', '10', '5', '10', '10']]);
    assert.match(rows[1].join(','), /^2,"'=mitosis, ""odd""",0\.8,30,20,8,6,/);
    assert.equal(rows[4][head.indexOf('solidity')], '', 'what does not exist is an empty cell');
    const text = Buffer.from(own[1]).toString();
    assert.equal(text.charCodeAt(0), 0xfeff);
    const [own_, first] = cellsOf(text.slice(1), ';');
    assert.deepEqual(own_.slice(0, 2), ['image', 'id']);
    assert.deepEqual([first[0], first[1], first[3]], ['a.tif', '1', '0,9']);
    assert.equal(first[own_.indexOf('area_um2')], '400');
    assert.ok(own_.includes('intensity_mean_DAPI') && own_.includes('intensity_sum_GFP'));
  });
});

/** The pixels of a PNG or TIFF in grey, of 16 or 32 bits. */
function greyOf(bytes) {
  const file = Buffer.from(bytes);
  if (file.readUInt32BE(0) === 0x89504e47) {
    const [width, height, bits] = [file.readUInt32BE(16), file.readUInt32BE(20), file[24]];
    const parts = [];
    for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
      if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
        parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
    }
    const raw = inflateSync(Buffer.concat(parts));
    const stride = (width * bits) / 8;
    const pixels = [];
    const before = Buffer.alloc(stride);
    for (let y = 0; y < height; y++) {
      const [filter, row] = [raw[y * (stride + 1)], raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1))];
      assert.ok(filter === 0 || filter === 2, `filter ${filter}`);
      if (filter === 2) for (let i = 0; i < stride; i++) row[i] += before[i];
      row.copy(before);
      for (let x = 0; x < width; x++) pixels.push(row.readUInt16BE(x * 2));
    }
    return { width, height, bits, pixels };
  }
  assert.equal(file.toString('latin1', 0, 2), 'II');
  const fields = new Map();
  const start = file.readUInt32LE(4);
  for (let i = 0; i < file.readUInt16LE(start); i++) {
    const entry = start + 2 + i * 12;
    const [tag, type, count] = [file.readUInt16LE(entry), file.readUInt16LE(entry + 2), file.readUInt32LE(entry + 4)];
    const size = { 2: 1, 3: 2, 4: 4, 5: 8 }[type];
    const at = size * count <= 4 ? entry + 8 : file.readUInt32LE(entry + 8);
    const read = (k) =>
      type === 3 ? file.readUInt16LE(at + k * 2) : file.readUIntLE(at + k * size, Math.min(4, size));
    fields.set(
      tag,
      type === 2 ? file.toString('latin1', at, at + count) : Array.from({ length: count }, (_, k) => read(k)),
    );
  }
  const [[width], [height], [bits]] = [256, 257, 258].map((tag) => fields.get(tag));
  const strips = fields.get(273).map((at, i) => inflateSync(file.subarray(at, at + fields.get(279)[i])));
  const raw = Buffer.concat(strips);
  const pixels = Array.from({ length: width * height }, (_, i) =>
    bits === 16 ? raw.readUInt16LE(i * 2) : raw.readUInt32LE(i * 4),
  );
  return { width, height, bits, pixels, description: fields.get(270) };
}

describe('a label image', () => {
  for (const [options, bits, type] of [
    [{ pixelSize: 0.25 }, 16, 'image/tiff'],
    [{ bits: 32 }, 32, 'image/tiff'],
    [{ format: 'png' }, 16, 'image/png'],
  ]) {
    test(`has each object's number at its pixels, as ${JSON.stringify(options)}`, async () => {
      const [found, file, wanted] = await page.evaluate(async (options) => {
        const file = await result.toLabelImage(options);
        const wanted = Array.from({ length: 2400 }, (_, i) => {
          return 1 + result.detections.findIndex(({ mask }) => mask.has(i % 60, Math.floor(i / 60)));
        });
        return [file.type, await bytesOf(file), wanted];
      }, options);
      const image = greyOf(file);
      assert.deepEqual([found, image.width, image.height, image.bits], [type, 60, 40, bits]);
      assert.deepEqual(image.pixels, wanted);
      assert.deepEqual([...new Set(wanted)].sort(), [0, 1, 2, 3, 4]);
      if (options.pixelSize) assert.match(image.description, /unit=micron/);
    });
  }

  test('needs masks', async () => {
    const outcome = await page.evaluate(() => {
      const detections = result.detections.map((detection) => ({ ...detection, mask: undefined }));
      return t.outcome(new t.maskrcnn.SegmentResult({ ...result, detections }).toLabelImage());
    });
    assert.equal(outcome.code, 'invalid-input');
    assert.match(outcome.message, /needs masks/);
  });
});

/** The names in a .zip's directory. */
function namesIn(bytes) {
  const file = Buffer.from(bytes);
  const end = file.length - 22;
  assert.equal(file.readUInt32LE(end), 0x06054b50);
  const names = [];
  for (let at = file.readUInt32LE(end + 16), i = 0; i < file.readUInt16LE(end + 10); i++) {
    const length = file.readUInt16LE(at + 28);
    names.push(file.toString('utf8', at + 46, at + 46 + length));
    at += 46 + length + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return names;
}

describe('outlines for other programs', () => {
  test('are regions of interest with the objects’ numbers', async () => {
    const [type, bytes] = await page.evaluate(async () => {
      const file = await result.toImageJRois();
      return [file.type, await bytesOf(file)];
    });
    assert.equal(type, 'application/zip');
    // The last object has no pixels.
    const numbers = namesIn(bytes).map((name) => Number(name.match(/\d+/)[0]));
    assert.deepEqual([...new Set(numbers)], [1, 2, 3, 4]);
  });

  test('are GeoJSON with closed rings along the pixels’ edges', async () => {
    const [type, text, bare] = await page.evaluate(async () => {
      const file = await result.toGeoJson({ image });
      const bare = await result.toGeoJson({ objectType: 'annotation', measurements: false });
      return [file.type, await file.text(), await bare.text()];
    });
    assert.equal(type, 'application/geo+json');
    const { features } = JSON.parse(text);
    assert.deepEqual(
      features.map(({ properties }) => properties.name),
      ['1', '2', '3', '4'],
    );
    const [square, holed] = features;
    const [ring] = square.geometry.coordinates;
    assert.deepEqual(ring[0], ring.at(-1));
    const corners = ring.slice(0, 4).map(String).sort();
    assert.deepEqual([ring.length, corners], [5, ['10,15', '10,5', '20,15', '20,5']]);
    assert.equal(holed.geometry.coordinates.length, 2);
    assert.deepEqual([square.properties.objectType, square.properties.classification.name], ['detection', 'cell']);
    assert.equal(holed.properties.classification.name, '=mitosis, "odd"');
    const { measurements } = square.properties;
    const values = Array.isArray(measurements)
      ? Object.fromEntries(measurements.map(({ name, value }) => [name, value]))
      : measurements;
    assert.ok(Object.entries(values).some(([name, value]) => name.startsWith('area') && value === 100));
    assert.ok(Object.keys(values).some((name) => name.startsWith('intensity_mean_DAPI')));
    const [first] = JSON.parse(bare).features;
    assert.equal(first.properties.objectType, 'annotation');
    assert.deepEqual(Object.keys(first.properties.measurements ?? {}), ['score']);
  });
});

describe('COCO’s files', () => {
  test('are data sets, with all classes of the network', async () => {
    const [type, text, areas] = await page.evaluate(async () => {
      const labels = ['background', 'cell', 'debris', '=mitosis, "odd"'];
      const file = await result.toCocoFile({ imageName: 'cells.tif', imageId: 7, labels });
      return [file.type, await file.text(), result.detections.map(({ mask }) => mask.area)];
    });
    assert.equal(type, 'application/json');
    const { images, annotations, categories } = JSON.parse(text);
    const [{ id, file_name, width, height }] = images;
    assert.deepEqual([id, file_name, width, height], [7, 'cells.tif', 60, 40]);
    assert.deepEqual(
      categories.map(({ id, name }) => [id, name]),
      [
        [1, 'cell'],
        [2, 'debris'],
        [3, '=mitosis, "odd"'],
      ],
    );
    assert.deepEqual(
      annotations.slice(0, 4).map(({ id, image_id, category_id, area }) => [id, image_id, category_id, area]),
      [
        [1, 7, 1, 100],
        [2, 7, 3, 47],
        [3, 7, 1, 24],
        [4, 7, 1, 100],
      ],
    );
    const decoded = await page.evaluate(
      (annotations) => annotations.map(({ segmentation }) => t.maskrcnn.Mask.fromRle(segmentation).area),
      annotations.slice(0, 4),
    );
    assert.deepEqual(decoded, areas.slice(0, 4));
  });

  test('are results, equal to those of toCoco, and polygons of the same area', async () => {
    const [results, list, dataset] = await page.evaluate(async () => {
      const few = result.filter({ minArea: 1 });
      const read = async (options) => JSON.parse(await (await few.toCocoFile(options)).text());
      return [
        await read({ as: 'results', imageId: 4 }),
        few.toCoco({ imageId: 4 }),
        await read({ segmentation: 'polygons' }),
      ];
    });
    const plain = (list) =>
      list.map(({ image_id, category_id, bbox, score, segmentation }) => {
        return { image_id, category_id, bbox, score: Math.fround(score), segmentation };
      });
    assert.deepEqual(plain(results), plain(list));
    const [[polygon]] = dataset.annotations.map(({ segmentation }) => segmentation);
    let area = 0;
    for (let i = 0; i < polygon.length; i += 2) {
      const next = (i + 2) % polygon.length;
      area += (polygon[i] * polygon[next + 1] - polygon[next] * polygon[i + 1]) / 2;
    }
    assert.equal(Math.abs(area), 100);
  });
});

test('a result without objects is a file of each format all the same', async () => {
  const { csv, labels, rois, features, dataset } = await page.evaluate(async () => {
    const none = new t.maskrcnn.SegmentResult({ width: 60, height: 40, detections: [] });
    const json = async (file) => JSON.parse(await (await file).text());
    return {
      csv: await (await none.toCsv({ image })).text(),
      labels: await bytesOf(await none.toLabelImage()),
      rois: await bytesOf(await none.toImageJRois()),
      features: (await json(none.toGeoJson())).features,
      dataset: await json(none.toCocoFile({ labels: ['background', 'cell'] })),
    };
  });
  assert.match(csv, /^id,label,.*intensity_sum_GFP\r\n$/);
  assert.deepEqual(greyOf(labels).pixels, Array(2400).fill(0));
  assert.deepEqual([namesIn(rois), features, dataset.annotations], [[], [], []]);
  assert.deepEqual([dataset.images.length, dataset.categories.length], [1, 1]);
});

test('objects without masks are their boxes, wherever these can be written', async () => {
  const { csv, features, rois, annotations } = await page.evaluate(async () => {
    const detections = result.detections.map((detection) => ({ ...detection, mask: undefined }));
    const boxes = new t.maskrcnn.SegmentResult({ ...result, detections });
    return {
      csv: await (await boxes.toCsv({ image })).text(),
      features: JSON.parse(await (await boxes.toGeoJson()).text()).features,
      rois: await t.outcome(boxes.toImageJRois()),
      annotations: JSON.parse(await (await boxes.toCocoFile()).text()).annotations,
    };
  });
  const [head, first] = cellsOf(csv);
  assert.deepEqual([first[head.indexOf('area_px2')], first[head.indexOf('perimeter_px')]], ['100', '']);
  assert.equal(first[head.indexOf('intensity_mean_DAPI')], '');
  assert.equal(features.length, 5);
  assert.deepEqual(features[2].geometry.coordinates[0].map(String).sort(), ['0,30', '0,30', '0,34', '6,30', '6,34']);
  assert.equal(rois.code, 'none');
  assert.deepEqual(annotations[0].bbox, [10, 5, 10, 10]);
});

test('100,000 objects are measured and written to every file', async (context) => {
  const found = await page.evaluate(async () => {
    const size = { width: 8000, height: 8000 };
    const runs = Uint32Array.of(3, 6, 10, 14, 3);
    const detections = Array.from({ length: 100_000 }, (_, i) => {
      const box = { x: (i % 400) * 20, y: Math.floor(i / 400) * 20, width: 6, height: 6 };
      const mask = new t.maskrcnn.Mask({ ...box, runs, imageSize: size });
      return { label: 'cell', classId: 1, score: 1 - i / 2e5, box, mask };
    });
    const many = new t.maskrcnn.SegmentResult({ ...size, detections });
    const took = {};
    const timed = async (name, make) => {
      const start = performance.now();
      const made = await make();
      took[name] = Math.round(performance.now() - start);
      return made;
    };
    const csv = await timed('csv', () => many.toCsv());
    const labels = await timed('labels', () => many.toLabelImage());
    const rois = await timed('rois', () => many.toImageJRois());
    const geojson = await timed('geojson', () => many.toGeoJson());
    const coco = await timed('coco', () => many.toCocoFile());
    const lines = (text) => text.split('\n').length - 1;
    return {
      took,
      sizes: [csv, labels, rois, geojson, coco].map(({ size }) => size),
      rows: lines(await csv.text()),
      features: JSON.parse(await geojson.text()).features.length,
      annotations: JSON.parse(await coco.text()).annotations.length,
      end: await bytesOf(rois.slice(-22)),
      head: await bytesOf(labels.slice(0, 8)),
    };
  });
  context.diagnostic(JSON.stringify([found.took, found.sizes]));
  assert.deepEqual([found.rows, found.features, found.annotations], [100_001, 100_000, 100_000]);
  assert.equal(Buffer.from(found.head).toString('latin1', 0, 2), 'II');
  assert.ok(found.end.length === 22);
});
