//! Large images: where their tiles are, and from the objects of the tiles to those of the image.

use js_sys::Uint32Array;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use super::failure::to_js;
use super::objects::objects;
use super::result::object_arrays;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::structures::{Objects, Size};
use crate::tiling::{self, Plan, Stitcher, TilingOptions};

/// An image that is cut into tiles, which may be done anywhere and in any order.
#[wasm_bindgen]
pub struct Tiling {
    stitcher: Stitcher,
    settings: Settings,
}

#[wasm_bindgen]
impl Tiling {
    /// Plans the tiles of an image of `width × height` pixels.
    ///
    /// `settings` is the JSON text of the network's, all of them. `options` is the JSON text of an object that may have
    /// `tile` (`"auto"`, `false` or the maximum side in pixels of the image), `overlap` (in pixels of the image) and
    /// `scale` (pixels of the network's input for one of the image). Throws an `Error` that has a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(width: f64, height: f64, settings: &str, options: &str) -> Result<Tiling, JsValue> {
        planned(width, height, settings, options).map_err(to_js)
    }

    /// The plan, as the JSON text of an object with `width`, `height`, `scale` (`null` where the whole image is one tile
    /// that is resized as the settings say), `overlap` and `tiles`, each with its `region` and its `core`.
    #[wasm_bindgen(getter)]
    pub fn plan(&self) -> Result<String, JsValue> {
        json(self.stitcher.plan())
    }

    /// The settings with which the network runs on each tile, as JSON text.
    #[wasm_bindgen(getter)]
    pub fn settings(&self) -> Result<String, JsValue> {
        json(&self.stitcher.plan().settings(&self.settings))
    }

    /// A tile that has more objects than the network can give at once, as an image of its own that is cut into smaller
    /// tiles; `undefined` where these would be too small.
    pub fn split(&self, tile: usize) -> Option<Tiling> {
        let plan = self.stitcher.plan().split(tile)?;
        let stitcher = Stitcher::new(plan, &self.settings.detections);
        Some(Self { stitcher, settings: self.settings.clone() })
    }

    /// Takes the objects of a tile, in pixels of the tile and in the form that `ObjectSet` takes; `truncated` says
    /// whether there are more.
    ///
    /// Throws an `Error` that has a `code`.
    pub fn add(&mut self, tile: usize, arrays: &JsValue, truncated: bool) -> Result<(), JsValue> {
        let found = objects(arrays).map(|objects| Objects { truncated, ..objects });
        found.and_then(|objects| self.stitcher.add(tile, objects)).map_err(to_js)
    }

    /// Whether the network may have missed some of a tile's objects where it gave this many.
    #[wasm_bindgen(js_name = isCrowded)]
    pub fn is_crowded(&self, found: usize) -> bool {
        Plan::is_crowded(found, &self.stitcher.plan().settings(&self.settings))
    }

    /// The indices of a tile's objects that have their middle nearer to the tile's than to any other's: those to show
    /// before all tiles are done. The arguments are as of `add`.
    ///
    /// Throws an `Error` that has a `code`.
    pub fn core(&self, tile: usize, arrays: &JsValue) -> Result<Uint32Array, JsValue> {
        let found = objects(arrays).map_err(to_js)?;
        let plan = self.stitcher.plan();
        let Some(region) = plan.tiles.get(tile).map(|tile| tile.region) else {
            return Err(to_js(Error::InvalidInput(format!("there is no tile {tile}"))));
        };
        let is_shown = |&index: &usize| {
            let mut area = found.boxes[index];
            let (x, y) = (region.x as f32, region.y as f32);
            (area.x1, area.x2) = (area.x1 + x, area.x2 + x);
            (area.y1, area.y2) = (area.y1 + y, area.y2 + y);
            plan.is_in_core(tile, &area)
        };
        let indices: Vec<u32> = (0..found.len()).filter(is_shown).map(|index| index as u32).collect();
        Ok(Uint32Array::from(indices.as_slice()))
    }

    /// The objects of all tiles that were added, best score first, in the form that `ObjectSet` takes, with `truncated`.
    pub fn objects(&self) -> JsValue {
        let found = self.stitcher.so_far();
        let arrays = object_arrays(&found);
        super::result::set(&arrays, "truncated", &found.truncated.into());
        arrays
    }
}

/// The scale at which objects of a `diameter` in pixels of the image have the one that the model was trained with;
/// `settings` are as of `Tiling`.
///
/// Throws an `Error` that has a `code`.
#[wasm_bindgen(js_name = scaleForDiameter)]
pub fn scale_for_diameter(settings: &str, diameter: f64) -> Result<f64, JsValue> {
    parsed::<Settings>(settings, "settings")
        .and_then(|settings| tiling::scale_for_diameter(diameter, &settings.input))
        .map_err(to_js)
}

/// A look at small parts of an image, for the median diameter of its objects.
#[wasm_bindgen]
pub struct FirstLook {
    look: tiling::FirstLook,
}

#[wasm_bindgen]
impl FirstLook {
    /// Nothing seen yet of an image of `width × height` pixels; `settings` are as of `Tiling`.
    ///
    /// Throws an `Error` that has a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(width: f64, height: f64, settings: &str) -> Result<FirstLook, JsValue> {
        let look = parsed::<Settings>(settings, "settings")
            .and_then(|settings| tiling::FirstLook::new(size(width, height), &settings.input));
        look.map(|look| Self { look }).map_err(to_js)
    }

    /// What the network is to look at next, as the JSON text of an object with a `region` and the `scale`; `undefined`
    /// where the diameter is as well known as it will be.
    pub fn next(&self) -> Result<Option<String>, JsValue> {
        self.look.next().map(|look| json(&look)).transpose()
    }

    /// Takes what was found there, in pixels of the region and in the form that `ObjectSet` takes.
    ///
    /// Throws an `Error` that has a `code`.
    pub fn add(&mut self, arrays: &JsValue) -> Result<(), JsValue> {
        let found = objects(arrays).map_err(to_js)?;
        self.look.add(&found);
        Ok(())
    }

    /// The diameter in pixels of the image; `undefined` where there are too few objects to tell.
    #[wasm_bindgen(getter)]
    pub fn diameter(&self) -> Option<f64> {
        self.look.diameter()
    }
}

/// The regions that the tone of an image of `width × height` pixels is measured on, all of one size, as JSON text.
#[wasm_bindgen(js_name = toneRegions)]
pub fn tone_regions(width: f64, height: f64) -> Result<String, JsValue> {
    let Size { height, width } = size(width, height);
    json(&crate::image::tone_regions(width.max(1), height.max(1)))
}

fn planned(width: f64, height: f64, settings: &str, options: &str) -> Result<Tiling> {
    let settings: Settings = parsed(settings, "settings")?;
    let options: TilingOptions = parsed(options, "options")?;
    let plan = Plan::new(size(width, height), &options, &settings.input)?;
    Ok(Tiling { stitcher: Stitcher::new(plan, &settings.detections), settings })
}

/// A cast saturates; plans check the size.
fn size(width: f64, height: f64) -> Size {
    Size { height: height as usize, width: width as usize }
}

fn parsed<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::InvalidInput(format!("the {what}: {error}")))
}

fn json(value: &impl serde::Serialize) -> Result<String, JsValue> {
    serde_json::to_string(value).map_err(|error| to_js(Error::Internal(error.to_string())))
}
