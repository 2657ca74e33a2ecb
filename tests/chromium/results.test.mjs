// What the network found, in all its forms, and cut out of its image.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TINY } from './fixtures.mjs';
import { setUp } from './setup.mjs';

let stand;
let page;
before(async () => {
  stand = await setUp({ gpu: false });
  page = await stand.page();
  await page.evaluate(async () => {
    globalThis.image = await t.fetchBlob('/pictures/tiny.png');
    const segmenter = await t.load();
    globalThis.result = await segmenter.segment(image, { inspect: true });
    segmenter.dispose();
    /** The pixels of a bitmap, straight. */
    globalThis.pixelsOfBitmap = (bitmap) => {
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    };
  });
});
after(() => stand.tearDown());

describe('what the network found', () => {
  test('has soft masks that become the masks at a half', async () => {
    const { pixels, wrong, between } = await page.evaluate(() => {
      const sum = { pixels: 0, wrong: 0, between: 0 };
      for (const { mask } of result.detections) {
        const soft = mask.toProbabilityMap();
        sum.pixels += soft.length;
        soft.forEach((probability, i) => {
          if (probability >= 0.5 !== (mask.data[i] === 1)) sum.wrong++;
          if (probability > 0.01 && probability < 0.99) sum.between++;
        });
      }
      return sum;
    });
    assert.ok(pixels > 10_000 && between > 100, `${between} of ${pixels} are neither in nor out`);
    assert.ok(wrong <= pixels / 100_000, `${wrong} of ${pixels} pixels differ`);
  });

  test('comes back from COCO’s results', async () => {
    const { count, same } = await page.evaluate(() => {
      const coco = JSON.parse(JSON.stringify(result.toCoco({ imageId: 1 })));
      const isSame = ({ segmentation }, { mask }) => {
        const back = t.maskrcnn.Mask.fromRle(segmentation);
        const corners = [back.x, back.y, back.x + back.width, back.y + back.height];
        const isThere = Array.from(back.data).every((pixel, i) => {
          return mask.has(back.x + (i % back.width), back.y + Math.floor(i / back.width)) === (pixel === 1);
        });
        return back.area === mask.area && isThere && corners.every(Number.isInteger);
      };
      return { count: coco.length, same: coco.filter((entry, i) => isSame(entry, result.detections[i])).length };
    });
    assert.ok(count > 0);
    assert.equal(same, count);
  });

  test('survives being sent to another thread, all but its inspection', async () => {
    const { levels, isSame, isSoft, inspection } = await page.evaluate(async () => {
      const { port1, port2 } = new MessageChannel();
      const sent = new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
      });
      port2.postMessage(result);
      const plain = await sent;
      const again = t.maskrcnn.SegmentResult.from(plain);
      const softOf = ({ detections }) => JSON.stringify(detections.map(({ mask }) => [...mask.toProbabilityMap()]));
      return {
        levels: plain.inspection.levels.length,
        isSame: t.textOf(again) === t.textOf(result),
        isSoft: softOf(again) === softOf(result),
        inspection: again.inspection,
      };
    });
    assert.deepEqual([levels, isSame, isSoft, inspection], [5, true, true, undefined]);
  });

  test('is cloned with its own runs alone', async () => {
    const { bytes, wanted, most } = await page.evaluate((maskSide) => {
      const buffersOf = ({ mask }) => [mask.runs, mask.probabilities].map(({ buffer }) => buffer.byteLength);
      const clones = result.detections.map((detection) => structuredClone(detection));
      return {
        bytes: clones.map(buffersOf),
        wanted: result.detections.map(({ mask }) => [mask.runs.length * 4, maskSide ** 2 * 4]),
        most: result.detections.length,
      };
    }, TINY.maskSide);
    assert.ok(most > 10);
    assert.deepEqual(bytes, wanted);
  });

  test('is at its own pixels, and in an SVG that the browser shows', async () => {
    const { found, size, covered, missed, area, rim } = await page.evaluate(async () => {
      const largest = result.detections.toSorted((a, b) => b.mask.area - a.mask.area)[0];
      const only = new t.maskrcnn.SegmentResult({ ...result, detections: [largest] });
      const { mask } = largest;
      const inside = mask.data.indexOf(1);
      const image = new Image();
      const svg = only.toSvg({ fillOpacity: 1, tolerance: 0, colors: [[9, 99, 199]] });
      image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const counts = { covered: 0, missed: 0 };
      for (let i = 0; i < image.width * image.height; i++) {
        const isCovered = data[i * 4 + 3] >= 128 && data[i * 4 + 2] > 190;
        if (isCovered) counts.covered++;
        else if (mask.has(i % image.width, Math.floor(i / image.width))) counts.missed++;
      }
      return {
        found: only.at(mask.x + (inside % mask.width), mask.y + Math.floor(inside / mask.width)) === largest,
        size: [image.width, image.height],
        ...counts,
        area: mask.area,
        // The length of all outlines, which are drawn as lines.
        rim: mask.toPolygons().reduce((sum, { points }) => {
          const ends = [...points.subarray(2), ...points.subarray(0, 2)];
          for (let i = 0; i < points.length; i += 2)
            sum += Math.hypot(ends[i] - points[i], ends[i + 1] - points[i + 1]);
          return sum;
        }, 0),
      };
    });
    assert.equal(found, true);
    assert.deepEqual(size, [TINY.width, TINY.height]);
    assert.ok(area > 100, `the largest mask has ${area} pixels`);
    assert.ok(missed <= area / 100, `${missed} of ${area} pixels are not covered`);
    assert.ok(covered <= area + rim, `${covered} pixels are covered, the mask has ${area}`);
  });
});

describe('a cut-out', () => {
  test('shows the object’s pixels on transparent ground', async () => {
    const { size, wanted, area, opaque, wrong } = await page.evaluate(async () => {
      const [detection] = result.detections;
      const { mask } = detection;
      const bitmap = await t.maskrcnn.cutOut(image, detection);
      const [cut, whole] = [pixelsOfBitmap(bitmap), await t.pixelsOf('/pictures/tiny.png')];
      const found = { size: [bitmap.width, bitmap.height], wanted: [mask.width, mask.height], area: mask.area };
      found.opaque = 0;
      found.wrong = 0;
      mask.data.forEach((pixel, i) => {
        if (cut[i * 4 + 3] === 255) found.opaque++;
        if (cut[i * 4 + 3] !== pixel * 255) found.wrong++;
        const at = ((mask.y + Math.floor(i / mask.width)) * whole.width + mask.x + (i % mask.width)) * 4;
        if (pixel && [0, 1, 2].some((channel) => cut[i * 4 + channel] !== whole.data[at + channel])) found.wrong++;
      });
      return found;
    });
    assert.deepEqual(size, wanted);
    assert.equal(opaque, area);
    assert.equal(wrong, 0);
  });

  test('has soft edges if wanted', async () => {
    const worst = await page.evaluate(async () => {
      const [detection] = result.detections;
      const cut = pixelsOfBitmap(await t.maskrcnn.cutOut(image, detection, { soft: true }));
      const soft = detection.mask.toProbabilityMap();
      return Math.max(...soft.map((probability, i) => Math.abs(probability * 255 - cut[i * 4 + 3])));
    });
    assert.ok(worst <= 1, `${worst} of 255`);
  });

  test('needs a mask, and the image it was found in', async () => {
    const outcomes = await page.evaluate(async () => {
      const [detection] = result.detections;
      const other = t.plainImage(20, 20);
      return Promise.all([
        t.outcome(t.maskrcnn.cutOut(other, detection)),
        t.outcome(t.maskrcnn.cutOut(image, { ...detection, mask: undefined })),
      ]);
    });
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      ['invalid-input', 'invalid-input'],
    );
    assert.match(outcomes[0].message, /of an image of 151×102 pixels, not 20×20/);
    assert.match(outcomes[1].message, /only an object with a mask/);
  });
});
