//! Named layouts with the settings that belong to them.

use serde::Deserialize;

use super::{Layout, Settings};
use crate::{Error, Result};

/// The default model's, which is data beside its weights.
const NUCLEI: &str = include_str!("../../models/nuclei/preset.json");

/// For photographs.
const EVERYDAY: &str = include_str!("../../models/everyday/preset.json");

/// A layout and its settings, for trainings to start from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// The layers.
    pub layout: Layout,
    /// The settings.
    pub settings: Settings,
}

impl Preset {
    /// What [`Preset::named`] knows.
    pub const NAMES: [&str; 4] = ["nuclei", "everyday", "resnet50_fpn", "resnet50_fpn_v2"];

    /// A preset by its name: `nuclei`, the default model's (`models/nuclei/preset.json`), `everyday`, for photographs
    /// (`models/everyday/preset.json`), or torchvision's `resnet50_fpn` and `resnet50_fpn_v2`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another name.
    pub fn named(name: &str) -> Result<Self> {
        let settings = Settings::default();
        match name {
            "nuclei" => Self::read(name, NUCLEI),
            "everyday" => Self::read(name, EVERYDAY),
            "resnet50_fpn" => Ok(Self { layout: Layout::resnet50_fpn(), settings }),
            "resnet50_fpn_v2" => Ok(Self { layout: Layout::resnet50_fpn_v2(), settings }),
            other => {
                let known = Self::NAMES.join(", ");
                Err(Error::InvalidInput(format!("there is no preset `{other}`; expected one of {known}")))
            }
        }
    }

    fn read(name: &str, json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|error| Error::Internal(format!("{name}: {error}")))
    }
}
