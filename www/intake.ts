import { element } from './element.js';

/** What the visitor brings to the page. */
export interface Intake {
  picture(file: File): void;
  model(file: File): void;
}

const MODEL = /\.(pth|pt|pkl|safetensors)$/i;

/** Listens for files that are chosen, dropped anywhere on the page, or pasted. */
export function listenForFiles(intake: Intake): void {
  const take = (file: File | undefined) => {
    if (file) MODEL.test(file.name) ? intake.model(file) : intake.picture(file);
  };
  for (const input of [element('picture', HTMLInputElement), element('model', HTMLInputElement)]) {
    input.addEventListener('change', () => {
      take(input.files?.[0]);
      // So that the same file can be chosen again.
      input.value = '';
    });
  }
  const dragging = (is: boolean) => document.body.classList.toggle('dragging', is);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    dragging(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) dragging(false);
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    dragging(false);
    take(event.dataTransfer?.files[0]);
  });
  document.addEventListener('paste', (event) => take(event.clipboardData?.files[0]));
}
