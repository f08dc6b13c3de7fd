//! One function or leaf on its way through Cranelift.

use crate::emitter::Emitter;
use crate::isa::has;
use crate::schedule::Order;
use crate::{code, complement, instance, widen};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{
    AbiParam, Function, InstructionData, Opcode, Signature, UserFuncName, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_codegen::settings;
use cranelift_codegen::{CodegenError, CodegenResult, Context};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use waxwing_layout::abi::{INT_REGS, Sig, Ty};
use waxwing_lower::{Code, Error};

/// Name space of functions.
pub(crate) const FUNC: u32 = 0;
/// Name space of leaves.
pub(crate) const LEAF: u32 = 1;

/// What is to be compiled.
pub(crate) struct Unit {
    /// Name space and index.
    pub name: (u32, u32),
    /// Its signature.
    pub sig: Sig,
    /// Whether the first parameter is the instance pointer.
    pub vmctx: bool,
    /// Whether the second is the address of a results area.
    pub results_area: bool,
    /// Whether a listing is wanted.
    pub listing: bool,
}

/// Memory that one compilation after another uses.
#[derive(Default)]
struct Scratch {
    ctx: Option<Context>,
    frontend: FunctionBuilderContext,
    registers: regalloc2::Ctx,
    order: Order,
}

/// Values beyond which scratch memory is given back after a function.
const KEEP: usize = 200_000;

thread_local! {
    static SCRATCH: RefCell<Option<Box<Scratch>>> = const { RefCell::new(None) };
}

/// Cranelift's form of a signature.
pub(crate) fn signature(sig: &Sig) -> Signature {
    let mut out = Signature::new(CallConv::Tail);
    out.params.extend(sig.params.iter().map(|&ty| AbiParam::new(crate::scalar::ty(ty))));
    out.returns.extend(sig.result.iter().map(|&ty| AbiParam::new(crate::scalar::ty(ty))));
    out
}

/// For each parameter whether it is an I32 on the stack. Calls fill the whole of its slot: the callee
/// reads all of it, and a read of more than was just written waits until the write has left the
/// processor's queue.
pub(crate) fn on_stack(sig: &Sig) -> impl Iterator<Item = bool> + '_ {
    let mut integers = 0;
    sig.params.iter().map(move |&ty| {
        integers += usize::from(!ty.is_float());
        ty == Ty::I32 && integers > INT_REGS
    })
}

/// Cranelift's form of a signature as calls see it.
pub(crate) fn call_signature(sig: &Sig) -> Signature {
    let mut out = signature(sig);
    for (param, is_filled) in out.params.iter_mut().zip(on_stack(sig)) {
        if is_filled {
            param.value_type = types::I64;
        }
    }
    out
}

/// Compiles what `build` emits; the second answer is the listing, if it was asked for.
pub(crate) fn compile(
    isa: &dyn TargetIsa,
    unit: Unit,
    build: impl FnOnce(&mut Emitter<'_>) -> Result<(), Error>,
) -> Result<(Code, String), Error> {
    // After an error the scratch memory is in an unknown state; then it is dropped.
    let mut scratch = SCRATCH.take().unwrap_or_default();
    // Cranelift asserts its limits here and there. Code of a guest must not bring the host down.
    let result = catch_unwind(AssertUnwindSafe(|| run(isa, &mut scratch, unit, build)))
        .unwrap_or_else(|why| Err(Error::Backend(format!("Cranelift gave up: {}", text(&*why)))))?;
    if let Some(ctx) = &mut scratch.ctx
        && ctx.func.dfg.num_values() < KEEP
    {
        ctx.clear();
        SCRATCH.set(Some(scratch));
    }
    Ok(result)
}

fn run(
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
    unit: Unit,
    build: impl FnOnce(&mut Emitter<'_>) -> Result<(), Error>,
) -> Result<(Code, String), Error> {
    let ctx = scratch.ctx.get_or_insert_with(Context::new);
    ctx.set_disasm(unit.listing);
    ctx.func.signature = signature(&unit.sig);
    ctx.func.name = UserFuncName::user(unit.name.0, unit.name.1);
    let builder = FunctionBuilder::new(&mut ctx.func, &mut scratch.frontend);
    let mut emitter = Emitter::new(builder, isa, &unit);
    let vmctx = emitter.vmctx;
    build(&mut emitter)?;
    emitter.finish(isa)?;
    let plane = &mut ControlPlane::default();
    optimise(isa, ctx, &mut scratch.order, vmctx, plane).map_err(|e| refusal(&e))?;
    let registers = &mut scratch.registers;
    let compiled = isa
        .compile_function(&ctx.func, &ctx.domtree, registers, unit.listing, plane)
        .map_err(|e| refusal(&e))?
        .apply_params(&ctx.func.params);
    let listing = compiled.vcode.clone().unwrap_or_default();
    Ok((code::extract(&ctx.func, &compiled, isa.flags().enable_pinned_reg())?, listing))
}

/// Cranelift's optimiser, and behind it what mends or makes what it would undo.
fn optimise(
    isa: &dyn TargetIsa,
    ctx: &mut Context,
    order: &mut Order,
    vmctx: Option<Value>,
    plane: &mut ControlPlane,
) -> CodegenResult<()> {
    if isa.flags().opt_level() == settings::OptLevel::None {
        return ctx.optimize(isa, plane);
    }
    // In metered code the places of the subtractions are known to more than Cranelift, and
    // locations carry marks.
    let is_ordered = !isa.flags().enable_pinned_reg();
    if is_ordered {
        locate_traps(&mut ctx.func);
        order.note(&ctx.func);
    }
    ctx.optimize(isa, plane)?;
    if has(isa, "has_bmi1") {
        complement::restore(&mut ctx.func);
    }
    if is_ordered {
        order.restore(&mut ctx.func);
    }
    widen::widen(ctx);
    if let Some(vmctx) = vmctx {
        instance::copy(ctx, vmctx);
    }
    ctx.verify_if(isa)
}

/// Gives branches to traps the traps' places: Cranelift makes one instruction of both, which keeps the
/// branch's. A branch itself never faults.
fn locate_traps(func: &mut Function) {
    let mut block = func.layout.entry_block();
    while let Some(present) = block {
        block = func.layout.next_block(present);
        let Some(branch) = func.layout.last_inst(present) else { continue };
        let InstructionData::Brif { blocks, .. } = func.dfg.insts[branch] else { continue };
        for target in blocks {
            let target = func.layout.last_inst(target.block(&func.dfg.value_lists));
            if let Some(trap) = target
                && func.dfg.insts[trap].opcode() == Opcode::Trap
            {
                func.set_srcloc(branch, func.srcloc(trap));
            }
        }
    }
}

/// Why Cranelift did not compile a function.
fn refusal(e: &CodegenError) -> Error {
    Error::Backend(match e {
        CodegenError::CodeTooLarge => "the function's code is too large".into(),
        CodegenError::ImplLimitExceeded => {
            "the function exceeds a limit of Cranelift (frame or signature)".into()
        }
        CodegenError::Verifier(errors) => format!("Cranelift's verifier: {errors}"),
        other => format!("Cranelift: {other}"),
    })
}

/// What a panic said.
fn text(why: &(dyn std::any::Any + Send)) -> &str {
    why.downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| why.downcast_ref::<&str>().copied())
        .unwrap_or("no reason known")
}
