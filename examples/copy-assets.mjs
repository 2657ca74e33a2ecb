// Copies what an example shows into its `public`, from where it lies in this repository: node ../copy-assets.mjs NAME...
// An application of your own has it among its static files.
import { cpSync } from 'node:fs';

const ASSETS = {
  'cells.png': 'tests/chromium/pictures/nuclei-fluorescence.png',
};

for (const [to, from] of Object.entries(ASSETS)) {
  const isWanted = process.argv.slice(2).some((name) => to.startsWith(name));
  if (isWanted) cpSync(new URL(`../${from}`, import.meta.url), `public/${to}`);
}
