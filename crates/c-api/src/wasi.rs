//! WASI preview 1: what a guest is granted.

use crate::boundary::{Out, export, need};
use crate::engine::{bytes, text};
use crate::store::{Data, wasm_store_t};
use crate::vector::{put_all, wasm_byte_vec_t};
use std::ffi::c_char;
use std::os::unix::ffi::OsStrExt;
use waxwing::{Error, Result, Store};
use waxwing_fs_os::OsFs;
use waxwing_wasi_core::stream::{HostStream, InputBuffer, OutputBuffer};
use waxwing_wasi_core::{Grant, Wasi, WasiBuilder};
use waxwing_wasi_p1::WasiP1;

/// Grants, one by one.
#[derive(Default)]
pub struct waxwing_wasi_t(WasiBuilder);

/// What a guest has written to a stream that is captured.
pub struct waxwing_output_t(OutputBuffer);

impl waxwing_wasi_t {
    fn change(&mut self, how: impl FnOnce(WasiBuilder) -> WasiBuilder) {
        self.0 = how(std::mem::take(&mut self.0));
    }
}

/// Gives a store's guests these grants.
fn grant(store: &mut Store<Data>, wasi: Wasi) {
    store.data_mut().wasi = Some(WasiP1::new(wasi));
    waxwing_wasi_p1::end_waits_on_stop(store, state);
}

/// Gives a store's guests nothing, if they were not given anything yet.
pub fn ensure(store: &mut Store<Data>) -> Result<()> {
    if store.data().wasi.is_none() {
        grant(store, WasiBuilder::new().build().map_err(Error::host)?);
    }
    Ok(())
}

/// The state of a store whose guests import WASI; [`ensure`] has run for it.
pub fn state(data: &mut Data) -> &mut WasiP1 {
    match &mut data.wasi {
        Some(wasi) => wasi,
        None => unreachable!("WASI is granted before anything that uses it is linked"),
    }
}

fn capture(
    wasi: Option<&mut waxwing_wasi_t>,
    set: impl FnOnce(WasiBuilder, OutputBuffer) -> WasiBuilder,
) -> Result<Option<Box<waxwing_output_t>>> {
    let output = OutputBuffer::new();
    need(wasi, "grants")?.change(|builder| set(builder, output.clone()));
    Ok(Some(Box::new(waxwing_output_t(output))))
}

export! {
    guard fn waxwing_wasi_new() -> Option<Box<waxwing_wasi_t>> {
        Some(Box::default())
    }
    guard fn waxwing_wasi_delete(wasi: Option<Box<waxwing_wasi_t>>) {
        drop(wasi);
    }
    attempt fn waxwing_wasi_arg(wasi: Option<&mut waxwing_wasi_t>, arg: *const c_char) -> bool {
        // SAFETY: the header asks for a C string.
        let arg = unsafe { bytes(arg, "an argument") }?;
        need(wasi, "grants")?.change(|builder| builder.arg(arg));
        Ok(true)
    }
    attempt fn waxwing_wasi_env(
        wasi: Option<&mut waxwing_wasi_t>,
        name: *const c_char,
        value: *const c_char,
    ) -> bool {
        // SAFETY: the header asks for C strings.
        let (name, value) = unsafe {
            (bytes(name, "the name of a variable")?, bytes(value, "the value of a variable")?)
        };
        need(wasi, "grants")?.change(|builder| builder.env(name, value));
        Ok(true)
    }
    attempt fn waxwing_wasi_inherit_env(wasi: Option<&mut waxwing_wasi_t>) -> bool {
        need(wasi, "grants")?.change(|builder| {
            std::env::vars_os()
                .fold(builder, |builder, (name, value)| builder.env(name.as_bytes(), value.as_bytes()))
        });
        Ok(true)
    }
    attempt fn waxwing_wasi_inherit_stdin(wasi: Option<&mut waxwing_wasi_t>) -> bool {
        need(wasi, "grants")?.change(|builder| builder.stdin(HostStream::stdin()));
        Ok(true)
    }
    attempt fn waxwing_wasi_inherit_stdout(wasi: Option<&mut waxwing_wasi_t>) -> bool {
        need(wasi, "grants")?.change(|builder| builder.stdout(HostStream::stdout()));
        Ok(true)
    }
    attempt fn waxwing_wasi_inherit_stderr(wasi: Option<&mut waxwing_wasi_t>) -> bool {
        need(wasi, "grants")?.change(|builder| builder.stderr(HostStream::stderr()));
        Ok(true)
    }
    attempt fn waxwing_wasi_stdin_bytes(
        wasi: Option<&mut waxwing_wasi_t>,
        input: Option<&wasm_byte_vec_t>,
    ) -> bool {
        let input = InputBuffer::new(need(input, "the bytes of an input")?.as_slice());
        need(wasi, "grants")?.change(|builder| builder.stdin(input));
        Ok(true)
    }
    attempt fn waxwing_wasi_capture_stdout(
        wasi: Option<&mut waxwing_wasi_t>,
    ) -> Option<Box<waxwing_output_t>> {
        capture(wasi, WasiBuilder::stdout)
    }
    attempt fn waxwing_wasi_capture_stderr(
        wasi: Option<&mut waxwing_wasi_t>,
    ) -> Option<Box<waxwing_output_t>> {
        capture(wasi, WasiBuilder::stderr)
    }
    guard fn waxwing_output_bytes(
        output: Option<&waxwing_output_t>,
        out: Out<'_, wasm_byte_vec_t>,
    ) {
        put_all(out, output.map(|output| output.0.contents()).unwrap_or_default());
    }
    guard fn waxwing_output_delete(output: Option<Box<waxwing_output_t>>) {
        drop(output);
    }
    attempt fn waxwing_wasi_preopen(
        wasi: Option<&mut waxwing_wasi_t>,
        host: *const c_char,
        guest: *const c_char,
        read_only: bool,
    ) -> bool {
        let wasi = need(wasi, "grants")?;
        // SAFETY: the header asks for C strings.
        let (host, guest) = unsafe {
            (text(host, "the path of a directory")?, text(guest, "the guest's name of a directory")?)
        };
        let failed =
            |why: &dyn std::fmt::Display| Error::msg(format!("cannot grant the directory {host}: {why}"));
        let fs = OsFs::open(host).map_err(|e| failed(&e))?;
        let grant = if read_only { Grant::ReadOnly } else { Grant::ReadWrite };
        let builder = std::mem::take(&mut wasi.0);
        wasi.0 = builder.preopen_fs(guest, &fs, grant).map_err(|e| failed(&e))?;
        Ok(true)
    }
    attempt fn waxwing_store_wasi_set(
        store: Option<&wasm_store_t>,
        wasi: Option<Box<waxwing_wasi_t>>,
    ) -> bool {
        let wasi = need(wasi, "grants")?.0.build().map_err(Error::host)?;
        need(store, "the store to grant to")?.0.with_whole(|store| grant(store, wasi))?;
        Ok(true)
    }
}
