//! Images out of focus.

/// Blurs with a Gaussian of standard deviation `sigma` pixels, at its edges with the pixels there
/// repeated. `plane` is `[height, width]`, none of them 0.
pub(in crate::train) fn blur(plane: &mut [f32], width: usize, sigma: f32) {
    let radius = (3.0 * sigma).ceil() as usize;
    if radius == 0 {
        return;
    }
    let weights = gaussian(sigma, radius);
    let mut padded = vec![0.0; width + 2 * radius];
    let mut narrow = vec![0.0; plane.len()];
    for (line, output) in plane.chunks_exact(width).zip(narrow.chunks_exact_mut(width)) {
        padded[..radius].fill(line[0]);
        padded[radius..radius + width].copy_from_slice(line);
        padded[radius + width..].fill(line[width - 1]);
        for (start, &weight) in weights.iter().enumerate() {
            add(output, &padded[start..start + width], weight);
        }
    }
    let last = plane.len() / width - 1;
    for (row, output) in plane.chunks_exact_mut(width).enumerate() {
        output.fill(0.0);
        for (offset, &weight) in weights.iter().enumerate() {
            let row = (row + offset).saturating_sub(radius).min(last);
            add(output, &narrow[row * width..][..width], weight);
        }
    }
}

fn add(output: &mut [f32], input: &[f32], weight: f32) {
    output.iter_mut().zip(input).for_each(|(output, input)| *output += weight * input);
}

/// From `-radius` to `radius`; the sum is 1.
fn gaussian(sigma: f32, radius: usize) -> Vec<f32> {
    let weight = |i: usize| (-0.5 * ((i as f32 - radius as f32) / sigma).powi(2)).exp();
    let weights: Vec<f32> = (0..=2 * radius).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}
