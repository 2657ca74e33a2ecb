//! The checkpoints that the tests read, and how they make others.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Names of tensors and their shapes.
pub(crate) type Shapes = BTreeMap<String, Vec<usize>>;

/// A file of `tests/reference`.
pub(crate) fn reference(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names and shapes of `maskrcnn_resnet50_fpn` (`v1`), `maskrcnn_resnet50_fpn_v2` (`v2`) or the
/// default model (`nuclei`).
pub(crate) fn shapes(version: &str) -> Shapes {
    serde_json::from_slice(&reference(&format!("{version}_keys.json"))).unwrap()
}

/// The names and shapes of the micro network.
pub(crate) fn micro_shapes() -> Shapes {
    reference_shapes("micro.safetensors")
}

/// The names and shapes of a `.safetensors` file of `tests/reference`.
pub(crate) fn reference_shapes(name: &str) -> Shapes {
    let bytes = reference(name);
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    file.iter().map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec())).collect()
}

/// A Faster R-CNN has everything but the mask branch.
pub(crate) fn without_masks(mut shapes: Shapes) -> Shapes {
    shapes.retain(|name, _| !name.starts_with("roi_heads.mask"));
    shapes
}

/// A `.safetensors` file with tensors of these shapes whose elements are all 1, in f16.
pub(crate) fn ones(shapes: &Shapes) -> Vec<u8> {
    let tensors: Vec<_> = shapes
        .iter()
        .map(|(name, shape)| (name, shape.clone(), 0x3c00_u16.to_le_bytes().repeat(shape.iter().product())))
        .collect();
    let views =
        tensors.iter().map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F16, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// A `.safetensors` file with one tensor.
pub(crate) fn one_tensor(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let view = TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
    safetensors::serialize([("tensor", view)], None).unwrap()
}

/// A `.safetensors` file with this header, and nothing after it.
pub(crate) fn header_only(header: &str) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
}

/// The content of an entry of an archive.
pub(crate) fn entry(archive: &[u8], name: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut content = vec![];
    archive.by_name(name).unwrap().read_to_end(&mut content).unwrap();
    content
}

/// A zip archive of these entries, uncompressed, as `torch.save` writes it.
pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(vec![]));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
