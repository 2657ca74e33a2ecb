//! Batch normalisation folded into the convolution before it.

/// The statistics and the affine part of a batch normalisation, a number for each channel.
pub(crate) struct BatchNorm {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
}

impl BatchNorm {
    /// Scales `weight` (`[outputs, …]`) of the convolution before the normalisation, which has
    /// no bias, and gives the bias that it has afterwards.
    ///
    /// In double precision: frozen statistics have variances near 1e-10, where `eps` is 0.
    pub(crate) fn fold(&self, weight: &mut [f32], eps: f64) -> Vec<f32> {
        let inputs = weight.len() / self.weight.len().max(1);
        let channels = weight.chunks_exact_mut(inputs.max(1)).enumerate();
        channels
            .map(|(channel, weight)| {
                let scale = f64::from(self.weight[channel]) / (f64::from(self.variance[channel]) + eps).sqrt();
                for value in weight {
                    *value = (f64::from(*value) * scale) as f32;
                }
                (f64::from(self.bias[channel]) - f64::from(self.mean[channel]) * scale) as f32
            })
            .collect()
    }
}
