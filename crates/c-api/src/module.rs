//! Modules.
//!
//! What `wasm_module_serialize` gives is machine code. `wasm_module_deserialize` takes it only if this
//! process made the very same bytes, told by their hash, or if the engine was told to trust artifacts:
//! the standard has no other way to say where bytes come from. `waxwing_module_load_signed` takes what one
//! of the engine's keys signed.

use crate::boundary::{Out, export, need};
use crate::engine::{EngineShared, text, wasm_engine_t};
use crate::refs::{Attached, Kind, Ref};
use crate::store::wasm_store_t;
use crate::types;
use crate::vector::{put_all, wasm_byte_vec_t, wasm_exporttype_vec_t, wasm_importtype_vec_t};
use std::collections::BTreeSet;
use std::ffi::c_char;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use waxwing::{Error, Module, Result, Signature};

/// A module of a store.
pub struct ModuleObject {
    /// The module.
    pub module: Module,
    /// What the host attached.
    pub attached: Attached,
}

/// A module outside all stores, for any thread.
pub struct wasm_shared_module_t(Module);

/// Hashes of the artifacts that this process has given out.
static OURS: Mutex<BTreeSet<[u8; 32]>> = Mutex::new(BTreeSet::new());

fn vouch(artifact: &[u8]) {
    let hash = *blake3::hash(artifact).as_bytes();
    OURS.lock().unwrap_or_else(PoisonError::into_inner).insert(hash);
}

fn is_ours(artifact: &[u8]) -> bool {
    let hash = *blake3::hash(artifact).as_bytes();
    OURS.lock().unwrap_or_else(PoisonError::into_inner).contains(&hash)
}

fn module(store: &wasm_store_t, module: Module) -> Option<Box<Ref>> {
    let object = ModuleObject { module, attached: Attached::default() };
    Some(Box::new(Ref::module(&store.0, Arc::new(object))))
}

/// The module that a reference refers to.
pub fn module_of(reference: Option<&Ref>) -> Option<&ModuleObject> {
    if let Kind::Module(object) = reference?.kind() { Some(object) } else { None }
}

fn need_module(reference: Option<&Ref>) -> Result<&ModuleObject> {
    need(module_of(reference), "a module")
}

/// The bytes, if they can be a binary module.
fn binary(bytes: Option<&wasm_byte_vec_t>) -> Result<&[u8]> {
    let bytes = need(bytes, "the bytes of a module")?;
    if !bytes.is_sound() {
        return Err(crate::boundary::missing("the bytes of a module"));
    }
    let bytes = bytes.as_slice();
    if bytes.starts_with(b"\0asm") {
        Ok(bytes)
    } else {
        Err(Error::msg(
            "the bytes are no WebAssembly binary, which begins with \"\\0asm\"; \
             waxwing_wasm_from_wat makes one of text",
        ))
    }
}

/// The artifact in a file that one of the engine's keys signed. Without a path of the signature, it is
/// where `minisign -S` writes it.
fn signed(engine: &EngineShared, path: &str, signature: Option<&str>) -> Result<Module> {
    if engine.keys.is_empty() {
        return Err(Error::msg(
            "the engine trusts no key: add one with waxwing_config_trusted_key_add",
        ));
    }
    let beside = format!("{path}.minisig");
    let signature = Signature::from_file(signature.unwrap_or(&beside))
        .map_err(|e| Error::msg(format!("the signature of {path}: {e}")))?;
    let artifact = File::open(path).map_err(|e| Error::msg(format!("cannot open {path}: {e}")))?;
    Module::load_signed(&engine.engine, artifact, &signature, &engine.keys)
        .map_err(|e| Error::msg(format!("{path}: {e}")))
}

fn compile(engine: &EngineShared, bytes: &[u8]) -> Result<Module> {
    match &engine.cache {
        Some(cache) => cache.module(&engine.engine, bytes).map(|(module, _)| module),
        None => Module::new(&engine.engine, bytes),
    }
}

export! {
    attempt fn wasm_module_new(
        store: Option<&wasm_store_t>,
        bytes: Option<&wasm_byte_vec_t>,
    ) -> Option<Box<Ref>> {
        let store = need(store, "the store of a module")?;
        Ok(module(store, compile(store.0.engine(), binary(bytes)?)?))
    }
    attempt fn wasm_module_validate(
        store: Option<&wasm_store_t>,
        bytes: Option<&wasm_byte_vec_t>,
    ) -> bool {
        let store = need(store, "a store")?;
        Module::validate(&store.0.engine().engine, binary(bytes)?)?;
        Ok(true)
    }
    guard fn wasm_module_imports(reference: Option<&Ref>, out: Out<'_, wasm_importtype_vec_t>) {
        let found = module_of(reference).map(|object| types::imports(&object.module));
        put_all(out, found.unwrap_or_default());
    }
    guard fn wasm_module_exports(reference: Option<&Ref>, out: Out<'_, wasm_exporttype_vec_t>) {
        let found = module_of(reference).map(|object| types::exports(&object.module));
        put_all(out, found.unwrap_or_default());
    }
    guard fn wasm_module_serialize(reference: Option<&Ref>, out: Out<'_, wasm_byte_vec_t>) {
        let bytes = module_of(reference).map(|object| object.module.serialize());
        if let Some(bytes) = &bytes {
            vouch(bytes);
        }
        put_all(out, bytes.unwrap_or_default());
    }
    attempt fn wasm_module_deserialize(
        store: Option<&wasm_store_t>,
        bytes: Option<&wasm_byte_vec_t>,
    ) -> Option<Box<Ref>> {
        let store = need(store, "the store of a module")?;
        // A copy: what is checked is what is loaded, whoever else can write the program's bytes.
        let bytes = &need(bytes, "the bytes of an artifact")?.as_slice().to_vec();
        let engine = store.0.engine();
        if !engine.trust && !is_ours(bytes) {
            return Err(Error::msg(
                "the artifact was not made by this process: it is machine code, and is taken only \
                 from engines configured with waxwing_config_trust_artifacts_set",
            ));
        }
        // SAFETY: the bytes are those that this process's own engines made, or the program has
        // declared that it trusts artifacts.
        Ok(module(store, unsafe { Module::deserialize(&engine.engine, bytes) }?))
    }
    attempt fn wasm_module_share(reference: Option<&Ref>) -> Option<Box<wasm_shared_module_t>> {
        Ok(Some(Box::new(wasm_shared_module_t(need_module(reference)?.module.clone()))))
    }
    attempt fn wasm_module_obtain(
        store: Option<&wasm_store_t>,
        shared: Option<&wasm_shared_module_t>,
    ) -> Option<Box<Ref>> {
        let store = need(store, "the store of a module")?;
        Ok(module(store, need(shared, "a shared module")?.0.clone()))
    }
    guard fn wasm_shared_module_delete(shared: Option<Box<wasm_shared_module_t>>) {
        drop(shared);
    }
    attempt fn waxwing_wasm_from_wat(
        from: *const c_char,
        size: usize,
        out: Out<'_, wasm_byte_vec_t>,
    ) -> bool {
        if from.is_null() {
            return Err(crate::boundary::missing("the text of a module"));
        }
        // SAFETY: the header asks for `size` bytes.
        let text = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), size) };
        let text = std::str::from_utf8(text)
            .map_err(|e| Error::msg(format!("the text of the module is not UTF-8: {e}")))?;
        put_all(out, wat::parse_str(text).map_err(Error::host)?);
        Ok(true)
    }
    attempt fn waxwing_engine_precompile(
        engine: Option<&wasm_engine_t>,
        bytes: Option<&wasm_byte_vec_t>,
        out: Out<'_, wasm_byte_vec_t>,
    ) -> bool {
        let engine = need(engine, "an engine")?;
        let artifact = engine.0.engine.precompile(binary(bytes)?)?;
        vouch(&artifact);
        put_all(out, artifact);
        Ok(true)
    }
    attempt fn waxwing_module_from_file(
        store: Option<&wasm_store_t>,
        path: *const c_char,
    ) -> Option<Box<Ref>> {
        let store = need(store, "the store of a module")?;
        let engine = store.0.engine();
        // SAFETY: the header asks for a C string.
        let path = unsafe { text(path, "the path of a module") }?;
        let found = match &engine.cache {
            Some(cache) => cache.module_from_file(&engine.engine, path)?.0,
            None => Module::from_file(&engine.engine, path)?,
        };
        Ok(module(store, found))
    }
    attempt fn waxwing_module_from_trusted_file(
        store: Option<&wasm_store_t>,
        path: *const c_char,
    ) -> Option<Box<Ref>> {
        let store = need(store, "the store of a module")?;
        // SAFETY: the header asks for a C string.
        let path = unsafe { text(path, "the path of an artifact") }?;
        // SAFETY: the name of this function and the header say what the program vouches for.
        Ok(module(store, unsafe { Module::deserialize_file(&store.0.engine().engine, path) }?))
    }
    attempt fn waxwing_module_load_signed(
        store: Option<&wasm_store_t>,
        path: *const c_char,
        signature: *const c_char,
    ) -> Option<Box<Ref>> {
        let store = need(store, "the store of a module")?;
        // SAFETY: the header asks for a C string.
        let path = unsafe { text(path, "the path of an artifact") }?;
        let signature = if signature.is_null() {
            None
        } else {
            // SAFETY: as above.
            Some(unsafe { text(signature, "the path of a signature") }?)
        };
        Ok(module(store, signed(store.0.engine(), path, signature)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_out_is_ours() {
        assert!(!is_ours(b"from elsewhere"));
        vouch(b"made here");
        assert!(is_ours(b"made here"));
        assert!(!is_ours(b"made here, but changed"));
    }
}
