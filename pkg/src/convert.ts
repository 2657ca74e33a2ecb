import { throwIfAborted, unlessAborted } from './abort.js';
import { checkFunction, checkObject, checkSignal, checkStrings } from './arguments.js';
import { aborted, disposed, inFile } from './errors.js';
import type { CheckpointOptions } from './model/checkpoint.js';
import { type CheckpointSource, MANIFEST, type Progress, readCheckpoint } from './model/model.js';
import type { Manifest, Precision } from './model/settings.js';
import { MOVED_CHECKPOINT_OPTIONS, refuseMoved } from './moved-options.js';
import { checkWorker } from './options.js';
import { reporting } from './progress.js';
import { jsonOf } from './runtime/options-json.js';
import { RemoteEngine, type WorkerChoice } from './runtime/remote.js';
import { type WasmChoice, WasmSources } from './runtime/wasm.js';

/** What {@link convert} takes besides the checkpoint. */
export interface ConvertOptions {
  /** How the checkpoint's file is read, where the file alone does not tell. */
  checkpoint?: CheckpointOptions;
  /**
   * How the weights are stored: `'f16'`, the default, in 2 bytes each, `'f32'` in 4, `'int8'` in 1. The network computes
   * in single precision with all of them.
   */
  precision?: Precision;
  /** What the model is called; else as the file is, without its ending, or `'model'`. */
  name?: string;
  /**
   * The names of the classes by number, the background first; else those that the checkpoint has from `maskrcnn train`,
   * or COCO's for 91 and 81 classes, or `class 1`, `class 2`…
   */
  labels?: readonly string[];
  /** Under which licence the weights may be used; else none is named. */
  licence?: string;
  /** Where the work is done; see {@link LoadOptions.worker}. */
  worker?: WorkerChoice;
  /** Where the CPU's wasm module is; see {@link LoadOptions.wasm}. */
  wasm?: WasmChoice;
  /** Stops it. */
  signal?: AbortSignal;
  /** Called while the checkpoint arrives and when the work on it begins. */
  onProgress?: (progress: Progress) => void;
}

/** A model's folder. */
export interface ConvertedModel {
  /** What `manifest.json` says. */
  manifest: Manifest;
  /** The folder's files, `manifest.json` among them, as {@link LoadOptions.model} takes them. */
  files: File[];
}

/**
 * Makes a model's folder of a checkpoint, as the command line's `maskrcnn convert` does: smaller, safe to hand on, with
 * a manifest that can then be edited. Needs no GPU, and leaves no worker behind.
 *
 * @throws {@link MaskRcnnError} with the code `io`, `weights-integrity`, `weights-incompatible`, `out-of-memory`,
 * `invalid-input` or `aborted`
 * @example
 * import { convert, Segmenter } from 'maskrcnn-web';
 *
 * const { manifest, files } = await convert('maskrcnn_resnet50_fpn.pth');
 * console.log(manifest.architecture, files.map(({ name, size }) => `${name}: ${size} bytes`));
 * const segmenter = await Segmenter.load({ model: files });
 * segmenter.dispose();
 */
export async function convert(source: CheckpointSource, options: ConvertOptions = {}): Promise<ConvertedModel> {
  checkObject(options, 'the options');
  refuseMoved(options, MOVED_CHECKPOINT_OPTIONS);
  if (options.checkpoint !== undefined) checkObject(options.checkpoint, 'checkpoint');
  const { labels, worker, wasm, signal, onProgress } = options;
  checkStrings(labels, 'labels');
  checkWorker(worker);
  checkSignal(signal);
  checkFunction(onProgress, 'onProgress');
  const sources = new WasmSources(wasm);
  const read = async (report: (progress: Progress) => void) => {
    throwIfAborted(signal);
    const { weights, name } = await readCheckpoint(source, { signal, onProgress: report });
    report({ phase: 'prepare', loaded: weights.size, total: weights.size });
    throwIfAborted(signal);
    try {
      return await convertIn(sources, weights, { ...options, name: options.name ?? nameOf(source) });
    } catch (error) {
      throw inFile(name, error);
    }
  };
  return unlessAborted(reporting(onProgress, read), signal);
}

/** Has an engine of its own convert a checkpoint. */
async function convertIn(sources: WasmSources, model: Blob, options: ConvertOptions): Promise<ConvertedModel> {
  const { checkpoint, precision, name, labels, licence, worker = true, signal } = options;
  const engine = new RemoteEngine('cpu', worker);
  const abort = () => engine.end(aborted(signal?.reason));
  signal?.addEventListener('abort', abort);
  try {
    const folder = await engine.call('convert', {
      model,
      options: jsonOf({ checkpoint, precision, name, labels, licence }),
      wasm: await sources.for('cpu'),
    });
    const manifest: Manifest = JSON.parse(folder.manifest);
    const weights = manifest.weights.map(({ file }) => new File([folder.weights], file));
    return { manifest, files: [new File([folder.manifest], MANIFEST, { type: 'application/json' }), ...weights] };
  } finally {
    signal?.removeEventListener('abort', abort);
    engine.end(disposed());
  }
}

/** A file's name without its ending, which may be `.pth.tar`. */
function nameOf(checkpoint: CheckpointSource): string | undefined {
  return checkpoint instanceof File ? checkpoint.name.replace(/(\.pth)?\.[^.]*$/, '') || undefined : undefined;
}
