//! The wasm modules: compiled, bound to JavaScript, optimised, and put into the npm package.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::process;
use crate::setup::node;
use crate::setup::wasm_toolchain::{TARGET, WasmToolchain};
use crate::sizes::ModuleSize;
use crate::workspace::Workspace;

/// A build of the crate for the browser.
pub(crate) struct Module {
    /// Its wasm file's name, without suffixes.
    pub(crate) name: &'static str,
    /// The name of its JavaScript half, which modules share that differ inside only.
    glue: &'static str,
    /// The crate's features that it is built with.
    pub(crate) features: &'static str,
    /// The profile of its published build.
    pub(crate) profile: &'static str,
    /// What wasm-opt does to its published build.
    optimisation: &'static str,
}

/// Every module. A page loads the one that runs the network, and the one for objects when it first needs that.
///
/// For size `-Oz` takes 17 % off the WebGPU module, which counts when it is compiled, and 1 % off its gzip; `-O2` takes
/// 4 % and 1 %.
pub(crate) const MODULES: [Module; 4] = [
    Module {
        name: "maskrcnn_webgpu",
        glue: "maskrcnn_webgpu",
        features: "webgpu",
        profile: "wasm-webgpu",
        optimisation: "-Oz",
    },
    Module {
        name: "maskrcnn_cpu",
        glue: "maskrcnn_cpu",
        features: "cpu,convert",
        profile: "wasm-cpu",
        optimisation: "-O3",
    },
    Module {
        name: "maskrcnn_cpu_relaxed",
        glue: "maskrcnn_cpu",
        features: "cpu,convert,relaxed-simd",
        profile: "wasm-cpu",
        optimisation: "-O3",
    },
    Module {
        name: "maskrcnn_objects",
        glue: "maskrcnn_objects",
        features: "objects",
        profile: "wasm-webgpu",
        optimisation: "-Oz",
    },
];

/// What the compiled modules use beyond the first version of WebAssembly.
const WASM_FEATURES: [&str; 8] = [
    "--enable-simd",
    "--enable-relaxed-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The options of the commands that build wasm modules.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct BuildOptions {
    /// Build the wasm modules quickly instead of small and fast
    #[arg(long)]
    dev: bool,
}

/// Which modules are built.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Choice {
    /// Build only the wasm module of this name, such as maskrcnn_objects
    #[arg(long, value_name = "MODULE", value_parser = MODULES.map(|module| module.name))]
    only: Option<String>,
}

impl Choice {
    fn includes(&self, module: &Module) -> bool {
        self.only.as_ref().is_none_or(|only| only == module.name)
    }

    /// Whether all modules are built.
    pub(crate) fn is_all(&self) -> bool {
        self.only.is_none()
    }
}

impl BuildOptions {
    pub(crate) fn how(self) -> Build {
        if self.dev { Build::Dev } else { Build::Release }
    }
}

/// How much care a build takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Build {
    /// Quickly, while working on it.
    Dev,
    /// What is published.
    Release,
}

impl Build {
    fn profile(self, module: &Module) -> &'static str {
        if self == Self::Dev { "wasm-dev" } else { module.profile }
    }
}

/// Builds modules and puts them into the npm package's `dist/wasm`.
///
/// Those of one profile are built one by one, as cargo would let them wait for each other, but beside those of the other
/// profile: the last part of each build, its longest, keeps one core busy only.
///
/// # Errors
/// When the crate does not compile, or a tool fails.
pub(crate) fn build(workspace: &Workspace, toolchain: &WasmToolchain, build: Build, choice: &Choice) -> Result<()> {
    let mut chosen: Vec<_> = MODULES.iter().filter(|module| choice.includes(module)).collect();
    chosen.sort_by_key(|module| build.profile(module));
    thread::scope(|scope| {
        let builds: Vec<_> = chosen
            .chunk_by(|one, other| build.profile(one) == build.profile(other))
            .map(|modules| {
                scope.spawn(|| modules.iter().try_for_each(|module| make(workspace, toolchain, module, build)))
            })
            .collect();
        builds.into_iter().try_for_each(|build| build.join().map_err(|_| anyhow!("A module's build panicked."))?)
    })
}

/// Builds one module.
fn make(workspace: &Workspace, toolchain: &WasmToolchain, module: &Module, build: Build) -> Result<()> {
    let compiled = compile(workspace, toolchain, module, build)?;
    let finished = workspace.target.join("web").join(module.name);
    let fingerprint = fingerprint(&compiled, build)?;
    let stamp = finished.join("made-from");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == fingerprint) {
        println!("   {} has not changed.", module.name);
    } else {
        let _ = fs::remove_dir_all(&finished);
        bind(&compiled, &finished, module)?;
        if build == Build::Release {
            optimise(workspace, &wasm_file(&finished, module.glue), module)?;
        }
        fs::write(&stamp, fingerprint)?;
    }
    publish(workspace, &finished, module)
}

/// How large each module is that the last build put into the package.
///
/// # Errors
/// When a module was not built or Node.js fails.
pub(crate) fn measure(workspace: &Workspace) -> Result<Vec<ModuleSize>> {
    let folder = published(workspace);
    MODULES.iter().map(|module| ModuleSize::of(module.name, &wasm_file(&folder, module.name))).collect()
}

/// The name of a module that the package does not have yet, if there is one.
pub(crate) fn missing(workspace: &Workspace) -> Option<&'static str> {
    let folder = published(workspace);
    MODULES.iter().map(|module| module.name).find(|name| !wasm_file(&folder, name).is_file())
}

/// Where the npm package keeps the modules.
fn published(workspace: &Workspace) -> PathBuf {
    workspace.package().join("dist/wasm")
}

fn wasm_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}_bg.wasm"))
}

fn compile(workspace: &Workspace, toolchain: &WasmToolchain, module: &Module, build: Build) -> Result<PathBuf> {
    let profile = build.profile(module);
    process::run(
        toolchain.cargo(workspace, "rustc").args(["--lib", "--crate-type", "cdylib", "--profile", profile]).args([
            "--no-default-features",
            "--features",
            module.features,
        ]),
    )?;
    Ok(workspace.target.join(TARGET).join(profile).join("maskrcnn_web.wasm"))
}

/// Tells whether a module must be bound and optimised again, which takes minutes.
fn fingerprint(compiled: &Path, build: Build) -> Result<String> {
    let bytes = fs::read(compiled).with_context(|| format!("cargo left no {}", compiled.display()))?;
    let mut hasher = DefaultHasher::new();
    (bytes, build, MODULES.map(|module| module.optimisation), WASM_FEATURES).hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

fn bind(compiled: &Path, folder: &Path, module: &Module) -> Result<()> {
    println!("   Binding {} to JavaScript.", module.name);
    // The name section would double the module.
    Bindgen::new()
        .input_path(compiled)
        .out_name(module.glue)
        .web(true)
        .and_then(|bindgen| bindgen.remove_name_section(true).remove_producers_section(true).generate(folder))
        .map_err(|error| anyhow!("wasm-bindgen failed on {}: {error:#}", module.name))
}

fn optimise(workspace: &Workspace, wasm: &Path, module: &Module) -> Result<()> {
    println!("   Optimising {} with wasm-opt {}.", module.name, module.optimisation);
    let mut wasm_opt = Command::new(workspace.package().join("node_modules/.bin/wasm-opt"));
    process::output(wasm_opt.arg(wasm).arg(module.optimisation).args(WASM_FEATURES).arg("-o").arg(wasm))?;
    Ok(())
}

fn publish(workspace: &Workspace, finished: &Path, module: &Module) -> Result<()> {
    let folder = published(workspace);
    fs::create_dir_all(&folder)?;
    copy(&wasm_file(finished, module.glue), &wasm_file(&folder, module.name))?;
    let glue = format!("{}.js", module.glue);
    let (own, shared) = (finished.join(&glue), folder.join(&glue));
    if module.name == module.glue {
        return copy(&own, &shared);
    }
    ensure!(fs::read(own)? == fs::read(shared)?, "{} is bound in another way than the {glue} it shares.", module.name);
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} was not made", from.display()))?;
    Ok(())
}

/// Everything that a build needs, then the modules.
///
/// # Errors
/// As [`build`], or when something needed is missing.
pub(crate) fn build_all(workspace: &Workspace, how: Build, choice: &Choice) -> Result<()> {
    let toolchain = WasmToolchain::find_or_install()?;
    node::find_or_install()?;
    node::install_packages(&workspace.package())?;
    build(workspace, &toolchain, how, choice)
}
