/** How far the same object may differ between two backends. */
export const TOLERANCES = { box: 0.99, score: 1e-3, area: 0.01 };

/**
 * Compares what the package found in an image with what the command line found.
 *
 * @param native an image of the command line's report
 * @param {{ label: string, score: number, box: Box, area: number }[]} detections the package's
 * @param {number} threshold the score above which objects are reported; one within the tolerance of it may
 * be missing on one side
 */
export function compare(native, detections, threshold) {
  const left = [...detections];
  const worst = { box: 1, score: 0, area: 0 };
  const missing = [];
  for (const { label, score, bbox, area } of native.detections) {
    const [x, y, width, height] = bbox;
    const overlaps = left.map((found) =>
      found.label === label ? intersectionOverUnion(found.box, { x, y, width, height }) : 0,
    );
    const best = overlaps.indexOf(Math.max(...overlaps));
    if (!(overlaps[best] >= 0.5)) {
      missing.push(score);
      continue;
    }
    const [found] = left.splice(best, 1);
    worst.box = Math.min(worst.box, overlaps[best]);
    worst.score = Math.max(worst.score, Math.abs(found.score - score));
    // A pixel of a tiny mask is more than a hundredth of it.
    worst.area = Math.max(worst.area, Math.max(0, Math.abs(found.area - area) - 1) / Math.max(1, area));
  }
  const alone = [...missing, ...left.map(({ score }) => score)];
  const unmatched = alone.filter((score) => score - threshold > TOLERANCES.score).length;
  return {
    native: native.detections.length,
    package: detections.length,
    unmatched,
    worst,
    agrees:
      unmatched === 0 &&
      worst.box >= TOLERANCES.box &&
      worst.score <= TOLERANCES.score &&
      worst.area <= TOLERANCES.area,
  };
}

function intersectionOverUnion(a, b) {
  const side = (start, length) =>
    Math.max(0, Math.min(a[start] + a[length], b[start] + b[length]) - Math.max(a[start], b[start]));
  const common = side('x', 'width') * side('y', 'height');
  return common / (a.width * a.height + b.width * b.height - common);
}
