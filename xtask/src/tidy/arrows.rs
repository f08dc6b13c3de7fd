//! Dependency arrows: the order of crates, what is absent on purpose, and where unsafe may stand.
//!
//! The facts come from `cargo metadata`, with features resolved as the workspace resolves them.
//! Development dependencies are free: a test may compare with anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::process::must_say;
use crate::tidy::Finding;
use crate::{Result, places};

/// Every crate under `crates/`, each after what it may depend on.
const ORDER: &[&str] = &[
    "module",
    "decode",
    "layout",
    "lower",
    "codegen-cranelift",
    "codegen-llvm",
    "codegen-baseline",
    "artifact",
    "compile",
    "sys",
    "fiber",
    "vm",
    "canon",
    "waxwing",
    "wasi-core",
    "fs-os",
    "fs-sealed",
    "attest",
    "wasi-p1",
    "wasi-threads",
    "wasi-p2",
    "wasi-p3",
    "http",
    "c-api",
    "package",
    "wast",
    "program",
    "launcher",
    "cli",
    "testkit",
];

/// Crates that may contain unsafe code.
const UNSAFE: &[&str] = &["codegen-llvm", "sys", "fiber", "vm", "waxwing", "c-api", "cli"];

/// The engine, which the host side never names.
const ENGINE: &[&str] = &[
    "module",
    "decode",
    "layout",
    "lower",
    "codegen-cranelift",
    "codegen-llvm",
    "codegen-baseline",
    "artifact",
    "compile",
    "sys",
    "fiber",
    "vm",
    "canon",
    "waxwing",
    "c-api",
];

/// Back ends, by the beginning of a package's name.
const BACK_ENDS: &[&str] = &["cranelift", "inkwell", "llvm-sys", "dynasm"];

/// What the run-only build is without, by the beginning of a package's name.
const RUN_ONLY_WITHOUT: &[&str] = &[
    "waxwing-decode",
    "waxwing-lower",
    "waxwing-codegen",
    "waxwing-compile",
    "wasmparser",
    "wasm-encoder",
    "wast",
    "wat",
    "cranelift",
    "regalloc",
    "inkwell",
    "llvm-sys",
    "rayon",
    // Signing and secret keys; checking is `minisign-verify`.
    "minisign",
];

/// Other engines: never in the product.
const PEERS: &[&str] = &["wasmtime", "wasmer", "wasmi", "wasm3", "wasmedge"];

/// What the check needs to know of a package.
#[derive(Clone, Debug, Default)]
struct Package {
    /// Its directory under `crates/`; none for anything else.
    dir: Option<String>,
    /// Package names it depends on, for the build or at run time.
    direct: BTreeSet<String>,
    /// Package names it needs at run time, as resolved.
    runtime: BTreeSet<String>,
    /// Root files of its library and programs, with whether they forbid unsafe code.
    roots: Vec<(String, bool)>,
}

/// Packages by name.
type Packages = BTreeMap<String, Package>;

/// Checks the workspace.
///
/// # Errors
/// When cargo does not answer or a crate's root cannot be read.
pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1"]).current_dir(root);
    let text = must_say(&mut command)?;
    let metadata: Metadata =
        serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
    let mut found = findings(&packages(metadata, root)?);
    // Features as they are when the launcher is built by itself; `cargo metadata` has the workspace's.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--package", "waxwing-launcher", "--edges", "no-dev"]);
    command.args(["--prefix", "none", "--format", "{p}"]).current_dir(root);
    found.extend(run_only(&must_say(&mut command)?));
    Ok(found)
}

/// What `cargo tree` names that the run-only build must not have.
fn run_only(tree: &str) -> Vec<Finding> {
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let denied = |name: &str| {
        name != "minisign-verify" && RUN_ONLY_WITHOUT.iter().any(|begin| name.starts_with(begin))
    };
    let found = names.into_iter().filter(|name| denied(name));
    found
        .map(|name| format!("arrows: waxwing-launcher may not reach {name}: it only runs"))
        .collect()
}

/// Everything that breaks a rule.
fn findings(packages: &Packages) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, package) in packages {
        let Some(dir) = &package.dir else { continue };
        order(name, dir, package, packages, &mut found);
        absences(name, dir, packages, &mut found);
        if !UNSAFE.contains(&dir.as_str()) {
            for (path, _) in package.roots.iter().filter(|(_, forbids)| !forbids) {
                found.push(format!("arrows: {path} needs `#![forbid(unsafe_code)]`"));
            }
        }
    }
    found
}

/// A crate depends only on crates before it.
fn order(name: &str, dir: &str, package: &Package, all: &Packages, found: &mut Vec<Finding>) {
    let place = |dir: &str| ORDER.iter().position(|&other| other == dir);
    let Some(here) = place(dir) else {
        found.push(format!(
            "arrows: crates/{dir} has no place in the order (xtask/src/tidy/arrows.rs)"
        ));
        return;
    };
    for other in &package.direct {
        let Some(below) = all.get(other).and_then(|package| package.dir.as_deref()) else {
            continue;
        };
        if place(below).is_none_or(|there| there >= here) {
            found.push(format!("arrows: {name} may not depend on {other}, which stands above it"));
        }
        if dir.starts_with("codegen-") && below.starts_with("codegen-") {
            found
                .push(format!("arrows: {name} may not depend on {other}: back ends are strangers"));
        }
    }
}

/// What is absent on purpose.
fn absences(name: &str, dir: &str, all: &Packages, found: &mut Vec<Finding>) {
    let beneath = closure(name, all);
    let dir_of = |package: &str| all.get(package).and_then(|package| package.dir.clone());
    let mut deny = |what: &str, why: &str| {
        found.push(format!("arrows: {name} may not reach {what}: {why}"));
    };
    for package in &beneath {
        let below = dir_of(package).unwrap_or_default();
        let back_end =
            BACK_ENDS.iter().any(|b| package.starts_with(b)) || below.starts_with("codegen-");
        match dir {
            "vm" if package == "wasmparser"
                || back_end
                || ["decode", "lower", "compile"].contains(&below.as_str()) =>
            {
                deny(package, "the runtime never sees wasm bytes or a compiler");
            }
            "lower" if back_end => deny(package, "lowering names no back end"),
            "wasi-core" | "fs-os" | "fs-sealed" if ENGINE.contains(&below.as_str()) => {
                deny(package, "the host side names no engine");
            }
            _ => {}
        }
        if package == "tokio" && beneath_facade(dir) {
            deny(package, "nothing up to `waxwing` knows tokio");
        }
        if PEERS.contains(&package.as_str()) {
            deny(package, "no other engine is in the product");
        }
    }
}

/// Whether a crate is the facade or stands beneath it.
fn beneath_facade(dir: &str) -> bool {
    let place = |dir: &str| ORDER.iter().position(|&other| other == dir);
    place(dir) <= place("waxwing")
}

/// Everything a package needs at run time, itself left out.
fn closure(name: &str, all: &Packages) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        for below in all.get(&next).map(|package| &package.runtime).into_iter().flatten() {
            if seen.insert(below.clone()) {
                open.push(below.clone());
            }
        }
    }
    seen
}

/// The part of `cargo metadata` that is read.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetaPackage>,
    resolve: MetaResolve,
}

#[derive(Deserialize)]
struct MetaPackage {
    id: String,
    name: String,
    manifest_path: String,
    dependencies: Vec<MetaDependency>,
    targets: Vec<MetaTarget>,
}

#[derive(Deserialize)]
struct MetaDependency {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct MetaTarget {
    kind: Vec<String>,
    src_path: String,
}

#[derive(Deserialize)]
struct MetaResolve {
    nodes: Vec<MetaNode>,
}

#[derive(Deserialize)]
struct MetaNode {
    id: String,
    deps: Vec<MetaEdge>,
}

#[derive(Deserialize)]
struct MetaEdge {
    pkg: String,
    dep_kinds: Vec<MetaKind>,
}

#[derive(Deserialize)]
struct MetaKind {
    kind: Option<String>,
}

/// Turns cargo's words into ours.
fn packages(metadata: Metadata, root: &Path) -> Result<Packages> {
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|p| (p.id.as_str(), p.name.as_str())).collect();
    let mut all = Packages::new();
    for package in &metadata.packages {
        let entry = all.entry(package.name.clone()).or_default();
        let not_dev = |d: &&MetaDependency| d.kind.as_deref() != Some("dev");
        entry.direct.extend(package.dependencies.iter().filter(not_dev).map(|d| d.name.clone()));
        let home = Path::new(&package.manifest_path).parent().unwrap_or(root);
        let Ok(inside) = home.strip_prefix(root.join("crates")) else { continue };
        entry.dir = Some(inside.display().to_string());
        for target in &package.targets {
            if target
                .kind
                .iter()
                .any(|kind| ["lib", "bin", "cdylib", "staticlib"].contains(&kind.as_str()))
            {
                let path = Path::new(&target.src_path);
                let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
                entry.roots.push((shown, places::read(path)?.contains("#![forbid(unsafe_code)]")));
            }
        }
    }
    for node in &metadata.resolve.nodes {
        let Some(name) = names.get(node.id.as_str()) else { continue };
        let runtime =
            node.deps.iter().filter(|d| d.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        let below = runtime.filter_map(|d| names.get(d.pkg.as_str())).map(|&name| name.to_owned());
        all.entry((*name).to_owned()).or_default().runtime.extend(below);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_only_build_has_no_compiler() {
        let tree = "waxwing-launcher v0.1.0 (/x)\nwaxwing v0.1.0 (/y)\nminisign-verify v0.3.0\n";
        assert!(run_only(tree).is_empty());
        let tree = format!("{tree}waxwing-codegen-baseline v0.1.0 (/z)\nwasmparser v0.254.0 (*)\n");
        assert_eq!(run_only(&tree).len(), 2);
    }

    /// A workspace of crates and outside packages: name, directory, dependencies.
    fn world(crates: &[(&str, &str, &[&str])]) -> Packages {
        let package = |&(name, dir, below): &(&str, &str, &[&str])| {
            let below: BTreeSet<String> = below.iter().map(|&b| b.to_owned()).collect();
            let package = Package {
                dir: (!dir.is_empty()).then(|| dir.to_owned()),
                direct: below.clone(),
                runtime: below,
                roots: vec![(format!("crates/{dir}/src/lib.rs"), true)],
            };
            (name.to_owned(), package)
        };
        crates.iter().map(package).collect()
    }

    #[test]
    fn downward_arrows_are_fine() {
        let all = world(&[
            ("waxwing-module", "module", &[]),
            ("waxwing-layout", "layout", &["waxwing-module"]),
            ("waxwing-vm", "vm", &["waxwing-layout", "libc"]),
            ("waxwing", "waxwing", &["waxwing-vm"]),
            ("libc", "", &[]),
            ("xtask", "", &["waxwing"]),
        ]);
        assert_eq!(findings(&all), Vec::<Finding>::new());
    }

    fn one(crates: &[(&str, &str, &[&str])], words: &str) {
        let found = findings(&world(crates));
        assert!(found.len() == 1 && found[0].contains(words), "{found:?}");
    }

    #[test]
    fn upward_and_unknown_are_found() {
        one(&[("a", "module", &["b"]), ("b", "layout", &[])], "a may not depend on b");
        one(&[("a", "nowhere", &[])], "no place in the order");
        let strangers: &[(&str, &str, &[&str])] =
            &[("a", "codegen-llvm", &["b"]), ("b", "codegen-cranelift", &[])];
        one(strangers, "strangers");
    }

    #[test]
    fn absences_are_found_through_others() {
        one(&[("a", "vm", &["x"]), ("x", "", &["wasmparser"])], "reach wasmparser");
        one(&[("a", "vm", &["d"]), ("d", "decode", &[])], "reach d");
        one(&[("a", "lower", &["cranelift-codegen"])], "names no back end");
        one(&[("a", "lower", &["inkwell"])], "names no back end");
        one(&[("a", "fs-os", &["m"]), ("m", "module", &[])], "names no engine");
        one(&[("a", "compile", &["x"]), ("x", "", &["tokio"])], "knows tokio");
        one(&[("a", "cli", &["wasmtime"])], "no other engine");
        assert!(findings(&world(&[("a", "http", &["tokio"])])).is_empty());
    }

    #[test]
    fn unsafe_is_forbidden_where_it_should_be() {
        let mut all = world(&[("a", "module", &[]), ("b", "vm", &[])]);
        for package in all.values_mut() {
            package.roots[0].1 = false;
        }
        let found = findings(&all);
        assert!(found.len() == 1 && found[0].contains("crates/module/src/lib.rs"), "{found:?}");
    }
}
