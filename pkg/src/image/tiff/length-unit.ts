/** Micrometres of units of length, by their names in lower case. */
const MICROMETRES: ReadonlyMap<string, number> = new Map([
  ...named(1, 'µm', 'μm', 'um', 'micron', 'microns', 'micrometer', 'micrometers', 'micrometre', 'micrometres'),
  ...named(1e-3, 'nm', 'nanometer', 'nanometers', 'nanometre', 'nanometres'),
  ...named(1e-6, 'pm'),
  ...named(1e-4, 'å', 'a', 'angstrom'),
  ...named(1e3, 'mm', 'millimeter', 'millimeters', 'millimetre', 'millimetres'),
  ...named(1e4, 'cm', 'centimeter', 'centimeters', 'centimetre', 'centimetres'),
  ...named(1e6, 'm', 'meter', 'meters', 'metre', 'metres'),
  ...named(25_400, 'in', 'inch', 'inches', '"'),
  ...named(25.4, 'thou', 'mil'),
]);

function named(micrometres: number, ...names: readonly string[]): [string, number][] {
  return names.map((name) => [name, micrometres]);
}

/** How many micrometres a unit has; `undefined` for what is not a unit of length, such as `pixel`. */
export function micrometresOf(unit: string): number | undefined {
  return MICROMETRES.get(unit.trim().toLowerCase());
}

/**
 * The side of pixels of a width and a height; `undefined` unless both are lengths and, within 1 %, the same: measures in
 * micrometres need square pixels.
 */
export function squareSide(width: number, height: number): number | undefined {
  const isLength = Number.isFinite(width) && Number.isFinite(height) && width > 0 && height > 0;
  return isLength && Math.abs(width - height) <= 0.01 * width ? width : undefined;
}
