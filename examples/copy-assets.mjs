// Copies the model and the image that the examples show into `public`, from where they lie in this repository.
// An application of your own has them among its static files.
import { cpSync } from 'node:fs';

for (const [from, to] of [
  ['models/nuclei', 'models/nuclei'],
  ['tests/chromium/pictures/nuclei-fluorescence.png', 'cells.png'],
]) {
  cpSync(new URL(`../${from}`, import.meta.url), `public/${to}`, { recursive: true });
}
