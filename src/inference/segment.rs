//! From an image of any size to its objects.

use crate::config::Settings;
use crate::config::limits::MAX_DETECTIONS;
use crate::error::Result;
use crate::image::{Image, ImageSource, Tone};
use crate::model::MaskRcnn;
use crate::structures::{Objects, Size};
use crate::tiling::{Diameter, FirstLook, Plan, Stitcher, TileChoice, TilingOptions, scale_for_diameter};

/// What is asked of a network for an image of any size.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The settings of the network. `detections.max_detections` holds for an image that is not cut into tiles, and for a
    /// model without a scale of its own.
    pub settings: &'a Settings,
    /// How the image is cut into tiles.
    pub tiling: TilingOptions,
    /// The typical diameter of the objects, which gives the scale. `None`: the model's own scale or, for an image that
    /// has to be cut and a model with `input.objectDiameter`, [`Diameter::Auto`].
    pub diameter: Option<Diameter>,
    /// Length of a pixel's side in micrometres in place of the image's.
    pub pixel_size: Option<f64>,
    /// Maximum number of objects, the best ones. `None`: no limit where the model sees objects at a scale of their own,
    /// else that of `settings`.
    pub max_objects: Option<usize>,
}

/// The objects of an image, and how the network saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmentation {
    /// The objects, best score first.
    pub objects: Objects,
    /// Pixels of the network's input for one of the image.
    pub scale: f64,
    /// The diameter of the objects in pixels of the image, where the scale was chosen by it.
    pub diameter: Option<f64>,
    /// Number of tiles.
    pub tiles: usize,
    /// How many of them were done: all, unless the caller stopped.
    pub done: usize,
    /// How much of two neighbouring tiles is the same, in pixels of the image; 0 for a single one.
    pub overlap: usize,
}

impl MaskRcnn {
    /// Finds the objects in an image of any size, tile by tile where it is larger than the network takes. Memory grows
    /// with the objects and with the size of a tile, not with the pixels.
    ///
    /// All tiles are seen in one tone. A tile with more objects than the network can give at once is cut again. Where a
    /// limit cut objects off nevertheless, [`Objects::truncated`] says so. `progress` is called with the number of tiles
    /// done and of all, 0 first, and returns whether to continue; otherwise what is done so far is returned.
    ///
    /// # Errors
    /// Those of [`MaskRcnn::predict`], of [`Plan::new`], of reading the image, and of [`Diameter::in_pixels`].
    pub async fn segment(
        &self,
        source: &dyn ImageSource,
        request: &Request<'_>,
        mut progress: impl AsyncFnMut(usize, usize) -> bool,
    ) -> Result<Segmentation> {
        request.settings.check()?;
        let Scaled { options, diameter, tone } = self.scaled(source, request).await?;
        let input = &request.settings.input;
        let size = Size { height: source.height(), width: source.width() };
        let mut plan = Plan::new(size, &options, input)?;
        if let (&[_], Some(whole)) = (&plan.tiles[..], self.whole(source, request, &plan).await?) {
            return Ok(Segmentation {
                objects: whole,
                scale: plan.scale.unwrap_or_else(|| input.scale((size.height, size.width))),
                diameter,
                tiles: 1,
                done: 1,
                overlap: 0,
            });
        }
        if plan.tiles.len() == 1 {
            let scale = plan.scale.unwrap_or_else(|| input.scale((size.height, size.width)));
            let whole = Plan { scale: Some(scale), ..plan };
            // An image that is too small to be cut stays one tile.
            plan = whole.split(0).unwrap_or(whole);
        }
        let tone = tone.map_or_else(|| request.tone(source), Ok)?;
        let mut tiles = Tiles { network: self, source, request, tone };
        let total = plan.tiles.len();
        let (scale, overlap) = (plan.scale.unwrap_or(1.0), plan.overlap);
        let mut stitcher = Stitcher::new(plan, &request.settings.detections);
        let mut done = 0;
        while progress(done, total).await && done < total {
            let found = tiles.objects(stitcher.plan(), done, (0, 0)).await?;
            stitcher.add(done, found)?;
            done += 1;
        }
        let objects = stitcher.finish().limited(request.max_objects.unwrap_or(usize::MAX));
        Ok(Segmentation { objects, scale, diameter, tiles: total, done, overlap })
    }

    /// The tiling with the scale that objects of the diameter need.
    async fn scaled(&self, source: &dyn ImageSource, request: &Request<'_>) -> Result<Scaled> {
        let input = &request.settings.input;
        let size = Size { height: source.height(), width: source.width() };
        let by_default = || -> Result<Option<Diameter>> {
            let is_unknown = input.object_diameter.is_none() || request.tiling.scale.is_some();
            let is_cut = !is_unknown && Plan::new(size, &request.tiling, input)?.tiles.len() > 1;
            Ok(is_cut.then_some(Diameter::Auto))
        };
        let Some(choice) = request.diameter.map_or_else(by_default, |diameter| Ok(Some(diameter)))? else {
            return Ok(Scaled { options: request.tiling, diameter: None, tone: None });
        };
        let (diameter, tone) = match choice.in_pixels(request.pixel_size.or(source.pixel_size()))? {
            Some(diameter) => (Some(diameter), None),
            None => {
                let tone = request.tone(source)?;
                (self.look(source, request.settings, tone).await?, Some(tone))
            }
        };
        // An image without objects has the model's own scale.
        let scale = diameter.map(|diameter| scale_for_diameter(diameter, input)).transpose()?;
        let options = TilingOptions { scale: scale.or(request.tiling.scale), ..request.tiling };
        Ok(Scaled { options, diameter, tone })
    }

    /// Estimates the diameter of the objects.
    async fn look(&self, source: &dyn ImageSource, settings: &Settings, tone: Tone) -> Result<Option<f64>> {
        let size = Size { height: source.height(), width: source.width() };
        let mut first_look = FirstLook::new(size, &settings.input)?;
        while let Some(look) = first_look.next() {
            let image = source.read(look.region)?.with_tone(tone)?;
            let settings = Settings { input: settings.input.at_scale(look.scale), ..settings.clone() };
            first_look.add(&self.objects(&image, &settings).await?);
        }
        Ok(first_look.diameter())
    }

    /// The objects of an image that the network sees at once; `None` where these are too many, and it has to be cut.
    async fn whole(&self, source: &dyn ImageSource, request: &Request<'_>, plan: &Plan) -> Result<Option<Objects>> {
        let [tile] = plan.tiles[..] else { return Ok(None) };
        let mut settings = plan.settings(request.settings);
        let is_unlimited = request.is_unlimited();
        settings.detections.max_detections = match request.max_objects {
            Some(limit) => limit.clamp(1, MAX_DETECTIONS),
            None if is_unlimited => MAX_DETECTIONS,
            None => request.settings.detections.max_detections,
        };
        let read;
        let image = match source.as_image() {
            Some(image) => image,
            None => {
                read = source.read(tile.region)?;
                &read
            }
        };
        let mut objects = self.objects(image, &settings).await?;
        if Plan::is_crowded(objects.len(), &settings) && is_unlimited && request.tiling.tile != TileChoice::Whole {
            return Ok(None);
        }
        objects.truncated = objects.len() >= settings.detections.max_detections;
        Ok(Some(objects))
    }

    /// The objects of one image, in its pixels.
    async fn objects(&self, image: &Image, settings: &Settings) -> Result<Objects> {
        let found = self.predict(core::slice::from_ref(image), settings).await?;
        Ok(found.first().map(Objects::from).unwrap_or_default())
    }
}

/// At which scale an image is seen.
struct Scaled {
    options: TilingOptions,
    /// In pixels of the image, where the scale was chosen by it.
    diameter: Option<f64>,
    /// Where it was measured.
    tone: Option<Tone>,
}

impl Request<'_> {
    fn tone(&self, source: &dyn ImageSource) -> Result<Tone> {
        if let Some(tone) = source.as_image().and_then(Image::tone) {
            return Ok(*tone);
        }
        let input = &self.settings.input;
        let contrast = input.contrast.map(|contrast| contrast.low..=contrast.high);
        Tone::of_source(source, input.channels.as_ref(), contrast)
    }

    /// Whether all objects are wanted.
    fn is_unlimited(&self) -> bool {
        self.max_objects.is_none() && self.settings.input.has_own_scale()
    }
}

/// The tiles of an image, and who looks at them.
struct Tiles<'a> {
    network: &'a MaskRcnn,
    source: &'a dyn ImageSource,
    request: &'a Request<'a>,
    tone: Tone,
}

impl Tiles<'_> {
    /// The objects of a tile, in its pixels. `(x, y)` is where the plan's image lies in the source.
    async fn objects(&mut self, plan: &Plan, tile: usize, (x, y): (usize, usize)) -> Result<Objects> {
        let mut region = plan.tiles[tile].region;
        (region.x, region.y) = (region.x + x, region.y + y);
        let image = self.source.read(region)?.with_tone(self.tone)?;
        let settings = plan.settings(self.request.settings);
        let mut found = self.network.objects(&image, &settings).await?;
        if !Plan::is_crowded(found.len(), &settings) {
            return Ok(found);
        }
        let Some(parts) = plan.split(tile) else {
            found.truncated = found.len() >= settings.detections.max_detections;
            return Ok(found);
        };
        let mut stitcher = Stitcher::new(parts, &self.request.settings.detections);
        for part in 0..stitcher.plan().tiles.len() {
            let found = Box::pin(self.objects(stitcher.plan(), part, (region.x, region.y))).await?;
            stitcher.add(part, found)?;
        }
        Ok(stitcher.finish())
    }
}
