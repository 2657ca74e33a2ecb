// Calls functions with arguments that they do not expect, in Node and in a page.

/** Values that stand in the place of any argument, by name. */
export const ODD = {
  undefined: undefined,
  null: null,
  NaN: Number.NaN,
  '-1': -1,
  '1e99': 1e99,
  Infinity: Number.POSITIVE_INFINITY,
  text: 'text',
  true: true,
  symbol: Symbol('odd'),
  bigint: 1n,
  'empty array': [],
  'array of holes': [undefined, null],
  object: {},
  'bare object': Object.create(null),
  function: () => undefined,
};

/** The names of a module's exported functions and classes, but for errors, and of the methods that take arguments. */
export function functionsOf(exports) {
  return Object.entries(exports).flatMap(([name, value]) => {
    if (typeof value !== 'function' || value.prototype instanceof Error) return [];
    const methods = value.prototype ? Object.entries(Object.getOwnPropertyDescriptors(value.prototype)) : [];
    const taking = methods.filter(([method, { value: body }]) => method !== 'constructor' && body?.length > 0);
    return [name, ...taking.map(([method]) => `${name}.${method}`)];
  });
}

/**
 * Calls a function with an odd value in the place of each argument and of each option in the last argument.
 *
 * @param {{ call: Function, args: unknown[], options?: string[], odd?: Record<string, unknown> }} misused a call that
 * is right, the options to replace, and the values to replace them with
 * @param {(error: any) => boolean} isExpected whether an error may leave the package
 * @returns {Promise<string[]>} which calls threw another error, and which
 */
export async function misuse({ call, args, options = [], odd = ODD }, isExpected) {
  const wrong = [];
  const attempt = async (what, args) => {
    try {
      await call(...args);
    } catch (error) {
      if (!isExpected(error)) wrong.push(`${what}: ${error}`);
    }
  };
  await attempt('no arguments', []);
  for (const [name, value] of Object.entries(odd)) {
    for (const i of args.keys()) await attempt(`argument ${i} is ${name}`, args.toSpliced(i, 1, value));
    for (const option of options) {
      const last = { ...args.at(-1), [option]: value };
      await attempt(`${option} is ${name}`, [...args.slice(0, -1), last]);
    }
  }
  return wrong;
}
