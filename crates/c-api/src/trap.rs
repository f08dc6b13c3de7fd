//! Traps and the frames in them.

use crate::boundary::{Out, export, need, put};
use crate::refs::{Attached, Kind, Ref};
use crate::store::{StoreCell, wasm_store_t};
use crate::vector::{Vector, put_all, wasm_byte_vec_t, wasm_frame_vec_t};
use std::fmt;
use std::sync::{Arc, OnceLock};
use waxwing::{Error, ExnRef, Trap, WasmBacktrace, WasmFrame};
use waxwing_wasi_core::Exit;

/// Why a call did not return.
pub struct TrapObject {
    message: String,
    code: Option<Trap>,
    exit: Option<u32>,
    exception: Option<ExnRef>,
    /// Set once, when it leaves the first guest.
    frames: OnceLock<Vec<WasmFrame>>,
    /// What the host attached.
    pub attached: Attached,
}

/// A trap as the error of a host function: the same trap comes out of the outer call.
struct Raised(Arc<TrapObject>);

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Raised {}

/// An active function.
#[derive(Clone)]
pub struct wasm_frame_t {
    frame: WasmFrame,
    instance: Option<Ref>,
}

impl TrapObject {
    /// A trap with a text.
    pub fn new(message: String) -> TrapObject {
        TrapObject {
            message,
            code: None,
            exit: None,
            exception: None,
            frames: OnceLock::new(),
            attached: Attached::default(),
        }
    }

    /// Why, as text.
    pub fn message(&self) -> &str {
        &self.message
    }

    fn frames(&self) -> &[WasmFrame] {
        self.frames.get().map_or(&[], Vec::as_slice)
    }

    /// The error that ends a guest with this trap. One that is an exception is thrown again, unless it
    /// is another store's (`foreign`), whose tags nobody here can know.
    pub fn raise(self: &Arc<Self>, foreign: bool) -> Error {
        match &self.exception {
            Some(exception) if !foreign => exception.clone().into(),
            _ => Error::host(Raised(self.clone())),
        }
    }
}

/// An error of the engine's as a trap of this store.
pub fn trap(store: &Arc<StoreCell>, error: &Error) -> Box<Ref> {
    let object = match error.downcast_ref::<Raised>() {
        Some(raised) => raised.0.clone(),
        None => Arc::new(TrapObject {
            code: error.trap(),
            exit: error.downcast_ref::<Exit>().map(|exit| exit.0),
            exception: error.exception().cloned(),
            ..TrapObject::new(error.to_string())
        }),
    };
    if let Some(frames) = error.backtrace().map(WasmBacktrace::frames) {
        // A trap that comes through an outer guest keeps its first trace.
        let _ = object.frames.set(frames.to_vec());
    }
    Box::new(Ref::trap(store, object))
}

fn object(trap: Option<&Ref>) -> Option<&Arc<TrapObject>> {
    if let Kind::Trap(object) = trap?.kind() { Some(object) } else { None }
}

fn frame(trap: &Ref, frame: &WasmFrame) -> Option<Box<wasm_frame_t>> {
    let store = trap.store();
    let instance = store.instance_of(frame.module_identity).map(|i| Ref::instance(store, i));
    Some(Box::new(wasm_frame_t { frame: frame.clone(), instance }))
}

/// A text as a message: with a NUL at its end.
fn message(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    bytes
}

/// A name, or an empty vector.
fn name(text: Option<&str>) -> Vec<u8> {
    text.unwrap_or_default().as_bytes().to_vec()
}

export! {
    attempt fn wasm_trap_new(
        store: Option<&wasm_store_t>,
        message: Option<&wasm_byte_vec_t>,
    ) -> Option<Box<Ref>> {
        let store = need(store, "the store of a trap")?;
        let bytes = message.map(Vector::as_slice).unwrap_or_default();
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        let object = TrapObject::new(String::from_utf8_lossy(bytes).into_owned());
        Ok(Some(Box::new(Ref::trap(&store.0, Arc::new(object)))))
    }
    guard fn wasm_trap_message(trap: Option<&Ref>, out: Out<'_, wasm_byte_vec_t>) {
        put_all(out, message(object(trap).map_or("", |object| &object.message)));
    }
    guard fn wasm_trap_origin(trap: Option<&Ref>) -> Option<Box<wasm_frame_t>> {
        let first = object(trap)?.frames().first()?;
        frame(trap?, first)
    }
    guard fn wasm_trap_trace(trap: Option<&Ref>, out: Out<'_, wasm_frame_vec_t>) {
        let frames = object(trap).map_or(&[][..], |object| object.frames());
        let frames = frames.iter().filter_map(|f| Some(frame(trap?, f)));
        put_all(out, frames.collect());
    }
    guard fn wasm_frame_copy(from: Option<&wasm_frame_t>) -> Option<Box<wasm_frame_t>> {
        from.map(|frame| Box::new(frame.clone()))
    }
    guard fn wasm_frame_delete(frame: Option<Box<wasm_frame_t>>) {
        drop(frame);
    }
    guard fn wasm_frame_instance<'a>(frame: Option<&'a wasm_frame_t>) -> Option<&'a Ref> {
        frame?.instance.as_ref()
    }
    guard fn wasm_frame_func_index(frame: Option<&wasm_frame_t>) -> u32 {
        frame.map_or(0, |frame| frame.frame.func_index)
    }
    guard fn wasm_frame_func_offset(frame: Option<&wasm_frame_t>) -> usize {
        let at = frame.and_then(|f| f.frame.offset?.checked_sub(f.frame.func_start?));
        at.unwrap_or(0) as usize
    }
    guard fn wasm_frame_module_offset(frame: Option<&wasm_frame_t>) -> usize {
        frame.and_then(|frame| frame.frame.offset).unwrap_or(0) as usize
    }
    guard fn waxwing_frame_func_name(frame: Option<&wasm_frame_t>, out: Out<'_, wasm_byte_vec_t>) {
        put_all(out, name(frame.and_then(|frame| frame.frame.func_name.as_deref())));
    }
    guard fn waxwing_frame_module_name(frame: Option<&wasm_frame_t>, out: Out<'_, wasm_byte_vec_t>) {
        put_all(out, name(frame.and_then(|frame| frame.frame.module_name.as_deref())));
    }
    guard fn waxwing_trap_code(trap: Option<&Ref>) -> u8 {
        object(trap).and_then(|object| object.code).map_or(0, |code| code as u8)
    }
    guard fn waxwing_trap_exit_status(trap: Option<&Ref>, out: Out<'_, i32>) -> bool {
        match object(trap).and_then(|object| object.exit) {
            Some(status) => {
                put(out, status.cast_signed());
                true
            }
            None => false,
        }
    }
    guard fn waxwing_last_error(out: Out<'_, wasm_byte_vec_t>) -> bool {
        match crate::boundary::take_last() {
            Some(text) => {
                put_all(out, message(&text));
                true
            }
            None => false,
        }
    }
}
