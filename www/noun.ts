const PLURALS: Record<string, string> = { nucleus: 'nuclei', person: 'people' };

/** A number of things, in words: by their class's name where a model knows only one class. */
export function counted(count: number, labels: readonly string[]): string {
  return `${count.toLocaleString()} ${noun(labels, count)}`;
}

/** What a model's objects are called. */
export function noun(labels: readonly string[], count: number): string {
  const [, name = 'object', ...others] = labels;
  const one = others.length > 0 ? 'object' : name;
  return count === 1 ? one : (PLURALS[one] ?? `${one}s`);
}
