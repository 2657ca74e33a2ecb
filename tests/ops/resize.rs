use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use futures_lite::future::block_on;
use maskrcnn_web::config::{ContrastSettings, InputSettings};
use maskrcnn_web::image::{ChannelMap, Image, ImageShape, ImageSource, Region, SampleLayout, Samples, Tone};
use maskrcnn_web::ops::resize::DeviceImage;
use maskrcnn_web::structures::Size;

use crate::{Reference, devices, largest_error, noise, values};

/// torchvision's fixtures hold images in 0..1 that are not whole bytes, so only their sizes are
/// used here; the values are held against torchvision in the parity tests, whose images are bytes.
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
            assert_eq!(input(&image, &config, &device).dims().to_vec(), padded);
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

/// Where the scale is the least one, that of a part of an image is exactly the same.
#[test]
fn parts_of_a_picture_look_as_in_the_whole() {
    let (height, width) = (101, 203);
    let bytes: Vec<u8> = noise(height * width * 4, 9).into_iter().map(|x| (x * 256.0) as u8).collect();
    let image = Image::from_rgba(width, height, bytes).expect("a picture");
    // 13 pixels of the image are 32 of the network's.
    let config = InputSettings { min_size: 1, max_size: 4096, min_scale: 32.0 / 13.0, ..InputSettings::default() };
    // 248.6 and 499.7 pixels; the last ones are filled in part.
    assert_eq!(config.resized((height, width)), (249, 500));
    assert_eq!(config.resized((26, 39)), (64, 96));
    assert_eq!(config.pixel_ratio((height, width)), (13.0 / 32.0, 13.0 / 32.0));
    let (x, y) = (39, 26);
    let part = ImageSource::read(&image, Region { x, y, width: 104, height: 65 }).expect("a part");
    let tone = Tone::measure(&image, None, None).expect("a tone");
    for device in devices() {
        let [whole, part] = [&image, &part].map(|image| {
            let input = input(&image.clone().with_tone(tone).expect("a tone"), &config, &device);
            let [_, _, _, columns] = input.dims();
            (values(input), columns)
        });
        // But for the edges of the part, beyond which the whole image has more.
        for (row, column) in (2..158).flat_map(|row| (2..254).map(move |column| (row, column))) {
            let of_part = part.0[row * part.1 + column];
            let of_whole = whole.0[(row + 64) * whole.1 + column + 96];
            assert!((of_part - of_whole).abs() < 1e-6, "{row} {column} on {device:?}: {of_part} {of_whole}");
        }
    }
}

/// Rows that do not fill what lies between their starts, rows that do, and one pixel more than that.
#[test]
fn images_on_the_device_look_as_those_in_memory() {
    for (width, height, channels, contrast) in
        [(61, 37, None, None), (64, 40, Some([2, 1, 0]), None), (65, 3, None, Some((0.05, 0.9)))]
    {
        let rgba: Vec<u8> = noise(height * width * 4, 5).into_iter().map(|x| (x * 256.0) as u8).collect();
        let image = Image::from_rgba(width, height, rgba.clone()).expect("an image");
        let channels = channels.map(|sources: [usize; 3]| ChannelMap::try_from(sources.to_vec()).expect("channels"));
        let contrast = contrast.map(|(low, high)| ContrastSettings { low, high });
        let config = InputSettings { min_size: 50, channels, contrast, ..InputSettings::default() };
        let tone = config.tone(&image).expect("a tone");
        for device in devices() {
            let (words, size) = (words(&rgba, width, &device), Size { height, width });
            let measured = block_on(config.tone_on_device(words.clone(), size)).expect("a tone");
            assert_eq!(measured, tone, "{width}×{height} on {device:?}");
            let on_device = DeviceImage::new(words, size, tone);
            let batch = config.batch_on_device(&on_device.expect("an image on the device"));
            let expected = config.batch(std::slice::from_ref(&image), &device).expect("a batch");
            assert_eq!(batch.sizes, expected.sizes);
            assert_eq!(batch.input.dims(), expected.input.dims());
            assert_eq!(values(batch.input), values(expected.input), "{width}×{height} on {device:?}");
        }
    }
}

#[test]
fn images_on_the_device_are_refused_where_words_or_tone_are_for_another_image() {
    let tone = Tone::measure(&Image::from_rgba(1, 1, vec![0; 4]).expect("an image"), None, None).expect("a tone");
    let grey = ImageShape { width: 2, height: 1, channels: 1, layout: SampleLayout::Interleaved };
    let sixteen = Tone::measure(&Image::new(grey, Samples::U16(vec![1, 2])).expect("an image"), None, None);
    let device = Device::flex();
    let words = words(&[7; 4 * 6 * 2], 6, &device);
    let size = Size { height: 2, width: 6 };
    assert!(DeviceImage::new(words.clone(), size, tone).is_ok());
    for (size, tone) in
        [(Size { height: 3, width: 6 }, tone), (Size { height: 0, width: 6 }, tone), (size, sixteen.expect("a tone"))]
    {
        let refused = DeviceImage::new(words.clone(), size, tone).err();
        assert_eq!(refused.expect("it does not fit").code(), "invalid-input", "{size:?}");
    }
    assert!(DeviceImage::fits(Size { height: 4096, width: 4096 }));
    assert!(!DeviceImage::fits(Size { height: 4097, width: 4096 }));
    assert!(!DeviceImage::fits(Size { height: 1, width: Image::MAX_SIDE + 1 }));
}

/// RGBA as it lies on a device: what is between the rows is not part of the image.
fn words(rgba: &[u8], width: usize, device: &Device) -> Tensor<1, Int> {
    let row = |pixels: &[u8]| {
        let mut row = vec![0xee; 4 * DeviceImage::row_words(width)];
        row[..pixels.len()].copy_from_slice(pixels);
        row
    };
    let bytes: Vec<u8> = rgba.chunks(4 * width).flat_map(row).collect();
    let count = bytes.len() / 4;
    Tensor::from_data(TensorData::from_bytes_vec(bytes, [count], DType::I32), (device, DType::I32))
}

fn input(image: &Image, config: &InputSettings, device: &Device) -> Tensor<4> {
    config.batch(std::slice::from_ref(image), device).expect("an input").input
}

fn plain(image: &Image, config: &InputSettings, padded: (usize, usize)) -> Vec<f32> {
    let light = |channel: usize, pixel: usize| f64::from(image.rgba()[pixel * 4 + channel]) / 255.0;
    bilinear(light, (image.height(), image.width()), config, padded)
}

/// Bilinear interpolation written down once more, plainly, of what `light` gives of a channel and a pixel.
fn bilinear(
    light: impl Fn(usize, usize) -> f64,
    (height, width): (usize, usize),
    config: &InputSettings,
    padded: (usize, usize),
) -> Vec<f32> {
    let (rows, columns) = config.resized((height, width));
    let mut output = vec![0.0; 3 * padded.0 * padded.1];
    let position = |pixel: usize, from: usize, to: usize| {
        let at = ((from as f64 / to as f64) * (pixel as f64 + 0.5) - 0.5).max(0.0);
        let low = (at.floor() as usize).min(from - 1);
        (low, (low + 1).min(from - 1), at - low as f64)
    };
    for channel in 0..3 {
        let colour = |y: usize, x: usize| {
            (light(channel, y * width + x) - config.mean[channel] as f64) / config.std[channel] as f64
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
            let input = input(&image, &config, &device);
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
        let input = input(&image, &config, &device);
        let [_, _, rows, columns] = input.dims();
        let error = largest_error(&values(input), &plain(&image, &config, (rows, columns)));
        assert!(error < 1e-4, "on {device:?}: {error}");
    }
}

/// An image of 5 channels, `[channels, pixels]`, in both layouts.
fn in_both_layouts<T: Copy>(
    channels: &[Vec<T>],
    (height, width): (usize, usize),
    samples: impl Fn(Vec<T>) -> Samples,
) -> [Image; 2] {
    [SampleLayout::Planar, SampleLayout::Interleaved].map(|layout| {
        let ordered = match layout {
            SampleLayout::Planar => channels.concat(),
            SampleLayout::Interleaved => {
                (0..height * width).flat_map(|pixel| channels.iter().map(move |channel| channel[pixel])).collect()
            }
        };
        Image::new(ImageShape { width, height, channels: channels.len(), layout }, samples(ordered)).expect("an image")
    })
}

#[test]
fn raw_samples_are_seen_through_one_curve() {
    for (height, width, min_size) in [(37, 53, 64), (61, 41, 33), (1, 3, 32), (3, 400, 20)] {
        let channels: Vec<Vec<u16>> = (0..5)
            .map(|channel| noise(height * width, 7 + channel).into_iter().map(|x| (x * 4096.0) as u16).collect())
            .collect();
        let floats: Vec<Vec<f32>> = channels
            .iter()
            .map(|channel| channel.iter().map(|&sample| f32::from(sample) * 0.37 - 90.0).collect())
            .collect();
        for map in [vec![4, 0, 2], vec![3], vec![1, 1, 0]] {
            let map = ChannelMap::try_from(map).unwrap();
            let config = InputSettings {
                min_size,
                max_size: 200,
                channels: Some(map),
                contrast: Some(ContrastSettings { low: 0.05, high: 0.9 }),
                ..InputSettings::default()
            };
            let [u16_planes, u16_pixels] = in_both_layouts(&channels, (height, width), Samples::U16);
            let [f32_planes, f32_pixels] = in_both_layouts(&floats, (height, width), Samples::F32);
            let tone = Tone::measure(&u16_planes, Some(&map), Some(0.05..=0.9)).unwrap();
            let (black, white) = (f64::from(tone.black()), f64::from(tone.white()));
            let light = |input: usize, pixel: usize| {
                ((f64::from(channels[map.sources()[input]][pixel]) - black) / (white - black)).clamp(0.0, 1.0)
            };
            for device in devices() {
                let shown = input(&u16_planes, &config, &device);
                let [_, _, rows, columns] = shown.dims();
                let shown = values(shown);
                let error = largest_error(&shown, &bilinear(light, (height, width), &config, (rows, columns)));
                assert!(error < 1e-4, "{height}×{width} on {device:?}: {error}");
                assert_eq!(values(input(&u16_pixels, &config, &device)), shown);
                let floats = values(input(&f32_planes, &config, &device));
                assert!(largest_error(&floats, &shown) < 1e-4);
                assert_eq!(values(input(&f32_pixels, &config, &device)), floats);
            }
        }
    }
}

#[test]
fn sixteen_bits_are_seen_as_eight() {
    let (height, width) = (23, 31);
    let bytes: Vec<Vec<u8>> = (0..3)
        .map(|channel| noise(height * width, 3 + channel).into_iter().map(|x| (x * 256.0) as u8).collect())
        .collect();
    let wide: Vec<Vec<u16>> =
        bytes.iter().map(|channel| channel.iter().map(|&byte| u16::from(byte) * 257).collect()).collect();
    let rgb: Vec<u8> = (0..height * width).flat_map(|pixel| [0, 1, 2].map(|channel| bytes[channel][pixel])).collect();
    let config = InputSettings { min_size: 40, max_size: 60, ..InputSettings::default() };
    for device in devices() {
        let expected = values(input(&Image::from_rgb(width, height, &rgb).unwrap(), &config, &device));
        for image in in_both_layouts(&bytes, (height, width), Samples::U8) {
            assert_eq!(values(input(&image, &config, &device)), expected);
        }
        for image in in_both_layouts(&wide, (height, width), Samples::U16) {
            assert!(largest_error(&values(input(&image, &config, &device)), &expected) < 1e-5);
        }
    }
}

#[test]
fn a_tile_is_seen_in_the_tone_it_was_given() {
    let whole: Vec<u16> = (0..32 * 32).collect();
    let image = |samples: &[u16]| {
        let shape = ImageShape { width: 32, height: samples.len() / 32, channels: 1, layout: SampleLayout::Planar };
        Image::new(shape, Samples::U16(samples.to_vec())).unwrap()
    };
    let contrast = ContrastSettings { low: 0.0, high: 1.0 };
    let config = InputSettings { min_size: 32, max_size: 32, contrast: Some(contrast), ..InputSettings::default() };
    let tone = Tone::measure(&image(&whole), None, Some(0.0..=1.0)).unwrap();
    for device in devices() {
        let expected = values(input(&image(&whole), &config, &device));
        let config = InputSettings { min_size: 8, ..config.clone() };
        let tile = image(&whole[8 * 32..][..8 * 32]).with_tone(tone).unwrap();
        let shown = values(input(&tile, &config, &device));
        assert_eq!(shown[..8 * 32], expected[8 * 32..][..8 * 32]);
    }
}

#[test]
fn raw_samples_in_many_bands_are_whole() {
    let (height, width) = (4200, 4001);
    let samples: Vec<u16> = (0..3 * height * width).map(|i| (i / width % height) as u16).collect();
    let shape = ImageShape { width, height, channels: 3, layout: SampleLayout::Planar };
    let image = Image::new(shape, Samples::U16(samples)).expect("an image");
    let config = InputSettings { min_size: 100, max_size: 125, ..InputSettings::default() };
    let light = |_: usize, pixel: usize| (pixel / width) as f64 / 65535.0;
    for device in devices() {
        let shown = input(&image, &config, &device);
        let [_, _, rows, columns] = shown.dims();
        let error = largest_error(&values(shown), &bilinear(light, (height, width), &config, (rows, columns)));
        assert!(error < 1e-4, "on {device:?}: {error}");
    }
}
