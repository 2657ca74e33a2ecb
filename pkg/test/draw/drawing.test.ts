import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { drawingOf, type GpuDrawOptions } from '../../src/draw/drawing.ts';
import { PALETTE } from '../../src/draw/palette.ts';
import { MaskRcnnError } from '../../src/errors.ts';

const OBJECTS = { classes: [false, true], maxObjects: 9 };

describe('what the GPU draws', () => {
  test('is the frame with masks in the palette, unless options say otherwise', () => {
    assert.deepEqual(drawingOf({}, OBJECTS), {
      showFrame: true,
      fillOpacity: 0.35,
      showOutlines: true,
      showBoxes: undefined,
      colors: PALETTE,
      ...OBJECTS,
    });
    const options = {
      showFrame: false,
      fillOpacity: 1,
      showOutlines: false,
      showBoxes: true,
      colors: [[1, 2.4, 2.6]],
    } as const;
    assert.deepEqual(drawingOf(options, OBJECTS), { ...options, colors: [[1, 2, 3]], ...OBJECTS });
  });

  test('has the palette in the place of no colours', () => {
    assert.deepEqual(drawingOf({ colors: [] }, OBJECTS).colors, PALETTE);
  });

  const wrong: [string, GpuDrawOptions, RegExp][] = [
    ['a function for colours', { colors: (() => [0, 0, 0]) as never }, /colors must be an array .* stay on the GPU/],
    ['a colour of two parts', { colors: [[1, 2] as never] }, /\[red, green, blue\]/],
    ['opacity above 1', { fillOpacity: 1.1 }, /fillOpacity/],
    ['a number for a choice', { showBoxes: 1 as never }, /showBoxes must be true or false/],
    ['a text for a choice', { showOutlines: 'no' as never }, /showOutlines must be true or false/],
    ['null for a choice', { showFrame: null as never }, /showFrame must be true or false, not null/],
  ];
  for (const [name, options, message] of wrong) {
    test(`is refused for ${name}`, () => {
      assert.throws(
        () => drawingOf(options, OBJECTS),
        (error) => error instanceof MaskRcnnError && error.code === 'invalid-input' && message.test(error.message),
      );
    });
  }
});
