//! What a file holds, by its first bytes: files are called `.png` that are text, a web page or another format.

use image::ImageFormat;

/// First bytes that are enough to tell.
pub(super) const HEAD: usize = 8192;

/// How microscopes' files begin that no general list has.
const MICROSCOPY: [(&[u8], &str); 3] = [(b"ZISRAWFILE", "CZI"), (b"\xda\xce\xbe\x0a", "ND2"), (b"\x70\0\0\0", "LIF")];

/// How TIFF and BigTIFF begin, in either byte order.
const TIFF: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// An image that [`Image::read`](super::Image::read) reads: PNG, JPEG or WebP.
    Picture,
    /// A TIFF or BigTIFF: [`TiffFile`](super::TiffFile) reads all of it, [`Image::read`](super::Image::read) its first
    /// plane.
    Tiff,
    /// An image of another format, by its usual name, such as `CZI`.
    OtherImage(String),
    /// Something else, such as `text` or `a PDF file`.
    Other(String),
    /// Nothing: no byte at all.
    Empty,
    /// Bytes that say nothing.
    Unknown,
}

impl FileContent {
    /// Tells by the first bytes of a file; a few kilobytes are enough.
    pub fn of(head: &[u8]) -> Self {
        use ImageFormat::{Jpeg, Png, WebP};
        if head.is_empty() {
            return Self::Empty;
        }
        if matches!(image::guess_format(head), Ok(Png | Jpeg | WebP)) {
            return Self::Picture;
        }
        if TIFF.iter().any(|magic| head.starts_with(magic)) {
            return Self::Tiff;
        }
        if let Some((_, name)) = MICROSCOPY.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Self::OtherImage((*name).into());
        }
        let text = text(head);
        if text.is_some_and(|text| text.contains("<svg")) {
            return Self::OtherImage("SVG".into());
        }
        match infer::get(head) {
            Some(kind) if kind.mime_type() == "text/html" => Self::Other("an HTML page".into()),
            Some(kind) if text.is_none() || kind.mime_type() == "application/pdf" => {
                let name = match kind.extension() {
                    "heif" => "HEIC".into(),
                    "jp2" => "JPEG 2000".into(),
                    "jxl" => "JPEG XL".into(),
                    extension => extension.to_uppercase(),
                };
                if kind.mime_type().starts_with("image/") {
                    Self::OtherImage(name)
                } else {
                    Self::Other(format!("a {name} file"))
                }
            }
            _ => match text {
                Some(text) if text.starts_with("version https://git-lfs") => {
                    Self::Other("a Git LFS pointer, for which `git lfs pull` fetches the file".into())
                }
                Some(_) => Self::Other("text".into()),
                None => Self::Unknown,
            },
        }
    }

    /// Why there is nothing to see, and what to do; `None` for an image.
    pub(super) fn refusal(&self) -> Option<String> {
        Some(match self {
            Self::Picture | Self::Tiff => return None,
            Self::OtherImage(name) => {
                format!("{name} images are not supported; convert the image to PNG, JPEG, WebP or TIFF")
            }
            Self::Other(what) => format!("not a picture but {what}; expected a PNG, JPEG, WebP or TIFF"),
            Self::Empty => "not a picture: the file is empty; expected a PNG, JPEG, WebP or TIFF".into(),
            Self::Unknown => {
                "not a picture: its bytes are of no known format; expected a PNG, JPEG, WebP or TIFF".into()
            }
        })
    }
}

/// The bytes as text, if they are: UTF-8 without control characters, which may be cut within a character.
fn text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let is_readable = |character: char| !character.is_control() || character.is_ascii_whitespace();
    text.chars().all(is_readable).then_some(text)
}
