import { MaskRcnnError } from '../errors.js';
import { MAX_MODEL_BYTES } from '../platform/download.js';
import type { Conventions, EngineOptions } from '../runtime/engine.js';

/** What `manifest.json` beside a model's weights says: all that the weights do not. */
export interface ModelManifest {
  /** Version of this format. */
  version: 1;
  /** What the model is called. */
  name: string;
  /** What it finds, in a sentence. */
  description?: string;
  /** The network's layout, as {@link Segmenter.preset} names it. */
  preset: string;
  /** The names of the classes by number, the background first. */
  labels: readonly string[];
  /** How pictures become the network's input; see {@link EngineOptions}. */
  input: Required<Pick<EngineOptions, 'minSize' | 'maxSize' | 'minScale' | 'mean' | 'std'>> & {
    /** How a picture's contrast is stretched; it is left as it is by default. */
    contrast?: {
      /** The share of its light, 0 to 1, that becomes black. */
      low: number;
      /** The share above which all becomes white. */
      high: number;
    };
  };
  /** The boxes that proposals start from; see {@link EngineOptions}. */
  anchors: {
    /** See {@link EngineOptions.anchorSizes}. */
    sizes: readonly number[];
    /** See {@link EngineOptions.aspectRatios}. */
    aspectRatios: readonly number[];
  };
  /** How many proposals there are; see {@link EngineOptions}. */
  proposals: Required<Pick<EngineOptions, 'preNmsTopN' | 'postNmsTopN'>>;
  /** How objects are chosen, unless the caller says otherwise; see {@link EngineOptions}. */
  detections: Required<Pick<EngineOptions, 'scoreThreshold' | 'nmsThreshold' | 'maxDetections'>> &
    Pick<EngineOptions, 'pooling'>;
  /** The parts of the checkpoint, in order: one file, or several that make one when joined. */
  weights: readonly WeightsFile[];
  /** How the weights are stored; the network computes in single precision with all of them. */
  precision?: 'f32' | 'f16' | 'int8';
  /** What no tensor of the weights tells, where it is not what their library does by default. */
  conventions?: Conventions;
  /** Under which licence the weights may be used. */
  licence?: string;
  /** What the network was trained on. */
  source?: string;
  /** Measured accuracies of these weights, 0 to 1, by what was measured. */
  accuracy?: Readonly<Record<string, number>>;
}

/** A file with the checkpoint or a part of it. */
export interface WeightsFile {
  /** Where it is, from the manifest; from the page, where the manifest is given as an object. */
  file: string;
  /** Its length. */
  bytes: number;
  /** Its SHA-256 in 64 hexadecimal digits of lower case. */
  sha256: string;
}

/**
 * Checks that a value has a manifest's form; the engine checks the numbers' ranges.
 *
 * @param name its address, or what it is called
 * @throws `weights-integrity` for anything else, `weights-incompatible` for another version.
 */
export function checkManifest(value: unknown, name = 'the manifest'): ModelManifest {
  const manifest = value as ModelManifest;
  if (typeof manifest?.version === 'number' && manifest.version !== 1) {
    throw new MaskRcnnError('weights-incompatible', `${name} is of version ${manifest.version}; version 1 is read`);
  }
  const rules: Record<string, boolean> = {
    version: manifest?.version === 1,
    preset: typeof manifest?.preset === 'string',
    labels: isListOf('string', manifest?.labels),
    input: hasNumbers(manifest?.input, ['minSize', 'maxSize', 'minScale']),
    'input.contrast': !manifest?.input?.contrast || hasNumbers(manifest.input.contrast, ['low', 'high']),
    'input.mean': isListOf('number', manifest?.input?.mean),
    'input.std': isListOf('number', manifest?.input?.std),
    'anchors.sizes': isListOf('number', manifest?.anchors?.sizes),
    'anchors.aspectRatios': isListOf('number', manifest?.anchors?.aspectRatios),
    proposals: hasNumbers(manifest?.proposals, ['preNmsTopN', 'postNmsTopN']),
    detections: hasNumbers(manifest?.detections, ['scoreThreshold', 'nmsThreshold', 'maxDetections']),
    conventions: areConventions(manifest?.conventions),
    weights: isListOf('object', manifest?.weights) && manifest.weights.every(isWeightsFile),
  };
  const broken = Object.keys(rules).find((field) => !rules[field]);
  if (broken) throw new MaskRcnnError('weights-integrity', `${name}: '${broken}' is missing or of the wrong form`);
  const bytes = manifest.weights.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MAX_MODEL_BYTES) {
    throw new MaskRcnnError(
      'weights-integrity',
      `${name}: 'weights' have ${bytes} bytes; ${MAX_MODEL_BYTES} is the most`,
    );
  }
  return manifest;
}

function isListOf(type: 'string' | 'number' | 'object', value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => item !== null && typeof item === type);
}

function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return names.every((name) => typeof (value as Record<string, unknown> | undefined)?.[name] === 'number');
}

function areConventions(value: unknown): boolean {
  if (value === undefined) return true;
  const { channelOrder, strideIn1x1, batchNormEps } = (value ?? {}) as Record<string, unknown>;
  return (
    value !== null &&
    typeof value === 'object' &&
    [undefined, 'rgb', 'bgr'].includes(channelOrder as string | undefined) &&
    ['undefined', 'boolean'].includes(typeof strideIn1x1) &&
    ['undefined', 'number'].includes(typeof batchNormEps)
  );
}

function isWeightsFile({ file, bytes, sha256 }: WeightsFile): boolean {
  return typeof file === 'string' && Number.isSafeInteger(bytes) && bytes > 0 && /^[0-9a-f]{64}$/.test(sha256);
}

/** What the engine is to be told about a model. */
export function optionsOf({ input, anchors, proposals, detections, conventions }: ModelManifest): EngineOptions {
  const { contrast } = input;
  return {
    ...input,
    contrast: contrast ? [contrast.low, contrast.high] : false,
    anchorSizes: anchors.sizes,
    aspectRatios: anchors.aspectRatios,
    ...proposals,
    ...detections,
    ...conventions,
  };
}

/**
 * Checks that a file's bytes are those that the manifest means. Where a page is served neither over HTTPS nor from
 * the visitor's own machine, browsers offer no SHA-256, and only the length is checked.
 *
 * @throws `weights-integrity` if length or hash are others.
 */
export async function verify(content: Blob, { file, bytes, sha256 }: WeightsFile): Promise<void> {
  if (content.size !== bytes) {
    throw new MaskRcnnError('weights-integrity', `${file} has ${content.size} bytes, the manifest says ${bytes}`);
  }
  if (!crypto.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await content.arrayBuffer()));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) {
    throw new MaskRcnnError('weights-integrity', `the SHA-256 of ${file} is ${found}, the manifest says ${sha256}`);
  }
}
