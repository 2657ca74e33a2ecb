//! Parts of the backbone that training leaves as they are
//! (`_resnet_fpn_extractor` in `torchvision/models/detection/backbone_utils.py`).

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use crate::config::BodyConfig;
use crate::model::MaskRcnn;
use crate::train::optim::parameters::Path;

/// The stages of a residual network, the first one first.
const STAGES: [&str; 5] = ["conv1", "layer1", "layer2", "layer3", "layer4"];

/// Freezes the first `stages` stages of the body, 0 to 5: what comes before the first stage (the convolution at the
/// start; in an EfficientNet-Lite also the first group of blocks), and the four stages that C2 to C5 come from. Their
/// normalisations use the running statistics then and don't change them. torchvision freezes 2 where it starts from a
/// trained network.
pub fn freeze(model: MaskRcnn, stages: usize) -> MaskRcnn {
    let body = model.layout().backbone.clone();
    model.map(&mut Freezer { path: Path::default(), body, stages: stages.min(STAGES.len()) })
}

struct Freezer {
    path: Path,
    body: BodyConfig,
    stages: usize,
}

impl Freezer {
    /// Whether the parameter of the body with this path in it is one of a frozen stage.
    fn is_frozen(&self, path: &[String]) -> bool {
        match (&self.body, path) {
            (BodyConfig::ResNet(_), [stage, ..]) => STAGES[..self.stages].contains(&stage.as_str()),
            (BodyConfig::EfficientNetLite(_), [stem, ..]) if stem == "stem" => self.stages > 0,
            (BodyConfig::EfficientNetLite(config), [_, index, ..]) => {
                let end = self.stages.checked_sub(1).map_or(0, |last| config.stage_ends()[last]);
                index.parse().is_ok_and(|index: usize| index < end)
            }
            _ => false,
        }
    }
}

impl ModuleMapper for Freezer {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.path.names() {
            [backbone, body, path @ ..] if backbone == "backbone" && body == "body" && self.is_frozen(path) => {
                param.set_require_grad(false)
            }
            _ => param,
        }
    }
}
