//! In which kernels and which precision a layer is measured.

use maskrcnn_web::model::Dtype;
use maskrcnn_web::ops::conv2d::algorithm::ConvAlgorithm;
use maskrcnn_web::ops::kernel_family::KernelFamily;
use maskrcnn_web::ops::layer_shapes::LayerShape;

use crate::backend::Backend;

/// One of the ways that a device can compute layers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variant {
    /// `None` on the CPU.
    family: Option<KernelFamily>,
    algorithm: ConvAlgorithm,
    pub(super) dtype: Dtype,
}

impl Variant {
    /// All of a device.
    pub(super) fn all(backend: &Backend) -> Vec<Self> {
        let kernels = match backend.kernels() {
            Some(_) => vec![
                (Some(KernelFamily::Portable), ConvAlgorithm::Direct),
                (Some(KernelFamily::Tiled), ConvAlgorithm::Direct),
                (Some(KernelFamily::Tiled), ConvAlgorithm::Winograd),
            ],
            None => vec![(None, ConvAlgorithm::Direct)],
        };
        let has_f16 = Dtype::F16.on(&backend.device) == Dtype::F16;
        let dtypes = if has_f16 { vec![Dtype::F32, Dtype::F16] } else { vec![Dtype::F32] };
        let of_kernels = |&(family, algorithm)| dtypes.iter().map(move |&dtype| Self { family, algorithm, dtype });
        kernels.iter().flat_map(of_kernels).collect()
    }

    /// Whether it has such layers.
    pub(super) fn has(self, layer: &LayerShape) -> bool {
        self.algorithm.has(layer)
    }

    /// The one that computes the layers that this one does not have.
    pub(super) fn otherwise(self) -> Self {
        Self { algorithm: ConvAlgorithm::Direct, ..self }
    }

    /// Has all devices compute layers so.
    pub(super) fn force(self) {
        KernelFamily::force(self.family);
        ConvAlgorithm::force(Some(self.algorithm));
    }

    /// `portable`, `tiled` or `winograd`, as `MASKRCNN_GPU` has them; on the CPU none.
    pub(super) fn kernels(self) -> Option<&'static str> {
        match self.algorithm {
            ConvAlgorithm::Direct => self.family.map(KernelFamily::name),
            ConvAlgorithm::Winograd => Some(self.algorithm.name()),
        }
    }

    /// As the tables have it.
    pub(super) fn name(self) -> String {
        self.kernels().map_or_else(|| self.dtype.name().into(), |kernels| format!("{kernels} {}", self.dtype.name()))
    }
}
