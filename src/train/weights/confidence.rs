//! How sure a network says that it is of what it found.

use burn::tensor::TensorData;

use crate::weights::{StateDict, StateTensor, detectron2};
use crate::{Error, Result};

/// The bias of the class logits.
const BIAS: &str = "roi_heads.box_predictor.cls_score.bias";

/// Changes a network's scores such that the best one to demand of a detection, which `score` is now, becomes
/// 0.5: the background's logit grows by ln(score / (1 − score)). With one class the order of scores stays; with
/// more, that and the 0.5 are exact only where the other classes' scores are 0.
///
/// `state` is a state dict with torchvision's names, or with detectron2's, which has the background last.
///
/// # Errors
/// [`Error::InvalidInput`] unless `score` is between 0 and 1; [`Error::WeightsIncompatible`] if there are no
/// class logits; those of [`StateTensor::to_f32`].
pub fn with_even_score(state: StateDict, score: f64) -> Result<StateDict> {
    if !(score > 0.0 && score < 1.0) {
        return Err(Error::InvalidInput(format!("the score is {score}; it must be between 0 and 1")));
    }
    let Some(tensor) = state.get(BIAS) else {
        return Err(Error::WeightsIncompatible(format!("`{BIAS}` is missing: there are no scores to change")));
    };
    let mut bias = tensor.to_f32()?;
    let background = if detectron2::named_so(&state) { bias.len() - 1 } else { 0 };
    bias[background] += (score / (1.0 - score)).ln() as f32;
    let shape = tensor.shape().to_vec();
    let bias = StateTensor::from_data(BIAS.into(), TensorData::new(bias, shape));
    Ok(state.into_iter().filter(|(name, _)| name != BIAS).chain([(BIAS.to_owned(), bias)]).collect())
}
