//! [`level_rows`](crate::ops::level_rows::level_rows) on the CPU.

use crate::ops::ABSENT;
use crate::ops::level_rows::{LevelRowsBackend, Levels, longest};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};
use core::ops::Range;

impl LevelRowsBackend for Flex {
    fn level_rows(levels: Levels<Self>, entries: Range<usize>, columns: usize) -> FlexTensor {
        let Levels { p2, p3, p4, p5, p6 } = levels;
        let levels = [p2, p3, p4, p5, p6].map(|level| level.to_contiguous());
        let shapes = levels.each_ref().map(|level| level.layout().shape().dims::<4>());
        let longest = longest(shapes, columns);
        let mut rows = vec![ABSENT; entries.len() * 5 * longest * columns];
        let of_entries = entries.clone().flat_map(|entry| levels.iter().zip(shapes).map(move |level| (entry, level)));
        for ((entry, (level, [_, channels, height, width])), row) in
            of_entries.zip(rows.chunks_exact_mut((longest * columns).max(1)))
        {
            let area = height * width;
            let values = level.as_slice::<f32>().unwrap_or_default();
            for (channel, plane) in values.chunks_exact(area).skip(entry * channels).take(channels).enumerate() {
                // A cell's channels lie side by side: `ratio × columns + column` is the channel.
                row.iter_mut().skip(channel).step_by(channels).zip(plane).for_each(|(value, &own)| *value = own);
            }
        }
        FlexTensor::from_data(TensorData::new(rows, [entries.len() * 5, longest, columns]))
    }
}
