//! Options as JavaScript hands them over: plain objects.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::config::{ContrastConfig, MaskRcnnConfig};
use crate::error::{Error, Result};
use crate::inference::PredictOptions;
use crate::model::Arithmetic;
use crate::model::roi_heads::RoiPooling;
use crate::structures::Image;
use crate::weights::{ChannelOrder, Conventions, WeightsOptions};

/// Limits that keep the table of overlapping pairs below 64 MiB, with five levels and 91 classes.
const MOST_CANDIDATES: usize = 8192;
const MOST_PROPOSALS: usize = 2048;

/// Bounds of numbers that have no others: they only keep the arithmetic finite.
const LEAST: f64 = 1e-4;
const MOST: f64 = 1e4;

/// What is asked of a network when it is loaded.
pub(super) struct LoadOptions {
    pub(super) weights: WeightsOptions,
    min_size: Option<usize>,
    max_size: Option<usize>,
    min_scale: Option<f64>,
    contrast: Option<Option<ContrastConfig>>,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
    anchor_sizes: Option<[f32; 5]>,
    aspect_ratios: Option<[f32; 3]>,
    pre_nms_top_n: Option<usize>,
    post_nms_top_n: Option<usize>,
    pooling: Option<RoiPooling>,
    score_threshold: Option<f32>,
    nms_threshold: Option<f32>,
    max_detections: Option<usize>,
}

impl LoadOptions {
    pub(super) fn read(options: &JsValue) -> Result<Self> {
        let pooling = match value(options, "pooling")? {
            None => None,
            Some(pooling) => match pooling.as_string().as_deref() {
                Some("align") => Some(RoiPooling::Align),
                Some("aligned") => Some(RoiPooling::Aligned),
                Some("pool") => Some(RoiPooling::Pool),
                _ => return Err(Error::InvalidInput("pooling must be 'align', 'aligned' or 'pool'".into())),
            },
        };
        let masks = boolean(options, "masks")?;
        let arithmetic = match value(options, "arithmetic")? {
            None => Arithmetic::F32,
            Some(arithmetic) => match arithmetic.as_string().as_deref() {
                Some("f32") => Arithmetic::F32,
                Some("f16") => Arithmetic::F16,
                _ => return Err(Error::InvalidInput("arithmetic must be 'f32' or 'f16'".into())),
            },
        };
        let num_classes = integer(options, "numClasses", 4096)?;
        Ok(Self {
            weights: WeightsOptions { num_classes, masks, arithmetic, ..checkpoint_options(options)? },
            min_size: integer(options, "minSize", Image::MAX_SIDE)?,
            max_size: integer(options, "maxSize", Image::MAX_SIDE)?,
            min_scale: number(options, "minScale", 0.0, MOST)?,
            contrast: contrast(options)?,
            mean: numbers(options, "mean", -MOST)?,
            std: numbers(options, "std", LEAST)?,
            anchor_sizes: numbers(options, "anchorSizes", LEAST)?,
            aspect_ratios: numbers(options, "aspectRatios", LEAST)?,
            pre_nms_top_n: integer(options, "preNmsTopN", MOST_CANDIDATES)?,
            post_nms_top_n: integer(options, "postNmsTopN", MOST_PROPOSALS)?,
            pooling,
            score_threshold: probability(options, "scoreThreshold")?,
            nms_threshold: probability(options, "nmsThreshold")?,
            max_detections: integer(options, "maxDetections", PredictOptions::MOST_DETECTIONS)?,
        })
    }

    /// Changes what has no weights.
    pub(super) fn apply(&self, config: &mut MaskRcnnConfig) {
        let MaskRcnnConfig { transform, rpn, roi_heads, .. } = config;
        set(&mut transform.min_size, self.min_size);
        set(&mut transform.max_size, self.max_size);
        set(&mut transform.min_scale, self.min_scale);
        set(&mut transform.contrast, self.contrast);
        set(&mut transform.mean, self.mean);
        set(&mut transform.std, self.std);
        set(&mut rpn.anchor_sizes, self.anchor_sizes);
        set(&mut rpn.aspect_ratios, self.aspect_ratios);
        set(&mut rpn.pre_nms_top_n, self.pre_nms_top_n);
        set(&mut rpn.post_nms_top_n, self.post_nms_top_n);
        set(&mut roi_heads.pooling, self.pooling);
        set(&mut roi_heads.score_threshold, self.score_threshold);
        set(&mut roi_heads.nms_threshold, self.nms_threshold);
        set(&mut roi_heads.detections_per_image, self.max_detections);
    }
}

/// What a checkpoint does not tell: `stateDict`, `channelOrder`, `strideIn1x1` and `batchNormEps`.
pub(super) fn checkpoint_options(options: &JsValue) -> Result<WeightsOptions> {
    let channel_order = match value(options, "channelOrder")?.map(|order| order.as_string()) {
        None => None,
        Some(order) => match order.as_deref() {
            Some("rgb") => Some(ChannelOrder::Rgb),
            Some("bgr") => Some(ChannelOrder::Bgr),
            _ => return Err(Error::InvalidInput("channelOrder must be 'rgb' or 'bgr'".into())),
        },
    };
    let conventions = Conventions {
        channel_order,
        stride_in_1x1: boolean(options, "strideIn1x1")?,
        batch_norm_eps: number(options, "batchNormEps", 0.0, MOST)?,
    };
    Ok(WeightsOptions { state_dict: text(options, "stateDict")?, conventions, ..WeightsOptions::default() })
}

fn boolean(options: &JsValue, name: &str) -> Result<Option<bool>> {
    let wrong = || Error::InvalidInput(format!("{name} must be true or false"));
    value(options, name)?.map(|value| value.as_bool().ok_or_else(wrong)).transpose()
}

pub(super) fn text(options: &JsValue, name: &str) -> Result<Option<String>> {
    let wrong = || Error::InvalidInput(format!("{name} must be a text"));
    value(options, name)?.map(|value| value.as_string().ok_or_else(wrong)).transpose()
}

/// `false`, or an array of two shares.
fn contrast(options: &JsValue) -> Result<Option<Option<ContrastConfig>>> {
    match value(options, "contrast")? {
        Some(value) if value.as_bool() == Some(false) => Ok(Some(None)),
        _ => match numbers::<2>(options, "contrast", 0.0)? {
            Some([low, high]) if low >= high || high > 1.0 => {
                Err(Error::InvalidInput("contrast must be false, or two numbers in 0..1, the lower first".into()))
            }
            shares => Ok(shares.map(|[low, high]| Some(ContrastConfig { low, high }))),
        },
    }
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

pub(super) fn predict_options(options: &JsValue) -> Result<PredictOptions> {
    Ok(PredictOptions {
        score_threshold: probability(options, "scoreThreshold")?,
        max_detections: integer(options, "maxDetections", PredictOptions::MOST_DETECTIONS)?,
    })
}

pub(super) fn value(options: &JsValue, name: &str) -> Result<Option<JsValue>> {
    if options.is_undefined() || options.is_null() {
        return Ok(None);
    }
    let value =
        Reflect::get(options, &name.into()).map_err(|_| Error::InvalidInput("the options must be an object".into()))?;
    Ok((!value.is_undefined() && !value.is_null()).then_some(value))
}

/// A number from `least` to `most`.
fn number(options: &JsValue, name: &str, least: f64, most: f64) -> Result<Option<f64>> {
    value(options, name)?.map(|value| in_range(&value, name, least, most)).transpose()
}

fn in_range(value: &JsValue, name: &str, least: f64, most: f64) -> Result<f64> {
    let number = value.as_f64().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Error::InvalidInput(format!("{name} must be a number in {least}..{most}")))
}

fn probability(options: &JsValue, name: &str) -> Result<Option<f32>> {
    Ok(number(options, name, 0.0, 1.0)?.map(|number| number as f32))
}

/// A whole number from 1 to `most`.
fn integer(options: &JsValue, name: &str, most: usize) -> Result<Option<usize>> {
    match number(options, name, 1.0, most as f64)? {
        Some(number) if number.fract() != 0.0 => Err(Error::InvalidInput(format!("{name} must be a whole number"))),
        number => Ok(number.map(|number| number as usize)),
    }
}

/// An array of `N` numbers from `least` to [`MOST`].
fn numbers<const N: usize>(options: &JsValue, name: &str, least: f64) -> Result<Option<[f32; N]>> {
    let Some(value) = value(options, name)? else { return Ok(None) };
    let wrong = || Error::InvalidInput(format!("{name} must be an array of {N} numbers"));
    let array = value.dyn_ref::<Array>().filter(|array| array.length() as usize == N).ok_or_else(wrong)?;
    let mut numbers = [0.0; N];
    for (number, item) in numbers.iter_mut().zip(array.iter()) {
        *number = in_range(&item, name, least, MOST)? as f32;
    }
    Ok(Some(numbers))
}
