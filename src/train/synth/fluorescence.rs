//! Nuclei that shine on a dark ground.

use super::nucleus::Placement;
use crate::train::Random;
use crate::train::augment::blur::blur;
use crate::train::texture::Texture;

/// Draws nuclei, blurred and with a camera's noise: `[height, width]`, about 0..1.
pub(super) fn draw(placement: &Placement, width: usize, height: usize, random: &mut Random) -> Vec<f32> {
    let mut light = vec![0.0; width * height];
    let exposure = random.between(0.45, 0.85);
    let coarse = Texture::new(width, height, 9.0, 3, random);
    let fine = Texture::new(width, height, 3.0, 1, random);
    for nucleus in &placement.nuclei {
        // One in seven is out of focus, or holds little of the dye.
        let strength =
            exposure * if random.chance(0.15) { random.between(0.2, 0.4) } else { random.between(0.55, 1.1) };
        let spots: Vec<(f32, f32, f32, f32)> = (0..2 + random.below(4))
            .map(|_| {
                let (x, y) = nucleus.point(random);
                // Nucleoli take no dye, knots of chromatin take more.
                let depth = if random.chance(0.6) { random.between(-0.45, -0.2) } else { random.between(0.15, 0.3) };
                (x, y, nucleus.radius() * random.between(0.12, 0.22), depth)
            })
            .collect();
        let part = nucleus.surroundings(width, height, 2.0);
        for row in part.y..part.y + part.height {
            for column in part.x..part.x + part.width {
                let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
                let depth = nucleus.depth(x, y);
                let edge = ((1.0 - depth) * nucleus.radius() + 0.5).clamp(0.0, 1.0);
                if edge == 0.0 {
                    continue;
                }
                // Thicker in the middle.
                let thickness = 0.6 + 0.4 * (1.0 - depth * depth).max(0.0).sqrt();
                let spot = |&(sx, sy, radius, depth): &(f32, f32, f32, f32)| {
                    depth * (-((x - sx).powi(2) + (y - sy).powi(2)) / (2.0 * radius * radius)).exp()
                };
                let structure =
                    1.0 + 0.22 * coarse.at(x, y) + 0.1 * fine.at(x, y) + spots.iter().map(spot).sum::<f32>();
                light[row * width + column] += edge * strength * thickness * structure.max(0.2);
            }
        }
    }
    specks(&mut light, width, height, exposure, random);
    blur(&mut light, width, random.between(0.8, 1.2));

    // Light from above and below the plane in focus.
    let mut haze = light.clone();
    blur(&mut haze, width, (width.min(height) as f32 / 24.0).clamp(2.0, 20.0));
    let ground = Texture::new(width, height, width.max(height) as f32 / 2.0, 2, random);
    let level = random.between(0.02, 0.06);
    let (read_out, photons) = (random.between(0.004, 0.012), random.between(400.0, 1200.0));
    for (pixel, (light, haze)) in light.iter_mut().zip(&haze).enumerate() {
        let (x, y) = ((pixel % width) as f32, (pixel / width) as f32);
        let even = *light + 0.25 * haze + level * (1.0 + 0.5 * ground.at(x, y));
        let deviation = (read_out * read_out + even.max(0.0) / photons).sqrt();
        *light = even + deviation * random.normal();
    }
    light
}

/// Small bright specks that are not nuclei.
fn specks(light: &mut [f32], width: usize, height: usize, exposure: f32, random: &mut Random) {
    let count = random.below(2 + width * height / 24_000);
    for _ in 0..count {
        let (x, y) = (random.between(0.0, width as f32), random.between(0.0, height as f32));
        let (radius, strength) = (random.between(0.6, 1.4), exposure * random.between(0.15, 0.5));
        let range = |centre: f32, side: usize| (centre - 5.0).max(0.0) as usize..((centre + 5.0) as usize).min(side);
        for row in range(y, height) {
            for column in range(x, width) {
                let distance = (column as f32 + 0.5 - x).hypot(row as f32 + 0.5 - y);
                light[row * width + column] += strength * (-(distance / radius).powi(2)).exp();
            }
        }
    }
}
