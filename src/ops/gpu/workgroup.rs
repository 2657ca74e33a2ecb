//! How many threads of a kernel run together, and how many a result takes; which numbers it is compiled for.

use burn::tensor::{DType, Shape};
use burn_cubecl::{ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::ir::{ElemType, FloatKind};
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};

/// The same for every kernel and size: a pipeline is compiled for one size of workgroup, and the
/// first picture would have to wait for each that an earlier one did without.
pub(in crate::ops) const WORKGROUP: CubeDim = CubeDim::new_1d(64);

/// The type of a tensor's floats: of half or of single precision
/// ([`Dtype`](crate::model::Dtype)).
pub(in crate::ops) fn float_of(tensor: &CubeTensor) -> ElemType {
    ElemType::Float(if tensor.dtype == DType::F16 { FloatKind::F16 } else { FloatKind::F32 })
}

/// What a kernel writes into that makes a value a thread: a tensor of this shape on the device of
/// `input` and with its type of numbers, and how many workgroups make it.
pub(in crate::ops) fn output(input: &CubeTensor, shape: Shape) -> (CubeTensor, CubeCount) {
    let count = calculate_cube_count_elemwise(&input.client, shape.num_elements(), WORKGROUP);
    (empty_device_dtype(input.client.clone(), input.device.clone(), shape, input.dtype), count)
}
