//! `maskrcnn bench --layers`: how fast each layer of the networks is, in each family of GPU kernels and each precision.

mod report;
mod shapes;
mod timing;
mod variant;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use futures_lite::future::block_on;
use maskrcnn_web::Result;
use maskrcnn_web::inference::{half_precision_peak, peak};
use maskrcnn_web::model::Dtype;
use maskrcnn_web::ops::conv2d::algorithm::ConvAlgorithm;
use maskrcnn_web::ops::kernel_family::KernelFamily;
use maskrcnn_web::ops::layer_shapes::{LayerKind, LayerShape};

use crate::backend::{Backend, Choice};
use report::{Measurement, Peak, Report};
use variant::Variant;

/// What a device without a GPU is asked for at most, unless `--max-gigaflop` says otherwise.
const SOFTWARE_OPERATIONS: u64 = 50_000_000;
/// Rows and columns of the matrices whose product's rate is taken for the best that such products reach; where layers are
/// measured in parts, of smaller ones.
const MATRIX_SIDE: usize = 4096;
const SMALL_MATRIX_SIDE: usize = 256;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct LayersArguments {
    /// Measure each layer of ResNet-50 v1 and v2 at 1333×800 and of the nuclei model at 1024×1024 by itself instead, in
    /// all kernels, algorithms and precisions of the device; of the other options only --backend counts.
    #[arg(long)]
    pub(crate) layers: bool,
    /// Measure layers of more than 10⁹ times as many operations at fewer batch entries or rows [default: 0.05 on the CPU
    /// and software adapters, no limit on GPUs].
    #[arg(long, value_name = "N", requires = "layers")]
    max_gigaflop: Option<f64>,
    /// Only the layers of this network: resnet50_fpn, resnet50_fpn_v2 or nuclei.
    #[arg(long, value_name = "NAME", requires = "layers")]
    network: Option<String>,
    /// Only layers whose names contain this, such as "3×3 convolution, 256".
    #[arg(long, value_name = "TEXT", requires = "layers")]
    layer: Option<String>,
    /// Folder for the figures as JSON and Markdown, in files named by the device.
    #[arg(long, value_name = "FOLDER", requires = "layers")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &LayersArguments, backend: Choice) -> Result<ExitCode> {
    let mut networks = shapes::networks(arguments.network.as_deref())?;
    if let Some(text) = &arguments.layer {
        for network in &mut networks {
            network.layers.retain(|layer, _| report::name(layer).contains(text));
        }
        networks.retain(|network| !network.layers.is_empty());
    }
    let backend = backend.open()?;
    let limit = operations(arguments.max_gigaflop, &backend);
    let layers: BTreeSet<LayerShape> = networks.iter().flat_map(|network| network.layers.keys().copied()).collect();
    let peak = peaks(&backend, limit)?;
    let variants = Variant::all(&backend);
    let mut measurements = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let measured = limit.map_or(*layer, |limit| shapes::within(*layer, limit));
        eprintln!("{}/{} {}", index + 1, layers.len(), report::name(layer));
        for variant in variants.iter().filter(|variant| variant.has(layer)) {
            variant.force();
            let milliseconds = timing::milliseconds(measured, variant.dtype, &backend.device)?;
            measurements.push(Measurement::new((*layer, measured), *variant, milliseconds, &peak));
        }
    }
    ConvAlgorithm::force(None);
    KernelFamily::force_by_environment()?;
    let report = Report::new(&backend, limit, peak, &networks, measurements);
    print!("{}", report.markdown());
    if let Some(folder) = &arguments.out {
        report.write(folder)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The most operations that a layer is measured at.
fn operations(max_gigaflop: Option<f64>, backend: &Backend) -> Option<u64> {
    match max_gigaflop {
        Some(gigaflop) => Some((gigaflop * 1e9) as u64),
        None if backend.suiting_kernels() != Some(KernelFamily::Tiled) => Some(SOFTWARE_OPERATIONS),
        None => None,
    }
}

fn peaks(backend: &Backend, limit: Option<u64>) -> Result<Peak> {
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1e3;
    let multiply_adds = block_on(peak(&backend.device, clock))?;
    let of_f16 = block_on(half_precision_peak(&backend.device, clock))?;
    let side = if limit.is_some() { SMALL_MATRIX_SIDE } else { MATRIX_SIDE };
    let kind = LayerKind::Linear;
    let matrices = LayerShape { kind, n: side, inputs: side, outputs: side, height: 1, width: 1, kernel: 1, stride: 1 };
    let mut products: f64 = 0.0;
    let is_compared = |variant: &Variant| variant.dtype == Dtype::F32 && variant.has(&matrices);
    for variant in Variant::all(backend).into_iter().filter(is_compared) {
        variant.force();
        let milliseconds = timing::milliseconds(matrices, variant.dtype, &backend.device)?;
        products = products.max(matrices.operations() as f64 / milliseconds / 1e6);
    }
    Ok(Peak {
        multiply_adds_gigaflops: multiply_adds / 1e9,
        multiply_adds_f16_gigaflops: of_f16.map(|rate| rate / 1e9),
        matrix_product_gigaflops: products,
    })
}
