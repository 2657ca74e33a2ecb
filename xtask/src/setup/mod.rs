//! Installs what is missing: each file finds one tool, or installs it, or says in a sentence what to do.

mod apt;
pub(crate) mod browser;
pub(crate) mod node;
pub(crate) mod rust;
pub(crate) mod typos;
pub(crate) mod vulkan;
pub(crate) mod wasm_toolchain;

use anyhow::Result;

use crate::workspace::Workspace;
use browser::{CHROMIUM, FIREFOX, WEBKIT};
use wasm_toolchain::WasmToolchain;

/// `cargo xtask setup`: everything that the other commands would install when they need it.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    rust::find_or_install()?;
    let toolchain = WasmToolchain::find_or_install()?;
    println!("   wasm32: {toolchain}");
    node::find_or_install()?;
    for project in node::projects(workspace) {
        node::install_packages(&project)?;
    }
    typos::find_or_install(workspace)?;
    println!("   Node.js, the npm packages and the spell checker are installed.");
    println!("   Chromium: {}", CHROMIUM.find_or_install()?.display());
    for browser in [FIREFOX, WEBKIT] {
        match browser.find_or_install() {
            Ok(program) => println!("   {}: {}", browser.name, program.display()),
            Err(reason) => println!("   {reason}"),
        }
    }
    match vulkan::find_or_install() {
        Ok(()) => println!("   A Vulkan driver is installed."),
        Err(reason) => println!("   {reason}"),
    }
    println!("Everything that demo, test and build need is installed.");
    Ok(())
}
