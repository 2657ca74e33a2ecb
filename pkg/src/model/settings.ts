// Generated from models/manifest.schema.json by `npm run types`; not to be edited.

/**
 * The channel order that a network expects.
 */
export type ChannelOrder = 'rgb' | 'bgr';
/**
 * How weights are stored; `models/README.md` says what each means.
 */
export type Precision = 'f32' | 'f16' | 'int8';

/**
 * What `manifest.json` beside a model's weights says: everything that the weights do not.
 *
 * `models/manifest.schema.json` is its JSON schema, and the npm package's type is generated from that.
 */
export interface Manifest {
  /**
   * Measured accuracies of these weights, 0 to 1, by what was measured.
   */
  accuracy?: {
    [k: string]: number;
  };
  /**
   * What the network is called, such as `resnet50_fpn`; weights of another architecture are refused.
   */
  architecture?: string;
  /** What no tensor of the weights tells about their network, where it differs from its library's default. */
  conventions?: Conventions;
  /**
   * What it finds, in a sentence.
   */
  description?: string;
  /**
   * Names of the classes by number, the background first.
   */
  labels: string[];
  /**
   * The licence of the weights.
   */
  licence?: string;
  /**
   * What the model is called.
   */
  name: string;
  /**
   * How the weights are stored.
   */
  precision?: Precision | null;
  /** How images are prepared, and how objects are chosen unless the caller says otherwise. */
  settings: Settings;
  /**
   * What the network was trained on.
   */
  source?: string;
  /**
   * Version of this format: 2.
   */
  version: number;
  /**
   * The parts of the checkpoint, in order: one file, or several that make one when joined.
   */
  weights: WeightsFile[];
}
/**
 * What no tensor of the weights tells about their network, where it differs from its library's default.
 */
export interface Conventions {
  /**
   * Added to each variance of the batch normalisation, 0 or more.
   */
  batchNormEps?: number | null;
  /**
   * The order of colours that the first convolution takes, and that a detectron2 checkpoint's own `pixel_mean` and
   * `pixel_std` are in.
   */
  channelOrder?: ChannelOrder | null;
  /**
   * Whether a bottleneck's stride is in its first 1×1 convolution rather than in its 3×3 (detectron2's
   * `RESNETS.STRIDE_IN_1X1`).
   */
  strideIn1x1?: boolean | null;
}
/**
 * How images are prepared, and how objects are chosen unless the caller says otherwise.
 */
export interface Settings {
  /** The boxes that proposals start from. */
  anchors: AnchorSettings;
  /** How detections are chosen. */
  detections: DetectionSettings;
  /** How an image becomes the network's input. */
  input: InputSettings;
  /** How proposals are chosen. */
  proposals: ProposalSettings;
}
/**
 * The boxes that proposals start from.
 */
export interface AnchorSettings {
  /**
   * Height divided by width of each of a level's three anchors; 0.5, 1 and 2 by default.
   */
  aspectRatios: [number, number, number];
  /**
   * Side of the square anchor of each of the five pyramid levels, in pixels of the resized image; 32 to 512 by
   * default.
   */
  sizes: [number, number, number, number, number];
}
/**
 * How detections are chosen.
 */
export interface DetectionSettings {
  /**
   * Maximum number of detections, the best ones, 1 to 1000; 100 by default.
   */
  maxDetections: number;
  /**
   * Of two detections of a class whose IoU is larger, only the better one is returned, 0 to 1; 0.5 by default.
   */
  nmsThreshold: number;
  /**
   * How the features of a region are pooled; `"align"` by default.
   */
  pooling?: 'align' | 'aligned' | 'pool';
  /**
   * Only detections with a higher score are returned, 0 to 1; 0.05 by default.
   */
  scoreThreshold: number;
}
/**
 * How an image becomes the network's input.
 */
export interface InputSettings {
  /**
   * Which channel of an image each input of the network sees, counted from 0: one channel, which all inputs see in
   * grey, or three, for red, green and blue. `null`, the default: the only channel, or the only three.
   */
  channels?: number[] | null;
  /**
   * How the contrast is stretched first; `null`, the default, leaves it as it is.
   */
  contrast?: ContrastSettings | null;
  /**
   * Maximum length in pixels of the longer side, `minSize` to 16384; 1333 by default.
   */
  maxSize: number;
  /**
   * Mean of the red, green and blue channels, on 0 to 1, which is subtracted; ImageNet's by default.
   */
  mean: [number, number, number];
  /**
   * Images are not scaled by less than this factor to reach `minSize`, 0 to 10000: with 1 none is shrunk, so that
   * small objects keep their pixels. 0, the default, sets no limit.
   */
  minScale: number;
  /**
   * Length in pixels that the shorter side is scaled to, 1 to 16384; 800 by default.
   */
  minSize: number;
  /**
   * Typical diameter of objects in pixels of the network's input, as in training, where the model has one: that of a
   * circle of the same area, the median, 1 to 10000. With it, images can be scaled by the diameter of their objects.
   * `null`, the default: not known, or of no use, as for photographs.
   */
  objectDiameter?: number | null;
  /**
   * Standard deviation of the red, green and blue channels, on 0 to 1, which the difference is divided by; ImageNet's
   * by default.
   */
  std: [number, number, number];
}
/**
 * Contrast stretch: the intensity quantiles, over all pixels and channels, that become black and white. An image in a
 * single saturated colour, such as a stain shown in blue, is then seen in grey.
 */
export interface ContrastSettings {
  /**
   * The quantile that becomes white, 0 to 1, more than `low`.
   */
  high: number;
  /**
   * The quantile that becomes black, 0 to 1.
   */
  low: number;
}
/**
 * How proposals are chosen.
 */
export interface ProposalSettings {
  /**
   * Of two candidates of a level whose IoU is larger, only the better one is kept, 0 to 1; 0.7 by default.
   */
  nmsThreshold?: number;
  /**
   * Maximum number of proposals for the second stage, 1 to 2048; 1000 by default.
   */
  postNmsTopN: number;
  /**
   * Maximum number of candidates of each pyramid level that enter non-maximum suppression, 1 to 8192; 1000 by default.
   */
  preNmsTopN: number;
}
/**
 * A file with the checkpoint or a part of it.
 */
export interface WeightsFile {
  /**
   * Its length in bytes.
   */
  bytes: number;
  /**
   * Where it is, from the manifest's folder.
   */
  file: string;
  /**
   * Its SHA-256, 64 hexadecimal digits in lower case.
   */
  sha256: string;
}

/** Some of the {@link Settings}; the others keep their values. */
export type PartialSettings = { [Group in keyof Settings]?: Partial<Settings[Group]> };
