//! One call to a network: what it is asked with, and its answer as JavaScript gets it.

use wasm_bindgen::JsValue;

use super::options::{CallOptions, read};
use super::{clock, result};
use crate::config::Settings;
use crate::error::Result;
use crate::image::Tone;
use crate::inference::{Inspection, Stage, counting_read_backs};
use crate::model::PictureSize;
use crate::structures::{Detections, Size};

/// A call that is being answered.
pub(super) struct Call {
    pub(super) options: CallOptions,
    /// The model's, with the call's in their places.
    pub(super) settings: Settings,
    started: f64,
}

/// What a network made of an image.
pub(super) struct Found {
    detections: Detections,
    /// The size of the image, and the stages; where they were asked for.
    inspected: Option<(PictureSize, Vec<Stage>)>,
}

impl From<Detections> for Found {
    fn from(detections: Detections) -> Self {
        Self { detections, inspected: None }
    }
}

impl From<Inspection> for Found {
    fn from(Inspection { detections, size, stages }: Inspection) -> Self {
        Self { detections, inspected: Some((size, stages)) }
    }
}

impl Call {
    /// A call that begins now.
    ///
    /// # Errors
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for unknown options, and settings out of range.
    pub(super) fn start(options: &str, settings: &Settings) -> Result<Self> {
        let started = clock::milliseconds();
        let options: CallOptions = read(options)?;
        let settings = options.settings(settings)?;
        Ok(Self { options, settings, started })
    }

    /// How long the call has taken so far.
    pub(super) fn milliseconds(&self) -> f64 {
        clock::milliseconds() - self.started
    }

    /// An object of typed arrays, of what `find` finds on an image of this size, and in which tone.
    ///
    /// # Errors
    /// Those of `find`.
    pub(super) async fn answer(
        &self,
        find: impl Future<Output = Result<(Found, Tone)>>,
        size: Size,
    ) -> Result<JsValue> {
        let (found, read_backs) = counting_read_backs(find).await;
        let (Found { detections, inspected }, tone) = found?;
        let object = result::detections(&detections, self.options.soft_masks.unwrap_or(true));
        result::set(&object, "channels", &result::channels(&tone));
        result::set(&object, "scale", &self.settings.input.scale((size.height, size.width)).into());
        result::set(&object, "readBacks", &read_backs.into());
        result::set(&object, "milliseconds", &self.milliseconds().into());
        if let Some((size, stages)) = &inspected {
            result::set(&object, "stages", &result::stages(stages));
            result::set(&object, "resizedWidth", &size.resized.1.into());
            result::set(&object, "resizedHeight", &size.resized.0.into());
        }
        Ok(object)
    }
}
