import assert from 'node:assert/strict';
import { TINY } from './fixtures.mjs';
import { GPU_CANVAS_FLAGS } from './launch.mjs';
import { setUp } from './setup.mjs';

/** Chromium with canvases for WebGPU, and a page with what `drawing-in-page.mjs` makes. */
export async function setUpDrawing() {
  const stand = await setUp({ flags: [...GPU_CANVAS_FLAGS, '--js-flags=--expose-gc'] });
  const page = await stand.page();
  await page.evaluate(async () => (await import('/drawing-in-page.mjs')).prepare(t));
  return { page, tearDown: stand.tearDown };
}

/** Pixels whose probability is within rounding of the threshold. */
export const MAX_DIFFERING = 0.005;

/** Fails unless what is drawn is what was expected, and that shows something. */
export function assertAlike({ differing, pixels, changed, size }, [width, height] = [TINY.width, TINY.height]) {
  assert.deepEqual(size, [width, height]);
  assert.ok(changed > pixels * 0.03, `what is found changes ${changed} of ${pixels} pixels`);
  assert.ok(differing <= pixels * MAX_DIFFERING, `${differing} of ${pixels} pixels differ`);
}
