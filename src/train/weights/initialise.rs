//! The weights that training from scratch begins with: torchvision's
//! (`torchvision/models/resnet.py`, `ops/feature_pyramid_network.py`, `models/detection/rpn.py`,
//! `faster_rcnn.py` and `mask_rcnn.py`; PyTorch's own for what these leave as it is).

use burn::tensor::{Tensor, TensorData};

use crate::model::MaskRcnn;
use crate::train::{Parameter, Random, map_parameters};

/// Gives all weights random values, and the normalisations statistics that change nothing.
pub fn initialise(model: MaskRcnn, random: &mut Random) -> MaskRcnn {
    // What PyTorch draws a bias from depends on the inputs of the weight, which comes before it.
    let mut inputs = 1;
    map_parameters(model, |parameter| {
        if parameter.shape.len() > 1 {
            inputs = fan(parameter).inputs;
        }
        let distribution = distribution(parameter, inputs);
        let count = parameter.shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| distribution.draw(random)).collect();
        Some(Tensor::from_data(TensorData::new(values, [count]), &parameter.value.device()))
    })
}

/// What a weight's values are drawn from.
enum Distribution {
    Constant(f32),
    /// With mean 0 and this standard deviation.
    Normal(f32),
    /// Between minus and plus this.
    Uniform(f32),
}

impl Distribution {
    fn draw(&self, random: &mut Random) -> f32 {
        match *self {
            Self::Constant(value) => value,
            Self::Normal(deviation) => deviation * random.normal(),
            Self::Uniform(bound) => random.between(-bound, bound),
        }
    }

    /// Keeps the variance of what flows back through a rectifier (He et al. 2015, equation 14).
    fn he(fan: &Fan) -> Self {
        Self::Normal((2.0 / fan.outputs as f32).sqrt())
    }

    /// PyTorch's own for convolutions and linear layers, weight and bias.
    fn standard(inputs: usize) -> Self {
        Self::Uniform((1.0 / inputs as f32).sqrt())
    }
}

/// With how many inputs each output of a layer is computed, and the other way round, as PyTorch
/// counts (`_calculate_fan_in_and_fan_out`): the second axis are the inputs, the first the outputs,
/// for transposed convolutions too.
struct Fan {
    inputs: usize,
    outputs: usize,
}

fn fan(parameter: &Parameter) -> Fan {
    match parameter.shape[..] {
        // PyTorch counts all outputs of a depthwise convolution, though an input has one only; TensorFlow does not.
        [_, _, height, width] if parameter.path.ends_with(".depthwise.weight") => {
            Fan { inputs: height * width, outputs: height * width }
        }
        [outputs, inputs, height, width] => Fan { inputs: inputs * height * width, outputs: outputs * height * width },
        [inputs, outputs] => Fan { inputs, outputs },
        _ => Fan { inputs: 1, outputs: 1 },
    }
}

/// `inputs` are those of the layer.
fn distribution(parameter: &Parameter, inputs: usize) -> Distribution {
    let path = parameter.path.as_str();
    if let Some((_, statistic)) = path.rsplit_once(".norm.") {
        return Distribution::Constant(if matches!(statistic, "weight" | "running_var") { 1.0 } else { 0.0 });
    }
    let is_bias = path.ends_with(".bias");
    let begins = |part: &str| path.starts_with(part);
    let is_linear = begins("roi_heads.box_head.fcs.") || begins("roi_heads.box_predictor.");
    if is_linear || is_bias && begins("roi_heads.mask_predictor.") {
        Distribution::standard(inputs)
    } else if is_bias {
        Distribution::Constant(0.0)
    } else if begins("rpn.") {
        Distribution::Normal(0.01)
    } else if begins("backbone.fpn.") {
        Distribution::Uniform((3.0 / inputs as f32).sqrt())
    } else {
        Distribution::he(&fan(parameter))
    }
}
