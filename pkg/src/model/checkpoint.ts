import type { Conventions } from './settings.js';

/** How a checkpoint's file is read. */
export interface CheckpointOptions extends Conventions {
  /**
   * Which state dict is read, where the file holds several: the keys that lead to it, joined by dots, such as
   * `'model_ema'`; `'.'` is the top level. By default the one with the most tensors.
   */
  stateDict?: string;
}

/** What a checkpoint is, where the file alone does not tell. */
export interface LoadCheckpointOptions extends CheckpointOptions {
  /** The number of classes, background included, that the file must have; read from the weights by default. */
  numClasses?: number;
  /** `false` leaves out the mask branch, which gives a Faster R-CNN; read from the weights by default. */
  masks?: boolean;
}
