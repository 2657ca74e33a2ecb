//! Measures and filters of objects in the hands of JavaScript.

use js_sys::{Float64Array, Object};
use wasm_bindgen::prelude::*;

use super::failure::to_js;
use super::image::image;
use super::objects::ObjectSet;
use super::options::read;
use super::result::set;
use crate::error::{Error, Result};
use crate::measure::{Intensities, Measures, ObjectFilter, ObjectRegion, channel_names, object_regions};

/// Pixels of a region that JavaScript reads at a time.
const MAX_READ: u64 = 1 << 22;

#[wasm_bindgen]
impl ObjectSet {
    /// Measures the objects: an object with a `Float64Array` for each measure by its name, in the order of a table's
    /// columns, NaN where an object has no value. Exports and filters have these measures from then on.
    ///
    /// `samples` is a `Uint8Array`, `Uint16Array` or `Float32Array` of the whole image and `image` the JSON text of an
    /// object as for `Engine.segment`; without samples there are the intensities of `addRegion`, if any.
    ///
    /// Throws an `Error` that has a `code`.
    pub fn measure(&mut self, samples: JsValue, image: &str) -> Result<Object, JsValue> {
        self.remeasure(&samples, image).map_err(to_js)
    }

    /// The regions of the image to read one after the other for `addRegion`: four numbers each, x, y, width and height.
    pub fn regions(&self) -> Vec<u32> {
        let regions = self.object_regions().into_iter().map(|part| part.region);
        regions.flat_map(|region| [region.x, region.y, region.width, region.height]).map(|side| side as u32).collect()
    }

    /// Measures the intensities of the objects in one of the `regions`, by its index. The other arguments are as of
    /// `measure`, for the pixels of the region.
    ///
    /// Throws an `Error` that has a `code`.
    #[wasm_bindgen(js_name = addRegion)]
    pub fn add_region(&mut self, index: usize, samples: JsValue, image: &str) -> Result<(), JsValue> {
        self.add_part(index, &samples, image).map_err(to_js)
    }

    /// The indices of the objects that a filter leaves, in order. `filter` is the JSON text of an object that may have
    /// `minScore`, `minArea`, `maxArea`, `excludeBorder`, `classIds` and `measures` (the least and the largest value by
    /// name, `null` for no limit).
    ///
    /// Throws an `Error` that has a `code`.
    pub fn filter(&mut self, filter: &str) -> Result<Vec<u32>, JsValue> {
        self.filtered(filter).map_err(to_js)
    }
}

impl ObjectSet {
    /// The measures of the last measurement, else those without intensities.
    pub(super) fn ensure_measures(&mut self) -> Result<&Measures> {
        if self.measures.is_none() {
            let size = self.information.pixel_size;
            self.measures = Some(Measures::new(&self.objects, self.intensities.as_ref(), size)?);
        }
        self.measures.as_ref().ok_or_else(|| Error::Internal("the measures are missing".into()))
    }

    fn remeasure(&mut self, samples: &JsValue, image: &str) -> Result<Object> {
        if !samples.is_undefined() && !samples.is_null() {
            let image = self::image(samples, image)?;
            self.intensities = Some(Intensities::of(&self.objects, &image, &self.information.channel_names)?);
        }
        self.measures = None;
        let measures = Object::new();
        for column in self.ensure_measures()?.columns() {
            set(&measures, &column.name, &Float64Array::from(column.values.as_slice()).into());
        }
        Ok(measures)
    }

    fn object_regions(&self) -> Vec<ObjectRegion> {
        object_regions(&self.objects, MAX_READ)
    }

    fn add_part(&mut self, index: usize, samples: &JsValue, image: &str) -> Result<()> {
        let regions = self.object_regions();
        let (Some(part), Some(masks)) = (regions.get(index), &self.objects.masks) else {
            return Err(Error::InvalidInput(format!("there is no region {index}; there are {}", regions.len())));
        };
        let image = self::image(samples, image)?;
        let region = part.region;
        if (image.width(), image.height()) != (region.width, region.height) {
            return Err(Error::InvalidInput(format!(
                "region {index} has {}×{} pixels, but its image has {}×{}",
                region.width,
                region.height,
                image.width(),
                image.height()
            )));
        }
        let names = || channel_names(image.colours(), &self.information.channel_names);
        let intensities = self.intensities.get_or_insert_with(|| Intensities::new(self.objects.len(), names()));
        self.measures = None;
        intensities.add(masks, &part.objects, &image, [region.x, region.y])
    }

    fn filtered(&mut self, filter: &str) -> Result<Vec<u32>> {
        let filter: ObjectFilter = read(filter)?;
        self.ensure_measures()?;
        let measures = self.measures.as_ref().ok_or_else(|| Error::Internal("the measures are missing".into()))?;
        Ok(filter.indices(&self.objects, measures)?.into_iter().map(|index| index as u32).collect())
    }
}
