/** Numbers of the tags that are read, by the names of the TIFF 6.0 specification and its supplements. */
export const TAG = {
  NewSubfileType: 254,
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  PhotometricInterpretation: 262,
  FillOrder: 266,
  ImageDescription: 270,
  StripOffsets: 273,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  XResolution: 282,
  YResolution: 283,
  PlanarConfiguration: 284,
  ResolutionUnit: 296,
  Predictor: 317,
  ColorMap: 320,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  SubIfds: 330,
  ExtraSamples: 338,
  SampleFormat: 339,
  JpegTables: 347,
  YCbCrSubSampling: 530,
  ImageJByteCounts: 50838,
  ImageJMetadata: 50839,
} as const;

/** The name of a tag, for messages. */
export function tagName(tag: number): string {
  return Object.entries(TAG).find(([, number]) => number === tag)?.[0] ?? `tag ${tag}`;
}

/** Values of the tag `Compression`. */
export const COMPRESSION = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  oldDeflate: 32946,
  packBits: 32773,
  zstd: 50000,
} as const;

const OTHER_COMPRESSIONS: Readonly<Record<number, string>> = {
  2: 'CCITT Huffman',
  3: 'CCITT fax 3',
  4: 'CCITT fax 4',
  6: 'old-style JPEG',
  9: 'JBIG',
  10: 'JBIG',
  32766: 'NeXT',
  32771: 'word-aligned CCITT',
  32809: 'ThunderScan',
  33003: 'JPEG 2000 (Aperio, YCbCr)',
  33004: 'JPEG 2000 (Aperio)',
  33005: 'JPEG 2000 (Aperio, RGB)',
  33007: 'ALT_JPEG',
  34676: 'SGI LogLuv',
  34677: 'SGI LogLuv 24',
  34661: 'JBIG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34892: 'lossy JPEG (DNG)',
  34925: 'LZMA',
  34926: 'zstd (old number)',
  34927: 'WebP (old number)',
  34934: 'PNG',
  34933: 'PNG',
  48124: 'JetRaw',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL (DNG)',
};

/** The name of a compression, for messages. */
export function compressionName(compression: number): string {
  const name = OTHER_COMPRESSIONS[compression];
  return name ? `${name} compression` : `compression number ${compression}, which is unknown`;
}

/** Values of the tag `PhotometricInterpretation`. */
export const PHOTOMETRIC = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  mask: 4,
  cmyk: 5,
  yCbCr: 6,
} as const;

const OTHER_COLOURS: Readonly<Record<number, string>> = {
  8: 'CIE L*a*b*',
  9: 'ICC L*a*b*',
  10: 'ITU L*a*b*',
  32803: 'colour filter array (raw camera)',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'linear raw',
};

/** The name of a photometric interpretation, for messages. */
export function photometricName(photometric: number): string {
  return `${OTHER_COLOURS[photometric] ?? `unknown (number ${photometric})`} colours`;
}
