//! C programs that use the interface, compiled with the system's compiler against the headers, linked
//! with the shared and with the static library, and run. What they print is in `tests/c/*.expected`;
//! `BLESS=1` writes it anew.
//!
//! That the programs use every function of the headers is checked here as well.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What the static library needs besides itself, as pkg-config is told.
fn static_needs() -> impl Iterator<Item = &'static str> {
    let needs =
        include_str!("../waxwing.pc.in").lines().find_map(|l| l.strip_prefix("Libs.private:"));
    needs.unwrap().split_whitespace()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The libraries, under the names they are installed by.
struct Libraries {
    _room: tempfile::TempDir,
    shared: PathBuf,
    archive: PathBuf,
}

fn libraries() -> &'static Libraries {
    static LIBRARIES: OnceLock<Libraries> = OnceLock::new();
    LIBRARIES.get_or_init(|| {
        // Cargo puts the products beside the tests it builds, in `deps`.
        let exe = std::env::current_exe().unwrap();
        let deps = exe.parent().unwrap();
        let room = tempfile::tempdir().unwrap();
        let (shared, archive) = (room.path().join("shared"), room.path().join("static"));
        std::fs::create_dir(&shared).unwrap();
        std::fs::create_dir(&archive).unwrap();
        let link = |from: &str, to: PathBuf| {
            let from = deps.join(from);
            assert!(from.exists(), "{} was not built", from.display());
            std::os::unix::fs::symlink(from, to).unwrap();
        };
        link("libwaxwing_c.so", shared.join("libwaxwing.so"));
        link("libwaxwing_c.so", shared.join("libwaxwing.so.0"));
        link("libwaxwing_c.a", archive.join("libwaxwing.a"));
        Libraries { _room: room, shared, archive }
    })
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

fn must(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, said(&output));
    output
}

/// How a program is linked.
#[derive(Clone, Copy, PartialEq)]
enum How {
    Shared,
    Static,
}

fn build(source: &Path, how: How, room: &Path) -> PathBuf {
    let program = room.join("program");
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-pthread"]);
    cc.arg("-I").arg(here().join("include")).arg("-o").arg(&program);
    cc.arg(source);
    let libraries = libraries();
    match how {
        How::Shared => {
            cc.arg("-L").arg(&libraries.shared).arg("-lwaxwing");
            cc.arg(format!("-Wl,-rpath,{}", libraries.shared.display()));
        }
        How::Static => {
            cc.arg(libraries.archive.join("libwaxwing.a")).args(static_needs());
        }
    }
    must(&mut cc);
    program
}

/// What `signed.c` finds: keys, and artifacts with signatures of many kinds.
fn sign_artifacts(room: &Path) {
    use minisign::{KeyPair, PublicKey};
    let write = |name: &str, bytes: &[u8]| std::fs::write(room.join(name), bytes).unwrap();
    let precompile = |config: &waxwing::Config, guest: &str| {
        waxwing::Engine::new(config).unwrap().precompile(guest.as_bytes()).unwrap()
    };
    let [vendor, other] = [(), ()].map(|()| KeyPair::generate_unencrypted_keypair().unwrap());
    let public = |key: &PublicKey| key.to_box().unwrap().to_string();
    write("vendor.pub", public(&vendor.pk).as_bytes());
    write("other.pub", public(&other.pk).as_bytes());
    let sign = |pair: &KeyPair, name: &str, bytes: &[u8]| {
        let signature = minisign::sign(None, &pair.sk, bytes, None, None).unwrap();
        write(name, signature.to_string().as_bytes());
    };

    let guest = r#"(module (memory 1) (func (export "run") (result i32) (i32.const 17)))"#;
    let mut artifact = precompile(&waxwing::Config::new(), guest);
    write("guest.waxwing", &artifact);
    sign(&vendor, "guest.waxwing.minisig", &artifact);
    sign(&other, "by-other.minisig", &artifact);
    write("unsigned.waxwing", &artifact);
    write(
        "garbage.minisig",
        b"untrusted comment: none
",
    );
    let middle = artifact.len() / 2;
    artifact[middle] ^= 1;
    write("changed.waxwing", &artifact);
    artifact[middle] ^= 1;
    write("short.waxwing", &artifact[..artifact.len() - 1]);

    write("guest.wat", guest.as_bytes());
    sign(&vendor, "guest.wat.minisig", guest.as_bytes());
    let mut config = waxwing::Config::new();
    config.memory_plan(waxwing::MemoryPlan::Checked);
    let artifact = precompile(&config, guest);
    write("plan.waxwing", &artifact);
    sign(&vendor, "plan.waxwing.minisig", &artifact);
}

/// Builds and runs a program both ways.
fn run(name: &str) {
    for how in [How::Shared, How::Static] {
        let room = tempfile::tempdir().unwrap();
        if name == "signed" {
            sign_artifacts(room.path());
        }
        let source = here().join("tests/c").join(name).with_extension("c");
        let program = build(&source, how, room.path());
        let output = must(Command::new(&program).current_dir(room.path()));
        let have = String::from_utf8(output.stdout).unwrap();
        let path = here().join("tests/c").join(name).with_extension("expected");
        if std::env::var_os("BLESS").is_some() && how == How::Shared {
            std::fs::write(&path, &have).unwrap();
        }
        let want = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(have, want, "{name}: not what {} says", path.display());
    }
}

macro_rules! programs {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })*

        const PROGRAMS: &[&str] = &[$(stringify!($name)),*];
    };
}

programs! {
    hello types reflect callback trap global table memory refs finalize lifetimes
    serialize start threads stop linker wasi config bad pool fuel
    signed reset
}

/// A file as C sees it, with what its macros become: the lines that come from these files.
fn preprocessed(file: &Path, from: &[&str]) -> String {
    let mut cc = Command::new("cc");
    cc.args(["-E", "-std=c11", "-I"]).arg(here().join("include")).arg(file);
    let text = String::from_utf8(must(&mut cc).stdout).unwrap();
    let mut ours = String::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with('#') {
            inside = from.iter().any(|name| line.contains(&format!("/{name}\"")));
        } else if inside {
            ours.push_str(line);
            ours.push('\n');
        }
    }
    ours
}

/// The words of a text that are names of ours.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("wasm_") || word.starts_with("waxwing_"))
}

/// Every function the headers have: those of the library, and those that are inline.
fn functions() -> (BTreeSet<String>, BTreeSet<String>) {
    let header = here().join("include/waxwing.h");
    let text = preprocessed(&header, &["wasm.h", "waxwing.h"]);
    let (mut library, mut inline) = (BTreeSet::new(), BTreeSet::new());
    let mut depth = 0usize;
    let mut statement = String::new();
    for c in text.chars() {
        match c {
            '{' => {
                if depth == 0 && statement.contains("static inline") {
                    inline.extend(function(&statement));
                    statement.clear();
                }
                depth += 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 && !statement.contains("typedef") {
                    statement.clear();
                }
            }
            ';' if depth == 0 => {
                if !statement.contains("typedef") {
                    library.extend(function(&statement));
                }
                statement.clear();
            }
            _ if depth == 0 => statement.push(c),
            _ => {}
        }
    }
    (library, inline)
}

/// The function that is declared: the name before the first parenthesis.
fn function(declaration: &str) -> Option<String> {
    let (head, _) = declaration.split_once('(')?;
    names(head).last().map(str::to_owned)
}

/// What the shared library exports.
fn exported() -> BTreeSet<String> {
    use object::{Object, ObjectSymbol};
    let bytes = std::fs::read(libraries().shared.join("libwaxwing.so")).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let symbols = file.dynamic_symbols().filter(|s| s.is_definition());
    symbols.filter_map(|s| s.name().ok().map(str::to_owned)).collect()
}

#[test]
fn the_headers_are_read() {
    let (library, inline) = functions();
    let standard = library.iter().filter(|name| name.starts_with("wasm_")).count();
    assert_eq!(standard, STANDARD_FUNCTIONS, "{library:#?}");
    assert!(library.len() > standard + 40, "{library:#?}");
    for name in ["wasm_functype_new_3_2", "wasm_val_ptr", "wasm_name_new_from_string"] {
        assert!(inline.contains(name), "{name} is missing: {inline:#?}");
    }
}

/// How many functions the standard has that are not inline, counted by its parts: 13 vectors of 5, 9
/// types of types with 2, 5 that are only deleted, 4 for engines and stores, 43 to read types, 2 for
/// values, 10 types of references of 6, 9 times 4 casts, and 60 for what is behind the references.
const STANDARD_FUNCTIONS: usize = 65 + 18 + 5 + 4 + 43 + 2 + 60 + 36 + 60;

#[test]
fn every_function_is_exported_and_nothing_else() {
    let (library, _) = functions();
    let exported = exported();
    let missing: Vec<_> = library.difference(&exported).collect();
    assert!(missing.is_empty(), "declared, but not in the library: {missing:#?}");
    let undeclared: Vec<_> = names_of(&exported).difference(&library).cloned().collect();
    assert!(undeclared.is_empty(), "in the library, but not declared: {undeclared:#?}");
}

fn names_of(exported: &BTreeSet<String>) -> BTreeSet<String> {
    exported.iter().filter(|name| names(name).next().is_some()).cloned().collect()
}

/// The loader finds the library by its own name, and never unloads it: its signal handlers stay.
#[test]
fn the_shared_library_says_how_it_is_loaded() {
    use object::elf::{DF_1_NODELETE, DT_FLAGS_1, DT_SONAME, FileHeader64};
    use object::read::elf::{Dyn, FileHeader};
    let bytes = std::fs::read(libraries().shared.join("libwaxwing.so")).unwrap();
    let header = FileHeader64::<object::Endianness>::parse(&*bytes).unwrap();
    let endian = header.endian().unwrap();
    let sections = header.sections(endian, &*bytes).unwrap();
    let (dynamic, strings) = sections.dynamic(endian, &*bytes).unwrap().unwrap();
    let strings = sections.strings(endian, &*bytes, strings).unwrap();
    let of = |tag: i64| dynamic.iter().find(|d| d.tag(endian) == tag).unwrap();
    assert_eq!(of(DT_SONAME).string(endian, strings).unwrap(), b"libwaxwing.so.0");
    assert_ne!(of(DT_FLAGS_1).val32(endian).unwrap() & DF_1_NODELETE, 0);
}

#[test]
fn every_function_is_used_by_a_program() {
    let (library, inline) = functions();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for program in PROGRAMS {
        let file = format!("{program}.c");
        let text = preprocessed(&here().join("tests/c").join(&file), &[&file, "check.h"]);
        used.extend(names(&text).map(str::to_owned));
    }
    let all = library.union(&inline);
    let unused: Vec<_> = all.filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "used by no program under tests/c: {unused:#?}");
}

#[test]
fn every_program_is_run() {
    let found = std::fs::read_dir(here().join("tests/c")).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let is_program = path.extension().is_some_and(|e| e == "c");
        is_program.then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
    });
    let found: BTreeSet<_> = found.collect();
    let listed: BTreeSet<_> = PROGRAMS.iter().map(|&p| p.to_owned()).collect();
    assert_eq!(found, listed);
}

/// What a person reads first.
#[test]
fn the_example_runs() {
    let room = tempfile::tempdir().unwrap();
    let program = build(&here().join("../../examples/hello.c"), How::Shared, room.path());
    assert_eq!(said(&must(&mut Command::new(program))).trim(), "the guest says 42");
}

/// The codes of traps in the header are those of the engine, all of them.
#[test]
fn traps_have_their_codes() {
    let header = std::fs::read_to_string(here().join("include/waxwing.h")).unwrap();
    for &trap in waxwing::Trap::ALL {
        let mut name = String::from("WAXWING_TRAP");
        for c in format!("{trap:?}").chars() {
            if c.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(c.to_ascii_uppercase());
        }
        let line = format!("  {name} = {},\n", trap as u8);
        assert!(header.contains(&line), "waxwing.h lacks {line}");
    }
    assert_eq!(header.matches("WAXWING_TRAP_").count(), waxwing::Trap::ALL.len() + 1);
}

/// The headers are C++ as well. Where no such compiler is, there is nobody to find out.
#[test]
fn the_headers_are_cplusplus() {
    if Command::new("c++").arg("--version").output().is_err() {
        return;
    }
    let room = tempfile::tempdir().unwrap();
    let source = room.path().join("headers.cc");
    let text = "#include \"waxwing.h\"\n#include \"wasm.h\"\n\
                int main() { wasm_functype_delete(wasm_functype_new_0_0()); return 0; }\n";
    std::fs::write(&source, text).unwrap();
    let libraries = libraries();
    let mut cc = Command::new("c++");
    cc.args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I"]).arg(here().join("include"));
    cc.arg(&source).arg("-o").arg(room.path().join("headers"));
    cc.arg("-L").arg(&libraries.shared).arg("-lwaxwing");
    cc.arg(format!("-Wl,-rpath,{}", libraries.shared.display()));
    must(&mut cc);
    must(&mut Command::new(room.path().join("headers")));
}
