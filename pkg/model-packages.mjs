// The packages that hold models: every folder of `models` with an `npm.json`, which says what the package is called.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The models of this repository. */
export const MODELS = fileURLToPath(new URL('../models/', import.meta.url));
const FIELDS = ['finds', 'keywords', 'name'];

/**
 * A package that holds a model.
 *
 * @typedef {object} Description
 * @property {string} folder the model's folder
 * @property {string} variable what the model is called in code that imports it, which is its folder's name
 * @property {string} name the package's name
 * @property {string} finds what the model finds, as in "A model that finds …"
 * @property {string[]} keywords of the package
 */

/**
 * All packages that hold models, by their models' names.
 *
 * @param {string} [models] the folder with a folder for each model
 * @returns {Description[]}
 * @throws where an `npm.json` lacks something or has something that nobody reads
 */
export function modelPackages(models = MODELS) {
  const folders = readdirSync(models).filter((name) => existsSync(join(models, name, 'npm.json')));
  return folders.sort().map((variable) => {
    const folder = join(models, variable);
    const file = join(folder, 'npm.json');
    const description = JSON.parse(readFileSync(file, 'utf8'));
    const fields = Object.keys(description).sort();
    if (String(fields) !== String(FIELDS)) throw new Error(`${file} must have ${FIELDS}, not ${fields}`);
    if (!/^[a-z]\w*$/.test(variable)) throw new Error(`${folder} must have a name that code can use, in lower case`);
    return { folder, variable, ...description };
  });
}
