import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measuresOf } from '../../src/result/measures.ts';

test('measures are sorted by object and by channel, whatever the channels are called', () => {
  const values = Object.fromEntries(
    [
      ...['area', 'touches_border', 'perimeter', 'area_um2', 'perimeter_um'],
      ...['DAPI', 'a_mean_of_um', '2'].flatMap((channel) =>
        ['mean', 'median', 'std', 'min', 'max', 'sum'].map((measure) => `intensity_${measure}_${channel}`),
      ),
    ].map((name, i) => [name, Float64Array.of(i)]),
  );
  const { count, shape, channels, columns } = measuresOf(1, values);
  assert.equal(count, 1);
  assert.deepEqual(Object.keys(shape), ['area', 'touches_border', 'perimeter']);
  assert.deepEqual(
    channels.map(({ name }) => name),
    ['DAPI', 'a_mean_of_um', '2'],
  );
  assert.deepEqual([channels[1].mean, channels[1].sum], [Float64Array.of(11), Float64Array.of(16)]);
  assert.equal(columns, values);
});
