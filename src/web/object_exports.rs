//! Files of objects in the hands of JavaScript.

use std::io::{BufWriter, Write};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

use super::failure::to_js;
use super::objects::ObjectSet;
use super::options::read;
use crate::error::{Error, Result};
use crate::export::{CocoWriter, Findings, write_csv, write_geojson, write_imagej_rois, write_label_image};

/// Bytes that are handed over at a time.
const CHUNK: usize = 1 << 20;

#[wasm_bindgen]
impl ObjectSet {
    /// Writes a file: calls `sink` with one `Uint8Array` after the other. Returns the number of objects that are not in
    /// the file because they have no pixels.
    ///
    /// `format` is `csv`, `label-image`, `imagej-rois`, `geojson` or `coco`, and `options` the JSON text of an object:
    /// `delimiter`, `decimal` and `bom` of a CSV; `format` (`tiff` or `png`) and `bits` of a label image; `objectType`
    /// and `measurements` of GeoJSON; `kind` (`dataset` or `results`), `segmentation` (`rle` or `polygons`) and `imageId`
    /// of COCO's JSON.
    ///
    /// Throws an `Error` that has a `code`.
    pub fn export(&mut self, format: &str, options: &str, sink: Function) -> Result<usize, JsValue> {
        self.write(format, options, sink).map_err(to_js)
    }
}

impl ObjectSet {
    fn write(&mut self, format: &str, options: &str, sink: Function) -> Result<usize> {
        if ["csv", "geojson"].contains(&format) {
            self.ensure_measures()?;
        }
        let findings = Findings {
            objects: &self.objects,
            labels: &self.information.labels,
            measures: self.measures.as_ref(),
            pixel_size: self.information.pixel_size,
            file_name: &self.information.file_name,
        };
        let mut out = BufWriter::with_capacity(CHUNK, Sink(sink));
        let left_out = match format {
            "csv" => write_csv(&[findings], &read(options)?, &mut out).map(|()| 0),
            "label-image" => write_label_image(&findings, &read(options)?, &mut out).map(|()| 0),
            "imagej-rois" => write_imagej_rois(&findings, &mut out),
            "geojson" => write_geojson(&findings, &read(options)?, &mut out),
            "coco" => {
                let mut writer = CocoWriter::new(&mut out, read(options)?, findings.labels)?;
                writer.add(&findings)?;
                writer.finish().map(|_| 0)
            }
            _ => Err(Error::InvalidInput(format!(
                "{format:?} is not a format; choose csv, label-image, imagej-rois, geojson or coco"
            ))),
        }?;
        out.flush().map_err(|error| Error::Io { path: "the output".into(), reason: error.to_string() })?;
        Ok(left_out)
    }
}

/// Hands bytes to a function of JavaScript's.
struct Sink(Function);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let thrown = |value: JsValue| {
            let error = value.dyn_ref::<js_sys::Error>();
            std::io::Error::other(error.map_or_else(|| format!("{value:?}"), |error| error.message().into()))
        };
        self.0.call1(&JsValue::NULL, &Uint8Array::from(bytes)).map_err(thrown)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
