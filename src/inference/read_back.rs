//! Reading tensors back from the device, counted.

use core::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Element, Int, Tensor, TensorData};
use futures_util::future::poll_fn;

use crate::error::{Error, Result};

static READ_BACKS: AtomicUsize = AtomicUsize::new(0);

/// How many tensors were read back since the program started. Each is one wait for the device.
pub fn read_backs() -> usize {
    READ_BACKS.load(Ordering::Relaxed)
}

/// The output of a future, and how many tensors it read back: those of others that are awaited meanwhile, in the same
/// thread, do not count.
pub async fn counting_read_backs<F: Future>(future: F) -> (F::Output, usize) {
    let mut future = core::pin::pin!(future);
    let mut count = 0;
    let output = poll_fn(|context| {
        let before = read_backs();
        let polled = future.as_mut().poll(context);
        count += read_backs() - before;
        polled
    });
    let output = output.await;
    (output, count)
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
