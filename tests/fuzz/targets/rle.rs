//! COCO's run-length encoded masks, as a compressed string or as lengths.

#![no_main]

use maskrcnn_web::structures::Rle;

/// Pixels of the largest mask that is laid out.
const MAX_PIXELS: usize = 1 << 20;

// Width and height of the mask, two bytes each, then the string.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&[w0, w1, h0, h1], text)) = bytes.split_first_chunk() else { return };
    let (width, height) = (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
    if let Ok(text) = std::str::from_utf8(text)
        && let Ok(mask) = Rle::from_compressed(width, height, text)
    {
        check(&mask);
    }
    let counts = text.chunks(4).map(|chunk| chunk.iter().fold(0, |count, &byte| count << 8 | u32::from(byte)));
    if let Ok(mask) = Rle::from_counts(width, height, counts.collect()) {
        check(&mask);
    }
});

/// Whether all ways to look at a mask see the same one.
fn check(mask: &Rle) {
    let (width, height) = (mask.width(), mask.height());
    assert_eq!(Rle::from_compressed(width, height, &mask.to_compressed()).as_ref(), Ok(mask));
    let inside: usize = mask.runs().map(|(start, end)| end - start).sum();
    assert_eq!(mask.area(), inside as u64);
    assert_eq!(mask.bounding_box().is_some(), inside > 0);
    if width * height <= MAX_PIXELS {
        let pixels = mask.to_mask();
        assert_eq!(pixels.iter().filter(|&&pixel| pixel == 1).count(), inside);
        let again = Rle::from_mask(width, height, &pixels).expect("a mask of the same size");
        assert!(again.runs().eq(joined(mask)), "{mask:?}");
        let cropped = mask.to_cropped();
        assert_eq!(cropped.map_or(0, |(_, pixels)| pixels.iter().filter(|&&pixel| pixel == 1).count()), inside);
    }
}

/// The runs of a mask, those that touch as one.
fn joined(mask: &Rle) -> impl Iterator<Item = (usize, usize)> {
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in mask.runs() {
        match joined.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => joined.push((start, end)),
        }
    }
    joined.into_iter()
}
