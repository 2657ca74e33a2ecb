import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Finds the objects in pictures with the command line, on the CPU.
 *
 * @param {string[]} pictures their paths
 * @param {string[]} options what else `maskrcnn predict` is told
 * @returns what it reports of each picture, in order
 */
export function predict(pictures, options = []) {
  const folder = mkdtempSync(join(tmpdir(), 'maskrcnn-'));
  const report = join(folder, 'report.json');
  const arguments_ = ['predict', ...pictures, '--json', report, '--backend', 'cpu', ...options];
  try {
    execFileSync(process.env.CARGO ?? 'cargo', ['run', '--quiet', '--bin', 'maskrcnn', '--', ...arguments_], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return JSON.parse(readFileSync(report, 'utf8')).pictures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
