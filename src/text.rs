//! Text files as people's programs write them.

use crate::error::{Error, Result};

/// The text of a file in UTF-8, without the byte order mark that some programs put before it.
///
/// # Errors
/// [`Error::InvalidInput`] for UTF-16 and for bytes that are not UTF-8; the text says what to do.
pub fn utf8(bytes: &[u8]) -> Result<&str> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || bytes.iter().take(2).any(|&byte| byte == 0);
    if is_utf16 {
        return Err(Error::InvalidInput("the text is UTF-16; save it as UTF-8".into()));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(text).map_err(|error| {
        Error::InvalidInput(format!("the text is not UTF-8 (byte {}); save it as UTF-8", error.valid_up_to()))
    })
}
