import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelIndices, checkChannels } from '../../src/image/channels.ts';
import { isInvalid } from '../fixtures.ts';

const KNOWN = { count: 4, names: ['DAPI', 'GFP', 'gfp', 'Cy5 '] };

test('channels are found by index, by name, and by name in any case where that is clear', () => {
  assert.deepEqual(channelIndices(2, KNOWN), [2]);
  assert.deepEqual(channelIndices('DAPI', KNOWN), [0]);
  assert.deepEqual(channelIndices('dapi', KNOWN), [0]);
  assert.deepEqual(channelIndices('gfp', KNOWN), [2]);
  assert.deepEqual(channelIndices('cy5', KNOWN), [3]);
  assert.deepEqual(channelIndices(['GFP', 0, 'Cy5 '], KNOWN), [1, 0, 3]);
});

test('a missing channel is refused with what there is', () => {
  assert.throws(() => channelIndices('Gfp', KNOWN), isInvalid(/no channel 'Gfp'; it has 0 'DAPI', 1 'GFP', 2 'gfp'/));
  assert.throws(() => channelIndices(4, { count: 4 }), isInvalid(/no channel 4; it has 4, with the indices 0 to 3/));
  assert.throws(() => channelIndices('DAPI', { count: 1 }), isInvalid(/it has 1, with the index 0/));
  assert.throws(() => channelIndices([0, 1, 9], { count: 3 }), isInvalid(/no channel 9/));
});

test('anything but one channel or three is refused', () => {
  for (const choice of [[], [0, 1], [0, 1, 2, 3]])
    assert.throws(() => checkChannels(choice), isInvalid(/one or three|one channel/));
  for (const choice of [-1, 0.5, Number.NaN, null, {}, [true]]) {
    assert.throws(() => checkChannels(choice), isInvalid(/channels must be/), String(choice));
  }
  for (const choice of [undefined, 0, 'DAPI', ['DAPI'], [2, 1, 'DAPI']]) checkChannels(choice);
});
