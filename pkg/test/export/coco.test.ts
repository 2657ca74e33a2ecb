import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CocoResult, Mask } from '../../src/index.ts';
import { exampleResult, isInvalid } from '../fixtures.ts';

describe('COCO’s results', () => {
  test('hold category, box, score and run lengths', () => {
    const results: CocoResult[] = JSON.parse(
      JSON.stringify(exampleResult().toCoco({ imageId: 42, categoryIds: [0, 7, 9, 11] })),
    );
    assert.deepEqual(
      results.map(({ segmentation, ...rest }) => rest),
      [
        { image_id: 42, category_id: 7, bbox: [2, 3, 10, 10], score: 0.9 },
        { image_id: 42, category_id: 9, bbox: [4, 5, 2, 2], score: 0.5 },
        { image_id: 42, category_id: 11, bbox: [20, 2.5, 4.5, 6], score: 0.25 },
      ],
    );
    const { segmentation } = results[0];
    assert.ok(segmentation);
    assert.deepEqual(segmentation.size, [20, 30]);
    assert.equal(Mask.fromRle(segmentation).area, 100);
    assert.equal('segmentation' in results[2], false);
  });

  test('take the model’s class numbers unless others are given, and miss none', () => {
    const categories = exampleResult()
      .toCoco({ imageId: 'a.png' })
      .map((result) => result.category_id);
    assert.deepEqual(categories, [1, 2, 3]);
    assert.throws(
      () => exampleResult().toCoco({ imageId: 1, categoryIds: [0, 1] }),
      isInvalid(/no number for class 2, 'cell'/),
    );
  });
});
