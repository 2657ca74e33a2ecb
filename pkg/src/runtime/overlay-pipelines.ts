import { OVERLAY_SHADER } from '../draw/overlay-shader.js';

// TypeScript's library has the types of their values only.
declare const GPUShaderStage: Record<'VERTEX' | 'FRAGMENT', number>;

/** What draws on canvases of a format. */
export interface OverlayPipelines {
  layout: GPUBindGroupLayout;
  image: GPURenderPipeline;
  masks: GPURenderPipeline;
  outlines: GPURenderPipeline;
  boxes: GPURenderPipeline;
}

/** Colours are premultiplied. */
const OVER: GPUBlendComponent = { srcFactor: 'one', dstFactor: 'one-minus-src-alpha', operation: 'add' };

const compiled = new WeakMap<GPUDevice, Promise<OverlayPipelines>>();

/** The pipelines of a device, which are compiled once. */
export function overlayPipelines(device: GPUDevice, format: GPUTextureFormat): Promise<OverlayPipelines> {
  const known = compiled.get(device);
  if (known) return known;
  const pipelines = compile(device, format);
  compiled.set(device, pipelines);
  pipelines.catch(() => compiled.delete(device));
  return pipelines;
}

async function compile(device: GPUDevice, format: GPUTextureFormat): Promise<OverlayPipelines> {
  const module = device.createShaderModule({ code: OVERLAY_SHADER });
  const visibility = GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT;
  const storage = { visibility, buffer: { type: 'read-only-storage' } } as const;
  const layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility, buffer: { type: 'uniform' } },
      ...[1, 2, 3, 4].map((binding) => ({ binding, ...storage })),
    ],
  });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipeline = (name: string, blend?: GPUBlendState) =>
    device.createRenderPipelineAsync({
      layout: pipelineLayout,
      vertex: { module, entryPoint: `${name}_vertex` },
      fragment: { module, entryPoint: `${name}_fragment`, targets: [{ format, ...(blend && { blend }) }] },
      primitive: { topology: 'triangle-strip' },
    });
  const over = { color: OVER, alpha: OVER };
  const [image, masks, outlines, boxes] = await Promise.all([
    pipeline('image'),
    pipeline('mask', over),
    pipeline('outline', over),
    pipeline('box', over),
  ]);
  return { layout, image, masks, outlines, boxes };
}
