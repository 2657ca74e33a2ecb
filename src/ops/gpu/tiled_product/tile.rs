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

/// Output channels up to which a layer takes a tile.
///
/// What it rests on are counts, not yet a GPU's measurements: for a step of a multiplication a thread of the 8×8 kind
/// reads 4 vectors of workgroup memory for 64 products, one of the 4×8 kind 3 for 32, and a workgroup of 128×128 loads
/// half the values of global memory for a product that one of 64×64 does. No tile takes more than 17 KiB of workgroup
/// memory and 256 threads. A tile with more channels than the layer has computes some for nothing, hence the narrow ones;
/// one with many pixels leaves a large GPU without work at a layer of few pixels, hence 64 pixels where layers are wide.
///
/// The number of pixels does not count: a kernel is compiled while the model loads, for no size of image.
const TILES: [(usize, Tile); 4] = [
    (16, Tile { channels: 16, pixels: 128, thread_channels: 4, thread_pixels: 8 }),
    (32, Tile { channels: 32, pixels: 128, thread_channels: 4, thread_pixels: 8 }),
    (64, Tile { channels: 64, pixels: 128, thread_channels: 8, thread_pixels: 8 }),
    (usize::MAX, Tile { channels: 64, pixels: 64, thread_channels: 8, thread_pixels: 8 }),
];

impl Tile {
    /// The tile for a layer with this many output channels.
    pub(in crate::ops) fn for_channels(outputs: usize) -> Self {
        let tile = TILES.iter().find(|(most, _)| outputs <= *most);
        tile.map_or(TILES[TILES.len() - 1].1, |(_, tile)| *tile)
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
