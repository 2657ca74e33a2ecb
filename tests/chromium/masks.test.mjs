// The forms that a mask can be had in need no browser: the packed package, in Node.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { decode } from './safetensors.mjs';
import { install } from './setup.mjs';

let folder;
let Mask;
let MaskRcnnError;
before(async () => {
  folder = install();
  ({ Mask, MaskRcnnError } = await import(pathToFileURL(join(folder, 'package/dist/draw.js'))));
});
after(() => rmSync(folder, { recursive: true }));

const cases = JSON.parse(await readFile(new URL('../reference/rle.json', import.meta.url)));
const isInvalid = (message) => (error) =>
  error instanceof MaskRcnnError && error.code === 'invalid-input' && message.test(error.message);

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Masks of all sizes, from nearly empty to nearly full, some of single pixels and some of blobs, anywhere in a picture. */
function randomMasks(count) {
  const random = seeded(5);
  const whole = (most) => Math.floor(random() * most);
  return Array.from({ length: count }, (_, i) => {
    const [width, height, share, x, y] = [1 + whole(24), 1 + whole(24), random(), whole(9), whole(9)];
    const data = Uint8Array.from({ length: width * height }, () => Number(random() < share));
    if (i % 2) {
      const isClose = ([column, row, radius], at) =>
        Math.hypot((at % width) - column, Math.floor(at / width) - row) < radius;
      const blobs = Array.from({ length: 4 }, () => [whole(width), whole(height), random() * 8]);
      data.forEach((_, at) => {
        data[at] = Number(blobs.slice(0, 3).some((blob) => isClose(blob, at)) && !isClose(blobs[3], at));
      });
    }
    const picture = { width: x + width + whole(9), height: y + height + whole(9) };
    return new Mask({ x, y, width, height, data, picture });
  });
}

/** A mask of rows of text, where `#` is inside. */
function drawn(...rows) {
  const [width, height] = [rows[0].length, rows.length];
  const data = Uint8Array.from(rows.join(''), (letter) => Number(letter === '#'));
  return new Mask({ x: 0, y: 0, width, height, data, picture: { width, height } });
}

/** The mask on its whole picture. */
function onPicture({ x, y, width, data, picture }) {
  const pixels = new Uint8Array(picture.width * picture.height);
  data.forEach((pixel, i) => {
    pixels[(y + Math.floor(i / width)) * picture.width + x + (i % width)] = pixel;
  });
  return pixels;
}

/** How often a line from a point to the left crosses the polygons' sides. */
function crossings(polygons, x, y) {
  let count = 0;
  for (const { points } of polygons) {
    for (let i = 0; i < points.length; i += 2) {
      const [x1, y1] = [points[i], points[i + 1]];
      const [x2, y2] = [points[(i + 2) % points.length], points[(i + 3) % points.length]];
      if (y1 > y !== y2 > y && x > x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) count++;
    }
  }
  return count;
}

function signedArea(points) {
  let sum = 0;
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    sum += points[i] * points[next + 1] - points[next] * points[i + 1];
  }
  return sum / 2;
}

describe('run lengths', () => {
  test('are those of pycocotools', () => {
    for (const { name, width, height, rows, compressed, counts, area, bbox, at, whole } of cases) {
      const size = [height, width];
      const mask = Mask.fromRle({ size, counts: compressed });
      assert.equal(mask.area, area, name);
      assert.deepEqual([mask.x, mask.y, mask.width, mask.height], bbox, name);
      assert.deepEqual(mask.toRle(), { size, counts: compressed }, name);
      assert.deepEqual(Mask.fromRle({ size, counts }), mask, name);
      if (!rows) continue;
      const data = Uint8Array.from(rows.join(''), Number);
      assert.deepEqual(onPicture(mask), data, name);
      const { x, y, ...picture } = at;
      const placed = new Mask({ x, y, width, height, data, picture });
      assert.deepEqual(
        placed.toRle(),
        { size: [picture.height, picture.width], counts: whole },
        `${name} in a picture`,
      );
    }
  });

  test('give the same pixels back', () => {
    for (const mask of randomMasks(300)) {
      const back = Mask.fromRle(mask.toRle());
      assert.deepEqual(onPicture(back), onPicture(mask));
      assert.equal(back.area, mask.area);
    }
  });

  test('survive the largest picture', () => {
    const side = 16384;
    const counts = [123_456_789, 3, side * side - 123_456_792];
    const { counts: packed } = Mask.fromRle({ size: [side, side], counts }).toRle();
    assert.equal(Mask.fromRle({ size: [side, side], counts: packed }).area, 3);
  });

  test('that are malformed are refused', () => {
    for (const [counts, why] of [
      ['', /the runs hold 0 pixels, the mask 3×4/],
      ['5', /the runs hold 5 pixels/],
      ['P', /ends within a number/],
      ['oooooooooooo', /too long/],
      ['4 ', /stands for nothing/],
      ['4é', /stands for nothing/],
      ['O', /negative/],
      ['004N', /negative/],
      [[6, -1, 7], /the runs hold/],
      [[6.5, 5.5], /the runs hold/],
    ]) {
      assert.throws(() => Mask.fromRle({ size: [4, 3], counts }), isInvalid(why), String(counts));
    }
    assert.throws(() => Mask.fromRle({ size: [1, 16385], counts: [16385] }), isInvalid(/a side may have/));
  });
});

describe('outlines', () => {
  test('hold the centres of the mask’s pixels and no others', () => {
    for (const mask of randomMasks(200)) {
      const polygons = mask.toPolygons({ tolerance: 0 });
      const { width, height } = mask.picture;
      const inside = Uint8Array.from({ length: width * height }, (_, i) => {
        return crossings(polygons, (i % width) + 0.5, Math.floor(i / width) + 0.5) % 2;
      });
      assert.deepEqual(inside, onPicture(mask));
    }
  });

  test('go around pixels and holes in opposite directions', () => {
    for (const mask of randomMasks(100)) {
      const polygons = mask.toPolygons({ tolerance: 0 });
      let area = 0;
      for (const { points, isHole } of polygons) {
        area += signedArea(points);
        assert.equal(signedArea(points) < 0, isHole);
      }
      // Every line cuts off four corners more than it rounds out, an eighth of a pixel each.
      const holes = polygons.filter(({ isHole }) => isHole).length;
      assert.equal(area, mask.area - (polygons.length - 2 * holes) / 2);
    }
  });

  test('are one for each part and one for each hole', () => {
    const count = (...rows) => {
      const polygons = drawn(...rows).toPolygons({ tolerance: 0 });
      return [polygons.length, polygons.filter(({ isHole }) => isHole).length];
    };
    assert.deepEqual(count('...', '...'), [0, 0]);
    assert.deepEqual(count('#'), [1, 0]);
    assert.deepEqual(count('###', '#.#', '###'), [2, 1]);
    assert.deepEqual(count('##.##'), [2, 0]);
    assert.deepEqual(count('#.', '.#'), [1, 0]);
    assert.deepEqual(count('#####', '#...#', '#.#.#', '#...#', '#####'), [3, 1]);
  });

  test('of a rectangle have its corners cut by half a pixel', () => {
    const [{ points }] = drawn('####', '####').toPolygons({ tolerance: 0 });
    assert.deepEqual([...points], [0.5, 0, 3.5, 0, 4, 0.5, 4, 1.5, 3.5, 2, 0.5, 2, 0, 1.5, 0, 0.5]);
    assert.equal(
      drawn('####', '####').toSvgPath({ tolerance: 0 }),
      'M0.5 0 3.5 0 4 0.5 4 1.5 3.5 2 0.5 2 0 1.5 0 0.5Z',
    );
  });

  for (const tolerance of [0.5, 1, 3, 100]) {
    test(`with a tolerance of ${tolerance} stay that near to the pixels’`, () => {
      for (const mask of randomMasks(60)) {
        const [exact, simple] = [mask.toPolygons({ tolerance: 0 }), mask.toPolygons({ tolerance })];
        assert.equal(simple.length, exact.length);
        exact.forEach(({ points }, ring) => {
          const kept = simple[ring].points;
          assert.ok(kept.length >= 6 && kept.length <= points.length);
          for (let i = 0; i < points.length; i += 2) {
            const away = distanceTo(kept, points[i], points[i + 1]);
            assert.ok(away <= tolerance + 1e-9, `${away} px away`);
          }
        });
      }
    });
  }

  test('need few points and keep the length of a circle', () => {
    const [radius, side] = [40, 90];
    const data = Uint8Array.from({ length: side * side }, (_, i) => {
      return Number(Math.hypot((i % side) - 44.5, Math.floor(i / side) - 44.5) <= radius);
    });
    const picture = { width: side, height: side };
    const disc = new Mask({ x: 0, y: 0, width: side, height: side, data, picture });
    assert.ok(disc.toPolygons()[0].points.length < 2 * 60);
    assert.ok(Math.abs(disc.perimeter / (2 * Math.PI * radius) - 1) < 0.03, `${disc.perimeter}`);
    assert.deepEqual(disc.centroid, { x: 45, y: 45 });
  });

  test('refuse a tolerance that is none', () => {
    for (const tolerance of [-1, Number.NaN]) {
      assert.throws(() => drawn('#').toPolygons({ tolerance }), isInvalid(/tolerance must be a number of 0 or more/));
    }
  });
});

function distanceTo(points, x, y) {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < points.length; i += 2) {
    const [x1, y1] = [points[i], points[i + 1]];
    const [dx, dy] = [points[(i + 2) % points.length] - x1, points[(i + 3) % points.length] - y1];
    const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - x1 - along * dx, y - y1 - along * dy));
  }
  return least;
}

describe('soft masks', () => {
  /** A soft mask over a box, on all pixels of its picture. */
  function softOn({ width, height }, { probabilities, corners, isAligned }) {
    const [x1, y1, x2, y2] = corners;
    const mask = new Mask({
      ...{ x: 0, y: 0, width, height, probabilities, isAligned },
      data: new Uint8Array(width * height),
      picture: { width, height },
      box: { x: x1, y: y1, width: x2 - x1, height: y2 - y1 },
    });
    return mask.toProbabilityMap();
  }

  test('lie where torchvision pastes them', async () => {
    const { tensors } = decode(await readFile(new URL('../reference/ops.safetensors', import.meta.url)));
    const [masks, boxes, pasted] = ['mask', 'boxes', 'out'].map((name) => tensors.get(`paste.${name}`).data);
    const picture = { width: 83, height: 61 };
    const pixels = picture.width * picture.height;
    assert.ok(boxes.length > 4);
    for (let i = 0; i < boxes.length / 4; i++) {
      const corners = boxes.slice(i * 4, i * 4 + 4);
      const soft = softOn(picture, { probabilities: masks.slice(i * 784, (i + 1) * 784), corners });
      const wanted = pasted.slice(i * pixels, (i + 1) * pixels);
      wanted.forEach((value, at) => {
        assert.ok(Math.abs(soft[at] - value) < 1e-5, `mask ${i} at ${at}: ${soft[at]}, not ${value}`);
      });
    }
  });

  test('that are aligned cover the pixels whose centres are in the box', () => {
    const probabilities = new Float32Array(784).fill(1);
    const soft = softOn({ width: 20, height: 20 }, { probabilities, corners: [3.4, 5.6, 10.4, 8.4], isAligned: true });
    soft.forEach((value, i) => {
      const [x, y] = [i % 20, Math.floor(i / 20)];
      assert.equal(value >= 0.5, x >= 3 && x < 10 && y >= 6 && y < 8, `${x}, ${y}`);
    });
  });
});

describe('a mask', () => {
  test('knows its centroid and its perimeter, unless it is empty', () => {
    const { centroid } = drawn('....', '..##');
    assert.deepEqual(centroid, { x: 3, y: 1.5 });
    const empty = drawn('..', '..');
    assert.deepEqual([empty.area, empty.centroid, empty.perimeter, empty.toSvgPath()], [0, undefined, 0, '']);
  });

  test('without probabilities is its own soft mask', () => {
    assert.deepEqual([...drawn('#.#').toProbabilityMap()], [1, 0, 1]);
  });

  test('must fit its picture', () => {
    const picture = { width: 4, height: 4 };
    const make = (fields) => () =>
      new Mask({ x: 0, y: 0, width: 2, height: 2, picture, data: new Uint8Array(4), ...fields });
    assert.throws(make({ data: new Uint8Array(3) }), isInvalid(/needs as many bytes, not 3/));
    assert.throws(make({ x: 3 }), isInvalid(/does not lie in a picture of 4×4/));
    assert.throws(make({ y: -1 }), isInvalid(/y of a mask must be a whole number of 0 or more, not -1/));
    assert.throws(make({ x: 0.5 }), isInvalid(/x of a mask must be a whole number of 0 or more, not 0.5/));
    assert.throws(make({ probabilities: new Float32Array(5) }), isInvalid(/a soft mask is square/));
  });
});
