// Files of results, by the module for objects, in the packed package.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { greyOf } from './label-image.mjs';
import { withObjects } from './objects-page.mjs';

let stand;
let page;
before(async () => {
  ({ stand, page } = await withObjects());
});
after(() => stand.tearDown());

/** The cells of a table without quotes. */
const cellsOf = (text, delimiter = ',') => text.split('\r\n').map((line) => line.split(delimiter));

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
