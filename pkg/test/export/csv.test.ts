import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exampleResult, isInvalid } from '../fixtures.ts';

describe('measurements as CSV', () => {
  const HEAD = 'id,label,score,x,y,width,height,area,centroid_x,centroid_y,perimeter';

  test('have a row for each object', () => {
    const [head, large, small, box, ...rest] = exampleResult().toCsv().split('\r\n');
    assert.equal(head, HEAD);
    // Half a pixel of tolerance lets the line cut the square's corners; the four sides are 10 px long.
    assert.match(large, /^1,cell,0\.9,2,3,10,10,100,7,8,3\d\.\d+$/);
    assert.match(small, /^2,cell,0\.5,4,5,2,2,4,5,6,/);
    assert.equal(box, '3,box,0.25,20,2.5,4.5,6,,,,');
    assert.deepEqual(rest, ['']);
  });

  test('come in units of the world when a pixel’s size is known', () => {
    const rows = exampleResult().toCsv({ pixelSize: 0.5 }).split('\r\n');
    assert.equal(rows[0], `${HEAD},area_um2,perimeter_um`);
    const [perimeter, areaInUm, perimeterInUm] = rows[1].split(',').slice(-3).map(Number);
    assert.equal(areaInUm, 25);
    assert.ok(Math.abs(perimeterInUm - perimeter / 2) < 0.01);
    assert.equal(rows[3], '3,box,0.25,20,2.5,4.5,6,,,,,,');
    assert.match(exampleResult().toCsv({ pixelSize: 2, unit: 'mm' }), /^.*,area_mm2,perimeter_mm\r\n/);
    for (const pixelSize of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => exampleResult().toCsv({ pixelSize }), isInvalid(/pixelSize must be a number above 0/));
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
      assert.ok(exampleResult(label).toCsv().includes(`\r\n1,${written},0.9,`), JSON.stringify(label));
    }
  });
});
