import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exampleResult } from '../fixtures.ts';

describe('SVG', () => {
  test('has a path for each mask, and a rectangle where there is none', () => {
    const svg = exampleResult().toSvg({ tolerance: 0, fillOpacity: 0.5 });
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="30" height="20" viewBox="0 0 30 20">/);
    assert.equal([...svg.matchAll(/<path d="M[^"]+Z"\/>/g)].length, 2);
    assert.ok(svg.includes('<path d="M2.5 3 11.5 3 12 3.5 12 12.5 11.5 13 2.5 13 2 12.5 2 3.5Z"/>'));
    assert.ok(svg.includes('<rect x="20" y="2.5" width="4.5" height="6"/>'));
    assert.ok(svg.includes('<title>cell 90 %</title>'));
    assert.ok(svg.includes('fill-opacity="0.5"'));
    assert.ok(svg.includes('fill="rgb(230,159,0)"'));
  });

  test('takes colours, by object or in turn', () => {
    const byScore = exampleResult().toSvg({ colors: ({ score }) => [Math.round(score * 100), 0, 0] });
    assert.ok(byScore.includes('fill="rgb(50,0,0)"'));
    const inTurn = exampleResult().toSvg({ colors: [[1, 2, 3]] });
    assert.equal([...inTurn.matchAll(/fill="rgb\(1,2,3\)"/g)].length, 3);
  });

  test('escapes labels', () => {
    const svg = exampleResult('</title><script>alert("&")</script>\u0000\ud800').toSvg();
    assert.ok(svg.includes('&lt;/title&gt;&lt;script&gt;alert("&amp;")&lt;/script&gt; 90 %'));
    assert.ok(!svg.includes('<script'));
  });
});
