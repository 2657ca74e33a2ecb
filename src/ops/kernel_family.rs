//! Which kernels a GPU's convolutions and linear layers run in.

use core::sync::atomic::{AtomicU8, Ordering};

use burn::tensor::Device;

use super::conv2d::algorithm::ConvAlgorithm;
use crate::error::{Error, Result};

/// One of two sets of GPU kernels for the same operations, whose results differ by rounding only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KernelFamily {
    /// No workgroup memory and no barriers: what software adapters (lavapipe, SwiftShader, WARP), which emulate
    /// both slowly, are fast with and compile quickly.
    Portable,
    /// Implicit matrix products over tiles in workgroup memory, for GPUs.
    Tiled,
}

/// The environment variable of [`KernelFamily::force_by_environment`].
const VARIABLE: &str = "MASKRCNN_GPU";

/// What [`KernelFamily::force`] was told: 0 for nothing, else one more than the family.
static FORCED: AtomicU8 = AtomicU8::new(0);

impl KernelFamily {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Portable, Self::Tiled];

    /// The family that a device runs: the one that was [forced](Self::force), else the one that [suits](Self::suiting)
    /// it. `None` for a CPU, which has no such kernels.
    pub fn of(device: &Device) -> Option<Self> {
        let suiting = Self::suiting(device)?;
        Some(Self::forced().unwrap_or(suiting))
    }

    /// [`Tiled`](Self::Tiled) for a hardware adapter with the limits that it needs, else
    /// [`Portable`](Self::Portable). `None` for a CPU.
    pub fn suiting(device: &Device) -> Option<Self> {
        suiting(device)
    }

    /// Has all devices run this family, whatever they are; `None`: each the one that suits it, as at first.
    ///
    /// It takes effect with the next operation, and the kernels that this needs are compiled then.
    pub fn force(family: Option<Self>) {
        FORCED.store(family.map_or(0, |family| family as u8 + 1), Ordering::Relaxed);
    }

    /// What was [forced](Self::force).
    fn forced() -> Option<Self> {
        Self::ALL.into_iter().find(|family| *family as u8 + 1 == FORCED.load(Ordering::Relaxed))
    }

    /// [Forces](Self::force) what the environment's `MASKRCNN_GPU` says: `portable`, `tiled`, `auto` or, to test it,
    /// `winograd`: `tiled` with [`ConvAlgorithm::Winograd`] in all layers that it has.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for any other text.
    pub fn force_by_environment() -> Result<()> {
        if let Some(name) = std::env::var_os(VARIABLE) {
            let algorithm = (name == ConvAlgorithm::Winograd.name()).then_some(ConvAlgorithm::Winograd);
            let family = match algorithm {
                Some(_) => Some(Self::Tiled),
                None => Self::chosen(&name.to_string_lossy())?,
            };
            Self::force(family);
            ConvAlgorithm::force(algorithm);
        }
        Ok(())
    }

    /// The family of this name, or `None` for `auto`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for any other text.
    pub fn chosen(name: &str) -> Result<Option<Self>> {
        match Self::ALL.into_iter().find(|family| family.name() == name) {
            Some(family) => Ok(Some(family)),
            None if name == "auto" => Ok(None),
            None => Err(Error::InvalidInput(format!(
                "the GPU's kernels (`{VARIABLE}`, `gpuKernels`) must be auto, portable or tiled, not {name:?}"
            ))),
        }
    }

    /// `portable` or `tiled`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Tiled => "tiled",
        }
    }
}

#[cfg(not(feature = "webgpu"))]
fn suiting(_: &Device) -> Option<KernelFamily> {
    None
}

#[cfg(feature = "webgpu")]
fn suiting(device: &Device) -> Option<KernelFamily> {
    match device.as_dispatch() {
        burn::backend::DispatchDevice::Cube(device) => Some(KernelFamily::suited_to(device.client().properties())),
        #[allow(unreachable_patterns, reason = "there are others with the feature `cpu`")]
        _ => None,
    }
}

#[cfg(feature = "webgpu")]
impl KernelFamily {
    /// What workgroup memory, in bytes, and invocations a device needs for [`Tiled`](Self::Tiled): no more than WebGPU
    /// guarantees.
    const TILED_LIMITS: (usize, u32) = (16 << 10, 256);

    /// As [`KernelFamily::of`].
    pub(super) fn of_client(client: &cubecl::client::Client) -> Self {
        Self::forced().unwrap_or_else(|| Self::suited_to(client.properties()))
    }

    fn suited_to(properties: &cubecl::ir::DeviceProperties) -> Self {
        let hardware = &properties.hardware;
        let (memory, units) = Self::TILED_LIMITS;
        let is_large_enough = hardware.max_shared_memory_size >= memory && hardware.max_units_per_cube >= units;
        // A software adapter has no card; in browsers not all of them say that they are software, but for their names.
        let is_gpu = properties.identity.physical.is_some() && !is_software(&properties.identity.name);
        if is_gpu && is_large_enough { Self::Tiled } else { Self::Portable }
    }
}

/// Whether an adapter's name is that of a software adapter, as `SOFTWARE` in `pkg/src/runtime/backend.ts`.
#[cfg(feature = "webgpu")]
fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render", "warp"].iter().any(|known| name.contains(known))
}
