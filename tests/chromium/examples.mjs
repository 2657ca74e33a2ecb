// The code that the documentation shows.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');
const CODE = /^```(\w+)\n(.*?)^```$/gms;
const IMPORT = /^import (\{[^}]*\}) from '(.*)';$/gm;
const IMPORT_DEFAULT = /^import (\w+) from '(.*)';$/gm;

/** Every document that shows code; what the changelog shows is of earlier versions, too. */
const DOCUMENTS = ['', 'pkg/', 'benches/', ...['docs', 'models', 'examples'].flatMap(foldersIn)].flatMap((folder) =>
  readdirSync(new URL(folder, ROOT))
    .filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md')
    .map((file) => folder + file),
);

/** A folder and all folders in it, where there is that folder. */
function foldersIn(path) {
  if (!existsSync(new URL(path, ROOT))) return [];
  const entries = readdirSync(new URL(path, ROOT), { withFileTypes: true });
  const inner = entries.filter((entry) => entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name));
  return [`${path}/`, ...inner.flatMap(({ name }) => foldersIn(`${path}/${name}`))];
}

/** The code blocks of a document in these languages, in order. */
export function blocksOf(path, ...languages) {
  return [...read(path).matchAll(CODE)].filter(([, name]) => languages.includes(name)).map(([, , code]) => code);
}

/**
 * Every example as a module of its own, by where it is: the blocks of a document are one module, as they continue from one
 * another, and each `@example` of the sources is another.
 *
 * @returns {Record<string, string>}
 */
export function examples() {
  const modules = {};
  for (const path of DOCUMENTS) {
    const blocks = blocksOf(path, 'js', 'javascript', 'mjs', 'ts', 'typescript');
    if (blocks.length > 0) modules[path] = joined(blocks);
  }
  for (const file of readdirSync(new URL('pkg/src/', ROOT), { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    for (const [i, code] of taggedIn(read(`pkg/src/${file}`)).entries()) modules[`pkg/src/${file}, ${i + 1}`] = code;
  }
  return modules;
}

/** The code of every `@example` of a source. */
function taggedIn(source) {
  return [...source.matchAll(/^ *\/\*\*\n(.*?)\n *\*\/$/gms)].flatMap(([, comment]) => {
    const tags = comment.replace(/^ *\* ?/gm, '').split(/^@/m);
    return tags.filter((tag) => /^example\s/.test(tag)).map((tag) => tag.replace(/^example\s|^```.*\n?/gm, ''));
  });
}

/** One module of code blocks: all continue from the first one, and may give the same names to what they make. */
function joined([first, ...others]) {
  // Within a block an import is one on demand, which has the same types.
  const blocks = others.map((code) => `{\n${onDemand(code)}}\n`);
  return first + blocks.join('');
}

function onDemand(code) {
  return code
    .replace(IMPORT, "const $1 = await import('$2');")
    .replace(IMPORT_DEFAULT, "const { default: $1 } = await import('$2');");
}
