//! How strips and tiles are compressed.

use crate::error::{Error, Result};

/// A compression that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Jpeg,
    Zstd,
}

impl Compression {
    /// # Errors
    /// [`Error::InvalidInput`] with the name of a compression that is not read.
    pub(super) fn of(code: u64) -> Result<Self> {
        let name = match code {
            1 => return Ok(Self::None),
            5 => return Ok(Self::Lzw),
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            7 => return Ok(Self::Jpeg),
            50000 => return Ok(Self::Zstd),
            2..=4 => "CCITT fax compression",
            6 => "old-style JPEG compression (6)",
            9 | 10 => "JBIG compression",
            32766 => "NeXT compression",
            32809 => "ThunderScan compression",
            33003 | 33004 | 33005 | 34712 => "JPEG 2000 compression",
            34676 | 34677 => "SGI log compression",
            22610 | 34934 | 48124 => "JPEG XR compression",
            34887 => "LERC compression",
            34925 => "LZMA compression",
            34933 => "PNG compression",
            50001 | 34927 => "WebP compression",
            50002 | 52546 => "JPEG XL compression",
            _ => "unknown compression",
        };
        Err(Error::InvalidInput(format!(
            "the TIFF has {name}{}, which is not supported; save it uncompressed, or with LZW, Deflate, PackBits, JPEG \
             or Zstandard",
            if name.starts_with("unknown") { format!(" {code}") } else { String::new() }
        )))
    }

    /// Its number in a file.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::None => 1,
            Self::Lzw => 5,
            Self::Deflate => 8,
            Self::PackBits => 32773,
            Self::Jpeg => 7,
            Self::Zstd => 50000,
        }
    }

    /// More bytes than this cannot come out of one. It keeps what a file says of its size from being believed.
    pub(super) fn max_ratio(self) -> u64 {
        match self {
            Self::None => 1,
            // Codes of 9 to 12 bits for up to 4096 bytes each.
            Self::Lzw => 4096,
            // A match of 258 bytes in two bits.
            Self::Deflate => 1032,
            // 128 bytes in two.
            Self::PackBits => 64,
            // A block of 64 samples in one bit, where two components of three are halved both ways.
            Self::Jpeg => 1024,
            // Blocks of 128 KiB in four bytes.
            Self::Zstd => 1 << 15,
        }
    }

    /// Whether a predictor may precede it (TIFF 6.0, section 14; technical note 3).
    pub(super) fn has_predictor(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Zstd)
    }
}
