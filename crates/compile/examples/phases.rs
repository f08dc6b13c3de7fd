//! Compiles a module and says where the time went; writes the artifact if told where to.
//!
//! `cargo run --release -p waxwing-compile --example phases -- FILE [OUT]`

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use waxwing_artifact::Artifact;
use waxwing_codegen_cranelift::{Cranelift, Options as CraneliftOptions};
use waxwing_compile::{Options, compile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("a WebAssembly file is wanted")?;
    let wasm = std::fs::read(path)?;

    let start = Instant::now();
    let decoded = waxwing_decode::decode(&wasm, &waxwing_decode::Options::default())?;
    let decode = start.elapsed();
    let code: usize = decoded.bodies.iter().map(|b| b.body.range().len()).sum();
    let (functions, data) = (decoded.bodies.len(), decoded.module.data.len());
    drop(decoded);

    let start = Instant::now();
    let last = Arc::new(Mutex::new(Duration::ZERO));
    let progress = {
        let last = last.clone();
        move |_: u64, _: u64| *last.lock().expect("no panic in between") = start.elapsed()
    };
    let codegen = Cranelift::new(CraneliftOptions { verifier: false, ..Default::default() })?;
    let options = Options { progress: Some(Arc::new(progress)), ..Options::new(Arc::new(codegen)) };
    let bytes = compile(&wasm, &options)?;
    let all = start.elapsed();
    let code_done = *last.lock().map_err(|_| "a thread panicked")?;

    let start = Instant::now();
    let artifact = Artifact::parse(&bytes)?;
    let parse = start.elapsed();
    let start = Instant::now();
    let module = artifact.module()?;
    let facts = start.elapsed();
    let start = Instant::now();
    artifact.verify_full()?;
    let verify = start.elapsed();

    println!("module      {} bytes, {functions} functions, {code} bytes of code", wasm.len());
    println!("            {data} data segments, {} escaping", module.escaping.len());
    println!("artifact    {} bytes, {} of text", bytes.len(), artifact.text().len());
    println!("            {} traps, {} addresses", artifact.traps().count(), {
        artifact.addresses(0..u32::MAX).count()
    });
    for image in artifact.images()? {
        println!("            image of {} bytes at {:#x}", image.len, image.address);
    }
    println!("decode      {decode:?}");
    println!("compile     {all:?}, of which after the last function {:?}", all - code_done);
    if let Some(out) = std::env::args().nth(2) {
        std::fs::write(out, &bytes)?;
    }
    println!("parse       {parse:?}, facts {facts:?}, full check {verify:?}");
    Ok(())
}
