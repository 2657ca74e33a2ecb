//! Which objects stay, by what is measured of them.

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::image::ImageSource;
use maskrcnn_web::measure::{Condition, Intensities, Measures, ObjectFilter};
use maskrcnn_web::structures::Objects;

/// What names of measures of intensities begin with, which depend on the image's channels.
const INTENSITY: &str = "intensity_";

/// The options.
#[derive(Debug, Clone, Args)]
pub(crate) struct FilterArguments {
    /// Only objects of at least this area in square pixels.
    #[arg(long, value_name = "AREA")]
    min_area: Option<f64>,
    /// Only objects of at most this area in square pixels.
    #[arg(long, value_name = "AREA")]
    max_area: Option<f64>,
    /// Only objects that do not touch the image's edge.
    #[arg(long)]
    exclude_border: bool,
    /// Only objects with a measure within a limit, such as 'circularity>=0.8' or 'area_um2<200'; can be given several
    /// times. Measures are the columns of --csv; an object without a value is left out.
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<Condition>,
}

impl FilterArguments {
    /// # Errors
    /// `invalid-input` for a measure that does not exist and for limits that no object is within.
    pub(crate) fn check(&self) -> Result<()> {
        let known = Measures::new(&Objects::default(), None, Some(1.0))?;
        let mut filter = self.filter();
        filter.conditions.retain(|condition| !condition.measure.starts_with(INTENSITY));
        filter.indices(&Objects::default(), &known).map(drop)
    }

    /// The objects that stay. Those of `objects` were found in `image`, whose pixels have this side in micrometres.
    ///
    /// # Errors
    /// `invalid-input` for a measure that the image does not have, and those of reading the image.
    pub(crate) fn apply(&self, objects: Objects, image: &dyn ImageSource, pixel_size: Option<f64>) -> Result<Objects> {
        let filter = self.filter();
        if filter == ObjectFilter::default() {
            return Ok(objects);
        }
        let has_intensities = filter.conditions.iter().any(|condition| condition.measure.starts_with(INTENSITY));
        let intensities = has_intensities.then(|| Intensities::read(&objects, image)).transpose()?;
        let measures = Measures::new(&objects, intensities.as_ref(), pixel_size)?;
        Ok(objects.select(&filter.indices(&objects, &measures)?))
    }

    fn filter(&self) -> ObjectFilter {
        ObjectFilter {
            min_area: self.min_area,
            max_area: self.max_area,
            exclude_border: self.exclude_border,
            conditions: self.conditions.clone(),
            ..ObjectFilter::default()
        }
    }
}
