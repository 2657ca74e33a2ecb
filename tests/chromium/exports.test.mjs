// What a result is exported as needs no browser: the packed package, in Node.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { install } from './setup.mjs';

let folder;
let drawing;
before(async () => {
  folder = install();
  drawing = await import(pathToFileURL(join(folder, 'package/dist/draw.js')));
});
after(() => rmSync(folder, { recursive: true }));

/** A large square with a small one inside, and a box without a mask. */
function example(label = 'cell') {
  const picture = { width: 30, height: 20 };
  const square = (x, y, side, score, classId) => {
    const data = new Uint8Array(side * side).fill(1);
    const box = { x, y, width: side, height: side };
    return { label, classId, score, box, mask: new drawing.Mask({ ...box, data, picture }) };
  };
  const boxOnly = {
    label: 'box',
    classId: 3,
    score: 0.25,
    box: { x: 20, y: 2.5, width: 4.5, height: 6 },
    mask: undefined,
  };
  const detections = [square(2, 3, 10, 0.9, 1), square(4, 5, 2, 0.5, 2), boxOnly];
  return new drawing.SegmentResult({ ...picture, detections, backend: 'cpu', milliseconds: 12, readbacks: 1 });
}

const isInvalid = (message) => (error) => error.code === 'invalid-input' && message.test(error.message);

describe('a result', () => {
  test('tells what is at a point, the smallest first', () => {
    const result = example();
    const [large, small, box] = result.detections;
    assert.equal(result.at(4.9, 6), small);
    assert.equal(result.at(2, 3), large);
    assert.equal(result.at(11.99, 12.99), large);
    assert.equal(result.at(12, 12), undefined);
    assert.equal(result.at(24.4, 2.5), box);
    assert.equal(result.at(24.5, 2.5), undefined);
    assert.equal(result.at(-1, 0), undefined);
  });

  test('comes back from JSON and from a structured clone', () => {
    const { SegmentResult } = drawing;
    const result = example();
    const fromJson = SegmentResult.from(JSON.parse(JSON.stringify(result)));
    assert.deepEqual(fromJson, result);
    assert.equal(fromJson.at(4.9, 6), fromJson.detections[1]);
    assert.deepEqual(SegmentResult.from(structuredClone(result)), result);
    const [{ mask, ...square }] = structuredClone(result).detections;
    assert.throws(() => SegmentResult.from({}), isInvalid(/a list of detections/));
    for (const broken of [
      { ...mask, width: 11 },
      { size: [20, 30], counts: [1] },
    ]) {
      assert.throws(
        () => SegmentResult.from({ ...result, detections: [{ ...square, mask: broken }] }),
        isInvalid(/mask/),
      );
    }
  });

  test('shares no pixels among its masks: one detection is cloned or sent alone', () => {
    const { Mask, SegmentResult } = drawing;
    const all = new Uint8Array(10_000).fill(1);
    const soft = new Float32Array(10_000).fill(0.5);
    const detections = example()
      .detections.slice(0, 2)
      .map((detection, i) => {
        const fields = { x: i, y: 0, width: 2, height: 3, picture: { width: 30, height: 20 } };
        const [data, probabilities] = [all.subarray(i * 6, i * 6 + 6), soft.subarray(i * 4, i * 4 + 4)];
        return { ...detection, mask: new Mask({ ...fields, data, probabilities }) };
      });
    const { mask } = structuredClone(detections[1]);
    assert.deepEqual([mask.data.buffer.byteLength, mask.probabilities.buffer.byteLength], [6, 16]);
    assert.deepEqual(new Mask(mask), detections[1].mask);
    // Its buffers can be handed over, and the other masks keep theirs.
    structuredClone(detections[1], { transfer: [detections[1].mask.data.buffer] });
    assert.deepEqual([detections[0].mask.area, detections[1].mask.data.length], [6, 0]);
    const plain = SegmentResult.from({ width: 30, height: 20, detections: [structuredClone(detections[0])] });
    assert.equal(plain.detections[0].mask.area, 6);
  });

  test('has masks that are run lengths in JSON, one by one, too', () => {
    const [large] = example().detections;
    const { mask, ...rest } = JSON.parse(JSON.stringify(large));
    assert.deepEqual(mask, large.mask.toRle());
    assert.deepEqual(drawing.Mask.fromRle(mask), large.mask);
    assert.deepEqual(rest, { label: 'cell', classId: 1, score: 0.9, box: large.box });
  });

  test('is filtered by score, label and number', () => {
    const result = example();
    const [large, small, box] = result.detections;
    assert.deepEqual(result.filter({ scoreThreshold: 0.25 }).detections, [large, small]);
    assert.deepEqual(result.filter({ labels: ['box'] }).detections, [box]);
    assert.deepEqual(result.filter({ excludeLabels: ['box'] }).detections, [large, small]);
    assert.deepEqual(result.filter({ labels: ['cell', 'box'], maxDetections: 1 }).detections, [large]);
    const { detections, inspection, ...rest } = result.filter({});
    assert.deepEqual(detections, result.detections);
    assert.equal(inspection, undefined);
    assert.deepEqual(rest, { width: 30, height: 20, backend: 'cpu', milliseconds: 12, readbacks: 1 });
  });
});

describe('COCO’s results', () => {
  test('hold category, box, score and run lengths', () => {
    const results = JSON.parse(JSON.stringify(example().toCoco({ imageId: 42, categoryIds: [0, 7, 9, 11] })));
    assert.deepEqual(
      results.map(({ segmentation, ...rest }) => rest),
      [
        { image_id: 42, category_id: 7, bbox: [2, 3, 10, 10], score: 0.9 },
        { image_id: 42, category_id: 9, bbox: [4, 5, 2, 2], score: 0.5 },
        { image_id: 42, category_id: 11, bbox: [20, 2.5, 4.5, 6], score: 0.25 },
      ],
    );
    assert.deepEqual(results[0].segmentation.size, [20, 30]);
    assert.equal(drawing.Mask.fromRle(results[0].segmentation).area, 100);
    assert.equal('segmentation' in results[2], false);
  });

  test('take the model’s class numbers unless others are given, and miss none', () => {
    const categories = example()
      .toCoco({ imageId: 'a.png' })
      .map((result) => result.category_id);
    assert.deepEqual(categories, [1, 2, 3]);
    assert.throws(
      () => example().toCoco({ imageId: 1, categoryIds: [0, 1] }),
      isInvalid(/no number for class 2, 'cell'/),
    );
  });
});

describe('measurements as CSV', () => {
  const HEAD = 'id,label,score,x,y,width,height,area,centroid_x,centroid_y,perimeter';

  test('have a row for each object', () => {
    const [head, large, small, box, ...rest] = example().toCsv().split('\r\n');
    assert.equal(head, HEAD);
    // Half a pixel of tolerance lets the line cut the square's corners; the four sides are 10 px long.
    assert.match(large, /^1,cell,0\.9,2,3,10,10,100,7,8,3\d\.\d+$/);
    assert.match(small, /^2,cell,0\.5,4,5,2,2,4,5,6,/);
    assert.equal(box, '3,box,0.25,20,2.5,4.5,6,,,,');
    assert.deepEqual(rest, ['']);
  });

  test('come in units of the world when a pixel’s size is known', () => {
    const rows = example().toCsv({ pixelSize: 0.5 }).split('\r\n');
    assert.equal(rows[0], `${HEAD},area_um2,perimeter_um`);
    const [perimeter, areaInUm, perimeterInUm] = rows[1].split(',').slice(-3).map(Number);
    assert.equal(areaInUm, 25);
    assert.ok(Math.abs(perimeterInUm - perimeter / 2) < 0.01);
    assert.equal(rows[3], '3,box,0.25,20,2.5,4.5,6,,,,,,');
    assert.match(example().toCsv({ pixelSize: 2, unit: 'mm' }), /^.*,area_mm2,perimeter_mm\r\n/);
    for (const pixelSize of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => example().toCsv({ pixelSize }), isInvalid(/pixelSize must be a number above 0/));
    }
  });

  test('quote labels, and keep them from being formulas', () => {
    for (const [label, written] of [
      ['a,b', '"a,b"'],
      ['say "cell"', '"say ""cell"""'],
      ['two\nlines', '"two\nlines"'],
      [' edge', '" edge"'],
      ['=1+1', "'=1+1"],
      ['+1', "'+1"],
      ['-1', "'-1"],
      ['@SUM(A1)', "'@SUM(A1)"],
      ['\t=1', '"\'\t=1"'],
      [' =1+1', "' =1+1"],
      ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
      ['＝1', "'＝1"],
      ['plain-name', 'plain-name'],
    ]) {
      assert.ok(example(label).toCsv().includes(`\r\n1,${written},0.9,`), JSON.stringify(label));
    }
  });
});

describe('SVG', () => {
  test('has a path for each mask, and a rectangle where there is none', () => {
    const svg = example().toSvg({ tolerance: 0, fillOpacity: 0.5 });
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="30" height="20" viewBox="0 0 30 20">/);
    assert.equal(svg.match(/<path d="M[^"]+Z"\/>/g).length, 2);
    assert.ok(svg.includes('<path d="M2.5 3 11.5 3 12 3.5 12 12.5 11.5 13 2.5 13 2 12.5 2 3.5Z"/>'));
    assert.ok(svg.includes('<rect x="20" y="2.5" width="4.5" height="6"/>'));
    assert.ok(svg.includes('<title>cell 90 %</title>'));
    assert.ok(svg.includes('fill-opacity="0.5"'));
    assert.ok(svg.includes('fill="rgb(230,159,0)"'));
  });

  test('takes colours, by object or in turn', () => {
    const byScore = example().toSvg({ colors: ({ score }) => [Math.round(score * 100), 0, 0] });
    assert.ok(byScore.includes('fill="rgb(50,0,0)"'));
    const inTurn = example().toSvg({ colors: [[1, 2, 3]] });
    assert.equal(inTurn.match(/fill="rgb\(1,2,3\)"/g).length, 3);
  });

  test('escapes labels', () => {
    const svg = example('</title><script>alert("&")</script>\u0000\ud800').toSvg();
    assert.ok(svg.includes('&lt;/title&gt;&lt;script&gt;alert("&amp;")&lt;/script&gt; 90 %'));
    assert.ok(!svg.includes('<script'));
  });
});
