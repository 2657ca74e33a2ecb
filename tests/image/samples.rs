use maskrcnn_web::image::{Image, ImageShape, SampleLayout, Samples, Tone};

use crate::{raw, refusal};

const SHAPE: ImageShape = ImageShape { width: 3, height: 2, channels: 2, layout: SampleLayout::Planar };

#[test]
fn an_image_that_cannot_be_is_refused() {
    let of = |shape: ImageShape, samples: usize| refusal(Image::new(shape, Samples::U16(vec![0; samples])));
    assert_eq!(of(SHAPE, 11), "an image of 3×2 pixels and 2 channels needs 12 samples, not 11");
    assert_eq!(
        of(ImageShape { channels: 1, ..SHAPE }, 12),
        "an image of 3×2 pixels and 1 channel needs 6 samples, not 12"
    );
    assert_eq!(of(ImageShape { channels: 0, ..SHAPE }, 0), "an image has 1 to 1024 channels, not 0");
    assert_eq!(
        of(ImageShape { channels: usize::MAX, ..SHAPE }, 6),
        format!("an image has 1 to 1024 channels, not {}", usize::MAX)
    );
    assert_eq!(of(ImageShape { width: 0, ..SHAPE }, 0), "the picture is empty (0×2 pixels)");
    assert_eq!(
        of(ImageShape { height: usize::MAX, ..SHAPE }, 0),
        format!("the picture has 3×{} pixels; a side may have at most 16384", usize::MAX)
    );
}

#[test]
fn samples_without_a_value_are_refused() {
    for (sample, shown) in
        [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (-1e38, "-100000000000000000000000000000000000000")]
    {
        let mut samples = vec![0.5; 12];
        samples[7] = sample;
        let reason = refusal(Image::new(SHAPE, Samples::F32(samples)));
        assert!(reason.contains(&format!("but sample 7 is {shown};")), "{reason}");
    }
    Image::new(SHAPE, Samples::F32(vec![-1e37; 12])).expect("a finite image");
}

#[test]
fn a_pixel_size_is_positive_and_finite() {
    let image = || Image::new(SHAPE, Samples::U8(vec![0; 12])).unwrap();
    assert_eq!(image().pixel_size(), None);
    assert_eq!(image().with_pixel_size(0.65).unwrap().pixel_size(), Some(0.65));
    for size in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let expected = format!("the pixel size is {size} µm; expected a positive, finite number of micrometres");
        assert_eq!(refusal(image().with_pixel_size(size)), expected);
    }
}

#[test]
fn a_tone_is_for_images_of_its_kind() {
    let image = |channels: usize, samples: Samples| raw(channels, SampleLayout::Planar, samples);
    let bytes = image(3, Samples::U8(vec![0; 3]));
    let tone = Tone::measure(&bytes, None, None).unwrap();
    assert!(bytes.with_tone(tone).is_ok());
    assert_eq!(
        refusal(image(3, Samples::U16(vec![0; 3])).with_tone(tone)),
        "the tone is for samples of type U8, but the image's are U16; measure it on an image of the same type"
    );
    assert_eq!(
        refusal(image(2, Samples::U8(vec![0; 2])).with_tone(tone)),
        "`channels` names channel 2, but the image has 2 channels, counted from 0"
    );
}
