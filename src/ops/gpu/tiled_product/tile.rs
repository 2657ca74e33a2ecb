//! The tiles that products are computed in, and which layer takes which.

/// How a product is divided: a workgroup computes `channels × pixels` values of the output, and each of its
/// threads `thread_channels × thread_pixels` of them, which it keeps in registers.
///
/// In each step `depth` rows of both operands lie in workgroup memory. All sizes are powers of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ops) struct Tile {
    pub(super) channels: usize,
    pub(super) pixels: usize,
    pub(super) thread_channels: usize,
    pub(super) thread_pixels: usize,
}

/// Rows of both operands in workgroup memory. The same for all tiles, as the order of packed weights depends on it.
pub(super) const DEPTH: usize = 16;

/// The tiles, of which a layer takes the one with the lowest [cost](Tile::cost), the first of equals.
///
/// What they rest on are counts, not yet a GPU's measurements: for a row of a step a thread with 8×8 sums reads 4 vectors
/// of workgroup memory for 64 products, one with 4×8 reads 3 for 32. None takes more than 12.3 KiB of workgroup memory or
/// 128 threads, so that several workgroups share a multiprocessor, and phones can have them. The number of pixels does not
/// count: a kernel is compiled while the model loads, for no size of image, and [`parts`](super::parts) of sums
/// keep a GPU busy where there are few.
const TILES: [Tile; 4] = [
    Tile { channels: 128, pixels: 64, thread_channels: 8, thread_pixels: 8 },
    Tile { channels: 64, pixels: 128, thread_channels: 8, thread_pixels: 8 },
    Tile { channels: 32, pixels: 128, thread_channels: 4, thread_pixels: 8 },
    Tile { channels: 16, pixels: 128, thread_channels: 4, thread_pixels: 8 },
];

/// The pixels of the largest, a multiple of those of each.
pub(in crate::ops) const MAX_TILE_PIXELS: usize = 128;

const _: () = {
    let mut index = 0;
    while index < TILES.len() {
        assert!(MAX_TILE_PIXELS.is_multiple_of(TILES[index].pixels));
        index += 1;
    }
};

impl Tile {
    /// The tile for a layer with this many output channels.
    pub(in crate::ops) fn for_channels(outputs: usize) -> Self {
        TILES.into_iter().min_by_key(|tile| tile.cost(outputs)).unwrap_or(TILES[0])
    }

    /// What a pixel of the layer costs, in channels: all channels of its tiles, those that the layer has not
    /// included, and loading the pixel for each tile, which takes as long as 16 channels.
    fn cost(self, outputs: usize) -> usize {
        outputs.div_ceil(self.channels) * (self.channels + 16)
    }

    /// Threads of a workgroup side by side along the pixels.
    pub(super) const fn threads_across(self) -> usize {
        self.pixels / self.thread_pixels
    }

    /// Threads of a workgroup.
    pub(super) const fn threads(self) -> usize {
        self.channels / self.thread_channels * self.threads_across()
    }
}
