/** Measures that are lengths or places: in pixels, and with the ending `_um` in micrometres. */
export type LengthMeasure =
  | 'bbox_x'
  | 'bbox_y'
  | 'bbox_width'
  | 'bbox_height'
  | 'centroid_x'
  | 'centroid_y'
  | 'equivalent_diameter_area'
  | 'perimeter'
  | 'axis_major_length'
  | 'axis_minor_length'
  | 'feret_diameter_max'
  | 'feret_diameter_min'
  | 'nearest_neighbour_distance';

/** Measures of an object's shape, with the names that scikit-image's `regionprops` has for them. */
export type ShapeMeasure =
  | LengthMeasure
  | 'area'
  | 'orientation'
  | 'eccentricity'
  | 'circularity'
  | 'solidity'
  | 'touches_border';

/** What is measured of a channel's values at an object's pixels. */
export type IntensityMeasure = 'mean' | 'median' | 'std' | 'min' | 'max' | 'sum';

/** The name of a measure; that of an intensity ends in the channel's name or, without one, its number from 0. */
export type MeasureName = ShapeMeasure | `${LengthMeasure}_um` | 'area_um2' | `intensity_${IntensityMeasure}_${string}`;

/** A channel's values at each object's pixels, as the image has them. */
export type ChannelMeasures = Readonly<Record<IntensityMeasure, Float64Array>> & {
  /** What the channel is called, or its number from 0. */
  readonly name: string;
};

/**
 * What was measured of a result's objects; each array has a number for each of its `detections`, in their order, and NaN
 * where there is none. Lengths are in pixels and areas in square pixels, except where the name says micrometres.
 */
export interface Measures {
  /** Number of objects. */
  readonly count: number;
  /** The objects' shapes. */
  readonly shape: Readonly<Record<ShapeMeasure, Float64Array>>;
  /** The intensities, channel by channel; empty where no image was given. */
  readonly channels: readonly ChannelMeasures[];
  /** All of them by name, in the order in which a CSV file has them; those in micrometres where a pixel's size is known. */
  readonly columns: Readonly<Partial<Record<MeasureName, Float64Array>>>;
}

/** Measures by object and by channel, of all columns. */
export function measuresOf(count: number, columns: Record<string, Float64Array>): Measures {
  const shape: Record<string, Float64Array> = {};
  const channels = new Map<string, Record<string, Float64Array>>();
  for (const [name, values] of Object.entries(columns)) {
    const [, measure, channel] = /^intensity_(mean|median|std|min|max|sum)_(.*)$/s.exec(name) ?? [];
    if (measure === undefined || channel === undefined) {
      if (!/_um2?$/.test(name)) shape[name] = values;
      continue;
    }
    channels.set(channel, { ...channels.get(channel), [measure]: values });
  }
  const named = [...channels].map(([name, values]) => ({ name, ...values }) as unknown as ChannelMeasures);
  return { count, shape: shape as Measures['shape'], channels: named, columns };
}
