//! Parts of the backbone that training leaves as they are
//! (`_resnet_fpn_extractor` in `torchvision/models/detection/backbone_utils.py`).

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use crate::model::MaskRcnn;

/// The stages of the residual network, the first one first.
const STAGES: [&str; 5] = ["conv1", "layer1", "layer2", "layer3", "layer4"];

/// Freezes the first `stages` stages of the residual network, 0 to 5: the convolution at the start,
/// and the four stages that C2 to C5 come from. Their normalisations use the running statistics then
/// and don't change them. torchvision freezes 2 where it starts from a trained network.
pub fn freeze(model: MaskRcnn, stages: usize) -> MaskRcnn {
    model.map(&mut Freezer { path: vec![], frozen: &STAGES[..stages.min(STAGES.len())] })
}

struct Freezer<'a> {
    path: Vec<String>,
    frozen: &'a [&'a str],
}

impl ModuleMapper for Freezer<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match &self.path[..] {
            [backbone, body, stage, ..]
                if backbone == "backbone" && body == "body" && self.frozen.contains(&stage.as_str()) =>
            {
                param.set_require_grad(false)
            }
            _ => param,
        }
    }
}
