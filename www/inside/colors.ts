/** The pyramid's levels in colours that people with any kind of colour vision can tell apart (Okabe and Ito's). */
const LEVELS: Readonly<Record<string, string>> = {
  P2: '#f0e442',
  P3: '#56b4e9',
  P4: '#e69f00',
  P5: '#cc79a7',
  P6: '#d5d5d5',
};

/** A level's colour. */
export function levelColor(level: string | undefined): string {
  return LEVELS[level ?? ''] ?? '#ffffff';
}

/** A probability's colour, 0 to 1, from black by violet and orange to pale yellow: lighter is always more. */
export function heat(value: number): [red: number, green: number, blue: number] {
  const stops = [
    [4, 4, 20],
    [90, 25, 110],
    [205, 65, 75],
    [250, 155, 50],
    [252, 250, 190],
  ] as const;
  const at = Math.max(0, Math.min(1, value)) * (stops.length - 1);
  const below = stops[Math.floor(at)] ?? stops[0];
  const above = stops[Math.ceil(at)] ?? below;
  const mixed = (channel: 0 | 1 | 2) => below[channel] + (above[channel] - below[channel]) * (at % 1);
  return [mixed(0), mixed(1), mixed(2)];
}
