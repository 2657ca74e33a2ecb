//! Reading tensors back from the device, counted.

use core::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Element, Int, Tensor, TensorData};

use crate::error::{Error, Result};

static READ_BACKS: AtomicUsize = AtomicUsize::new(0);

/// How many tensors were read back since the program started. Each is one wait for the device.
pub fn read_backs() -> usize {
    READ_BACKS.load(Ordering::Relaxed)
}

/// The values of a tensor of half or of single precision, as soon as the device has them.
pub(super) async fn read_floats<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    READ_BACKS.fetch_add(1, Ordering::Relaxed);
    values(tensor.into_data_async().await)
}

/// As [`read_floats`], for integers.
pub(super) async fn read_integers<const D: usize>(tensor: Tensor<D, Int>) -> Result<Vec<i32>> {
    READ_BACKS.fetch_add(1, Ordering::Relaxed);
    values(tensor.into_data_async().await)
}

fn values<E: Element, F: core::fmt::Debug>(data: Result<TensorData, F>) -> Result<Vec<E>> {
    let data = data.map_err(|failure| device_error(&format!("{failure:?}")))?.convert::<E>();
    data.try_into_vec::<E>().map_err(|failure| Error::Internal(format!("{failure:?}")))
}

/// The error that a device's message means.
fn device_error(words: &str) -> Error {
    let lower = words.to_lowercase();
    match () {
        () if lower.contains("memory") || lower.contains("too large") => Error::OutOfMemory(words.to_owned()),
        () => Error::DeviceLost(words.to_owned()),
    }
}
