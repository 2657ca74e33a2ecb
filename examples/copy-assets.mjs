// Copies the image that an example shows into its `public`, from where it lies in this repository: node ../copy-assets.mjs
// An application of your own has it among its static files.
import { cpSync } from 'node:fs';

cpSync(new URL('../tests/chromium/pictures/nuclei-fluorescence.png', import.meta.url), 'public/cells.png');
