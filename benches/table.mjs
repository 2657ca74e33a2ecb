const NETWORKS = {
  tiny: 'narrow network, 151×102',
  backbone: 'backbone and pyramid',
  v1: 'ResNet-50 v1',
};
const BACKENDS = { webgpu: 'WebGPU, software adapter', cpu: 'CPU, one thread' };
const HEADER = [
  'network',
  'on',
  '',
  'cold',
  'first',
  'next',
  'JS + wasm',
  'wasm memory',
  'GPU memory',
  'dispatches',
  'waits',
];

const seconds = (milliseconds) => `${(milliseconds / 1000).toPrecision(2)} s`;
const megabytes = (bytes) => (bytes > 0 ? `${(bytes / 1e6).toPrecision(3)} MB` : '');

/** What was measured, as a table in Markdown: each side, and how many times the peer's time ours is. */
export function table(results) {
  const rows = results.flatMap((result) => {
    const { name, backend, ours, peer } = result;
    const place = [NETWORKS[name], BACKENDS[backend]];
    const ratio = (what) => `**${(ours[what] / peer[what]).toPrecision(2)}**`;
    // The backbone's time is a part of a longer call, and loading is the whole network's.
    const whole = name !== 'backbone';
    const side = (title, own, first) => [
      ...(first ? place : ['', '']),
      title,
      whole ? seconds(own.cold) : '',
      whole ? seconds(own.first) : '',
      seconds(own.warm),
      megabytes(own.gzipBytes),
      megabytes(own.wasmBytes),
      megabytes(own.gpuBytes),
      backend === 'webgpu' ? String(own.dispatches) : '',
      backend === 'webgpu' ? String(own.readbacks) : '',
    ];
    return [
      side('ours', ours, true),
      side('onnxruntime-web', peer, false),
      [
        '',
        '',
        '**ours / its**',
        whole ? ratio('cold') : '',
        whole ? ratio('first') : '',
        ratio('warm'),
        ...Array(5).fill(''),
      ],
    ];
  });
  const widths = HEADER.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const isText = (column) => column < 3;
  const pad = (cell, column) => (isText(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  const line = (cells) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => `${'-'.repeat(width + 1)}${isText(column) ? '-' : ':'}`).join('|')}|`;
  return [line(HEADER), rule, ...rows.map(line)].join('\n');
}
