/** `pictures/tiny.png`, and the narrow network of `models/reference-tiny.safetensors`, which is shown it. */
export const TINY = {
  width: 151,
  height: 102,
  /** As the demo page shows it. */
  size: '151 × 102',
  /** Including the background. */
  classes: 91,
  /** Cells on a side of a soft mask. */
  maskSide: 28,
};
