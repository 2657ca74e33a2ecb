//! The checkpoints that torchvision publishes of networks that are read here, all trained on COCO's train2017.

use maskrcnn_web::{Error, Result};

use crate::table::{self, Align};

/// The folder that torchvision publishes them in.
pub(super) const ADDRESS: &str = "https://download.pytorch.org/models";

/// A published checkpoint.
pub(super) struct Published {
    /// What torchvision calls the network.
    pub(super) name: &'static str,
    /// Its file, in whose name are the first digits of its SHA-256.
    pub(super) file: &'static str,
    /// Its size in megabytes (10^6 bytes).
    megabytes: u16,
    /// Average precision of boxes on COCO's val2017 as torchvision gives it, 0..1.
    box_ap: f32,
    /// That of masks; none for a Faster R-CNN.
    mask_ap: Option<f32>,
}

const PUBLISHED: [Published; 4] = [
    Published {
        name: "maskrcnn_resnet50_fpn",
        file: "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth",
        megabytes: 178,
        box_ap: 0.379,
        mask_ap: Some(0.346),
    },
    Published {
        name: "maskrcnn_resnet50_fpn_v2",
        file: "maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth",
        megabytes: 186,
        box_ap: 0.474,
        mask_ap: Some(0.418),
    },
    Published {
        name: "fasterrcnn_resnet50_fpn",
        file: "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth",
        megabytes: 168,
        box_ap: 0.370,
        mask_ap: None,
    },
    Published {
        name: "fasterrcnn_resnet50_fpn_v2",
        file: "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth",
        megabytes: 175,
        box_ap: 0.467,
        mask_ap: None,
    },
];

impl Published {
    /// The checkpoint with this name: its network's, or its file's, with or without the ending.
    ///
    /// # Errors
    /// `invalid-input` for another name.
    pub(super) fn find(name: &str) -> Result<&'static Self> {
        let file = name.strip_suffix(".pth").unwrap_or(name);
        let is_it = |published: &&Self| published.name == name || published.file.strip_suffix(".pth") == Some(file);
        PUBLISHED.iter().find(is_it).ok_or_else(|| {
            let names = PUBLISHED.map(|published| published.name).join(", ");
            Error::InvalidInput(format!("there is no published checkpoint `{name}`; there are {names}"))
        })
    }

    /// What it finds and how well, in a sentence.
    pub(super) fn description(&self) -> String {
        let kind = if self.mask_ap.is_some() { "with a mask of each" } else { "with a box around each" };
        let masks = self.mask_ap.map(|ap| format!(", of masks {ap:.3}")).unwrap_or_default();
        let boxes = self.box_ap;
        format!(
            "Finds objects of COCO's 80 classes, {kind}. Average precision on COCO val2017, as torchvision gives it: of \
             boxes {boxes:.3}{masks}."
        )
    }
}

/// All of them, as a table.
pub(super) fn list() -> String {
    let rows = PUBLISHED.map(|Published { name, file, megabytes, box_ap, mask_ap }| {
        let mask_ap = mask_ap.map(|ap| format!("{ap:.3}")).unwrap_or_default();
        vec![name.to_owned(), format!("{megabytes} MB"), format!("{box_ap:.3}"), mask_ap, file.to_owned()]
    });
    let head = [
        ("NAME", Align::Left),
        ("SIZE", Align::Right),
        ("BOX AP", Align::Right),
        ("MASK AP", Align::Right),
        ("FILE", Align::Left),
    ];
    format!("{}\nAll are trained on COCO (80 classes), and are at {ADDRESS}/FILE.\n", table::render(&head, &rows))
}
