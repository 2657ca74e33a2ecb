//! A Vulkan driver, with which burn's wgpu backend runs natively on Linux; Mesa's software driver suffices.

use std::path::Path;
use std::{env, fs};

use anyhow::{Result, bail};

use super::apt;

const MANIFESTS: [&str; 3] = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
const OTHERWISE: &str = "No Vulkan driver was found, so burn's wgpu backend cannot run natively; \
                         Debian's package mesa-vulkan-drivers has one that needs no GPU.";

/// Finds an installed driver, or installs Debian's software driver.
///
/// # Errors
/// When no driver is installed or can be.
pub(crate) fn find_or_install() -> Result<()> {
    if is_installed() {
        return Ok(());
    }
    apt::install(&["mesa-vulkan-drivers", "libvulkan1"], OTHERWISE)?;
    if !is_installed() {
        bail!(OTHERWISE);
    }
    Ok(())
}

/// macOS and Windows have Metal and DirectX 12, which need no driver of their own.
fn is_installed() -> bool {
    !cfg!(target_os = "linux")
        || ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| env::var_os(name).is_some())
        || MANIFESTS.iter().any(|folder| has_files(Path::new(folder)))
}

fn has_files(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
