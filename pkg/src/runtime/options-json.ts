import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';

/**
 * Options as the engine reads them: JSON, which also goes to a worker where a framework's proxies could not.
 *
 * @throws `invalid-input` for what JSON would drop or change: functions, symbols, NaN, instances of classes
 */
export function jsonOf(options: object): string {
  return JSON.stringify(plain(options, ''));
}

function plain(value: unknown, path: string): unknown {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, i) => plain(item, `${path}[${i}]`));
  if (typeof value === 'object' && kindOf(value) === 'Object') {
    const within = path && `${path}.`;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, within + name)]));
  }
  throw new MaskRcnnError(
    'invalid-input',
    `\`${path}\` cannot be ${typeof value === 'number' ? value : kindOf(value)}: give numbers, texts, arrays and plain objects`,
  );
}
