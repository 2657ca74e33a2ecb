//! Finds the cell nuclei of an image with the default model, prints them, and draws their masks.
//!
//! ```sh
//! cargo run --release --example predict -- www/example.png overlay.png
//! ```

use std::env;
use std::path::PathBuf;

use burn::tensor::Device;
use futures_lite::future::block_on;
use image::{Rgb, RgbImage};
use maskrcnn_web::image::Image;
use maskrcnn_web::structures::Detection;
use maskrcnn_web::structures::{MASK_THRESHOLD, paste};
use maskrcnn_web::weights::{self, WeightsOptions};
use maskrcnn_web::{Error, Model, Result};

const COLOURS: [Rgb<u8>; 4] = [Rgb([230, 159, 0]), Rgb([86, 180, 233]), Rgb([0, 158, 115]), Rgb([240, 228, 66])];

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err(Error::InvalidInput("expected an image and the file to draw: predict IN.png OUT.png".into()));
    };

    // The network with its weights on the CPU, and the settings that its manifest holds. `ModelFolder::load` does the
    // same for a folder that `maskrcnn train` or `maskrcnn convert` wrote.
    let (manifest, checkpoint) = weights::default_model()?;
    let Model { network, .. } = weights::load(checkpoint, &WeightsOptions::default(), &Device::flex())?;
    let mut settings = manifest.settings.clone();
    settings.detections.score_threshold = 0.5;

    let image = Image::read(&input)?;
    let found = block_on(network.predict(std::slice::from_ref(&image), &settings))?.remove(0);

    // Images of any channels and samples are drawn on as the network sees them.
    let mut drawing = to_rgb(&settings.input.tone(&image)?.render(&image)?);
    for (index, detection) in found.items.iter().enumerate() {
        let label = manifest.labels.get(detection.class_id).map_or("", String::as_str);
        println!("{label} {:.2} {:?}", detection.score, detection.bounding_box);
        draw(detection, COLOURS[index % COLOURS.len()], &mut drawing);
    }
    drawing.save(&output).map_err(|error| Error::InvalidInput(format!("{}: {error}", output.display())))?;
    println!("{} objects, drawn in {}", found.items.len(), output.display());
    Ok(())
}

/// Blends half of the colour into the pixels of the object's mask.
fn draw(detection: &Detection, colour: Rgb<u8>, drawing: &mut RgbImage) {
    let Some(mask) = &detection.mask else { return };
    // A network's mask has 28×28 pixels; here it gets those of the image, within the object's box.
    let mask = paste(mask, &detection.bounding_box, drawing.width() as usize, drawing.height() as usize);
    for (index, inside) in mask.binary(MASK_THRESHOLD).into_iter().enumerate() {
        if inside == 1 {
            let (x, y) = (mask.x + index % mask.width, mask.y + index / mask.width);
            let pixel = drawing.get_pixel_mut(x as u32, y as u32);
            *pixel = Rgb(std::array::from_fn(|channel| pixel[channel] / 2 + colour[channel] / 2));
        }
    }
}

fn to_rgb(image: &Image) -> RgbImage {
    let rgb = image.rgba().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    RgbImage::from_raw(image.width() as u32, image.height() as u32, rgb).expect("three bytes for each pixel")
}
