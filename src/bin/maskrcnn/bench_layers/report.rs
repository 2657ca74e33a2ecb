//! The figures of all layers, as JSON and as Markdown.

use std::fmt::Write as _;
use std::path::Path;

use maskrcnn_web::ops::kernel_family::KernelFamily;
use maskrcnn_web::ops::layer_shapes::{LayerKind, LayerShape};
use maskrcnn_web::{Error, Result};
use serde::Serialize;

use super::shapes::NetworkLayers;
use super::variant::Variant;
use crate::backend::Backend;
use crate::files;

/// The most that the device does, in float32 unless it says otherwise, in 10⁹ operations a second.
#[derive(Debug, Serialize)]
pub(super) struct Peak {
    /// Of a kernel of nothing but multiplications and additions.
    pub(super) multiply_adds_gigaflops: f64,
    /// Of the same kernel in float16, where the device has it.
    pub(super) multiply_adds_f16_gigaflops: Option<f64>,
    /// Of the best product of two square matrices.
    pub(super) matrix_product_gigaflops: f64,
}

/// A layer in one variant.
#[derive(Debug, Serialize)]
pub(super) struct Measurement {
    #[serde(skip)]
    layer: LayerShape,
    #[serde(skip)]
    variant: Variant,
    /// The layer.
    name: String,
    /// The layer as it was measured, where that is a part of it.
    measured: Option<String>,
    /// `portable`, `tiled`, `winograd` (`tiled` by Winograd's algorithm) or, on the CPU, none.
    kernels: Option<&'static str>,
    dtype: &'static str,
    /// Of the whole layer; where a part was measured, at its rate.
    milliseconds: f64,
    gigaflops: f64,
    /// Of the peak of multiplications and additions in float32.
    share_of_peak: f64,
}

/// A network's layers.
#[derive(Debug, Serialize)]
struct NetworkReport {
    name: &'static str,
    width: usize,
    height: usize,
    layers: Vec<LayerCount>,
}

/// A layer of a network.
#[derive(Debug, Serialize)]
struct LayerCount {
    name: String,
    /// How often it is run for an image.
    count: usize,
    gigaflop: f64,
    #[serde(skip)]
    layer: LayerShape,
}

/// All figures.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    device: String,
    backend: &'static str,
    /// The kernels that the device takes of itself.
    kernels: Option<&'static str>,
    /// Layers with more operations are measured in parts.
    max_gigaflop: Option<f64>,
    peak: Peak,
    networks: Vec<NetworkReport>,
    measurements: Vec<Measurement>,
}

impl Measurement {
    /// Of the layer of which the second shape took so long.
    pub(super) fn new(
        (layer, measured): (LayerShape, LayerShape),
        variant: Variant,
        milliseconds: f64,
        peak: &Peak,
    ) -> Self {
        let gigaflops = measured.operations() as f64 / milliseconds / 1e6;
        Self {
            layer,
            variant,
            name: name(&layer),
            measured: (measured != layer).then(|| name(&measured)),
            kernels: variant.kernels(),
            dtype: variant.dtype.name(),
            milliseconds: layer.operations() as f64 / gigaflops / 1e6,
            gigaflops,
            share_of_peak: gigaflops / peak.multiply_adds_gigaflops,
        }
    }
}

/// A layer in words: `3×3 convolution, 64 → 128, 200×336, stride 2`.
pub(super) fn name(layer: &LayerShape) -> String {
    let LayerShape { kind, n, inputs, outputs, height, width, kernel, stride } = *layer;
    if kind == LayerKind::Linear {
        return format!("linear, {inputs} → {outputs}, {n} rows");
    }
    let entries = if n > 1 { format!("{n} × ") } else { String::new() };
    let step = if stride > 1 { format!(", stride {stride}") } else { String::new() };
    let after = match kind {
        LayerKind::Residual => ", with a shortcut",
        LayerKind::Present => ", of valid regions",
        LayerKind::Convolution | LayerKind::Depthwise | LayerKind::Linear => "",
    };
    let what = if kind == LayerKind::Depthwise { "depthwise convolution" } else { "convolution" };
    format!("{kernel}×{kernel} {what}, {inputs} → {outputs}, {entries}{height}×{width}{step}{after}")
}

impl Report {
    /// Of these measurements, which are of all layers of the networks.
    pub(super) fn new(
        backend: &Backend,
        limit: Option<u64>,
        peak: Peak,
        networks: &[NetworkLayers],
        measurements: Vec<Measurement>,
    ) -> Self {
        let count = |(layer, count): (&LayerShape, &usize)| LayerCount {
            name: name(layer),
            count: *count,
            gigaflop: layer.operations() as f64 / 1e9,
            layer: *layer,
        };
        let network = |network: &NetworkLayers| NetworkReport {
            name: network.name,
            width: network.width,
            height: network.height,
            layers: network.layers.iter().map(count).collect(),
        };
        Self {
            device: backend.device_name(),
            backend: backend.name,
            kernels: backend.suiting_kernels().map(KernelFamily::name),
            max_gigaflop: limit.map(|operations| operations as f64 / 1e9),
            peak,
            networks: networks.iter().map(network).collect(),
            measurements,
        }
    }

    /// The tables.
    pub(super) fn markdown(&self) -> String {
        let Peak { multiply_adds_gigaflops, multiply_adds_f16_gigaflops, matrix_product_gigaflops } = self.peak;
        let mut text = format!("# Layers on {}\n\n", self.device);
        let _ = writeln!(
            text,
            "Measured on {} by `maskrcnn bench --layers`. In float32 the device reaches {multiply_adds_gigaflops:.1} GFLOP/s \
             of multiplications and additions alone, which shares are of, and {matrix_product_gigaflops:.1} GFLOP/s in a \
             product of matrices.",
            self.backend
        );
        if let Some(rate) = multiply_adds_f16_gigaflops {
            let _ = writeln!(text, "In float16 it reaches {rate:.1} GFLOP/s of multiplications and additions.");
        }
        if let Some(limit) = self.max_gigaflop {
            let _ = writeln!(
                text,
                "Layers of more than {limit} GFLOP were measured at fewer batch entries or rows, as the device is no GPU or \
                 was not to take long; times are those of the whole layer at that rate."
            );
        }
        if self.kernels.is_some() {
            let _ = writeln!(
                text,
                "`winograd` are the tiled kernels with 3×3 convolutions by Winograd's algorithm, whose rate counts the operations \
                 of the definition; its sums of times have those of `tiled` for all other layers."
            );
        }
        for network in &self.networks {
            self.table(&mut text, network);
        }
        text
    }

    /// The table of a network: the rate of each layer in each variant that has it, and the sum of all times, with those of
    /// another variant for the layers that one does not have.
    fn table(&self, text: &mut String, network: &NetworkReport) {
        let mut variants: Vec<Variant> = Vec::new();
        for Measurement { variant, .. } in &self.measurements {
            if !variants.contains(variant) {
                variants.push(*variant);
            }
        }
        let _ = writeln!(text, "\n## {} at {}×{}\n", network.name, network.width, network.height);
        let heads = variants.iter().map(|variant| format!(" {}: ms | GFLOP/s | of peak |", variant.name()));
        let _ = writeln!(text, "| layer | times | GFLOP |{}", heads.collect::<String>());
        let _ = writeln!(text, "|---|--:|--:|{}", "--:|--:|--:|".repeat(variants.len()));
        let mut totals = vec![0.0; variants.len()];
        let mut operations = 0.0;
        for LayerCount { name, count, gigaflop, layer } in &network.layers {
            operations += gigaflop * *count as f64;
            let _ = write!(text, "| {name} | {count} | {gigaflop:.2} |");
            for (variant, total) in variants.iter().zip(&mut totals) {
                let own = if variant.has(layer) { *variant } else { variant.otherwise() };
                let is_it = |found: &&Measurement| found.layer == *layer && found.variant == own;
                let Some(found) = self.measurements.iter().find(is_it) else { continue };
                *total += found.milliseconds * *count as f64;
                let (rate, share) = (found.gigaflops, found.share_of_peak * 100.0);
                let _ = match own == *variant {
                    true => write!(text, " {:.3} | {rate:.1} | {share:.1} % |", found.milliseconds),
                    false => write!(text, " – | – | – |"),
                };
            }
            text.push('\n');
        }
        let _ = write!(text, "| all layers | | {operations:.1} |");
        for total in totals {
            let rate = operations / total * 1e3;
            let share = rate / self.peak.multiply_adds_gigaflops * 100.0;
            let _ = write!(text, " {total:.1} | {rate:.1} | {share:.1} % |");
        }
        text.push('\n');
    }

    /// Writes both into a folder, into files named by the device.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(self).map_err(|error| Error::Internal(error.to_string()))?;
        let file = folder.join(slug(&self.device));
        files::write(&file.with_extension("json"), (json + "\n").as_bytes())?;
        files::write(&file.with_extension("md"), self.markdown().as_bytes())
    }
}

/// A name as a file has it: lower-case letters, digits and single hyphens.
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_file_is_named_by_the_device() {
        assert_eq!(slug("llvmpipe (LLVM 15.0.6, 256 bits)"), "llvmpipe-llvm-15-0-6-256-bits");
        assert_eq!(slug("NVIDIA H200"), "nvidia-h200");
    }
}
