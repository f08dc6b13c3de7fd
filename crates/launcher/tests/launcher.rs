//! What the launcher runs, and what it refuses. That there is neither parser nor compiler in it is checked
//! by `cargo xtask tidy`.

use minisign::KeyPair;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use waxwing::{Config, Engine, MemoryPlan};
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

#[test]
fn a_program_in_the_launcher_runs() {
    let place = Place::new();
    let artifact = Engine::default().precompile(&guest("echo_args.wasm")).unwrap();
    let artifact = Artifact::parse(&artifact).unwrap();
    let settings = Settings { options: vec![b"--env=A=b".to_vec()], ..Settings::default() };
    let runtime = std::fs::read(LAUNCHER).unwrap();
    let file = executable(&runtime, &artifact, &settings).unwrap();
    std::fs::write(place.path("app"), file).unwrap();
    std::fs::set_permissions(place.path("app"), PermissionsExt::from_mode(0o755)).unwrap();
    let output = Command::new(place.path("app")).arg("--verify-key").output();
    let (out, err, code) = said(output.unwrap());
    assert_eq!(out, "argc 2\nargv[1] = \"--verify-key\" (12)\nenv A=b\n", "{err}");
    assert_eq!(code, Some(0));
}
