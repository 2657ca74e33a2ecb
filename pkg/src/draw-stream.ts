import { unlessAborted } from './abort.js';
import { kindOf } from './arguments.js';
import { type Drawing, drawingOf, type GpuDrawOptions } from './draw/drawing.js';
import { notACanvas } from './draw/layer.js';
import { MaskRcnnError } from './errors.js';
import { takeFrame } from './image/frame-copy.js';
import type { Frame, StreamSource } from './image/frames.js';
import { type CallOptions, checkNames, checkSegmentOptions, type StreamOptions } from './options.js';
import type { Timing } from './result/result.js';
import type { CanvasKey } from './runtime/canvas-owner.js';
import { INSTEAD } from './runtime/gpu-canvas.js';
import { jsonOf } from './runtime/options-json.js';
import type { RemoteEngine } from './runtime/remote.js';
import type { Supervisor } from './runtime/supervisor.js';
import { checkFramesInFlight, type StreamFrame, workOnFrames } from './stream.js';
import { callFilter, callSettings, MAX_DETECTIONS, RGBA_FACTS } from './tiles/network-input.js';

/** What {@link Segmenter.drawStream} takes; its `signal` ends the stream. */
export interface DrawStreamOptions
  extends CallOptions,
    GpuDrawOptions,
    Pick<
      StreamOptions,
      'settings' | 'scoreThreshold' | 'maxDetections' | 'classes' | 'excludeClasses' | 'channels' | 'framesInFlight'
    > {}

const OPTIONS: ReadonlySet<string> = new Set<keyof DrawStreamOptions>([
  'signal',
  'showFrame',
  'fillOpacity',
  'showOutlines',
  'showBoxes',
  'colors',
  'settings',
  'scoreThreshold',
  'maxDetections',
  'classes',
  'excludeClasses',
  'channels',
  'framesInFlight',
]);

/** A frame that was drawn. */
export interface DrawnFrame extends StreamFrame {
  /** How long it took, from when the engine had it until the GPU had drawn it, and how often something was read back. */
  timing: Timing;
}

/** What frames are drawn with. */
export interface DrawSetup {
  supervisor: Supervisor;
  /** The names of the classes by number. */
  labels: readonly string[];
  /** The maximum number of objects, unless the call says it. */
  maxDetections: number | undefined;
}

/** Draws the latest frame again and again, with what is found in it, until the source or the signal ends it. */
export async function* drawFrames(
  source: StreamSource,
  canvas: HTMLCanvasElement | OffscreenCanvas,
  { supervisor, labels, maxDetections }: DrawSetup,
  options: DrawStreamOptions,
): AsyncGenerator<DrawnFrame, void> {
  checkSegmentOptions(options, labels);
  checkNames('drawStream', options, OPTIONS);
  if (!/^(HTML|Offscreen)Canvas(Element)?$/.test(kindOf(canvas))) throw notACanvas(canvas);
  const { signal, framesInFlight = 2 } = options;
  checkFramesInFlight(framesInFlight);
  const filter = callFilter(options);
  const { classes = labels, excludeClasses = [] } = filter;
  const limit = filter.maxDetections ?? maxDetections;
  const drawing = drawingOf(options, {
    classes: labels.map((name) => classes.includes(name) && !excludeClasses.includes(name)),
    maxObjects: Math.min(limit ?? MAX_DETECTIONS, MAX_DETECTIONS),
  });
  const settings = callSettings(options, RGBA_FACTS);
  // When only some classes are wanted, the others must not take up the places.
  const isLimited = limit !== undefined && drawing.classes.every(Boolean);
  const own = isLimited
    ? { ...settings, detections: { ...settings.detections, maxDetections: drawing.maxObjects } }
    : settings;
  const request = { canvas, drawing, options: jsonOf({ settings: own }) };
  const work = (image: Frame['image'], { signal }: { signal: AbortSignal }) =>
    drawFrame(image, supervisor, request, signal);
  // The GPU compiles what it draws with before there is a frame to be drawn, and the source is left alone where it cannot.
  try {
    await unlessAborted(adopted(supervisor, canvas, signal), signal);
  } catch (error) {
    if (signal?.aborted) return;
    throw error;
  }
  for await (const { result: timing, ...frame } of workOnFrames(source, { work, framesInFlight, signal })) {
    yield { ...frame, timing };
  }
}

interface DrawRequest {
  canvas: HTMLCanvasElement | OffscreenCanvas;
  drawing: Drawing;
  /** {@link EngineCallOptions} as JSON. */
  options: string;
}

/** The engine, and what the canvas is called there. */
async function adopted(
  supervisor: Supervisor,
  canvas: HTMLCanvasElement | OffscreenCanvas,
  signal: AbortSignal | undefined,
): Promise<{ engine: RemoteEngine; key: CanvasKey }> {
  const engine = await supervisor.ready(signal);
  if (supervisor.info.backend !== 'webgpu') {
    throw new MaskRcnnError('webgpu-unavailable', `the network runs on the CPU, and only the GPU draws: ${INSTEAD}`);
  }
  return { engine, key: await engine.adopt(canvas) };
}

/** Draws one frame when its turn comes. */
async function drawFrame(
  frame: ImageBitmap | VideoFrame,
  supervisor: Supervisor,
  { canvas, ...request }: DrawRequest,
  signal: AbortSignal,
): Promise<Timing> {
  // The caller may close it before its turn.
  const taken = takeFrame(frame);
  taken.catch(() => {});
  const task = async (sent: () => void) => {
    const { engine, key } = await adopted(supervisor, canvas, signal);
    const image = await taken;
    const answer = engine.call('draw', { image, canvas: key, ...request }, [image]);
    sent();
    const { milliseconds, readBacks } = await answer;
    return { backend: 'webgpu' as const, milliseconds, readBacks };
  };
  const drop = () => {
    taken.then(
      (image) => image.close(),
      () => {},
    );
  };
  return supervisor.enqueue(signal, task, drop, { overlaps: true });
}
