//! Numbers between CPU and device. Only here does training wait for the device.

#![allow(clippy::disallowed_methods, reason = "training is native, where waiting for the device is allowed")]

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::structures::BoundingBox;

/// Indices or classes, `[n]`.
pub(crate) fn indices(values: impl IntoIterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = values.into_iter().map(|value| value as i32).collect();
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

/// Numbers of the shape `shape`.
pub(crate) fn floats<const D: usize>(
    values: impl IntoIterator<Item = f32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.into_iter().collect(), shape), device)
}

/// The box with x1, y1, x2, y2.
pub(crate) fn bounding_box(&[x1, y1, x2, y2]: &[f32; 4]) -> BoundingBox {
    BoundingBox { x1, y1, x2, y2 }
}

/// The values of a tensor, `[n]`.
pub(crate) fn read_back(values: Tensor<1>) -> Vec<f32> {
    values.into_data().iter::<f32>().collect()
}
