// How often the threads of the GPU's kernels load values for the products that they compute, counted in the shaders
// themselves: `node benches/kernel-counts.mjs [PROGRAM]`, with the command line's program, prints a table of five layers in
// both families of kernels and, where the adapter has f16, both precisions. It needs no GPU, only an adapter for which the
// shaders are generated. Of Winograd's algorithm it counts the product of matrices.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = process.argv[2] ?? 'target/release/maskrcnn';
const LAYERS = [
  '7×7 convolution, 3 → 64, 800×1344, stride 2',
  '1×1 convolution, 64 → 256, 200×336, with a shortcut',
  '3×3 convolution, 256 → 256, 200×336',
  '3×3 convolution, 256 → 256, 100×168, stride 2',
  'linear, 12544 → 1024, 1000 rows',
];
const KERNELS = /\b(block_kernel|line_kernel|linear_kernel|product_kernel)/;

console.log(
  '| layer | kernels | threads | workgroup memory | sums | products | loads | products / load | bytes loaded | workgroup loads | workgroup bytes loaded | to f32 |',
);
console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|');
for (const layer of LAYERS) {
  for (const source of shaders(layer)) {
    const { threads, memory, sums, products, ofHalf, loads, bytes, shared, sharedBytes, conversions } = counted(source);
    const kernels = `${kernelsOf(source)} ${precisionOf(source)}`;
    const space = memory ? `${(memory / 1024).toFixed(1)} KiB` : '–';
    const all = ofHalf ? `${products} in f16` : `${products}`;
    const cells = [layer, kernels, threads, space, sums, all, loads, (products / loads).toFixed(1), bytes];
    console.log(`| ${[...cells, shared || '–', sharedBytes || '–', conversions || '–'].join(' | ')} |`);
  }
}

/** The shaders that a layer takes in both families and precisions, as CubeCL logs them. */
function shaders(layer) {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-counts-'));
  try {
    const log = join(folder, 'log');
    const options = [
      'bench',
      '--layers',
      '--network',
      'resnet50_fpn',
      '--layer',
      layer,
      '--max-gigaflop',
      '0.0001',
      '--backend',
      'wgpu',
    ];
    execFileSync(PROGRAM, options, { env: { ...process.env, CUBECL_DEBUG_LOG: log }, stdio: 'pipe' });
    // Each with what it was compiled for.
    const all = readFileSync(log, 'utf8').match(/\[START_KERNEL_COMPILATION\][\s\S]*?```wgsl\n[\s\S]*?```/g) ?? [];
    const found = all.filter((source) => KERNELS.test(source) && isOf(layer, source));
    const byKernel = new Map(
      found.map((source) => [`${KERNELS.exec(source)[1]} ${kernelsOf(source)} ${precisionOf(source)}`, source]),
    );
    return [...byKernel].sort().map(([, source]) => source);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether a shader is that of the layer: the peak, which is measured before, takes those of a linear layer. */
function isOf(layer, source) {
  return layer.startsWith('linear') || !source.includes('linear_kernel');
}

/** As `maskrcnn bench --layers` calls them. */
function kernelsOf(source) {
  if (!source.includes('product_kernel')) return 'portable';
  return source.includes('weights: OfEntries') ? 'winograd' : 'tiled';
}

/** Of inputs, weights and outputs. */
function precisionOf(source) {
  return source.includes('f16') ? 'f16' : 'f32';
}

/** What a thread does in one iteration of the loop over the depth of the sums. */
function counted(source) {
  const lines = source.split('\n');
  const constants = new Map();
  const names = new Map();
  const counts = { products: 0, ofHalf: 0, loads: 0, bytes: 0, shared: 0, sharedBytes: 0, conversions: 0 };
  const types = new Map();
  const loops = [];
  let depth = 0;
  for (const line of lines) {
    const constant = /^let (\w+) = u32\((\d+)\);/.exec(line);
    if (constant) constants.set(constant[1], Number(constant[2]));
    const stored = /^(?:@group.*)?var<(?:storage|workgroup).*> (\w+): array<(.+?)(?:, \d+)?>;/.exec(line);
    if (stored) types.set(stored[1], stored[2]);
    const alias = /^let (\w+) = &(\w+);/.exec(line);
    if (alias) names.set(alias[1], alias[2]);
    const element = /^let (\w+) = &\(\*(\w+)\)\[/.exec(line);
    if (element) names.set(element[1], names.get(element[2]) ?? element[2]);
    const loop = /^for\(var \w+: u32 = (\w+); \w+ < (\w+);/.exec(line);
    if (loop) loops.push({ depth, turns: constants.get(loop[2]) });
    const turns = loops.slice(1).reduce((product, { turns = 1 }) => product * turns, 1);
    if (loops.length) {
      const load = /^let \w+ = \*(\w+);/.exec(line);
      const what = load && names.get(load[1]);
      if (what && isStorage(source, what)) {
        counts.loads += turns;
        counts.bytes += turns * bytesOf(types.get(what));
      }
      if (what?.startsWith('shared')) {
        counts.shared += turns;
        counts.sharedBytes += turns * bytesOf(types.get(what));
      }
      const conversion = precisionOf(source) === 'f16' && /^let \w+ = (f32|vec4<f32>)\((v\w+)\);/.exec(line);
      if (conversion && !isElement(source, conversion[2]))
        counts.conversions += turns * (conversion[1] === 'f32' ? 1 : 4);
      const vector = /= fma\((\w+),/.exec(line);
      if (vector) counts.products += turns * (isVector(source, vector[1]) ? 4 : 1);
      if (vector && isVector(source, vector[1], 'f16')) counts.ofHalf += turns * 4;
    }
    depth += (line.match(/{/g) ?? []).length - (line.match(/}/g) ?? []).length;
    while (loops.length && depth <= loops.at(-1).depth) loops.pop();
  }
  const memory = [...source.matchAll(/var<workgroup> \w+: array<(.+?), (\d+)>/g)].reduce(
    (sum, [, type, n]) => sum + n * bytesOf(type),
    0,
  );
  const results = new Map([...source.matchAll(/^let (\w+) = fma\((\w+),/gm)].map(([, name, factor]) => [name, factor]));
  const written = [...source.matchAll(/^\*(\w+) = (\w+);/gm)].filter(([, , value]) => results.has(value));
  const sums = new Map(written.map(([, place, value]) => [place, isVector(source, results.get(value)) ? 4 : 1]));
  const [, threads] = /@workgroup_size\((\d+)/.exec(source);
  return { threads, memory, sums: [...sums.values()].reduce((all, one) => all + one, 0), ...counts };
}

function isVector(source, name, type = '') {
  return source.includes(`let ${name} = vec4<${type}`);
}

/** Whether a name is that of an element of a vector, from which another is made. */
function isElement(source, name) {
  return new RegExp(`let ${name} = \\w+\\[\\d\\];`).test(source);
}

/** Of a value of a type such as `vec4<f16>`. */
function bytesOf(type) {
  return (type.includes('f16') ? 2 : 4) * (type.startsWith('vec4') ? 4 : 1);
}

function isStorage(source, name) {
  return new RegExp(`var<storage, \\w+> ${name}:`).test(source);
}
