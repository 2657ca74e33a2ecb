import { checkNumber, checkObject } from '../arguments.js';
import { type Colors, colorOf, css, PALETTE } from '../draw/palette.js';
import type { Detection } from '../result/detection.js';
import type { Size } from '../result/geometry.js';
import type { OutlineOptions } from '../result/polygon.js';

/** How an SVG image is made. */
export interface SvgOptions extends OutlineOptions {
  /** The objects' colours, in turn or by object; {@link PALETTE} by default. */
  colors?: Colors<Detection>;
  /** How much an object hides of what lies beneath, 0 to 1; 0.4 by default. */
  fillOpacity?: number;
}

/**
 * Objects as a stand-alone SVG image: for each a path, or a rectangle where there is no mask, in a group of its own
 * with its label and score as title.
 */
export function svgOf({ width, height }: Size, detections: readonly Detection[], options: SvgOptions = {}): string {
  checkObject(options, 'the options');
  const { colors = PALETTE, fillOpacity = 0.4 } = options;
  checkNumber(fillOpacity, 'fillOpacity', { max: 1 });
  const groups = detections.map((detection, index) => {
    const { label, score, box, mask } = detection;
    const color = css(colorOf(colors, detection, index));
    const title = escaped(`${label} ${Math.round(score * 100)} %`);
    const shape = mask
      ? `<path d="${mask.toSvgPath(options)}"/>`
      : `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}"/>`;
    return `<g id="object-${index + 1}" fill="${color}" stroke="${color}"><title>${title}</title>${shape}</g>\n`;
  });
  const style = `fill-rule="evenodd" fill-opacity="${fillOpacity}" stroke-linejoin="round"`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n` +
    `<g ${style}>\n${groups.join('')}</g>\n</svg>\n`
  );
}

/** Text as XML takes it; what XML cannot hold at all, such as control characters, is left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
