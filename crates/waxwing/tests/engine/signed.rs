//! Signed artifacts: whatever was touched is refused, and then the two ways in which it is not.

use minisign::{KeyPair, PublicKey, SecretKey};
use waxwing::{Config, Engine, Error, MemoryPlan, Module, PublicKeys, Signature, SignatureError};
use waxwing::{Linker, Store};

const STOCK_KEY: &str = include_str!("../../../../tests/signatures/stock.key");
const STOCK_PUB: &str = include_str!("../../../../tests/signatures/stock.pub");
const MESSAGE: &[u8] = include_bytes!("../../../../tests/signatures/message.txt");
const MESSAGE_SIGNATURE: &str = include_str!("../../../../tests/signatures/message.txt.minisig");
const LEGACY_SIGNATURE: &str = include_str!("../../../../tests/signatures/legacy.minisig");

fn keys(public: &PublicKey) -> PublicKeys {
    let mut keys = PublicKeys::new();
    keys.add(&public.to_box().unwrap().to_string()).unwrap();
    keys
}

fn sign(secret: &SecretKey, bytes: &[u8]) -> String {
    minisign::sign(None, secret, bytes, Some("said by the signer"), None).unwrap().into_string()
}

struct Signed {
    engine: Engine,
    artifact: Vec<u8>,
    signature: String,
    pair: KeyPair,
}

impl Signed {
    fn new() -> Signed {
        let engine = Engine::default();
        let text = r#"(module (func (export "answer") (result i32) (i32.const 42)))"#;
        let artifact = engine.precompile(text.as_bytes()).unwrap();
        let pair = KeyPair::generate_unencrypted_keypair().unwrap();
        let signature = sign(&pair.sk, &artifact);
        Signed { engine, artifact, signature, pair }
    }

    fn load(&self, artifact: &[u8], signature: &str) -> Result<Module, Error> {
        let signature = Signature::parse(signature)?;
        Module::load_signed(&self.engine, artifact, &signature, &keys(&self.pair.pk))
    }

    fn refused(&self, artifact: &[u8], signature: &str) -> Option<SignatureError> {
        self.load(artifact, signature).expect_err("loaded").downcast_ref().copied()
    }
}

#[test]
fn a_changed_artifact_is_refused() {
    let signed = Signed::new();
    let mut artifact = signed.artifact.clone();
    // Every byte of the headers, and a prime distance in the rest, so that all bits get their turn.
    for at in (0..0x800).chain((0x800..artifact.len()).step_by(61)) {
        let bit = 1 << (at % 8);
        artifact[at] ^= bit;
        let error = signed.load(&artifact, &signed.signature).expect_err("loaded");
        let forged = error.downcast_ref() == Some(&SignatureError::Forged);
        let unlike = error.to_string().starts_with("not a compiled artifact");
        assert!(forged || (at < 16 && unlike), "byte {at:#x}: {error}");
        artifact[at] ^= bit;
    }
    let len = artifact.len();
    for cut in [0, 1, 15, 16, 64, 0x720, 4096, len / 2, len - 1] {
        let error = signed.load(&artifact[..cut], &signed.signature).expect_err("loaded");
        let forged = error.downcast_ref() == Some(&SignatureError::Forged);
        assert_eq!(forged, cut >= 16, "{cut} bytes: {error}");
    }
    artifact.push(0);
    assert_eq!(signed.refused(&artifact, &signed.signature), Some(SignatureError::Forged));
    artifact.truncate(len);
    signed.load(&artifact, &signed.signature).unwrap();
}

#[test]
fn a_changed_signature_is_refused() {
    let signed = Signed::new();
    let original = signed.signature.as_bytes();
    let first = signed.signature.find('\n').unwrap();
    for at in first..original.len() {
        for bit in 0..7 {
            let mut changed = original.to_vec();
            changed[at] ^= 1 << bit;
            let text = String::from_utf8(changed).unwrap();
            // The last line may end or not.
            if text.trim_end() == signed.signature.trim_end() {
                continue;
            }
            let result = signed.load(&signed.artifact, &text);
            assert!(result.is_err(), "byte {at} bit {bit}: {text}");
        }
    }
    for cut in 0..original.len() - 1 {
        let result = signed.load(&signed.artifact, &signed.signature[..cut]);
        assert!(result.is_err(), "{cut} bytes");
    }
    // What nobody signed may change.
    let renamed = signed.signature.replacen("untrusted comment: ", "untrusted comment: not ", 1);
    signed.load(&signed.artifact, &renamed).unwrap();
    let spoken = signed.signature.replace("said by the signer", "said by another");
    assert_eq!(signed.refused(&signed.artifact, &spoken), Some(SignatureError::Forged));
}

#[test]
fn what_is_no_signature_is_refused() {
    let signed = Signed::new();
    let lines: Vec<&str> = signed.signature.lines().collect();
    let long = format!("{}{}", signed.signature, "A".repeat(1 << 20));
    let endless = format!("untrusted comment: {}\n{}", "x".repeat(1 << 20), lines[1..].join("\n"));
    let more = format!("{}untrusted comment: and more\n", signed.signature);
    let huge = [lines[0], &"RUQ".repeat(10_000), lines[2], lines[3]].join("\n");
    let swapped = [lines[0], lines[3], lines[2], lines[1]].join("\n");
    for text in
        ["", "\n\n\n\n", "garbage", "\0", &long, &endless, &more, &huge, &swapped, STOCK_PUB]
    {
        let found = signed.refused(&signed.artifact, text);
        assert_eq!(found, Some(SignatureError::NotASignature), "{:.80}", text);
    }
    // The algorithm's two letters are `ED`; `Ed` is the legacy form, and the rest is unknown.
    let algorithm = |letters: &str| signed.signature.replacen("\nRU", &format!("\n{letters}"), 1);
    let legacy = signed.refused(&signed.artifact, &algorithm("RW"));
    assert_eq!(legacy, Some(SignatureError::Legacy));
    for letters in ["RV", "QU", "AA"] {
        let found = signed.refused(&signed.artifact, &algorithm(letters));
        assert_eq!(found, Some(SignatureError::UnknownAlgorithm), "{letters}");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let mut keys = PublicKeys::new();
    let key = STOCK_PUB.lines().nth(1).unwrap();
    let changed = |from: &str, to: &str| key.replacen(from, to, 1);
    let twice = format!("{STOCK_PUB}{key}\n");
    let huge = "RWT6".repeat(1 << 20);
    let short = &key[..key.len() - 4];
    for text in ["", " ", "garbage", "\n\n", short, &twice, &huge, STOCK_KEY, MESSAGE_SIGNATURE] {
        let error = keys.add(text).expect_err("taken");
        assert_eq!(error.downcast_ref(), Some(&SignatureError::NotAKey), "{text:.80}: {error}");
    }
    let error = keys.add(&changed("RW", "AA")).expect_err("taken");
    assert_eq!(error.downcast_ref(), Some(&SignatureError::UnknownAlgorithm));
    assert!(keys.add_file("no/such/key.pub").is_err() && keys.is_empty());
}

#[test]
fn another_key_is_refused() {
    let signed = Signed::new();
    let other = KeyPair::generate_unencrypted_keypair().unwrap();
    let by_other = sign(&other.sk, &signed.artifact);
    let found = signed.refused(&signed.artifact, &by_other);
    assert_eq!(found, Some(SignatureError::OtherKey));
    // A key that pretends to be the trusted one by its number: bytes 2 to 9 of 42.
    let mut forged = other.pk.to_bytes();
    forged[2..10].copy_from_slice(&signed.pair.pk.to_bytes()[2..10]);
    let mut trusted = PublicKeys::new();
    let forged = PublicKey::from_bytes(&forged).unwrap();
    trusted.add(&forged.to_base64()).unwrap();
    let signature = Signature::parse(&signed.signature).unwrap();
    let load = |keys: &PublicKeys| {
        Module::load_signed(&signed.engine, &signed.artifact[..], &signature, keys)
    };
    let found = load(&trusted).expect_err("loaded");
    assert_eq!(found.downcast_ref(), Some(&SignatureError::Forged));
    let found = load(&PublicKeys::new()).expect_err("loaded without any key");
    assert_eq!(found.downcast_ref(), Some(&SignatureError::OtherKey));
    // Any of several will do.
    trusted.add(&other.pk.to_base64()).unwrap();
    trusted.add(&signed.pair.pk.to_base64()).unwrap();
    load(&trusted).unwrap();
}

#[test]
fn a_signature_is_for_one_artifact() {
    let signed = Signed::new();
    let other = signed.engine.precompile(b"(module)").unwrap();
    let others = sign(&signed.pair.sk, &other);
    assert_eq!(signed.refused(&signed.artifact, &others), Some(SignatureError::Forged));
    assert_eq!(signed.refused(&other, &signed.signature), Some(SignatureError::Forged));
}

#[test]
fn what_was_signed_must_be_an_artifact_that_is_whole() {
    let signed = Signed::new();
    let load = |bytes: &[u8]| {
        let error = signed.load(bytes, &sign(&signed.pair.sk, bytes)).expect_err("loaded");
        error.to_string()
    };
    assert!(load(b"").contains("not a compiled artifact"));
    assert!(load(b"\0asm\x01\0\0\0").contains("not a compiled artifact"));
    let mut damaged = signed.artifact.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(load(&damaged).contains("the hash of its contents"));
    assert!(load(&signed.artifact[..5000]).contains("and has 5000"));
    let checked = Engine::new(Config::new().memory_plan(MemoryPlan::Checked)).unwrap();
    assert!(load(&checked.precompile(b"(module)").unwrap()).contains("another memory plan"));
    // A source without an end is not read to its end.
    let error = Module::load_signed(
        &signed.engine,
        std::io::repeat(b'x'),
        &Signature::parse(&signed.signature).unwrap(),
        &keys(&signed.pair.pk),
    );
    assert!(error.expect_err("loaded").to_string().contains("not a compiled artifact"));
}

#[test]
fn what_is_signed_runs_and_says_by_whom() {
    let signed = Signed::new();
    let module = signed.load(&signed.artifact, &signed.signature).unwrap();
    let mut store = Store::new(&signed.engine, ());
    let instance = Linker::new(&signed.engine).instantiate(&mut store, &module).unwrap();
    let answer = instance.get_typed_func::<(), i32>(&mut store, "answer").unwrap();
    assert_eq!(answer.call(&mut store, ()).unwrap(), 42);
    let signature = Signature::parse(&signed.signature).unwrap();
    assert_eq!(signature.trusted_comment(), "said by the signer");
}

#[test]
fn the_file_may_change_once_it_is_loaded() {
    let signed = Signed::new();
    let path = std::env::temp_dir().join(format!("waxwing-signed-{}", std::process::id()));
    std::fs::write(&path, &signed.artifact).unwrap();
    let signature = Signature::parse(&signed.signature).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let keys = keys(&signed.pair.pk);
    let module = Module::load_signed(&signed.engine, file, &signature, &keys).unwrap();
    // In place, so that whatever is mapped from the file would change with it.
    std::fs::write(&path, vec![0xcc; signed.artifact.len()]).unwrap();
    let mut store = Store::new(&signed.engine, ());
    let instance = Linker::new(&signed.engine).instantiate(&mut store, &module).unwrap();
    let answer = instance.get_typed_func::<(), i32>(&mut store, "answer").unwrap();
    assert_eq!(answer.call(&mut store, ()).unwrap(), 42);
    let file = std::fs::File::open(&path).unwrap();
    assert!(Module::load_signed(&signed.engine, file, &signature, &keys).is_err());
    std::fs::remove_file(&path).unwrap();
}

/// A source that fails half way, or that gives its bytes one by one.
#[test]
fn a_source_may_be_slow_and_may_fail() {
    struct Slow<'a>(&'a [u8], usize);
    impl std::io::Read for Slow<'_> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            match (self.0.split_first(), self.1) {
                (_, 0) => Err(std::io::Error::other("the disk is gone")),
                (Some((&byte, rest)), left) if !to.is_empty() => {
                    (to[0], self.0, self.1) = (byte, rest, left - 1);
                    Ok(1)
                }
                _ => Ok(0),
            }
        }
    }
    let signed = Signed::new();
    let signature = Signature::parse(&signed.signature).unwrap();
    let load = |fails: usize| {
        let source = Slow(&signed.artifact, fails);
        Module::load_signed(&signed.engine, source, &signature, &keys(&signed.pair.pk))
    };
    for fails in [0, 10, 16, 5000] {
        let error = load(fails).expect_err("loaded").to_string();
        assert!(error.contains("the disk is gone"), "{error}");
    }
    load(usize::MAX).unwrap();
}

/// The stock minisign made keys and signatures in `tests/signatures`.
#[test]
fn the_stock_tool_is_understood() {
    let mut keys = PublicKeys::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/signatures");
    keys.add_file(folder.join("stock.pub")).unwrap();
    let signature = Signature::from_file(folder.join("message.txt.minisig")).unwrap();
    signature.verify(MESSAGE, &keys).unwrap();
    assert_eq!(signature.trusted_comment(), "a trusted comment");
    assert_eq!(signature.untrusted_comment(), "signature from minisign secret key");
    assert!(Signature::from_file(folder.join("stock.pub")).is_err());
    let legacy = Signature::parse(LEGACY_SIGNATURE).unwrap();
    let error = legacy.verify(MESSAGE, &keys).expect_err("legacy");
    assert_eq!(error.downcast_ref(), Some(&SignatureError::Legacy));
}
