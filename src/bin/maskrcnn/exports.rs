//! What was found, in files for other programs.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use clap::Args;
use maskrcnn_web::export::{
    CocoKind, CocoOptions, CocoWriter, CsvOptions, Findings, GeoJsonOptions, LabelImageFormat, LabelImageOptions,
    write_csv, write_geojson, write_imagej_rois, write_label_image,
};
use maskrcnn_web::image::ImageSource;
use maskrcnn_web::measure::{Intensities, Measures};
use maskrcnn_web::structures::Objects;
use maskrcnn_web::{Error, Result};

use crate::files;
use crate::labels::Labels;
use crate::outputs::{self, GEOJSON, LABEL_IMAGES, ROIS};
use crate::pictures::PictureFile;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// A table of the objects of all images, with their measures.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// What is between the cells of --csv: ',', ';' or tab.
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    csv_delimiter: char,
    /// What is between a number's whole and its fraction in --csv: '.' or ','.
    #[arg(long, value_name = "CHARACTER", default_value = ".")]
    csv_decimal: char,
    /// Begin --csv with a byte order mark, by which Excel knows UTF-8.
    #[arg(long)]
    csv_bom: bool,
    /// Label images, in which each pixel has its object's number: a .tif or .png for a single image, a folder for several.
    #[arg(long, value_name = "FILE|FOLDER")]
    label_image: Option<PathBuf>,
    /// ImageJ's ROIs: a .zip for a single image, a folder for several.
    #[arg(long, value_name = "FILE|FOLDER")]
    rois: Option<PathBuf>,
    /// Outlines for QuPath: a .geojson for a single image, a folder for several.
    #[arg(long, value_name = "FILE|FOLDER")]
    geojson: Option<PathBuf>,
    /// A data set of all images in COCO's format, to correct and to train on.
    #[arg(long, value_name = "FILE")]
    coco: Option<PathBuf>,
    /// Results of all images in COCO's format; the images' ids are those of --coco.
    #[arg(long, value_name = "FILE")]
    coco_results: Option<PathBuf>,
}

fn delimiter(text: &str) -> Result<char, String> {
    match text {
        "tab" | "\\t" => Ok('\t'),
        text => text.parse().map_err(|_| "a delimiter is ',', ';' or tab".into()),
    }
}

/// Where everything goes.
#[derive(Debug)]
pub(crate) struct ExportPlan<'a> {
    arguments: &'a ExportArguments,
    csv: CsvOptions,
    /// One for each image; empty where they are not asked for.
    label_images: Vec<PathBuf>,
    rois: Vec<PathBuf>,
    geojson: Vec<PathBuf>,
}

impl ExportArguments {
    /// Whether anything is asked for.
    pub(crate) fn is_any(&self) -> bool {
        let files = [&self.csv, &self.label_image, &self.rois, &self.geojson, &self.coco, &self.coco_results];
        files.iter().any(|file| file.is_some())
    }

    /// What may be folders with a file for each image.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        [&self.label_image, &self.rois, &self.geojson].into_iter().flatten().map(PathBuf::as_path)
    }

    /// # Errors
    /// `invalid-input` where one file is named for several images, and for a delimiter that is not valid.
    pub(crate) fn plan(&self, pictures: &[PictureFile]) -> Result<ExportPlan<'_>> {
        let csv = CsvOptions { delimiter: self.csv_delimiter, decimal: self.csv_decimal, bom: self.csv_bom };
        csv.check()?;
        let each = |out: &Option<PathBuf>, kind| {
            out.as_deref().map(|out| outputs::each(pictures, out, kind)).transpose().map(Option::unwrap_or_default)
        };
        Ok(ExportPlan {
            arguments: self,
            csv,
            label_images: each(&self.label_image, &LABEL_IMAGES)?,
            rois: each(&self.rois, &ROIS)?,
            geojson: each(&self.geojson, &GEOJSON)?,
        })
    }
}

impl<'a> ExportPlan<'a> {
    /// All files that are written.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let whole = [&self.arguments.csv, &self.arguments.coco, &self.arguments.coco_results];
        let each = [&self.label_images, &self.rois, &self.geojson].into_iter().flatten();
        whole.into_iter().flatten().chain(each).map(PathBuf::as_path)
    }

    /// Opens the files for all images.
    ///
    /// # Errors
    /// `io` where one cannot be written.
    pub(crate) fn open(self, labels: &'a Labels) -> Result<Exports<'a>> {
        let coco = |path: &'a Option<PathBuf>, kind| {
            path.as_deref().map(|path| CocoFile::create(path, kind, labels)).transpose()
        };
        Ok(Exports {
            coco: coco(&self.arguments.coco, CocoKind::Dataset)?,
            coco_results: coco(&self.arguments.coco_results, CocoKind::Results)?,
            plan: self,
            labels: labels.names(),
            table: Vec::new(),
        })
    }
}

/// The objects of an image as the table needs them.
struct Rows {
    file_name: String,
    /// Without masks.
    objects: Objects,
    measures: Measures,
}

/// An image of which the objects were found.
pub(crate) struct ExportedImage<'a> {
    /// Its index.
    pub(crate) index: usize,
    /// Its name in tables and data sets.
    pub(crate) name: String,
    /// Its raw samples.
    pub(crate) source: &'a dyn ImageSource,
    /// Length of a pixel's side in micrometres.
    pub(crate) pixel_size: Option<f64>,
}

/// Files that are being written.
pub(crate) struct Exports<'a> {
    plan: ExportPlan<'a>,
    labels: &'a [String],
    table: Vec<Rows>,
    coco: Option<CocoFile<'a>>,
    coco_results: Option<CocoFile<'a>>,
}

impl Exports<'_> {
    /// Writes the objects of an image. Gives what is to be said of it.
    ///
    /// # Errors
    /// `io` where a file cannot be written, `invalid-input` where a format cannot hold the objects, and those of reading
    /// the image.
    pub(crate) fn add(&mut self, image: &ExportedImage<'_>, objects: &Objects) -> Result<Vec<String>> {
        let plan = &self.plan;
        let is_measured = plan.arguments.csv.is_some() || !plan.geojson.is_empty();
        let measures = is_measured.then(|| -> Result<Measures> {
            let intensities = Intensities::read(objects, image.source)?;
            Measures::new(objects, Some(&intensities), image.pixel_size)
        });
        let measures = measures.transpose()?;
        let findings = Findings {
            objects,
            labels: self.labels,
            measures: measures.as_ref(),
            pixel_size: image.pixel_size,
            file_name: &image.name,
        };
        let mut notes = Vec::new();
        let mut note = |left_out: usize, path: &Path| {
            if left_out > 0 {
                notes.push(format!("{}: {left_out} objects without pixels are left out", path.display()));
            }
        };
        if let Some(path) = plan.label_images.get(image.index) {
            let is_png = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
            let format = if is_png { LabelImageFormat::Png } else { LabelImageFormat::Tiff };
            let options = LabelImageOptions { format, bits: None };
            files::stream(path, |out| write_label_image(&findings, &options, out))?;
        }
        if let Some(path) = plan.rois.get(image.index) {
            note(files::stream(path, |out| write_imagej_rois(&findings, out))?, path);
        }
        if let Some(path) = plan.geojson.get(image.index) {
            let options = GeoJsonOptions::default();
            note(files::stream(path, |out| write_geojson(&findings, &options, out))?, path);
        }
        for file in [&mut self.coco, &mut self.coco_results].into_iter().flatten() {
            file.writer.add(&findings).map_err(|error| files::named(file.path, error))?;
        }
        if let (Some(_), Some(measures)) = (&plan.arguments.csv, measures) {
            let objects = Objects {
                boxes: objects.boxes.clone(),
                scores: objects.scores.clone(),
                class_ids: objects.class_ids.clone(),
                masks: None,
                ..*objects
            };
            self.table.push(Rows { file_name: image.name.clone(), objects, measures });
        }
        Ok(notes)
    }

    /// Writes what is of all images.
    ///
    /// # Errors
    /// `io` where a file cannot be written.
    pub(crate) fn finish(self) -> Result<()> {
        for file in [self.coco, self.coco_results].into_iter().flatten() {
            file.finish()?;
        }
        let Some(path) = &self.plan.arguments.csv else { return Ok(()) };
        let images: Vec<Findings<'_>> = self
            .table
            .iter()
            .map(|Rows { file_name, objects, measures }| Findings {
                objects,
                labels: self.labels,
                measures: Some(measures),
                pixel_size: None,
                file_name,
            })
            .collect();
        files::stream(path, |out| write_csv(&images, &self.plan.csv, out))
    }
}

/// COCO's JSON of all images.
struct CocoFile<'a> {
    path: &'a Path,
    writer: CocoWriter<BufWriter<File>>,
}

impl<'a> CocoFile<'a> {
    fn create(path: &'a Path, kind: CocoKind, labels: &Labels) -> Result<Self> {
        let options = CocoOptions { kind, ..CocoOptions::default() };
        let writer = CocoWriter::new(files::create(path)?, options, labels.names());
        writer.map(|writer| Self { path, writer }).map_err(|error| files::named(path, error))
    }

    fn finish(self) -> Result<()> {
        let out = self.writer.finish().map_err(|error| files::named(self.path, error))?;
        out.into_inner().map(drop).map_err(|error| Error::io(self.path, error))
    }
}
