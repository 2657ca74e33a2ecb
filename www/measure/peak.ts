import { Complaint } from '../explain.js';
import { findAdapter } from './device.js';

/** What numbers are multiplied and added in. */
export type Precision = 'f32' | 'f16';

/** Invocations in a workgroup, and workgroups: enough for every lane of a large GPU to have several. */
const WORKGROUP = 64;
const WORKGROUPS = 4096;
/** Independent sums of each invocation, of four numbers each, so that none waits for the one before. */
const SUMS = 8;
/** Rounds of a turn of the loop, whose own arithmetic then hardly counts. */
const UNROLLED = 4;
/** Multiplications and additions of all invocations in a turn. */
const OPERATIONS = 2 * 4 * SUMS * UNROLLED * WORKGROUP * WORKGROUPS;
const MIN_TURNS = 4;
/** Above this duration, what it takes to submit and to be told of the end is negligible; a driver gives up after 2000. */
const MIN_MILLISECONDS = 60;
/** Measurements of which the best one counts. */
const TRIES = 6;
/** Flags of `GPUBufferUsage`, as the WebGPU specification numbers them; TypeScript's library does not have the object. */
const USAGE = { copyTarget: 0x8, uniform: 0x40, storage: 0x80 };

/** The values stay finite, and far from denormals; that they are not constants keeps the compiler from computing them. */
function shader(precision: Precision): string {
  const numbers = `vec4<${precision}>`;
  const sums = Array.from({ length: SUMS }, (_, i) => `s${i}`);
  const round = sums.map((sum) => `${sum} = fma(${sum}, factor, summand);`).join(' ');
  return `
    ${precision === 'f16' ? 'enable f16;' : ''}
    struct Line { factor: f32, summand: f32, turns: u32 }
    @group(0) @binding(0) var<uniform> line: Line;
    @group(0) @binding(1) var<storage, read_write> results: array<${numbers}>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let factor = ${numbers}(${precision}(line.factor));
      let summand = ${numbers}(${precision}(line.summand));
      let start = ${precision}(id.x % 64u);
      ${sums.map((sum, i) => `var ${sum} = ${numbers}(start + ${i});`).join(' ')}
      for (var turn = 0u; turn < line.turns; turn++) { ${`${round} `.repeat(UNROLLED)} }
      results[id.x] = ${sums.join(' + ')};
    }`;
}

/**
 * The peak rate of multiplications and additions of the GPU, per second, limited by its arithmetic units only.
 *
 * @throws a {@link Complaint} where there is no adapter, or the GPU gave up
 */
export async function measurePeak(precision: Precision, signal: AbortSignal): Promise<number> {
  const adapter = await findAdapter();
  const device = await adapter?.requestDevice({ requiredFeatures: precision === 'f16' ? ['shader-f16'] : [] });
  if (!device) throw new Complaint('The adapter of WebGPU is no longer there. Reload the page.');
  let isLost = false;
  void device.lost.then(() => {
    isLost = true;
  });
  try {
    const time = await clockOf(device, precision);
    let turns = MIN_TURNS;
    while ((await time(turns)) < MIN_MILLISECONDS && turns < 2 ** 30 && !isLost) {
      signal.throwIfAborted();
      turns *= 2;
    }
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < TRIES && !isLost; i++) {
      signal.throwIfAborted();
      best = Math.min(best, await time(turns));
    }
    if (isLost) throw new Complaint('The graphics card was reset while its peak was measured. Try again.');
    return (OPERATIONS * turns) / (best / 1000);
  } finally {
    device.destroy();
  }
}

/** Compiles the shader, and returns what measures how long a number of turns takes, in milliseconds. */
async function clockOf(device: GPUDevice, precision: Precision): Promise<(turns: number) => Promise<number>> {
  const module = device.createShaderModule({ code: shader(precision) });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const line = device.createBuffer({ size: 16, usage: USAGE.uniform | USAGE.copyTarget });
  const results = device.createBuffer({ size: 16 * WORKGROUP * WORKGROUPS, usage: USAGE.storage });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [line, results].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  return async (turns) => {
    device.queue.writeBuffer(line, 0, new Float32Array([0.5, 1]));
    device.queue.writeBuffer(line, 8, new Uint32Array([turns]));
    await device.queue.onSubmittedWorkDone();
    const started = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(WORKGROUPS);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - started;
  };
}
