//! What the launcher runs, and what it refuses. That there is neither parser nor compiler in it is checked
//! by `cargo xtask tidy`.

use minisign::KeyPair;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use waxwing::{Config, Engine, FuelCosts, MemoryPlan};
use waxwing_artifact::Artifact;
use waxwing_artifact::bundle::{Settings, executable};

const LAUNCHER: &str = env!("CARGO_BIN_EXE_waxwing-launcher");

fn guest(name: &str) -> Vec<u8> {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    std::fs::read(guests.join(name)).unwrap()
}

/// A directory with artifacts, their signatures and the key.
struct Place {
    dir: tempfile::TempDir,
    pair: KeyPair,
}

impl Place {
    fn new() -> Place {
        let pair = KeyPair::generate_unencrypted_keypair().unwrap();
        let place = Place { dir: tempfile::tempdir().unwrap(), pair };
        std::fs::write(place.path("key.pub"), place.pair.pk.to_box().unwrap().to_string()).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn sign(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
        let signature = minisign::sign(None, &self.pair.sk, bytes, None, None).unwrap();
        std::fs::write(self.path(&format!("{name}.minisig")), signature.to_string()).unwrap();
    }

    fn run(&self, args: &[&str]) -> (String, String, Option<i32>) {
        let output = Command::new(LAUNCHER).args(args).current_dir(self.dir.path()).output();
        said(output.unwrap())
    }
}

fn said(output: Output) -> (String, String, Option<i32>) {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn what_is_not_signed_is_refused() {
    let place = Place::new();
    let artifact = Engine::default().precompile(&guest("hello.wasm")).unwrap();
    place.sign("app", &artifact);
    let (_, err, code) = place.run(&["app"]);
    assert!(err.contains("no key was given") && code == Some(1), "{err}");
    let (_, err, code) = place.run(&["--allow-unsigned", "app"]);
    assert!(err.contains("unexpected argument") && code == Some(2), "{err}");
    std::fs::rename(place.path("app.minisig"), place.path("aside")).unwrap();
    let (_, err, code) = place.run(&["--verify-key", "key.pub", "app"]);
    assert!(err.contains("the file has no signature") && code == Some(1), "{err}");
    let other = KeyPair::generate_unencrypted_keypair().unwrap().pk.to_base64();
    let (_, err, _) = place.run(&["--verify-key", &other, "--signature", "aside", "app"]);
    assert!(err.contains("signed with none of the keys"), "{err}");
    let mut changed = artifact;
    changed[5000] ^= 1;
    std::fs::write(place.path("app"), changed).unwrap();
    let (out, err, code) = place.run(&["--verify-key", "key.pub", "--signature", "aside", "app"]);
    assert!(err.contains("the signature does not fit") && code == Some(1), "{err}");
    assert!(out.is_empty());
}

#[test]
fn what_is_not_compiled_is_refused() {
    let place = Place::new();
    for (name, bytes) in [("hello.wasm", guest("hello.wasm")), ("empty", Vec::new())] {
        place.sign(name, &bytes);
        let (_, err, code) = place.run(&["--verify-key", "key.pub", name]);
        assert!(err.contains("not a compiled artifact") && code == Some(1), "{err}");
    }
}

#[test]
fn signed_programs_run_under_either_plan() {
    let place = Place::new();
    for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
        let engine = Engine::new(Config::new().memory_plan(plan)).unwrap();
        place.sign("app", &engine.precompile(&guest("echo_args.wasm")).unwrap());
        let args = ["--verify-key", "key.pub", "--env", "A=b", "--argv0", "x", "app", "--env"];
        let (out, err, code) = place.run(&args);
        assert_eq!(out, "argc 2\nargv[1] = \"--env\" (5)\nenv A=b\n", "{err}");
        assert_eq!(code, Some(0));
    }
}

#[test]
fn directories_are_granted() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).unwrap();
    let engine = Engine::default();
    place.sign("app", &engine.precompile(&guest("tree_walk.wasm")).unwrap());
    let (_, _, code) = place.run(&["--verify-key", "key.pub", "app", "/data"]);
    assert_ne!(code, Some(0), "nothing was granted");
    let (_, err, code) =
        place.run(&["--verify-key", "key.pub", "--dir", "data::/data", "app", "/data"]);
    assert_eq!(code, Some(0), "{err}");
}

/// An engine that knows no costs runs whatever code is metered by, to the same end.
#[test]
fn metered_programs_run_by_costs_of_their_own() {
    let place = Place::new();
    let text = b"(module (func (export \"_start\") (drop (i32.const 0))))";
    place.sign("plain", &Engine::default().precompile(text).unwrap());
    let (_, err, code) = place.run(&["--verify-key", "key.pub", "--fuel", "100", "plain"]);
    assert!(err.contains("the program takes no fuel") && code == Some(1), "{err}");
    for cost in [1, 50] {
        let mut costs = FuelCosts::new();
        costs.set("i32.const", cost);
        let engine = Engine::new(Config::new().fuel(costs)).unwrap();
        let artifact = engine.precompile(text).unwrap();
        place.sign("app", &artifact);
        for (fuel, want) in [(cost - 1, 124), (cost, 0)] {
            let fuel = format!("--fuel={fuel}");
            let (_, err, code) = place.run(&["--verify-key", "key.pub", &fuel, "app"]);
            assert_eq!(code, Some(want), "{err}");
            let (_, said_alone, code) = said(run_executable(&place, &artifact, &[&fuel], &[]));
            assert_eq!(code, Some(want), "{said_alone}");
            assert_eq!(err.contains("has used up its fuel of"), want == 124, "{err}");
        }
        let (_, err, code) = place.run(&["--verify-key", "key.pub", "app"]);
        assert_eq!(code, Some(0), "without a limit: {err}");
    }
}

/// Makes an executable of the launcher, and runs it.
fn run_executable(place: &Place, artifact: &[u8], options: &[&str], args: &[&str]) -> Output {
    let artifact = Artifact::parse(artifact).unwrap();
    let options = options.iter().map(|option| option.as_bytes().to_vec()).collect();
    let settings = Settings { options, ..Settings::default() };
    let runtime = std::fs::read(LAUNCHER).unwrap();
    let path = place.path("executable");
    std::fs::write(&path, executable(&runtime, &artifact, &settings).unwrap()).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    Command::new(&path).args(args).current_dir(place.dir.path()).output().unwrap()
}

#[test]
fn a_program_in_the_launcher_runs_under_either_plan() {
    let place = Place::new();
    for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
        let engine = Engine::new(Config::new().memory_plan(plan)).unwrap();
        let artifact = engine.precompile(&guest("echo_args.wasm")).unwrap();
        let output = run_executable(&place, &artifact, &["--env=A=b"], &["--verify-key"]);
        let (out, err, code) = said(output);
        assert_eq!(out, "argc 2\nargv[1] = \"--verify-key\" (12)\nenv A=b\n", "{err}");
        assert_eq!(code, Some(0));
    }
}

#[test]
fn threads_run_in_an_executable() {
    let place = Place::new();
    let artifact = Engine::default().precompile(&guest("pthreads.wasm")).unwrap();
    let (out, err, code) = said(run_executable(&place, &artifact, &[], &[]));
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out, String::from_utf8(guest("pthreads.expected")).unwrap());
}

/// Large images are mapped, from behind the runtime in the same file.
#[test]
fn memory_images_are_mapped_from_the_executable() {
    let place = Place::new();
    let bytes: String = (0..300_000u32).map(|i| char::from(b'a' + (i % 23) as u8)).collect();
    let same = |at: u32| {
        let want = b'a' + (at % 23) as u8;
        format!(
            "(if (i32.ne (i32.load8_u (i32.const {at})) (i32.const {want})) (then unreachable))"
        )
    };
    let text = format!(
        "(module (memory (export \"memory\") 8) (data (i32.const 0) \"{bytes}\")
            (func (export \"_start\") {} {} {} {}
                (i32.store8 (i32.const 4096) (i32.const 0))
                (if (i32.load8_u (i32.const 300000)) (then unreachable))))",
        same(0),
        same(4096),
        same(150_001),
        same(299_999)
    );
    let artifact = Engine::default().precompile(text.as_bytes()).unwrap();
    for run in 0..2 {
        let (_, err, code) = said(run_executable(&place, &artifact, &[], &[]));
        assert_eq!(code, Some(0), "run {run}: {err}");
    }
}

/// The file may be replaced or removed while it runs; it runs on from what it was.
#[test]
fn a_running_executable_does_not_need_its_name() {
    let place = Place::new();
    let artifact = Engine::default().precompile(&guest("cat.wasm")).unwrap();
    run_executable(&place, &artifact, &[], &[]);
    let path = place.path("executable");
    let mut child =
        Command::new(&path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"before, ").unwrap();
    // It can be removed only once it has begun, so that this waits for it.
    let mut first = [0; 8];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    std::fs::remove_file(&path).unwrap();
    stdin.write_all(b"after").unwrap();
    drop(stdin);
    let (out, err, code) = said(child.wait_with_output().unwrap());
    assert_eq!((&first, out.as_str(), code), (b"before, ", "after", Some(0)), "{err}");
}
