//! Image files: the same pixels in whichever way a file holds them, and the same as browsers show
//! (`tests/chromium/pictures.test.mjs` has the same files).

use std::fs;
use std::path::{Path, PathBuf};

use image::ImageFormat;
use maskrcnn_web::image::{FileContent, Image, ImageFile, Samples};

fn picture(name: &str) -> Image {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "chromium", "pictures"].iter().collect();
    Image::read(&folder.join(name)).expect(name)
}

/// The largest difference of a colour between two images of the same size.
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
fn interlacing_and_transparency_make_no_difference() {
    for name in ["interlaced.png", "transparent.png"] {
        assert_eq!(difference(&picture(name), &picture("tiny.png")), 0, "{name}");
    }
}

#[test]
fn sixteen_bits_are_kept() {
    let (deep, tiny) = (picture("deep.png"), picture("tiny.png"));
    assert_eq!((deep.channels(), deep.width(), deep.height()), (3, tiny.width(), tiny.height()));
    let Samples::U16(samples) = deep.samples() else { panic!("{:?}", deep.samples().format()) };
    let upper: Vec<u8> = samples.iter().map(|sample| (sample >> 8) as u8).collect();
    let colours = tiny.rgba().as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]);
    assert_eq!(upper, colours.collect::<Vec<_>>());

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sixteen_bits");
    fs::create_dir_all(&folder).unwrap();
    let values = [0, 1, 255, 256, 40_001, 65_535];
    let alpha = [0, 7, 65_535, 3, 2, 1];
    let both = || values.iter().zip(alpha).flat_map(|(&value, alpha)| [value, alpha]).collect();
    let grey = image::ImageBuffer::<image::Luma<u16>, _>::from_raw(3, 2, values.to_vec()).unwrap();
    let with_alpha = image::ImageBuffer::<image::LumaA<u16>, Vec<u16>>::from_raw(3, 2, both()).unwrap();
    for (name, file) in [("grey", image::DynamicImage::from(grey)), ("with alpha", with_alpha.into())] {
        let path = folder.join(format!("{name}.png"));
        file.save(&path).unwrap();
        let read = Image::read(&path).unwrap();
        assert_eq!((read.channels(), read.samples()), (1, &Samples::U16(values.to_vec())), "{name}");
    }
}

#[test]
fn colours_stay_where_grey_or_a_palette_is_transparent() {
    for name in ["grey-alpha.png", "palette.png"] {
        assert_eq!(difference(&picture(name), &picture("grey.png")), 0, "{name}");
        assert!(picture(name).rgba().as_chunks::<4>().0.iter().any(|pixel| pixel[3] < 255), "{name}");
    }
}

#[test]
fn cmyk_and_ycck_become_rgb_as_in_pillow() {
    assert!(difference(&picture("cmyk.jpg"), &picture("cmyk.png")) <= 3);
    // It was made of tiny.png; the rest is what JPEG compression changes, in Pillow's eyes 17 at most.
    assert!(difference(&picture("ycck.jpg"), &picture("tiny.png")) <= 24);
}

#[test]
fn pictures_are_turned_as_browsers_turn_them() {
    assert_eq!(difference(&picture("turned.png"), &picture("tiny.png")), 0);
    // Chromium leaves WebP as it lies.
    assert_eq!(difference(&picture("unturned.webp"), &picture("tiny.png")), 0);
}

/// The error of a file with this content, called `.png`.
fn refusal(name: &str, content: &[u8]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image_file");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.png"));
    fs::write(&file, content).unwrap();
    let error = Image::read(&file).expect_err(name);
    assert_eq!(error.code(), "invalid-input", "{name}");
    let message = error.to_string();
    assert!(message.contains(file.to_str().unwrap()), "{message}");
    message
}

#[test]
fn what_is_no_picture_is_called_what_it_looks_like() {
    let looks: [(&str, &[u8], &str); 10] = [
        ("empty", b"", "the file is empty"),
        ("text", "Größe: 3 µm\n".as_bytes(), "not a picture but text;"),
        ("page", b"\n<!DOCTYPE html><html><body>404</body></html>", "not a picture but an HTML page;"),
        ("pdf", b"%PDF-1.7\nno more than text", "not a picture but a PDF file;"),
        ("zip", b"PK\x03\x04\x14\0\0\0\x08\0", "not a picture but a ZIP file;"),
        ("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:12", "`git lfs pull`"),
        ("json", b"{\"images\": []}", "not a picture but text;"),
        ("zeros", &[0; 64], "of no known format"),
        ("one byte", b"\x89", "of no known format"),
        // Cut within a character.
        ("cut text", &"µ".as_bytes().repeat(9000)[..8193], "not a picture but text;"),
    ];
    for (name, content, expected) in looks {
        let message = refusal(name, content);
        assert!(message.contains(expected) && message.contains("PNG, JPEG, WebP or TIFF"), "{message}");
    }
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    let formats: [(&str, &[u8]); 11] = [
        ("BMP", b"BM\x36\0\0\0\0\0\0\0"),
        ("GIF", b"GIF89a\x01\0\x01\0\x80"),
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("AVIF", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1"),
        ("JPEG XL", b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a"),
        ("JPEG 2000", b"\0\0\0\x0cjP  \x0d\x0a\x87\x0a\0"),
        ("PSD", b"8BPS\0\x01\0\0"),
        ("ICO", b"\0\0\x01\0\x01\0\x10\x10"),
        ("SVG", b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("CZI", b"ZISRAWFILE\0\0\0\0\0\0"),
        ("ND2", b"\xda\xce\xbe\x0a\0\0\0\0"),
    ];
    for (name, head) in formats {
        let rest: &[u8] = if name == "SVG" { b"" } else { &[0; 32] };
        let content = &[head, rest].concat();
        let message = refusal(name, content);
        assert!(message.contains(&format!("{name} images are not supported; convert the image to PNG")), "{message}");
        assert_eq!(FileContent::of(content), FileContent::OtherImage(name.into()));
    }
}

#[test]
fn the_first_plane_of_a_tiff_is_an_image() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/tiff");
    let image = Image::read(&folder.join("ome-channels-u16.tif")).unwrap();
    assert_eq!((image.width(), image.height(), image.channels()), (61, 47, 3));
    assert!(image.has_separate_channels() && image.pixel_size() == Some(0.325));
    let file = ImageFile::open(&folder.join("imagetiff_tiled-rgb-u8.tif")).unwrap();
    assert_eq!((file.stored_size(), file.upright_size()), ((374, 499), (374, 499)));
    let image = file.upright().unwrap();
    assert!(image.channels() == 3 && !image.has_separate_channels());
    for head in [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"] {
        assert_eq!(FileContent::of(head), FileContent::Tiff);
        refusal("tiff", &[head, &[0; 32]].concat());
    }
}

/// A file of `tiny.png`'s image in another format.
fn encoded(format: ImageFormat) -> Vec<u8> {
    let tiny = picture("tiny.png");
    let rgb = image::RgbaImage::from_raw(tiny.width() as u32, tiny.height() as u32, tiny.rgba().to_vec()).unwrap();
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(rgb).into_rgb8().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn a_truncated_picture_is_called_truncated() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let bytes = encoded(format);
        for length in [20, bytes.len() / 100, bytes.len() / 2, bytes.len() * 9 / 10] {
            let message = refusal("truncated", &bytes[..length]);
            assert!(message.contains("truncated"), "{format:?} of {length} bytes: {message}");
        }
    }
    // A thumbnail in the metadata has an end of its own.
    let thumbnail = [&[0xff, 0xd8, 0xff, 0xe1, 0, 6][..], &[0xff, 0xd9, 0, 0]].concat();
    let jpeg = encoded(ImageFormat::Jpeg);
    let with_thumbnail = [&thumbnail, &jpeg[2..]].concat();
    assert!(refusal("thumbnail", &with_thumbnail[..with_thumbnail.len() / 2]).contains("truncated"));
}

#[test]
fn a_damaged_picture_is_called_damaged() {
    let mut bytes = encoded(ImageFormat::Png);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    assert!(refusal("damaged", &bytes).contains("damaged"));
}

#[test]
fn a_picture_is_read_by_its_bytes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image_file");
    fs::create_dir_all(&folder).unwrap();
    for (format, name) in
        [(ImageFormat::WebP, "webp.png"), (ImageFormat::Png, "png.jpg"), (ImageFormat::Png, "no ending")]
    {
        fs::write(folder.join(name), encoded(format)).unwrap();
        let read = Image::read(&folder.join(name)).expect(name);
        assert_eq!(difference(&read, &picture("tiny.png")), 0, "{name}");
    }
    fs::write(folder.join("jpeg.png"), encoded(ImageFormat::Jpeg)).unwrap();
    assert!(difference(&Image::read(&folder.join("jpeg.png")).unwrap(), &picture("plain.jpg")) < 60);
}

#[test]
fn a_side_over_the_limit_is_refused() {
    let wide = image::GrayImage::new(Image::MAX_SIDE as u32 + 1, 1);
    let mut bytes = std::io::Cursor::new(Vec::new());
    wide.write_to(&mut bytes, ImageFormat::Png).unwrap();
    assert!(refusal("wide", bytes.get_ref()).contains("a side may have at most 16384 pixels"));
}
