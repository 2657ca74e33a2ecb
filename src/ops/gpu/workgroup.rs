//! The size of a workgroup, the number of workgroups of a kernel, and the float type it is compiled for.

use burn::tensor::{DType, Shape};
use burn_cubecl::{ops::numeric::empty_device_dtype, tensor::CubeTensor};
use cubecl::ir::{ElemType, FloatKind};
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};

/// The same for every kernel and size: a pipeline is compiled for one workgroup size, and a new one
/// would have to be compiled while an image waits.
pub(in crate::ops) const WORKGROUP: CubeDim = CubeDim::new_1d(64);

/// The float type of a tensor: half or single precision ([`Dtype`](crate::model::Dtype)).
pub(in crate::ops) fn float_of(tensor: &CubeTensor) -> ElemType {
    ElemType::Float(if tensor.dtype == DType::F16 { FloatKind::F16 } else { FloatKind::F32 })
}

/// The output of a kernel that computes one value per thread: a tensor of this shape with the device and
/// dtype of `input`, and the number of workgroups.
pub(in crate::ops) fn output(input: &CubeTensor, shape: Shape) -> (CubeTensor, CubeCount) {
    let count = calculate_cube_count_elemwise(&input.client, shape.num_elements(), WORKGROUP);
    (empty_device_dtype(input.client.clone(), input.device.clone(), shape, input.dtype), count)
}
