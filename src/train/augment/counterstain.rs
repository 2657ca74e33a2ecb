//! Fluorescence images shown as composites: nuclei in one colour, the cells' bodies or fibres in others.

use super::AugmentConfig;
use super::blur::blur;
use super::draw::amount;
use crate::error::Result;
use crate::image::Image;
use crate::train::texture::Texture;
use crate::train::{Random, Sample};

/// Colours that microscopes' software gives to stains, as light of red, green and blue.
const COLOURS: [[f32; 3]; 7] = [
    [0.0, 0.0, 1.0],
    [0.2, 0.35, 1.0],
    [0.0, 1.0, 0.0],
    [1.0, 0.0, 0.0],
    [1.0, 0.0, 1.0],
    [0.0, 1.0, 1.0],
    [1.0, 0.7, 0.0],
];

/// Colours at the list's start are those of nuclear stains: blue more often than not.
const NUCLEAR_COLOURS: usize = 2;

/// Probability that nuclei get a colour of [`NUCLEAR_COLOURS`].
const NUCLEAR_SHARE: f32 = 0.6;

/// Gives a grey image of bright objects a colour, and one or two other stains beside it, as often as the configuration says:
/// one that fills the cells around the objects, or one of fibres. All others are left as they are. The objects stay the
/// same, because the other stains are not of nuclei.
///
/// # Errors
/// None for samples that [`Augment::apply`](super::Augment::apply) made.
pub(super) fn add(config: &AugmentConfig, sample: Sample, random: &mut Random) -> Result<Sample> {
    // Nothing is drawn for what never happens, so that a run without is the same run.
    if config.counterstain == 0.0 || !random.chance(config.counterstain) || sample.objects.is_empty() {
        return Ok(sample);
    }
    let inside = inside(&sample);
    let Some(nuclei) = bright_objects(&sample.image, &inside) else { return Ok(sample) };
    let is_nuclear = random.chance(NUCLEAR_SHARE);
    let first = random.below(if is_nuclear { NUCLEAR_COLOURS } else { COLOURS.len() });
    let mut planes = vec![0.0; 3 * nuclei.len()];
    mix(&mut planes, &nuclei, COLOURS[first]);
    for _ in 0..1 + random.below(2) {
        let stain = if random.chance(0.6) { bodies(&sample, &inside, random) } else { fibres(&sample.image, random) };
        // Any colour but that of the nuclei.
        let colour = (first + 1 + random.below(COLOURS.len() - 1)) % COLOURS.len();
        mix(&mut planes, &stain, COLOURS[colour]);
    }
    let image = super::to_image(&planes, sample.image.width(), sample.image.height())?;
    Ok(Sample { image, ..sample })
}

/// 1 inside of an object's mask, 0 outside: `[height, width]`.
fn inside(sample: &Sample) -> Vec<f32> {
    let width = sample.image.width();
    let mut inside = vec![0.0; width * sample.image.height()];
    for mask in sample.objects.iter().filter_map(|object| object.mask.as_ref()) {
        for (x, y) in mask.inside() {
            inside[y * width + x] = 1.0;
        }
    }
    inside
}

/// The grey values on 0..1, if the image is grey and its objects are brighter than what is around them.
fn bright_objects(image: &Image, inside: &[f32]) -> Option<Vec<f32>> {
    let mut grey = Vec::with_capacity(inside.len());
    for &[red, green, blue, _] in image.rgba().as_chunks::<4>().0 {
        if red != green || green != blue {
            return None;
        }
        grey.push(f32::from(red) / 255.0);
    }
    let mean = |wanted: f32| {
        let chosen = grey.iter().zip(inside).filter(|(_, inside)| **inside == wanted);
        let (sum, count) = chosen.fold((0.0, 0), |(sum, count), (light, _)| (sum + light, count + 1));
        (count > 0).then(|| sum / count as f32)
    };
    let around = mean(0.0)?;
    (mean(1.0)? > around).then_some(grey)
}

/// A stain that fills the cells: brightest near the objects, in them less or not at all.
fn bodies(sample: &Sample, inside: &[f32], random: &mut Random) -> Vec<f32> {
    let (width, height) = (sample.image.width(), sample.image.height());
    let diameters = sample.objects.iter().map(|object| object.bounding_box.area().sqrt());
    let diameter = diameters.sum::<f32>() / sample.objects.len() as f32;
    let mut light = inside.to_vec();
    blur(&mut light, width, (diameter * random.between(0.3, 0.8)).min(width.min(height) as f32 / 6.0).max(0.5));
    let texture = Texture::new(width, height, random.between(4.0, 24.0), 3, random);
    let (strength, within) = (amount([0.4, 1.6], random), random.uniform());
    for (i, (light, inside)) in light.iter_mut().zip(inside).enumerate() {
        let rough = 1.0 + 0.5 * texture.at((i % width) as f32, (i / width) as f32);
        *light *= strength * rough.max(0.0) * (1.0 - inside * (1.0 - within));
    }
    light
}

/// A stain of fibres: where a smooth random field changes its sign.
fn fibres(image: &Image, random: &mut Random) -> Vec<f32> {
    let (width, height) = (image.width(), image.height());
    let texture = Texture::new(width, height, random.between(20.0, 80.0), 3, random);
    let (strength, fineness) = (amount([0.3, 1.0], random), random.between(4.0, 16.0));
    let at = |i: usize| texture.at((i % width) as f32, (i / width) as f32);
    (0..width * height).map(|i| strength * (1.0 - fineness * at(i).abs()).max(0.0)).collect()
}

/// Adds a stain's light in its colour to `[3, height, width]`.
fn mix(planes: &mut [f32], stain: &[f32], colour: [f32; 3]) {
    for (plane, share) in planes.chunks_exact_mut(stain.len()).zip(colour) {
        plane.iter_mut().zip(stain).for_each(|(light, stain)| *light += share * stain);
    }
}
