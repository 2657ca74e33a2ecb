/** A canvas with a caption under it, described for those who cannot see it. */
export function figure(caption: string, description: string): { figure: HTMLElement; canvas: HTMLCanvasElement } {
  const canvas = document.createElement('canvas');
  canvas.role = 'img';
  canvas.ariaLabel = description;
  const words = document.createElement('figcaption');
  words.textContent = caption;
  const figure = document.createElement('figure');
  figure.append(canvas, words);
  return { figure, canvas };
}
