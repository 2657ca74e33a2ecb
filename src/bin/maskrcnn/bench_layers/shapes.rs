//! The layers that networks have.

use std::collections::BTreeMap;

use burn::tensor::Device;
use futures_lite::future::block_on;
use maskrcnn_web::config::{Norm, Preset};
use maskrcnn_web::image::Image;
use maskrcnn_web::ops::layer_shapes::{LayerKind, LayerShape, record, recorded};
use maskrcnn_web::{Error, Layout, Result};

/// The presets that are measured, and the image that each sees, width and height.
const NETWORKS: [(&str, usize, usize); 3] =
    [("resnet50_fpn", 1333, 800), ("resnet50_fpn_v2", 1333, 800), ("nuclei", 1024, 1024)];

/// The layers of a network.
pub(super) struct NetworkLayers {
    /// The preset's name.
    pub(super) name: &'static str,
    /// The image that it sees.
    pub(super) width: usize,
    pub(super) height: usize,
    /// How often each is run for the image.
    pub(super) layers: BTreeMap<LayerShape, usize>,
}

/// Those of all networks, or of the one of this name. They are run once on the CPU, with weights of zero: tensors between
/// the stages have a fixed size, whatever is found.
///
/// # Errors
/// `invalid-input` for a name that none has.
pub(super) fn networks(name: Option<&str>) -> Result<Vec<NetworkLayers>> {
    let chosen: Vec<_> = NETWORKS.into_iter().filter(|(known, ..)| name.is_none_or(|name| name == *known)).collect();
    if chosen.is_empty() {
        let known = NETWORKS.map(|(known, ..)| known).join(", ");
        return Err(Error::InvalidInput(format!("--network must be one of {known}, not {:?}", name.unwrap_or(""))));
    }
    chosen.into_iter().map(|(name, width, height)| layers(name, width, height)).collect()
}

fn layers(name: &'static str, width: usize, height: usize) -> Result<NetworkLayers> {
    let Preset { layout, mut settings } = Preset::named(name)?;
    let network = Layout { norm: Norm::Folded, ..layout }.init(&Device::flex());
    (settings.input.min_size, settings.input.max_size) = (width.min(height), width.max(height));
    let image = Image::from_rgba(width, height, vec![128; width * height * 4])?;
    record();
    let found = block_on(network.predict(&[image], &settings));
    let mut layers = BTreeMap::new();
    for layer in recorded() {
        *layers.entry(layer).or_default() += 1;
    }
    found?;
    Ok(NetworkLayers { name, width, height, layers })
}

/// Rows that a linear layer has at least: with fewer, only its weights are read.
const MIN_ROWS: usize = 16;

/// The same layer with at most this many operations: of fewer batch entries, else of fewer rows, if that will do.
pub(super) fn within(layer: LayerShape, operations: u64) -> LayerShape {
    let reduced = |length: usize, all: u64| (length as u64 * operations / all).max(1) as usize;
    let mut small = layer;
    if small.operations() > operations {
        let least = if small.kind == LayerKind::Linear { MIN_ROWS.min(small.n) } else { 1 };
        small.n = reduced(small.n, small.operations()).max(least);
    }
    if small.operations() > operations && small.height > 1 {
        small.height = reduced(small.height, small.operations()).max(small.stride);
    }
    small
}

#[cfg(test)]
mod tests {
    use maskrcnn_web::ops::layer_shapes::{LayerKind, LayerShape};

    use super::within;

    const LAYER: LayerShape = LayerShape {
        kind: LayerKind::Convolution,
        n: 10,
        inputs: 16,
        outputs: 32,
        height: 20,
        width: 30,
        kernel: 3,
        stride: 1,
    };

    #[test]
    fn a_layer_is_reduced_no_further_than_asked() {
        assert_eq!(within(LAYER, LAYER.operations()), LAYER);
        let half = within(LAYER, LAYER.operations() / 2);
        assert_eq!(half, LayerShape { n: 5, ..LAYER });
        let small = within(LAYER, LAYER.operations() / 100);
        assert_eq!(small, LayerShape { n: 1, height: 2, ..LAYER });
        let linear = LayerShape { kind: LayerKind::Linear, n: 1000, height: 1, width: 1, kernel: 1, ..LAYER };
        assert_eq!(within(linear, 1), LayerShape { n: 16, ..linear });
    }
}
