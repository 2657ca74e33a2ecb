//! The most arithmetic that a device can do, for what it does to be held against.

use burn::tensor::{DType, Device, Tensor};

use super::read_back::read_floats;
use crate::error::Result;
use crate::model::Dtype;
use crate::ops::multiply_adds::{Line, multiply_adds};

/// Values that are processed in parallel: enough for every lane of a large GPU to have several.
const VALUES: usize = 1 << 20;
/// Number of rounds at first.
const MIN_ROUNDS: u32 = 16;
/// Above this duration, in milliseconds, the overhead of synchronisation is negligible.
const MIN_MILLISECONDS: f64 = 40.0;
/// Measurements of which the best one counts.
const TRIES: usize = 10;
/// The values stay finite, and far from denormals, which processors are slow at.
const LINE: Line = Line { factor: 0.5, summand: 1.0 };

/// Peak rate of float32 multiplications and additions of a device, per second, limited by its arithmetic
/// units only: on the CPU with the vectors and threads that convolutions use.
/// `clock` returns milliseconds since any point in time.
///
/// # Errors
/// [`crate::Error::DeviceLost`] or [`crate::Error::OutOfMemory`] when the device gave up.
pub async fn peak(device: &Device, clock: impl Fn() -> f64) -> Result<f64> {
    rate(Tensor::ones([VALUES], device), clock).await
}

/// As [`peak`], of float16; `None` where the device has none.
///
/// # Errors
/// Those of [`peak`].
pub async fn half_precision_peak(device: &Device, clock: impl Fn() -> f64) -> Result<Option<f64>> {
    if Dtype::F16.on(device) != Dtype::F16 {
        return Ok(None);
    }
    rate(Tensor::ones([VALUES], (device, DType::F16)), clock).await.map(Some)
}

/// Multiplications and additions a second of values of this precision.
async fn rate(values: Tensor<1>, clock: impl Fn() -> f64) -> Result<f64> {
    let time = async |rounds: u32| {
        let started = clock();
        let output = multiply_adds(values.clone(), LINE, rounds);
        read_floats(output.narrow(0, 0, 1).cast(DType::F32)).await?;
        Ok::<_, crate::Error>(clock() - started)
    };
    let mut rounds = MIN_ROUNDS;
    while time(rounds).await? < MIN_MILLISECONDS && rounds <= u32::MAX / 2 {
        rounds *= 2;
    }
    let mut best = f64::INFINITY;
    for _ in 0..TRIES {
        best = best.min(time(rounds).await?);
    }
    Ok(2.0 * VALUES as f64 * f64::from(rounds) / (best * 1e-3))
}
