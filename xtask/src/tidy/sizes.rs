//! Sizes: files of at most 800 lines, functions of at most 70, and a ratchet for what is over.
//!
//! The ratchet `xtask/ratchet.txt` has a line for each allowed excess: `file PATH LINES` or
//! `fn PATH NAME LINES`. An entry may only fall: `--bless` lowers and removes entries, and only
//! `--bless-new` adds one.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::tidy::Finding;
use crate::{Result, places};

/// The most lines of a file.
const FILE: usize = 800;

/// The most lines of a function, from its signature to its closing brace.
const FUNCTION: usize = 70;

/// Where the ratchet is.
const RATCHET: &str = "xtask/ratchet.txt";

/// Kinds of file that have a size to keep.
const SOURCES: &[&str] = &["rs", "c", "h", "cpp", "js", "lua", "py", "go", "sh"];

/// How the ratchet may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bless {
    /// Entries fall or go.
    Down,
    /// New entries too.
    New,
}

/// What has a size: `file PATH` or `fn PATH NAME`, to its lines.
type Sizes = BTreeMap<String, usize>;

/// Checks all files; with `bless`, writes the ratchet first.
///
/// # Errors
/// When a file cannot be read, does not parse, or the ratchet is malformed.
pub fn check(root: &Path, files: &[PathBuf], bless: Option<Bless>) -> Result<Vec<Finding>> {
    let mut over = Sizes::new();
    for file in files {
        let kind = file.extension().unwrap_or_default().to_string_lossy().into_owned();
        if !SOURCES.contains(&kind.as_str()) {
            continue;
        }
        let text = places::read(&root.join(file))?;
        over.extend(sizes_over(&file.to_string_lossy(), &text, kind == "rs")?);
    }
    let path = root.join(RATCHET);
    let mut allowed = parse(&if path.exists() { places::read(&path)? } else { String::new() })?;
    if let Some(bless) = bless {
        allowed = blessed(&allowed, &over, bless);
        places::write(&path, print(&allowed))?;
    }
    Ok(compare(&over, &allowed))
}

/// Everything in one file that is over its limit.
fn sizes_over(path: &str, text: &str, rust: bool) -> Result<Sizes> {
    let mut over = Sizes::new();
    let lines = text.lines().count();
    if lines > FILE {
        over.insert(format!("file {path}"), lines);
    }
    if rust {
        let file = syn::parse_file(text).map_err(|e| format!("{path}: {e}"))?;
        let mut functions = Functions { within: Vec::new(), found: Vec::new() };
        functions.visit_file(&file);
        for (name, lines) in functions.found {
            if lines > FUNCTION {
                // Functions of one name, say under different `cfg`, share an entry.
                let entry = over.entry(format!("fn {path} {name}")).or_default();
                *entry = lines.max(*entry);
            }
        }
    }
    Ok(over)
}

/// What is over its limit and not allowed, and entries that are looser than need be.
fn compare(over: &Sizes, allowed: &Sizes) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (what, &lines) in over {
        let limit = if what.starts_with("file ") { FILE } else { FUNCTION };
        match allowed.get(what) {
            None => {
                findings.push(format!("size: {what} has {lines} lines; at most {limit}: split it"))
            }
            Some(&most) if lines > most => findings.push(format!(
                "size: {what} grew to {lines} lines; the ratchet allows {most}: it may only shrink"
            )),
            // Some slack, so that not every line taken away is a chore.
            Some(&most) if lines + most / 10 < most => findings.push(format!(
                "size: {what} shrank from {most} to {lines} lines: run `cargo xtask tidy --bless`"
            )),
            Some(_) => {}
        }
    }
    for what in allowed.keys().filter(|what| !over.contains_key(*what)) {
        findings.push(format!("size: {what} is no longer over: run `cargo xtask tidy --bless`"));
    }
    findings
}

/// The ratchet after a blessing.
fn blessed(allowed: &Sizes, over: &Sizes, bless: Bless) -> Sizes {
    let keep = |(what, &lines): (&String, &usize)| {
        let most = match (allowed.get(what), bless) {
            (Some(&most), _) => lines.min(most),
            (None, Bless::New) => lines,
            (None, Bless::Down) => return None,
        };
        Some((what.clone(), most))
    };
    over.iter().filter_map(keep).collect()
}

/// Reads a ratchet.
fn parse(text: &str) -> Result<Sizes> {
    let mut sizes = Sizes::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let entry = line.rsplit_once(' ').and_then(|(what, n)| Some((what, n.parse().ok()?)));
        let (what, lines) = entry.ok_or_else(|| format!("{RATCHET}: not an entry: `{line}`"))?;
        sizes.insert(what.to_owned(), lines);
    }
    Ok(sizes)
}

/// Prints a ratchet.
fn print(sizes: &Sizes) -> String {
    let mut text = String::from(
        "# What may be longer than the rule allows, and how long. Entries only fall:\n\
         # `cargo xtask tidy --bless` lowers them, `--bless-new` alone adds.\n",
    );
    for (what, lines) in sizes {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{what} {lines}");
    }
    text
}

/// Collects functions with their lines; the name says in what they stand.
struct Functions {
    within: Vec<String>,
    found: Vec<(String, usize)>,
}

impl Functions {
    /// Adds one function and goes into it.
    fn add(&mut self, name: &syn::Ident, from: Span, to: Span, inside: impl FnOnce(&mut Self)) {
        self.within.push(name.to_string());
        let lines = to.end().line + 1 - from.start().line;
        self.found.push((self.within.join("::"), lines));
        inside(self);
        self.within.pop();
    }

    /// Goes into something that has a name.
    fn inside(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.within.push(name);
        visit(self);
        self.within.pop();
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.add(&f.sig.ident, f.sig.span(), f.block.span(), |v| visit::visit_item_fn(v, f));
    }

    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        self.add(&f.sig.ident, f.sig.span(), f.block.span(), |v| visit::visit_impl_item_fn(v, f));
    }

    fn visit_trait_item_fn(&mut self, f: &'ast syn::TraitItemFn) {
        if let Some(block) = &f.default {
            self.add(&f.sig.ident, f.sig.span(), block.span(), |v| {
                visit::visit_trait_item_fn(v, f)
            });
        }
    }

    fn visit_item_impl(&mut self, i: &'ast syn::ItemImpl) {
        let name = match &*i.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
            _ => None,
        };
        let name = name.unwrap_or_else(|| "impl".to_owned());
        self.inside(name, |v| visit::visit_item_impl(v, i));
    }

    fn visit_item_trait(&mut self, t: &'ast syn::ItemTrait) {
        self.inside(t.ident.to_string(), |v| visit::visit_item_trait(v, t));
    }

    fn visit_item_mod(&mut self, m: &'ast syn::ItemMod) {
        self.inside(m.ident.to_string(), |v| visit::visit_item_mod(v, m));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2))
    }

    fn over(text: &str) -> Sizes {
        sizes_over("a.rs", text, true).unwrap()
    }

    #[test]
    fn small_is_fine_and_large_is_over() {
        assert!(over(&function(FUNCTION)).is_empty());
        assert_eq!(over(&function(FUNCTION + 1))["fn a.rs f"], FUNCTION + 1);
        let long = "// a line\n".repeat(FILE + 1);
        assert_eq!(over(&long)["file a.rs"], FILE + 1);
        assert!(over(&"// a line\n".repeat(FILE)).is_empty());
    }

    #[test]
    fn functions_are_found_wherever_they_stand() {
        let body = function(FUNCTION + 5);
        let text = format!("mod m {{ struct S; impl S {{ {body} }} trait T {{ {body} }} }}");
        let found = over(&text);
        assert!(found.contains_key("fn a.rs m::S::f") && found.contains_key("fn a.rs m::T::f"));
    }

    #[test]
    fn comments_above_do_not_count() {
        let text = format!("{}{}", "/// A line.\n".repeat(100), function(FUNCTION));
        assert!(over(&text).is_empty());
    }

    #[test]
    fn what_does_not_parse_is_an_error() {
        assert!(sizes_over("a.rs", "fn {", true).is_err());
    }

    #[test]
    fn the_ratchet_only_falls() {
        let (most, now) =
            (Sizes::from([("fn a f".into(), 100)]), |n| Sizes::from([("fn a f".into(), n)]));
        assert!(compare(&now(100), &most).is_empty());
        assert!(compare(&now(95), &most).is_empty());
        assert_eq!(compare(&now(101), &most).len(), 1);
        assert_eq!(compare(&now(80), &most).len(), 1);
        assert_eq!(compare(&Sizes::new(), &most).len(), 1);
        assert_eq!(compare(&now(100), &Sizes::new()).len(), 1);
        assert_eq!(blessed(&most, &now(101), Bless::Down), most);
        assert_eq!(blessed(&most, &now(101), Bless::New), most);
        assert_eq!(blessed(&most, &now(80), Bless::Down), now(80));
        assert!(blessed(&Sizes::new(), &now(80), Bless::Down).is_empty());
        assert_eq!(blessed(&Sizes::new(), &now(80), Bless::New), now(80));
    }

    #[test]
    fn the_ratchet_reads_what_it_prints() {
        let sizes = Sizes::from([("file a b.rs".into(), 900), ("fn c.rs X::f".into(), 71)]);
        assert_eq!(parse(&print(&sizes)).unwrap(), sizes);
        assert!(parse("fn c.rs X::f many").is_err());
    }
}
