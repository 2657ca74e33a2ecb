import type { Drawing } from '../draw/drawing.js';
import { fontSizeOn, lineWidthFor } from '../draw/line-width.js';
import { type Color, opposite } from '../draw/palette.js';
import { MaskRcnnError } from '../errors.js';
import { failureOf } from './error-scopes.js';
import { type OverlayPipelines, overlayPipelines } from './overlay-pipelines.js';

// TypeScript's library has the types of their values only.
declare const GPUBufferUsage: Record<'COPY_DST' | 'STORAGE' | 'UNIFORM', number>;

/** A part of a buffer, in bytes. */
interface BufferPart {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

/** An image and what was found in it, where the engine has them on the GPU. */
export interface Drawn {
  /** Width of the image in pixels. */
  width: number;
  /** Height of the image in pixels. */
  height: number;
  /** The image's 8-bit RGBA. */
  pixels: BufferPart & { bytesPerRow: number };
  /**
   * `count` rows of floats, best score first, each with x1, y1, x2, y2 in pixels of the image, the score, the class's number
   * and `maskSize²` probabilities over the box. A row with a negative score is empty.
   */
  detections: BufferPart & {
    count: number;
    /** Side of a mask; 0 without masks. */
    maskSize: number;
    /** Whether masks lie over the exact edges of their boxes. */
    aligned: boolean;
  };
}

/** Bytes of the shader's `Drawing`. */
const UNIFORM_BYTES = 40;

/** A canvas on which the GPU draws what a network found, without that being read back. */
export class GpuCanvas {
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #context: GPUCanvasContext;
  readonly #device: GPUDevice;
  readonly #pipelines: OverlayPipelines;
  readonly #uniform: GPUBuffer;
  /** Of the drawing that came last: most are as the one before. */
  #lists: { key: string; colors: GPUBuffer; classes: GPUBuffer } | undefined;

  private constructor(
    canvas: HTMLCanvasElement | OffscreenCanvas,
    context: GPUCanvasContext,
    device: GPUDevice,
    pipelines: OverlayPipelines,
  ) {
    this.#canvas = canvas;
    this.#context = context;
    this.#device = device;
    this.#pipelines = pipelines;
    this.#uniform = device.createBuffer({
      size: UNIFORM_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /**
   * Gets a canvas ready, and has the GPU compile what draws on it.
   *
   * @throws `invalid-input` for a canvas with another kind of context; `webgpu-unavailable` where the browser has no canvases
   * for WebGPU
   */
  static async open(canvas: HTMLCanvasElement | OffscreenCanvas, device: GPUDevice): Promise<GpuCanvas> {
    const context = contextOf(canvas);
    const format = navigator.gpu.getPreferredCanvasFormat();
    let pipelines: Promise<OverlayPipelines> | undefined;
    const prepare = () => {
      context.configure({ device, format, alphaMode: 'premultiplied' });
      pipelines = overlayPipelines(device, format);
      pipelines.catch(() => {});
    };
    try {
      const error = await failureOf(device, prepare);
      if (error || !pipelines) throw error;
      return new GpuCanvas(canvas, context, device, await pipelines);
    } catch (cause) {
      throw new MaskRcnnError('webgpu-unavailable', `the GPU cannot draw on canvases in this browser: ${cause}`, {
        cause,
      });
    }
  }

  /**
   * Draws an image, unless it is left out, and what was found in it; the canvas gets the image's size. All is submitted at
   * once, and drawn after what was submitted before.
   *
   * @returns resolves when it is drawn; rejects with `out-of-memory` where the GPU cannot do it, and with `device-lost`
   */
  async draw(drawn: Drawn, drawing: Drawing): Promise<void> {
    const failure = failureOf(this.#device, () => this.#submit(drawn, drawing));
    // At once: the next frame is submitted before the failure is known, and would be waited for, too.
    const done = this.#device.queue.onSubmittedWorkDone();
    done.catch(() => {});
    const error = await failure;
    if (error) {
      const size = `${drawn.width}×${drawn.height}`;
      throw new MaskRcnnError('out-of-memory', `an image of ${size} pixels cannot be drawn: ${error.message}`);
    }
    await done.catch((cause) => {
      throw new MaskRcnnError('device-lost', `the GPU went away while it drew: ${cause}`, { cause });
    });
  }

  /** Gives its memory back; what it shows is gone. */
  close(): void {
    this.#context.unconfigure();
    for (const buffer of [this.#uniform, this.#lists?.colors, this.#lists?.classes]) buffer?.destroy();
  }

  #submit(drawn: Drawn, drawing: Drawing): void {
    const { width, height, detections } = drawn;
    const canvas = this.#canvas;
    // Even the same size would clear it.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const device = this.#device;
    device.queue.writeBuffer(this.#uniform, 0, uniformOf(drawn, drawing));
    const encoder = device.createCommandEncoder();
    const view = this.#context.getCurrentTexture().createView();
    const attachment = { view, loadOp: 'clear', storeOp: 'store' } as const;
    const pass = encoder.beginRenderPass({ colorAttachments: [attachment] });
    pass.setBindGroup(0, this.#bindGroup(drawn, drawing));
    if (drawing.showFrame) {
      pass.setPipeline(this.#pipelines.image);
      pass.draw(4);
    }
    const hasMasks = detections.maskSize > 0;
    if (hasMasks && drawing.fillOpacity > 0) {
      pass.setPipeline(this.#pipelines.masks);
      pass.draw(4, detections.count);
    }
    if (hasMasks && drawing.showOutlines) {
      pass.setPipeline(this.#pipelines.outlines);
      pass.draw(4, detections.count);
    }
    if (drawing.showBoxes ?? !hasMasks) {
      pass.setPipeline(this.#pipelines.boxes);
      pass.draw(4, detections.count);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  #bindGroup({ pixels, detections }: Drawn, drawing: Drawing): GPUBindGroup {
    const { colors, classes } = this.#listsOf(drawing);
    const parts = [
      { buffer: this.#uniform },
      partOf(pixels),
      partOf(detections),
      { buffer: colors },
      { buffer: classes },
    ];
    return this.#device.createBindGroup({
      layout: this.#pipelines.layout,
      entries: parts.map((resource, binding) => ({ binding, resource })),
    });
  }

  #listsOf({ colors, classes }: Drawing): { colors: GPUBuffer; classes: GPUBuffer } {
    const key = JSON.stringify([colors, classes]);
    if (this.#lists?.key === key) return this.#lists;
    // What was submitted with those before is done with them before their memory is used again.
    this.#lists?.colors.destroy();
    this.#lists?.classes.destroy();
    this.#lists = {
      key,
      colors: this.#bufferOf(colors.flatMap((color) => [wordOf(color), wordOf(opposite(color))])),
      classes: this.#bufferOf(classes.map(Number)),
    };
    return this.#lists;
  }

  #bufferOf(values: readonly number[]): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = this.#device.createBuffer({ size: 4 * values.length, usage });
    this.#device.queue.writeBuffer(buffer, 0, Uint32Array.from(values));
    return buffer;
  }
}

/** The context for WebGPU, in which a canvas may be already. */
function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas): GPUCanvasContext {
  let context: GPUCanvasContext | null;
  try {
    context = canvas.getContext('webgpu') as GPUCanvasContext | null;
  } catch (cause) {
    throw new MaskRcnnError('invalid-input', HANDED_OVER, { cause });
  }
  if (context) return context;
  if (!('GPUCanvasContext' in globalThis)) {
    throw new MaskRcnnError('webgpu-unavailable', `the GPU cannot draw on canvases in this browser: ${INSTEAD}`);
  }
  throw new MaskRcnnError('invalid-input', HAS_CONTEXT);
}

/** What is wrong with a canvas whose control is elsewhere. */
export const HANDED_OVER =
  'the canvas was handed over, by transferControlToOffscreen() or to a worker: give a canvas of its own';

/** What is wrong with a canvas that has another kind of context. */
export const HAS_CONTEXT =
  'the canvas has a context already, such as one for 2d: give one of which `getContext` was never called';

/** What finds the same without a canvas for WebGPU. */
export const INSTEAD = 'take the results from `stream`, and draw each with `draw(canvas, frame, result)`';

/** A colour as the shader unpacks it. */
function wordOf([red, green, blue]: Color): number {
  return red | (green << 8) | (blue << 16);
}

function partOf({ buffer, offset, size }: BufferPart): GPUBufferBinding {
  return { buffer, offset, size };
}

function uniformOf({ width, height, pixels, detections }: Drawn, drawing: Drawing): ArrayBuffer {
  const bytes = new ArrayBuffer(UNIFORM_BYTES);
  const [floats, integers] = [new Float32Array(bytes), new Uint32Array(bytes)];
  floats.set([width, height], 0);
  const { count, maskSize, aligned } = detections;
  integers.set([pixels.bytesPerRow / 4, count, maskSize, Number(aligned), drawing.maxObjects], 2);
  floats.set([drawing.fillOpacity, lineWidthFor(fontSizeOn({ width, height }))], 7);
  return bytes;
}
