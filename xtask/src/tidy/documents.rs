//! Documents: what they name has to exist. Paths and crates in backticks, `cargo xtask` and `waxwing`
//! commands, and relative links with their anchors.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::tidy::Finding;
use crate::{Result, VERBS, places};

/// Documents at the root that are checked, beside everything below `docs/`.
const ROOT_DOCUMENTS: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

/// What exists, for documents to name.
struct World {
    /// Files and directories, relative to the root.
    paths: BTreeSet<PathBuf>,
    /// Packages.
    crates: BTreeSet<String>,
    /// Verbs of `cargo xtask`.
    chores: BTreeSet<String>,
    /// Subcommands of `waxwing`.
    commands: BTreeSet<String>,
}

/// Checks every document.
///
/// # Errors
/// When a file cannot be read.
pub fn check(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let world = World::read(root, files)?;
    let mut findings = Vec::new();
    for file in files {
        let name = file.to_string_lossy();
        let below_docs = name.starts_with("docs/") && name.ends_with(".md");
        let beside_code = name.ends_with("/README.md");
        if below_docs || beside_code || ROOT_DOCUMENTS.contains(&&*name) {
            let text = places::read(&root.join(file))?;
            let link = |target: &Path| places::read(&root.join(target)).ok();
            findings.extend(check_one(file, &text, &world, &link));
        }
    }
    Ok(findings)
}

impl World {
    /// Learns what there is.
    fn read(root: &Path, files: &[PathBuf]) -> Result<Self> {
        let mut paths = BTreeSet::new();
        let mut crates = BTreeSet::new();
        let mut commands = BTreeSet::from(["help".to_owned()]);
        for file in files {
            paths.extend(file.ancestors().map(Path::to_owned));
            if file.file_name().is_some_and(|name| name == "Cargo.toml") {
                let text = places::read(&root.join(file))?;
                let manifest: toml::Table =
                    text.parse().map_err(|e| format!("{}: {e}", file.display()))?;
                let name = manifest.get("package").and_then(|p| p.get("name"));
                crates.extend(name.and_then(|name| name.as_str()).map(str::to_owned));
            }
            if let Ok(inside) = file.strip_prefix("crates/cli/src/commands") {
                let verb = inside.components().next().map(|part| places::stem(part.as_ref()));
                commands.extend(verb.filter(|verb| verb != "mod").map(|v| v.replace('_', "-")));
            }
        }
        let chores = VERBS.iter().map(|verb| verb.name.to_owned()).collect();
        Ok(Self { paths, crates, chores, commands })
    }

    /// Whether a path exists, seen from the root or from the document's directory. A part with a
    /// placeholder ends what is looked at.
    fn has(&self, document: &Path, path: &str) -> bool {
        let fixed: Vec<&str> = path
            .trim_end_matches('/')
            .split('/')
            .take_while(|part| !part.contains(['*', '<', '{', '$']))
            .collect();
        let fixed = fixed.join("/");
        let near = document.parent().unwrap_or(Path::new(""));
        self.paths.contains(&plain(Path::new(&fixed)))
            || self.paths.contains(&plain(&near.join(&fixed)))
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::Normal(name) => out.push(name),
            _ => {}
        }
    }
    out
}

/// Checks one document. `link` reads the document that a link goes to.
fn check_one(
    document: &Path,
    text: &str,
    world: &World,
    link: &dyn Fn(&Path) -> Option<String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (number, line) in (1usize..).zip(text.lines()) {
        let mut wrong = Vec::new();
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            let line = line.trim().trim_start_matches("$ ");
            let line = line.split(" #").next().unwrap_or(line);
            wrong.extend(command(line, world));
        } else {
            for span in spans(line) {
                wrong.extend(command(span, world));
                wrong.extend(path(span, document, world));
                wrong.extend(package(span, world));
            }
            for target in links(line) {
                wrong.extend(relative(target, document, text, world, link));
            }
        }
        let place = format!("{}:{number}", document.display());
        findings.extend(wrong.into_iter().map(|what| format!("documents: {place}: {what}")));
    }
    findings
}

/// The parts of a line in backticks.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The targets of a line's links, outside backticks.
fn links(line: &str) -> Vec<&str> {
    let outside = line.split('`').step_by(2);
    outside
        .flat_map(|part| part.split("](").skip(1).filter_map(|rest| rest.split(')').next()))
        .collect()
}

/// What is wrong with a command of ours.
fn command(text: &str, world: &World) -> Option<String> {
    let (known, what, rest) = if let Some(rest) = text.strip_prefix("cargo xtask ") {
        (&world.chores, "chore", rest)
    } else if let Some(rest) = text.strip_prefix("cargo run --release -- ") {
        (&world.commands, "command", rest)
    } else {
        (&world.commands, "command", text.strip_prefix("waxwing ")?)
    };
    let word = rest.split_whitespace().next()?;
    // A flag, a placeholder or a file is no subcommand: `waxwing FILE ARGS` is a shorthand.
    let verb = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !word.starts_with('-');
    (verb && !known.contains(word)).then(|| format!("there is no {what} `{word}`"))
}

/// What is wrong with something that looks like a path.
fn path(span: &str, document: &Path, world: &World) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-./*<>{}$".contains(c);
    let relative = !span.starts_with(['/', '-', '$', '<', '*']) && !span.starts_with("target/");
    let looks = span.contains('/') || (span.ends_with(".md") && span.len() > 3);
    if !relative || !looks || !span.chars().all(allowed) {
        return None;
    }
    // `and/or` and media types are no paths: one of ours begins with something that exists, or says
    // by its form that it is a file or a directory.
    let first = span.split('/').next().unwrap_or_default();
    let known = world.paths.contains(Path::new(first)) || first == ".." || first == ".";
    let formed = span.ends_with('/')
        || [".rs", ".md", ".toml", ".c", ".wat"].iter().any(|e| span.ends_with(e));
    ((known || formed) && !world.has(document, span)).then(|| format!("`{span}` does not exist"))
}

/// What is wrong with the name of a package of ours.
fn package(span: &str, world: &World) -> Option<String> {
    let rest = span.strip_prefix("waxwing-")?;
    let plain = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (plain && !world.crates.contains(span)).then(|| format!("there is no package `{span}`"))
}

/// What is wrong with a link.
fn relative(
    target: &str,
    document: &Path,
    text: &str,
    world: &World,
    link: &dyn Fn(&Path) -> Option<String>,
) -> Option<String> {
    let target = target.split_whitespace().next().unwrap_or_default();
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let near = document.parent().unwrap_or(Path::new(""));
    let to = plain(&near.join(file));
    if !file.is_empty() && !world.paths.contains(&to) {
        return Some(format!("the link `{target}` leads nowhere"));
    }
    if anchor.is_empty() {
        return None;
    }
    let there = if file.is_empty() { text.to_owned() } else { link(&to)? };
    let found = there.lines().filter(|l| l.starts_with('#')).any(|l| slug(l) == anchor);
    (!found).then(|| format!("the link `{target}`: no such heading"))
}

/// The anchor of a heading.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Finding> {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let world = World {
            paths: ["crates", "crates/vm", "crates/vm/src", "docs", "docs/a.md", "README.md"]
                .iter()
                .map(PathBuf::from)
                .collect(),
            crates: set(&["waxwing-vm", "waxwing"]),
            chores: set(&["tidy"]),
            commands: set(&["run"]),
        };
        let link = |_: &Path| Some("# A heading, with `code`\n".to_owned());
        check_one(Path::new("docs/b.md"), text, &world, &link)
    }

    #[test]
    fn what_exists_may_be_named() {
        for good in [
            "`crates/vm/src` and `crates/<noun>/src/lib.rs` and `a.md`, `../README.md`",
            "`waxwing-vm` and `waxwing-<noun>`",
            "`cargo xtask tidy --bless` and `waxwing run app.wasm` and `waxwing app.wasm`",
            "[a](a.md) and [b](a.md#a-heading-with-code) and [c](https://example.org/x)",
            "and/or, `and/or`, `application/wasm`, `/dev/null`, `target/x.rs`, `wasi:cli/run`",
            "```\n$ waxwing run a.wasm\ncargo xtask tidy # chores\nany/path.rs\n```",
            "# Here\n[down](#here)",
        ] {
            assert_eq!(found(good), Vec::<Finding>::new(), "{good}");
        }
    }

    #[test]
    fn what_does_not_exist_may_not() {
        for bad in [
            "`crates/nothing`",
            "`crates/vm/src/absent.rs`",
            "`nowhere/file.rs`",
            "`LOST.md`",
            "`waxwing-nothing`",
            "`cargo xtask nothing`",
            "`waxwing nothing`",
            "`cargo run --release -- nothing`",
            "[a](absent.md)",
            "[a](a.md#absent)",
            "[a](#absent)",
            "```\nwaxwing nothing\n```",
        ] {
            let wrong = found(bad);
            assert!(wrong.len() == 1 && wrong[0].contains("docs/b.md:"), "{bad}: {wrong:?}");
        }
    }
}
