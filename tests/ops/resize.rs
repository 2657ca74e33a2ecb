use maskrcnn_web::config::InputSettings;
use maskrcnn_web::structures::Image;

use crate::{Reference, devices, largest_error, noise, values};

/// torchvision's fixtures hold pictures in 0..1 that are no whole bytes, so only their sizes are
/// used here; the values are held against torchvision in the parity tests, whose pictures are bytes.
#[test]
fn sizes_are_torchvisions() {
    let reference = Reference::open("ops.safetensors");
    for (height, width, min_size, max_size) in
        [(37, 53, 64, 1333), (48, 64, 80, 1333), (64, 48, 80, 100), (53, 200, 64, 133)]
    {
        let config = InputSettings { min_size, max_size, ..InputSettings::default() };
        let (resized_height, resized_width) = config.resized((height, width));
        let name = format!("tf.{height}x{width}_{min_size}_{max_size}");
        let want = reference.integers(&format!("{name}.size"));
        assert_eq!([resized_height as i64, resized_width as i64], want[..], "{name}");
        let padded = reference.shape(&format!("{name}.out"));
        let image = Image::from_rgb(width, height, &vec![0; width * height * 3]).expect("a picture");
        for device in devices() {
            assert_eq!(config.batch(std::slice::from_ref(&image), &device).input.dims().to_vec(), padded);
        }
    }
}

#[test]
fn a_least_scale_keeps_large_pictures_large() {
    let config = InputSettings { min_size: 512, max_size: 1408, min_scale: 1.0, ..InputSettings::default() };
    for (original, resized) in [
        ((256, 320), (512, 640)),
        ((520, 696), (520, 696)),
        ((1040, 1388), (1040, 1388)),
        ((1600, 2112), (1066, 1408)),
        ((100, 1000), (140, 1408)),
    ] {
        assert_eq!(config.resized(original), resized, "{original:?}");
    }
}

/// Bilinear interpolation written down once more, plainly.
fn plain(image: &Image, config: &InputSettings, padded: (usize, usize)) -> Vec<f32> {
    let (height, width) = (image.height(), image.width());
    let (rows, columns) = config.resized((height, width));
    let mut output = vec![0.0; 3 * padded.0 * padded.1];
    let position = |pixel: usize, from: usize, to: usize| {
        let at = ((from as f64 / to as f64) * (pixel as f64 + 0.5) - 0.5).max(0.0);
        let low = (at.floor() as usize).min(from - 1);
        (low, (low + 1).min(from - 1), at - low as f64)
    };
    for channel in 0..3 {
        let colour = |y: usize, x: usize| {
            let byte = image.rgba()[(y * width + x) * 4 + channel] as f64;
            (byte / 255.0 - config.mean[channel] as f64) / config.std[channel] as f64
        };
        for row in 0..rows {
            let (top, bottom, dy) = position(row, height, rows);
            for column in 0..columns {
                let (left, right, dx) = position(column, width, columns);
                let upper = colour(top, left) * (1.0 - dx) + colour(top, right) * dx;
                let lower = colour(bottom, left) * (1.0 - dx) + colour(bottom, right) * dx;
                output[(channel * padded.0 + row) * padded.1 + column] = (upper * (1.0 - dy) + lower * dy) as f32;
            }
        }
    }
    output
}

#[test]
fn values_are_bilinear() {
    for (height, width, min_size) in [(37, 53, 64), (61, 40, 33), (1, 1, 32), (3, 400, 20), (64, 96, 64)] {
        let bytes: Vec<u8> = noise(height * width * 4, 5).into_iter().map(|x| (x * 256.0) as u8).collect();
        let image = Image::from_rgba(width, height, bytes).expect("a picture");
        let config = InputSettings { min_size, max_size: 200, ..InputSettings::default() };
        for device in devices() {
            let input = config.batch(std::slice::from_ref(&image), &device).input;
            let [_, _, rows, columns] = input.dims();
            let error = largest_error(&values(input), &plain(&image, &config, (rows, columns)));
            assert!(error < 1e-4, "{height}×{width} on {device:?}: {error}");
        }
    }
}

#[test]
fn a_picture_of_many_bands_is_whole() {
    let (height, width) = (5000, 4000);
    let bytes: Vec<u8> = (0..height * width * 4).map(|i| (i / 4 / width * 255 / height) as u8).collect();
    let image = Image::from_rgba(width, height, bytes).expect("a picture");
    let config = InputSettings { min_size: 100, max_size: 125, ..InputSettings::default() };
    for device in devices() {
        let input = config.batch(std::slice::from_ref(&image), &device).input;
        let [_, _, rows, columns] = input.dims();
        let error = largest_error(&values(input), &plain(&image, &config, (rows, columns)));
        assert!(error < 1e-4, "on {device:?}: {error}");
    }
}
