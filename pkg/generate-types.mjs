/**
 * The types of a manifest and of its settings, from the JSON schema that the Rust types have
 * (`models/manifest.schema.json`). With `--check` nothing is written; it fails where the file is not what it should be.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { compile } from 'json-schema-to-typescript';

const TARGET = new URL('src/model/settings.ts', import.meta.url);
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

if (process.argv.includes('--check')) {
  if ((await readFile(TARGET, 'utf8')) !== types) {
    console.error('src/model/settings.ts is not what the schema says: run `npm run types`');
    process.exitCode = 1;
  }
} else {
  await writeFile(TARGET, types);
}
