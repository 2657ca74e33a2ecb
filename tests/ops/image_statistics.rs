//! The tone of an image on the device is that of the same image in memory.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use futures_lite::future::block_on;
use maskrcnn_web::config::{ContrastSettings, InputSettings};
use maskrcnn_web::image::{ChannelMap, Image};
use maskrcnn_web::ops::resize::DeviceImage;
use maskrcnn_web::structures::Size;

use crate::{devices, noise};

/// RGBA of noise, of which `colour` makes each pixel.
fn image(width: usize, height: usize, colour: impl Fn(usize, [u8; 4]) -> [u8; 4]) -> Image {
    let noise: Vec<u8> = noise(4 * width * height, 3).into_iter().map(|x| (x * 256.0) as u8).collect();
    let pixels = noise.as_chunks::<4>().0.iter().enumerate();
    Image::from_rgba(width, height, pixels.flat_map(|(index, &pixel)| colour(index, pixel)).collect())
        .expect("an image")
}

/// As it lies on a device: what is between the rows is not part of the image.
fn words(image: &Image, device: &Device) -> Tensor<1, Int> {
    let width = image.width();
    let bytes: Vec<u8> = image
        .rgba()
        .chunks(4 * width)
        .flat_map(|row| [row, &vec![0xee; 4 * (DeviceImage::row_words(width) - width)]].concat())
        .collect();
    let count = bytes.len() / 4;
    Tensor::from_data(TensorData::from_bytes_vec(bytes, [count], DType::I32), (device, DType::I32))
}

#[test]
fn a_tone_on_the_device_is_that_in_memory() {
    let blue = |_, [_, _, b, a]: [u8; 4]| [b / 9, b / 5, b, a];
    // A scale bar of less than 2 % of the pixels, and one of more.
    let labelled = |share: usize| {
        move |index: usize, pixel: [u8; 4]| if index.is_multiple_of(share) { [255; 4] } else { blue(index, pixel) }
    };
    let images = [
        ("noise", image(61, 37, |_, pixel| pixel)),
        // Of which every third pixel is sampled.
        ("large noise", image(600, 400, |_, [r, g, b, a]| [r / 2, g / 3 + 20, b, a])),
        ("blue", image(600, 400, blue)),
        ("blue with a scale bar", image(130, 90, labelled(100))),
        ("blue, much of it white", image(130, 90, labelled(20))),
        ("grey", image(64, 50, |_, [r, ..]| [r / 4, r / 4, r / 4, 255])),
        ("black", image(65, 2, |_, _| [0, 0, 0, 255])),
        ("white", image(3, 70, |_, _| [255; 4])),
        ("one pixel", image(1, 1, |_, pixel| pixel)),
    ];
    let mut greys = 0;
    for (name, image) in &images {
        for (low, high) in [(0.0, 1.0), (0.01, 0.99), (0.4, 0.6)] {
            for channels in [None, Some(vec![1]), Some(vec![2, 1, 0]), Some(vec![2, 2, 0]), Some(vec![3, 0, 1])] {
                let chosen = channels.clone().map(|channels| ChannelMap::try_from(channels).expect("channels"));
                let contrast = Some(ContrastSettings { low, high });
                let config = InputSettings { channels: chosen, contrast, ..InputSettings::default() };
                let expected = config.tone(image).expect("a tone");
                greys += usize::from(expected.channels().is_grey());
                for device in devices() {
                    let size = Size { height: image.height(), width: image.width() };
                    let tone = block_on(config.tone_on_device(words(image, &device), size)).expect("a tone");
                    assert_eq!(tone, expected, "{name}, {low} to {high}, {channels:?}, on {device:?}");
                }
            }
        }
    }
    // The blue ones among others, where the channels are not chosen.
    assert!(greys > images.len() * 3 + 6, "{greys} are seen in grey");
}

#[test]
fn channels_that_images_on_the_device_do_not_have_are_refused() {
    let image = image(4, 4, |_, pixel| pixel);
    for contrast in [None, Some(ContrastSettings { low: 0.1, high: 0.9 })] {
        let channels = Some(ChannelMap::try_from(vec![4]).expect("channels"));
        let config = InputSettings { channels, contrast, ..InputSettings::default() };
        for device in devices() {
            let refused = block_on(config.tone_on_device(words(&image, &device), Size { height: 4, width: 4 })).err();
            assert_eq!(refused.expect("there are four channels").code(), "invalid-input");
        }
    }
}
