/** Timeout of a script in a page, in milliseconds. */
export const SCRIPT_LIMIT = 120_000;

/**
 * A function as a script for WebDriver's “execute async script”, whose arguments it gets. It stands alone in the page,
 * as with Playwright's `evaluate`.
 */
export const asScript = (job) => `
  const settle = arguments[arguments.length - 1];
  const given = Array.from(arguments).slice(0, -1);
  Promise.resolve(given).then((given) => (${job})(...given)).then(
    (value) => settle({ value }),
    (error) => settle({ error: error.code + ' ' + error.message + ' ' + error.stack }),
  );`;

/** The value of such a script. */
export function outcomeOf({ value, error }) {
  if (error !== undefined) throw new Error(`in the page: ${error}`);
  return value;
}
