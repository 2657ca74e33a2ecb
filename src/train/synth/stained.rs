//! Tissue stained with hematoxylin and eosin: purple nuclei on pink ground.

use super::nucleus::Placement;
use crate::train::Random;
use crate::train::augment::blur::blur;
use crate::train::augment::stain::STAINS;
use crate::train::texture::Texture;

/// Draws tissue: `[3, height, width]`, about 0..1.
pub(super) fn draw(placement: &Placement, width: usize, height: usize, random: &mut Random) -> Vec<f32> {
    let (hematoxylin, eosin) =
        (dye_of_nuclei(placement, width, height, random), ground(placement, width, height, random));
    let [strong_hematoxylin, strong_eosin] = [random.between(0.9, 1.3), random.between(0.7, 1.2)];
    let lamp = random.between(0.92, 0.99);
    let mut planes = Vec::with_capacity(3 * width * height);
    let [of_hematoxylin, of_eosin, _] = STAINS;
    for (h, e) in of_hematoxylin.into_iter().zip(of_eosin) {
        let (h, e) = (h * strong_hematoxylin, e * strong_eosin);
        planes.extend(
            hematoxylin.iter().zip(&eosin).map(|(&hematoxylin, &eosin)| lamp * (-(h * hematoxylin + e * eosin)).exp()),
        );
    }
    let sigma = random.between(0.7, 1.1);
    planes.chunks_exact_mut(width * height).for_each(|plane| blur(plane, width, sigma));
    let noise = random.between(0.006, 0.015);
    planes.iter_mut().for_each(|light| *light += noise * random.normal());
    planes
}

/// How much hematoxylin there is: `[height, width]`.
fn dye_of_nuclei(placement: &Placement, width: usize, height: usize, random: &mut Random) -> Vec<f32> {
    let coarse = Texture::new(width, height, 7.0, 3, random);
    let faint = Texture::new(width, height, 30.0, 3, random);
    let mut dye: Vec<f32> = (0..width * height)
        .map(|pixel| 0.12 + 0.06 * faint.at((pixel % width) as f32, (pixel / width) as f32))
        .collect();
    for nucleus in &placement.nuclei {
        // Some are pale inside with a dark rim, others dark all over.
        let (strength, rim) = (random.between(0.55, 1.2), random.between(0.0, 0.5));
        let part = nucleus.surroundings(width, height, 2.0);
        for row in part.y..part.y + part.height {
            for column in part.x..part.x + part.width {
                let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
                let depth = nucleus.depth(x, y);
                let edge = ((1.0 - depth) * nucleus.radius() + 0.5).clamp(0.0, 1.0);
                let inside = 1.0 - rim * (1.0 - depth * depth).max(0.0) + 0.35 * coarse.at(x, y);
                let value = &mut dye[row * width + column];
                *value += edge * (strength * inside.max(0.2) - *value).max(0.0);
            }
        }
    }
    dye
}

/// How much eosin there is: `[height, width]`; fibres, with gaps here and there.
fn ground(placement: &Placement, width: usize, height: usize, random: &mut Random) -> Vec<f32> {
    let (coarse, fine) = (Texture::new(width, height, 48.0, 4, random), Texture::new(width, height, 5.0, 2, random));
    let (bend, gaps) = (Texture::new(width, height, 90.0, 2, random), Texture::new(width, height, 70.0, 3, random));
    let (sin, cos) = random.between(0.0, core::f32::consts::TAU).sin_cos();
    let wave = random.between(0.25, 0.5);
    let mut eosin: Vec<f32> = (0..width * height)
        .map(|pixel| {
            let (x, y) = ((pixel % width) as f32, (pixel / width) as f32);
            let across = x * cos + y * sin + 18.0 * bend.at(x, y);
            let tissue = 0.5 + 0.2 * coarse.at(x, y) + 0.08 * fine.at(x, y) + 0.07 * (across * wave).sin();
            // Where the tissue is torn, light comes through.
            tissue.max(0.05) * (1.0 - ((gaps.at(x, y) - 0.55) * 8.0).clamp(0.0, 0.9))
        })
        .collect();
    for nucleus in &placement.nuclei {
        let part = nucleus.surroundings(width, height, 2.0);
        for row in part.y..part.y + part.height {
            for column in part.x..part.x + part.width {
                let depth = nucleus.depth(column as f32 + 0.5, row as f32 + 0.5);
                let edge = ((1.0 - depth) * nucleus.radius() + 0.5).clamp(0.0, 1.0);
                let value = &mut eosin[row * width + column];
                *value += edge * (0.25 - *value);
            }
        }
    }
    eosin
}
