import type { Inspection } from 'maskrcnn-web';
import { element } from '../element.js';
import type { OpenedImage } from '../image/opened-image.js';
import { figure } from './figure.js';
import { drawHeat } from './heat-map.js';

/** Shows where each level of the pyramid believes that there is something. */
export function showObjectness({ levels }: Inspection, image: OpenedImage): void {
  const figures = levels.map(({ name, width, height, scores, cell }) => {
    const most = Math.round(100 * scores.reduce((most, score) => Math.max(most, score), 0));
    const side = Math.max(1, Math.round(cell.width));
    const { figure: shown, canvas } = figure(
      `${name}: ${width} × ${height} places, one every ${side} px; up to ${most} %`,
      `Objectness of ${name}: its highest score is ${most} %`,
    );
    // The network's input is padded to a multiple of 32; there is no image there.
    const columns = Math.min(width, Math.ceil(image.width / cell.width));
    const rows = Math.min(height, Math.ceil(image.height / cell.height));
    drawHeat(canvas, scores, width, columns, rows);
    return shown;
  });
  element('objectness', HTMLElement).replaceChildren(...figures);
}
