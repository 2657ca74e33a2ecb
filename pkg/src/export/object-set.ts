import { checkNumber, kindOf } from '../arguments.js';
import { hasCode, MaskRcnnError } from '../errors.js';
import { arraysOf } from '../result/arrays.js';
import type { Detection } from '../result/detection.js';
import type { SegmentResult } from '../result/result.js';
import type { ObjectFacts, ObjectSet } from '../runtime/objects-glue.js';
import { fromModule, objectsModule } from '../runtime/objects-module.js';

/** The highest number that a class may have. */
const MAX_CLASS_ID = 65_535;

/** What is known of a result's objects besides the result. */
export interface SetFacts {
  /** Length of a pixel's side in micrometres; the result's by default. */
  pixelSize?: number | undefined;
  /** Names of the image's channels. */
  channelNames?: readonly string[] | undefined;
  /** What the image's file is called. */
  fileName?: string | undefined;
  /** The names of all classes by number; else those of the result's objects. */
  labels?: readonly string[] | undefined;
}

/**
 * Puts a result's objects into the module for objects, and takes them out when they are no longer used.
 *
 * @throws `environment` where the module does not start, `invalid-input` for facts that are not valid
 */
export async function withObjects<Value>(
  result: SegmentResult,
  facts: SetFacts,
  use: (objects: ObjectSet) => Value | Promise<Value>,
): Promise<Value> {
  checkNumber(facts.pixelSize, 'pixelSize', { above: 0 });
  const known: ObjectFacts = {
    labels: labelsOf(result.detections, facts.labels),
    pixelSize: facts.pixelSize ?? result.pixelSize,
    channelNames: facts.channelNames,
    fileName: facts.fileName,
  };
  const arrays = arraysOf(result);
  const { ObjectSet } = await objectsModule();
  const objects = fromModule(() => new ObjectSet(arrays, JSON.stringify(known)));
  let isBroken = false;
  try {
    return await use(objects);
  } catch (error) {
    // A module that failed is given up as a whole, and nothing can be taken out of it.
    isBroken = hasCode(error, 'internal', 'out-of-memory');
    throw error;
  } finally {
    if (!isBroken) objects.free();
  }
}

/**
 * A file of the objects in one of the module's formats, in parts, so that it need not be in memory as a whole.
 *
 * @param type the file's media type
 */
export function fileOf(objects: ObjectSet, format: string, options: object, type: string): Blob {
  const parts: Blob[] = [];
  // A Blob takes a copy, which the browser may keep elsewhere than in memory.
  const take = (chunk: Uint8Array<ArrayBuffer>) => void parts.push(new Blob([chunk]));
  fromModule(() => objects.export(format, JSON.stringify(options), take));
  return new Blob(parts, { type });
}

/** The names of the classes by number, the background first; `'N/A'` where a number is none of a class that is known. */
function labelsOf(detections: readonly Detection[], given: readonly string[] | undefined): string[] {
  const labels = [...(given ?? ['background'])];
  for (const { classId, label } of detections) {
    checkNumber(classId, `the number of the class '${label}'`, { min: 1, max: MAX_CLASS_ID, isWhole: true });
    while (labels.length <= classId) labels.push(NONE);
    const known = labels[classId];
    if (known !== NONE && known !== label) {
      throw new MaskRcnnError(
        'invalid-input',
        `class ${classId} is called '${known}' and '${label}': an export needs one name for each class`,
      );
    }
    labels[classId] = label;
  }
  return labels;
}

const NONE = 'N/A';

/** @throws `invalid-input` unless it is one of the choices, or `undefined` */
export function checkChoice(value: unknown, name: string, choices: readonly (string | number)[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const wanted = choices.map((choice) => JSON.stringify(choice)).join(' or ');
  const found = ['string', 'number'].includes(typeof value) ? JSON.stringify(value) : kindOf(value);
  throw new MaskRcnnError('invalid-input', `${name} must be ${wanted}, not ${found}`);
}

/** @throws `invalid-input` unless it is true, false or `undefined` */
export function checkBoolean(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new MaskRcnnError('invalid-input', `${name} must be true or false, not ${kindOf(value)}`);
}

/** @throws `invalid-input` unless it is a string, or `undefined` */
export function checkString(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'string') return;
  throw new MaskRcnnError('invalid-input', `${name} must be a string, not ${kindOf(value)}`);
}
