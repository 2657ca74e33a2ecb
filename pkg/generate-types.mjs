/**
 * The types of a manifest and of its settings, from the JSON schema that the Rust types have
 * (`models/manifest.schema.json`), and the list of the packages that hold models, from their `npm.json`. With `--check`
 * nothing is written; it fails where a file is not what it should be.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { compile } from 'json-schema-to-typescript';
import { modelPackages } from './model-packages.mjs';

const schema = JSON.parse(await readFile(new URL('../models/manifest.schema.json', import.meta.url), 'utf8'));

const generated = await compile(schema, 'ModelManifest', {
  bannerComment: '// Generated from models/manifest.schema.json by `npm run types`; not to be edited.',
  additionalProperties: false,
  style: { singleQuote: true, printWidth: 120 },
});
// TypeScript's own tuples say how long a list is; the documentation generator does not know these tags.
// A property that is nothing but another type has that type's description.
const documented = described(generated)
  .replace(/^ +\* @(min|max)Items \d+\n/gm, '')
  .replace(/^( +\*)\n( +\*\/)$/gm, '$2');
const types = `${documented}
/** Some of the {@link Settings}; the others keep their values. */
export type PartialSettings = { [Group in keyof Settings]?: Partial<Settings[Group]> };
`;

function described(text) {
  const descriptions = new Map(
    [...text.matchAll(/^\/\*\*\n \* (.*)\n(?: \*.*\n)*? \*\/\nexport \w+ (\w+)/gm)].map(([, words, name]) => [
      name,
      words,
    ]),
  );
  return text.replace(/(?<!\*\/\n)^ {2}(\w+\??: (\w+);)$/gm, (line, field, name) =>
    descriptions.has(name) ? `  /** ${descriptions.get(name)} */\n  ${field}` : line,
  );
}

const packages = modelPackages().map(
  ({ name, variable, finds }) => `  { name: '${name}', variable: '${variable}', finds: '${finds}' },\n`,
);
const list = `// Generated from models/*/npm.json by \`npm run types\`; not to be edited.

/** The packages that hold models: their names, what they are called in code that imports them, and what they find. */
export const MODEL_PACKAGES = [
${packages.join('')}] as const;
`;

for (const [file, wanted] of Object.entries({ 'src/model/settings.ts': types, 'src/model/packages.ts': list })) {
  const target = new URL(file, import.meta.url);
  if (!process.argv.includes('--check')) {
    await writeFile(target, wanted);
  } else if ((await readFile(target, 'utf8')) !== wanted) {
    console.error(`${file} is not what the schema and the models say: run \`npm run types\``);
    process.exitCode = 1;
  }
}
