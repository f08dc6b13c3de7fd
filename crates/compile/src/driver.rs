//! From a module's bytes to an artifact's.

use crate::images::{self, Images};
use crate::{Error, Options, fingerprint, functions, link};
use waxwing_artifact::{Builder, Contents};
use waxwing_decode::{Decoded, Names};
use waxwing_layout::instance::InstanceLayout;
use waxwing_lower::{Code, Env, INLINED, Pricing, Survey};
use waxwing_module::{DataMode, ExternKind, Module};

/// Compiles a module to the bytes of an artifact. Uses the threads of rayon's current pool.
///
/// # Errors
/// If the module is invalid, uses what is not enabled, or exceeds a limit, or the back end fails.
pub fn compile(wasm: &[u8], options: &Options) -> Result<Vec<u8>, Error> {
    if !options.cpu.is_sufficient() {
        return Err(Error::cpu());
    }
    let pricing = options.fuel.as_ref().map(Pricing::new).transpose().map_err(Error::costs)?;
    if pricing.is_some() && !options.codegen.can_meter() {
        return Err(Error::metering(options.codegen.tier()));
    }
    let limits = waxwing_decode::Options { features: options.features, limits: options.limits };
    let mut decoded = waxwing_decode::decode(wasm, &limits)?;
    let names = decoded.names(wasm);
    let bodies = std::mem::take(&mut decoded.bodies);
    let layout = InstanceLayout::new(&decoded.module);
    // Where an offset may stand, a number of that size stands for a place in an inlined function.
    let small = wasm.len() <= INLINED as usize;
    let survey = match options.codegen.optimises() && pricing.is_none() && small {
        true => {
            Survey::new(&decoded.module, bodies.iter().map(|b| (b.index, &b.body, &b.validate)))
        }
        false => Survey::default(),
    };
    let env = Env {
        module: &decoded.module,
        layout: &layout,
        plan: options.plan,
        cpu: options.cpu,
        hints: &decoded.hints,
        deterministic: options.deterministic,
        fuel: pricing.as_ref(),
        optimise: options.codegen.optimises(),
        survey: &survey,
    };
    let (hash, codes) = rayon::join(
        || *blake3::hash(wasm).as_bytes(),
        || -> Result<(Vec<Code>, Vec<Code>), Error> {
            let leafs = functions::leafs(options)?;
            Ok((functions::functions(&env, bodies, &names, options)?, leafs))
        },
    );
    let (functions, leafs) = codes?;
    build(wasm, hash, decoded, &names, &functions, &leafs, options)
}

/// Links code and puts everything into its place in the file.
fn build(
    wasm: &[u8],
    wasm_hash: [u8; 32],
    decoded: Decoded<'_>,
    names: &Names<'_>,
    functions: &[Code],
    leafs: &[Code],
    options: &Options,
) -> Result<Vec<u8>, Error> {
    let placed = link::place(functions, leafs, decoded.module.imported_funcs)?;
    let names = function_names(&decoded.module, names);
    let customs = kept_customs(wasm, &decoded, options.keep_debug);
    let code_section = decoded.code.start as u32;
    let mut module = decoded.module;
    let plan = images::plan(&module, wasm);
    let (data_len, data) = move_data(&mut module, &plan);
    let mut builder = Builder::new(&Contents {
        fingerprint: &fingerprint(options),
        wasm_hash,
        wasm_size: wasm.len() as u64,
        code_section,
        module: &module,
        functions: &placed.functions,
        leafs: &placed.leafs,
        names: &names,
        customs: &customs,
        images: &plan.images,
        text_len: placed.text_len,
        data_len,
        traps: placed.traps,
        handlers: placed.handlers,
        addresses: placed.addresses,
        inlined: placed.inlined,
    })?;
    let mut parts = builder.parts();
    let memory = std::mem::take(&mut parts.memory);
    let data_part = std::mem::take(&mut parts.data);
    let (linked, ()) = rayon::join(
        || link::link(&placed, functions, leafs, parts),
        || {
            for (from, to) in &plan.copies {
                memory[*to..*to + from.len()].copy_from_slice(&wasm[from.clone()]);
            }
            for (from, to) in data {
                data_part[to..to + from.len()].copy_from_slice(&wasm[from]);
            }
        },
    );
    linked?;
    Ok(builder.finish())
}

type Copies = Vec<(std::ops::Range<usize>, usize)>;

/// Turns the data segments' places in the module into those in the artifact. What is copied there:
/// from the module, to the offset.
fn move_data(module: &mut Module, plan: &Images) -> (u64, Copies) {
    let mut at = 0;
    let mut copies = Vec::new();
    for (data, &imaged) in module.data.iter_mut().zip(&plan.imaged) {
        if imaged {
            data.mode = DataMode::Image;
            data.bytes = 0..0;
            continue;
        }
        let from = data.bytes.start as usize..data.bytes.end as usize;
        data.bytes = at..at + from.len() as u64;
        copies.push((from, at as usize));
        at = data.bytes.end;
    }
    (at, copies)
}

/// A name for each function of the module's own.
fn function_names(module: &Module, names: &Names<'_>) -> Vec<String> {
    let mut found = names.functions(module.funcs.len() as u32);
    for export in module.exports.iter().filter(|e| e.kind == ExternKind::Func) {
        found[export.index as usize].get_or_insert(&export.name);
    }
    let own = found.iter().enumerate().skip(module.imported_funcs as usize);
    own.map(|(i, name)| name.map_or_else(|| format!("function[{i}]"), str::to_owned)).collect()
}

/// Custom sections that can be of use when the module runs: not what only a linker needs.
fn kept_customs<'a>(
    wasm: &'a [u8],
    decoded: &Decoded<'a>,
    keep_debug: bool,
) -> Vec<(&'a str, &'a [u8])> {
    let keep = |name: &str| {
        name != "linking"
            && !name.starts_with("reloc.")
            && (keep_debug || !name.starts_with(".debug_"))
    };
    let customs = decoded.customs.iter().filter(|c| keep(c.name));
    customs.map(|c| (c.name, &wasm[c.range.clone()])).collect()
}
