import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { checkManifest } from './manifest.js';
import type { Manifest } from './settings.js';

/** Where a file of weights is: its URL, relative to the page where it is relative, or its bytes. */
export type WeightsSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/**
 * A model that an npm package holds, as its default export: `import nuclei from 'maskrcnn-web-nuclei'`. Bundlers find the
 * weights in it and deploy them with the application.
 *
 * Any object of this form is a model, too, for set-ups that have the weights elsewhere.
 */
export interface ModelPackage {
  /** What the model's `manifest.json` says: its labels and settings, and which files its weights are. */
  readonly manifest: Manifest;
  /** Where each file of the manifest's `weights` is, in their order; the `file` names there have no effect. */
  readonly weights: readonly WeightsSource[];
}

/** Whether it is an object of the form of a {@link ModelPackage}, rather than a manifest. */
export function isModelPackage(source: object): source is ModelPackage {
  return 'manifest' in source;
}

/**
 * Checks the manifest of a package, and where its weights are.
 *
 * @throws `weights-integrity` for a manifest that is not one, `environment` where the bundle does not know its own address,
 * `invalid-input` where the weights are not a list as long as the manifest's
 */
export function checkModelPackage(source: ModelPackage): ModelPackage {
  const manifest = checkManifest(source.manifest, 'the `manifest` of the model');
  const weights = weightsOf(source);
  const count = manifest.weights.length;
  if (!Array.isArray(weights) || weights.length !== count) {
    const found = Array.isArray(weights) ? `${weights.length}` : kindOf(weights);
    const wanted = `\`weights\` of the model must list where its manifest's ${count} files are, in their order`;
    throw new MaskRcnnError('invalid-input', `${wanted}; it has ${found}`);
  }
  return { manifest, weights };
}

/** A package's weights, whose addresses it knows from its own, which some bundles do not know. */
function weightsOf(source: ModelPackage): unknown {
  try {
    return source.weights;
  } catch (cause) {
    throw new MaskRcnnError(
      'environment',
      `this bundle has no \`import.meta.url\`, so the weights of '${source.manifest.name}' are not found beside it: ` +
        'say where they are, `load({ model: { manifest, weights: [urlOrBytes] } })`',
      { cause },
    );
  }
}
