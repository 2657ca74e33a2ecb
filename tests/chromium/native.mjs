import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Finds the objects in images with the command line, on the CPU.
 *
 * @param {string[]} images their paths
 * @param {string[]} options more arguments of `maskrcnn predict`
 * @returns its report on each image, in order
 */
export function predict(images, options = []) {
  return inFolder((folder) => {
    const report = join(folder, 'report.json');
    maskrcnn('predict', ...images, '--json', report, '--backend', 'cpu', ...options);
    return JSON.parse(readFileSync(report, 'utf8')).pictures;
  });
}

/**
 * Converts a checkpoint into a model folder with the command line.
 *
 * @param {string} weights the checkpoint's path, from the repository's root
 * @param {string} name what the model is called
 * @param {string[]} options more arguments of `maskrcnn convert`
 * @returns {Record<string, Buffer>} the files by name
 */
export function convert(weights, name, options = []) {
  return inFolder((folder) => {
    maskrcnn('convert', '--weights', weights, '--out', join(folder, name), ...options);
    const files = readdirSync(join(folder, name));
    return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, name, file))]));
  });
}

function maskrcnn(...options) {
  execFileSync(process.env.CARGO ?? 'cargo', ['run', '--quiet', '--bin', 'maskrcnn', '--', ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Runs a job in an empty folder, which is removed afterwards. */
function inFolder(job) {
  const folder = mkdtempSync(join(tmpdir(), 'maskrcnn-'));
  try {
    return job(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
