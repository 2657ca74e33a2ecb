//! Picture files: the same pixels in whichever way a file holds them, and the same as browsers show
//! (`tests/browser/pictures.test.mjs` has the same files).

use std::path::PathBuf;

use maskrcnn_web::structures::Image;

fn picture(name: &str) -> Image {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "browser", "pictures"].iter().collect();
    Image::read(&folder.join(name)).expect(name)
}

/// The largest difference of a colour between two pictures of the same size.
fn difference(a: &Image, b: &Image) -> u8 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let colours = |image: &Image| -> Vec<u8> {
        image.rgba().as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]).collect()
    };
    colours(a).into_iter().zip(colours(b)).map(|(a, b)| a.abs_diff(b)).max().unwrap()
}

#[test]
fn gamma_and_colour_profiles_are_not_applied() {
    for name in ["gamma.png", "primaries.png", "profile.png"] {
        assert_eq!(difference(&picture(name), &picture("tiny.png")), 0, "{name}");
    }
    assert_eq!(difference(&picture("profile.jpg"), &picture("plain.jpg")), 0);
}

#[test]
fn sixteen_bits_interlacing_and_transparency_make_no_difference() {
    for name in ["deep.png", "interlaced.png", "transparent.png"] {
        assert_eq!(difference(&picture(name), &picture("tiny.png")), 0, "{name}");
    }
}

#[test]
fn cmyk_becomes_rgb_as_in_pillow() {
    assert!(difference(&picture("cmyk.jpg"), &picture("cmyk.png")) <= 3);
}

#[test]
fn pictures_are_turned_as_browsers_turn_them() {
    assert_eq!(difference(&picture("turned.png"), &picture("tiny.png")), 0);
    // Chromium leaves WebP as it lies.
    assert_eq!(difference(&picture("unturned.webp"), &picture("tiny.png")), 0);
}
