//! Quantiles of raw samples: exact, without sorting or copying them.

use core::ops::RangeInclusive;

use super::{ChannelMap, Image, Samples};

/// The least values that these shares of all samples, 0..1, do not exceed. The samples of all the network's inputs
/// count, each as often as there are inputs that see it.
pub(super) fn quantiles(image: &Image, map: &ChannelMap, shares: RangeInclusive<f32>) -> [f32; 2] {
    let total = (image.width() * image.height()) as u64 * map.sources().len() as u64;
    let ranks = ranks(total, shares);
    match image.samples() {
        Samples::U8(samples) => {
            let counts = Counts::<256>::of(image, samples, map, |sample| Some(usize::from(sample)));
            ranks.map(|rank| counts.find(rank).value as f32)
        }
        Samples::U16(samples) => {
            let counts = Counts::<65536>::of(image, samples, map, |sample| Some(usize::from(sample)));
            ranks.map(|rank| counts.find(rank).value as f32)
        }
        // In two steps: the upper half of the bits first, then the lower half among those with the same upper one.
        Samples::F32(samples) => {
            let upper = Counts::<65536>::of(image, samples, map, |sample| Some((ordered(sample) >> 16) as usize));
            ranks.map(|rank| {
                let found = upper.find(rank);
                let lower = Counts::<65536>::of(image, samples, map, |sample| {
                    let key = ordered(sample);
                    (key >> 16 == found.value as u32).then_some((key & 0xffff) as usize)
                });
                value((found.value as u32) << 16 | lower.find(rank - found.before).value as u32)
            })
        }
    }
}

/// As [`quantiles`], from the histograms of an image's channels.
pub(super) fn quantiles_of(histograms: &[[u32; 256]; 4], map: &ChannelMap, shares: RangeInclusive<f32>) -> [f32; 2] {
    let mut total = vec![0u64; 256];
    for (source, inputs) in map.distinct() {
        total.iter_mut().zip(histograms[source]).for_each(|(total, count)| *total += inputs * u64::from(count));
    }
    let ranks = ranks(total.iter().sum(), shares);
    let counts = Counts::<256>(total);
    ranks.map(|rank| counts.find(rank).value as f32)
}

/// Where shares of this many samples end, counted from 1.
fn ranks(total: u64, shares: RangeInclusive<f32>) -> [u64; 2] {
    [*shares.start(), *shares.end()].map(|share| ((f64::from(share) * total as f64).ceil() as u64).clamp(1, total))
}

/// How many samples have each of the first `N` values.
struct Counts<const N: usize>(Vec<u64>);

/// The value of the sample at a rank.
struct Found {
    value: usize,
    /// Number of samples with smaller values.
    before: u64,
}

impl<const N: usize> Counts<N> {
    fn of<T: Copy>(image: &Image, samples: &[T], map: &ChannelMap, value: impl Fn(T) -> Option<usize>) -> Self {
        let mut total = vec![0u64; N];
        for (source, inputs) in map.distinct() {
            // A count fits: there are fewer pixels than 2³².
            let mut counts = vec![0u32; N];
            image.channel(samples, source).iter().filter_map(&value).for_each(|value| counts[value] += 1);
            total.iter_mut().zip(counts).for_each(|(total, count)| *total += inputs * u64::from(count));
        }
        Self(total)
    }

    fn find(&self, rank: u64) -> Found {
        let mut before = 0;
        let value = self.0.iter().position(|count| {
            let is_here = before + count >= rank;
            before += if is_here { 0 } else { *count };
            is_here
        });
        Found { value: value.unwrap_or(N - 1), before }
    }
}

/// The bits of a sample, so that their order is that of the values.
fn ordered(sample: f32) -> u32 {
    let bits = sample.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// The inverse of [`ordered`].
fn value(ordered: u32) -> f32 {
    f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
}
