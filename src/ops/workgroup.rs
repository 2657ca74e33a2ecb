//! How many threads of a kernel run together, and how many a result takes.

use burn::tensor::Shape;
use burn_cubecl::{ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};

/// The same for every kernel and size: a pipeline is compiled for one size of workgroup, and the
/// first picture would have to wait for each that an earlier one did without.
pub(super) const WORKGROUP: CubeDim = CubeDim::new_1d(64);

/// What a kernel writes into that makes a value a thread: a tensor of this shape on the device of
/// `input` and with its type of numbers, and how many workgroups make it.
pub(super) fn output(input: &CubeTensor, shape: Shape) -> (CubeTensor, CubeCount) {
    let count = calculate_cube_count_elemwise(&input.client, shape.num_elements(), WORKGROUP);
    (empty_device_dtype(input.client.clone(), input.device.clone(), shape, input.dtype), count)
}
