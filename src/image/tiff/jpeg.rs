//! What a JPEG says of itself before it is decoded (ITU-T T.81, annex B).

/// The size of a JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::image) struct Frame {
    pub(in crate::image) width: usize,
    pub(in crate::image) height: usize,
    pub(in crate::image) components: usize,
    /// Bits of a sample.
    pub(in crate::image) precision: u8,
}

/// Marker segments of a JPEG, and what follows the one that starts a scan.
struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Segments<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let [0xff, marker, high, low, ..] = *self.rest else { return None };
            // Bytes 0xff before a marker are fill bytes.
            if marker == 0xff {
                self.rest = &self.rest[1..];
                continue;
            }
            let length = usize::from(u16::from_be_bytes([high, low])).max(2);
            let segment = self.rest.get(4..).unwrap_or_default();
            self.rest = self.rest.get(2 + length..).unwrap_or_default();
            return Some((marker, segment));
        }
    }
}

fn segments(jpeg: &[u8]) -> Segments<'_> {
    Segments { rest: jpeg.get(2..).unwrap_or_default() }
}

/// The first frame's header.
pub(in crate::image) fn frame(jpeg: &[u8]) -> Option<Frame> {
    // SOF0 to SOF15 without DHT, JPG and DAC.
    let is_frame = |marker: u8| (0xc0..=0xcf).contains(&marker) && ![0xc4, 0xc8, 0xcc].contains(&marker);
    let (_, segment) = segments(jpeg).find(|(marker, _)| is_frame(*marker))?;
    let &[precision, h1, h0, w1, w0, components] = segment.first_chunk::<6>()?;
    let [height, width] = [[h1, h0], [w1, w0]].map(|bytes| usize::from(u16::from_be_bytes(bytes)));
    Some(Frame { width, height, components: components.into(), precision })
}

/// Whether it has the marker that ends it. Metadata is skipped: a thumbnail in there has an end of its own.
pub(in crate::image) fn has_end(jpeg: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
    let scan = segments(jpeg).find(|(marker, _)| *marker == START_OF_SCAN);
    scan.is_some_and(|(_, rest)| rest.windows(2).any(|pair| pair == END_OF_IMAGE))
}
