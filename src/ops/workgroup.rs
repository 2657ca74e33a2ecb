//! How many threads of a kernel run together.

use cubecl::CubeDim;

/// The same for every kernel and size: a pipeline is compiled for one size of workgroup, and the
/// first picture would have to wait for each that an earlier one did without.
pub(super) const WORKGROUP: CubeDim = CubeDim::new_1d(64);
