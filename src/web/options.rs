//! Options as JavaScript hands them over: plain objects.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::config::MaskRcnnConfig;
use crate::error::{Error, Result};
use crate::inference::PredictOptions;
use crate::model::roi_heads::RoiPooling;
use crate::structures::Image;
use crate::weights::WeightsOptions;

/// Limits that keep the table of overlapping pairs below 64 MiB, with five levels and 91 classes.
const MOST_CANDIDATES: usize = 8192;
const MOST_PROPOSALS: usize = 2048;

/// What is asked of a network when it is loaded.
pub(super) struct LoadOptions {
    pub(super) weights: WeightsOptions,
    min_size: Option<usize>,
    max_size: Option<usize>,
    pre_nms_top_n: Option<usize>,
    post_nms_top_n: Option<usize>,
    pooling: Option<RoiPooling>,
}

impl LoadOptions {
    pub(super) fn read(options: &JsValue) -> Result<Self> {
        let pooling = match value(options, "pooling")? {
            None => None,
            Some(pooling) => match pooling.as_string().as_deref() {
                Some("align") => Some(RoiPooling::Align),
                Some("pool") => Some(RoiPooling::Pool),
                _ => return Err(Error::InvalidInput("pooling must be 'align' or 'pool'".into())),
            },
        };
        let masks = match value(options, "masks")? {
            None => None,
            Some(masks) => Some(masks.as_bool().ok_or(Error::InvalidInput("masks must be true or false".into()))?),
        };
        Ok(Self {
            weights: WeightsOptions { num_classes: integer(options, "numClasses", 4096)?, masks, batch_norm_eps: None },
            min_size: integer(options, "minSize", Image::MAX_SIDE)?,
            max_size: integer(options, "maxSize", Image::MAX_SIDE)?,
            pre_nms_top_n: integer(options, "preNmsTopN", MOST_CANDIDATES)?,
            post_nms_top_n: integer(options, "postNmsTopN", MOST_PROPOSALS)?,
            pooling,
        })
    }

    /// Changes what has no weights.
    pub(super) fn apply(&self, config: &mut MaskRcnnConfig) {
        let set = |target: &mut usize, value: Option<usize>| *target = value.unwrap_or(*target);
        set(&mut config.transform.min_size, self.min_size);
        set(&mut config.transform.max_size, self.max_size);
        set(&mut config.rpn.pre_nms_top_n, self.pre_nms_top_n);
        set(&mut config.rpn.post_nms_top_n, self.post_nms_top_n);
        config.roi_heads.pooling = self.pooling.unwrap_or(config.roi_heads.pooling);
    }
}

pub(super) fn predict_options(options: &JsValue) -> Result<PredictOptions> {
    let score_threshold = number(options, "scoreThreshold")?.map(|threshold| threshold as f32);
    Ok(PredictOptions { score_threshold, max_detections: integer(options, "maxDetections", usize::MAX)? })
}

fn value(options: &JsValue, name: &str) -> Result<Option<JsValue>> {
    if options.is_undefined() || options.is_null() {
        return Ok(None);
    }
    let value =
        Reflect::get(options, &name.into()).map_err(|_| Error::InvalidInput("the options must be an object".into()))?;
    Ok((!value.is_undefined() && !value.is_null()).then_some(value))
}

fn number(options: &JsValue, name: &str) -> Result<Option<f64>> {
    match value(options, name)? {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(Error::InvalidInput(format!("{name} must be a number"))),
        },
    }
}

/// A whole number from 1 to `most`.
fn integer(options: &JsValue, name: &str, most: usize) -> Result<Option<usize>> {
    match number(options, name)? {
        None => Ok(None),
        Some(number) if number.fract() == 0.0 && (1.0..=most as f64).contains(&number) => Ok(Some(number as usize)),
        Some(number) => Err(Error::InvalidInput(format!("{name} is {number}; it must be a whole number in 1..{most}"))),
    }
}
