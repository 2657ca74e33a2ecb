import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Packs the package as npm would publish it, unpacks it elsewhere, and says where what lies. */
export function install() {
  const folder = mkdtempSync(join(tmpdir(), 'maskrcnn-web-'));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: at('../../pkg') });
  execFileSync('tar', ['-xzf', join(folder, packed.toString().trim().split('\n').at(-1)), '-C', folder]);
  // The demo page, on the package as packed.
  cpSync(at('../../www/dist'), join(folder, 'site'), { recursive: true });
  rmSync(join(folder, 'site/maskrcnn-web'), { recursive: true });
  cpSync(join(folder, 'package/dist'), join(folder, 'site/maskrcnn-web'), { recursive: true });
  return {
    /** What the test server serves. */
    places: {
      '/package/': join(folder, 'package'),
      '/deep/down/site/': join(folder, 'site'),
      '/models/': at('../../models'),
      '/pictures/': at('pictures'),
    },
    packageFolder: join(folder, 'package'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
