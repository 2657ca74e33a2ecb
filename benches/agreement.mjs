// Scores this close to the threshold may lie on either side of it.
const NEAR_THRESHOLD = 0.051;

/**
 * Makes sure that both sides did the same work: of the objects that one found, the other found each one too.
 *
 * @throws when one is missing
 */
export function agreement(ours, peer) {
  for (const [some, others] of [
    [ours, peer],
    [peer, ours],
  ]) {
    const alone = some
      .filter(({ score }) => score > NEAR_THRESHOLD)
      .find((one) => !others.some((other) => same(one, other)));
    if (alone) throw new Error(`only one side found ${JSON.stringify(alone)}: the two do not run the same network`);
  }
}

function same(one, other) {
  return one.classId === other.classId && Math.abs(one.score - other.score) < 1e-2 && iou(one.box, other.box) > 0.95;
}

/** Intersection over union of two boxes, x1, y1, x2, y2. */
function iou(a, b) {
  const side = (low, high) => Math.max(0, Math.min(a[high], b[high]) - Math.max(a[low], b[low]));
  const area = ([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1);
  const shared = side(0, 2) * side(1, 3);
  return shared / (area(a) + area(b) - shared);
}
