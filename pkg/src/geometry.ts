/** A rectangle in pixels of the picture; the numbers need not be whole. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A point in pixels of the picture: the pixel in the first column and row reaches from 0 to 1, its centre is at 0.5. */
export interface Point {
  x: number;
  y: number;
}

/** A picture's size in pixels. */
export interface Size {
  width: number;
  height: number;
}
