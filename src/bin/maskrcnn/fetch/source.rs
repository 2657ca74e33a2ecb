//! Where a checkpoint comes from, and the hash that it must have.

use maskrcnn_web::weights::file_stem;
use maskrcnn_web::{Error, Result};
use ureq::http::Uri;

use super::published::{ADDRESS, Published};

/// Endings of checkpoints' files.
const ENDINGS: [&str; 8] = [".pth", ".pt", ".pkl", ".safetensors", ".ckpt", ".bin", ".tar", ".pickle"];
/// Hexadecimal digits of a SHA-256 that are enough to tell files apart, and all of them.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=64;

/// A checkpoint's file on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Its address.
    pub(super) url: String,
    /// What it is called on this machine.
    pub(super) file: String,
    /// The first digits of its SHA-256, or all, in lower case.
    pub(super) sha256: String,
}

impl Source {
    /// A published checkpoint's file at torchvision's address, or at `from`, which is a folder's URL or a file's. The
    /// hash is `sha256`, else that in the name of the URL's file, else that of the published checkpoint.
    ///
    /// # Errors
    /// `invalid-input` where `from` is not a URL of http or https, where it names no file and nothing was `published`,
    /// where no hash is known, or where `sha256` is not a hash.
    pub(super) fn new(published: Option<&Published>, from: Option<&str>, sha256: Option<&str>) -> Result<Self> {
        let invalid = |reason: String| Err(Error::InvalidInput(reason));
        let base = from.unwrap_or(ADDRESS);
        let uri: Uri = match base.parse() {
            Ok(uri) => uri,
            Err(error) => return invalid(format!("`{base}` is not a URL: {error}")),
        };
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return invalid(format!("`{base}` is not a URL that begins with http:// or https://"));
        }
        let last = uri.path().rsplit('/').next().unwrap_or_default();
        let is_file = ENDINGS.iter().any(|ending| last.len() > ending.len() && last.ends_with(ending));
        let (url, file) = match published {
            _ if is_file => (base.to_owned(), file_stem(last)),
            Some(published) => {
                (format!("{}/{}", base.trim_end_matches('/'), published.file), published.file.to_owned())
            }
            None => return invalid(format!("`{base}` names no checkpoint's file; give its whole URL, or a NAME too")),
        };
        let named = named_hash(&file).or_else(|| published.and_then(|published| named_hash(published.file)));
        let sha256 = match sha256.map(str::to_lowercase) {
            Some(given) if is_hash(&given) => given,
            Some(given) => return invalid(format!("`{given}` is not a SHA-256, nor its first 8 digits or more")),
            None => match named {
                Some(hash) => hash.to_owned(),
                None => {
                    return invalid(format!("`{file}` has no hash in its name; say with --sha256 which one it has"));
                }
            },
        };
        Ok(Self { url, file, sha256 })
    }
}

/// The hash in a file's name, as torch's publications have it: between the last hyphen and the ending.
fn named_hash(file: &str) -> Option<&str> {
    let hash = file.rsplit_once('-')?.1.split('.').next()?;
    is_hash(hash).then_some(hash)
}

fn is_hash(text: &str) -> bool {
    DIGITS.contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::{Published, Source};

    fn source(name: Option<&str>, from: Option<&str>, sha256: Option<&str>) -> Result<[String; 3], &'static str> {
        let published = name.map(|name| Published::find(name).unwrap());
        let source = Source::new(published, from, sha256).map_err(|error| error.code())?;
        Ok([source.url, source.file, source.sha256])
    }

    #[test]
    fn a_published_checkpoint_is_at_torchvisions_address_or_on_a_mirror() {
        let file = "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth";
        let name = Some("maskrcnn_resnet50_fpn");
        let at = |url: &str| Ok([format!("{url}/{file}"), file.into(), "bf2d0c1e".into()]);
        assert_eq!(source(name, None, None), at("https://download.pytorch.org/models"));
        assert_eq!(source(Some(file), Some("http://mirror/torch/"), None), at("http://mirror/torch"));
        let renamed = source(name, Some("https://mirror/model.pth?download=true"), None);
        let whole = ["https://mirror/model.pth?download=true", "model.pth", "bf2d0c1e"];
        assert_eq!(renamed, Ok(whole.map(String::from)));
    }

    #[test]
    fn any_file_is_fetched_whose_hash_is_known() {
        let of = |url: &str, sha256: Option<&str>| source(None, Some(url), sha256).map(|[_, file, hash]| [file, hash]);
        let expected = |file: &str, hash: &str| Ok([file.to_owned(), hash.to_owned()]);
        assert_eq!(of("http://a/b/my-0123abcd.pth.tar", None), expected("my-0123abcd.pth.tar", "0123abcd"));
        assert_eq!(of("http://a/my.safetensors", Some("ABCDEF01")), expected("my.safetensors", "abcdef01"));
        assert_eq!(of("http://a/a%20b-0123abcd.pth", None), expected("a-20b-0123abcd.pth", "0123abcd"));
        assert_eq!(of("http://a/my.safetensors", None), Err("invalid-input"));
        assert_eq!(of("http://a/model-final.pth", None), Err("invalid-input"));
        assert_eq!(of("http://a/my-0123abcd.pth", Some("12345")), Err("invalid-input"));
        assert_eq!(of("http://a/folder/", Some("12345678")), Err("invalid-input"));
        assert_eq!(of("ftp://a/my-0123abcd.pth", None), Err("invalid-input"));
        assert_eq!(of("my-0123abcd.pth", None), Err("invalid-input"));
    }
}
