//! One function on its way from [`Emit`] to LLVM IR.

use crate::control::Construct;
use crate::{code, faults, target};
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::basic_block::BasicBlock;
use inkwell::builder::{Builder, BuilderError};
use inkwell::context::Context;
use inkwell::debug_info::{
    AsDIScope, DIFlags, DIFlagsConstants, DISubprogram, DWARFEmissionKind, DWARFSourceLanguage,
    DebugInfoBuilder,
};
use inkwell::module::{FlagBehavior, Module};
use inkwell::types::{BasicType, BasicTypeEnum, FunctionType};
use inkwell::values::{
    BasicMetadataValueEnum, BasicValueEnum, FunctionValue, IntValue, PointerValue, ValueKind,
};
use waxwing_layout::abi::{Loc, Sig, Ty, locate};
use waxwing_layout::target::Cpu;
use waxwing_lower::{
    Area, BinOp, Callee, Cell, CmpOp, Code, Emit, Error, Hint, Label, LoadOp, Local, Region, RmwOp,
    SimdOp, StoreOp, UnOp, WideOp,
};
use waxwing_module::Trap;

/// An operand: a value in static single assignment form. Owned, not copied.
#[derive(Debug)]
pub struct Val<'ctx>(pub(crate) BasicValueEnum<'ctx>);

/// What the emitter must know of a function beforehand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'a> {
    /// Its signature.
    pub sig: &'a Sig,
    /// How many of the parameters are not locals: the instance pointer and the results area.
    pub hidden: usize,
    /// The offset of its body in the module.
    pub wasm_offset: u32,
}

/// What LLVM's builder answers.
pub(crate) type Built<'ctx> = Result<BasicValueEnum<'ctx>, BuilderError>;

/// The implementation of [`Emit`] that builds LLVM IR. What it cannot do it remembers;
/// [`Emitter::finish`] returns the first such error.
pub(crate) struct Emitter<'ctx> {
    pub(crate) context: &'ctx Context,
    pub(crate) module: Module<'ctx>,
    /// Writes the body.
    pub(crate) b: Builder<'ctx>,
    /// Writes allocations, to the entry block.
    entry: Builder<'ctx>,
    body: BasicBlock<'ctx>,
    pub(crate) function: FunctionValue<'ctx>,
    pub(crate) constructs: Vec<Construct<'ctx>>,
    debug: DebugInfoBuilder<'ctx>,
    scope: DISubprogram<'ctx>,
    start: u32,
    wasm_offset: u32,
    hidden: usize,
    locals: Vec<(PointerValue<'ctx>, Ty)>,
    areas: Vec<PointerValue<'ctx>>,
    error: Option<Error>,
}

/// LLVM's name of a function of the artifact.
fn symbol(callee: Callee) -> String {
    match callee {
        Callee::Func(index) => format!("{}{index}", code::FUNC_PREFIX),
        Callee::Leaf(leaf) => format!("{}{}", code::LEAF_PREFIX, leaf as u32),
    }
}

/// The attributes of every function, by name and value; those without value are LLVM's own.
const ATTRIBUTES: &[(&str, Option<&str>)] = &[
    ("frame-pointer", Some("all")),
    ("probe-stack", Some("inline-asm")),
    ("no-builtins", Some("")),
    ("no-jump-tables", Some("true")),
    // Frames are walked, and unbounded recursion has to reach the end of the stack.
    ("disable-tail-calls", Some("true")),
    ("noinline", None),
    ("noredzone", None),
    ("nounwind", None),
    ("null_pointer_is_valid", None),
];

impl<'ctx> Emitter<'ctx> {
    /// Begins a function.
    pub fn new(context: &'ctx Context, shape: Shape<'_>) -> Result<Emitter<'ctx>, Error> {
        let module = context.create_module("waxwing");
        let (debug, scope) = debug_info(context, &module);
        let ty = function_type(context, shape.sig);
        let function = module.add_function(code::OWN_NAME, ty, None);
        function.set_subprogram(scope);
        for &(name, value) in ATTRIBUTES {
            let attribute = match value {
                Some(value) => context.create_string_attribute(name, value),
                None => enum_attribute(context, name),
            };
            function.add_attribute(AttributeLoc::Function, attribute);
        }
        let (entry, b) = (context.create_builder(), context.create_builder());
        entry.position_at_end(context.append_basic_block(function, "entry"));
        let body = context.append_basic_block(function, "body");
        b.position_at_end(body);
        let mut e = Emitter {
            context,
            module,
            b,
            entry,
            body,
            function,
            constructs: Vec::new(),
            debug,
            scope,
            start: shape.wasm_offset,
            wasm_offset: shape.wasm_offset,
            hidden: shape.hidden,
            locals: Vec::new(),
            areas: Vec::new(),
            error: None,
        };
        e.check_signature(shape.sig);
        e.locate(None);
        for (i, &ty) in shape.sig.params.iter().enumerate().skip(shape.hidden) {
            let local = e.local_new(ty);
            if let Some(param) = function.get_nth_param(i as u32) {
                e.local_set(local, Val(param));
            }
        }
        Ok(e)
    }

    /// The machine code, once the function's last construct has ended.
    ///
    /// # Errors
    /// The first thing that the emitter or LLVM could not do.
    pub fn finish(self, cpu: Cpu) -> Result<Code, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let broken = |e: BuilderError| Error::Backend(e.to_string());
        self.entry.build_unconditional_branch(self.body).map_err(broken)?;
        self.debug.finalize();
        let object = target::object(&self.module, cpu)?;
        let mut extracted = code::extract(object.as_slice())?;
        faults::describe(&mut extracted, self.start)?;
        Ok(extracted.code)
    }

    // Errors.

    pub(crate) fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    pub(crate) fn unsupported(&mut self, what: impl Into<String>) {
        let what = format!("{} (LLVM tier)", what.into());
        self.fail(Error::Unsupported(what, u64::from(self.wasm_offset)));
    }

    /// Refuses signatures in which our convention and LLVM's differ.
    fn check_signature(&mut self, sig: &Sig) {
        let (locs, _) = locate(&sig.params);
        if locs.iter().any(|loc| matches!(loc, Loc::Stack(_))) {
            self.unsupported("parameters on the stack");
        }
    }

    /// What the builder answered; its error is remembered and zero stands in.
    pub(crate) fn built(&mut self, ty: Ty, built: Built<'ctx>) -> Val<'ctx> {
        match built {
            Ok(value) => Val(value),
            Err(e) => {
                self.fail(Error::Backend(format!("LLVM's builder: {e}")));
                self.zero(ty)
            }
        }
    }

    /// Remembers the builder's error.
    pub(crate) fn done<T>(&mut self, built: Result<T, BuilderError>) -> Option<T> {
        built.map_err(|e| self.fail(Error::Backend(format!("LLVM's builder: {e}")))).ok()
    }

    // Types and values.

    pub(crate) fn ty(&self, ty: Ty) -> BasicTypeEnum<'ctx> {
        basic_type(self.context, ty)
    }

    pub(crate) fn zero(&self, ty: Ty) -> Val<'ctx> {
        Val(self.ty(ty).const_zero())
    }

    pub(crate) fn no(&mut self, what: String, ty: Ty) -> Val<'ctx> {
        self.unsupported(what);
        self.zero(ty)
    }

    pub(crate) fn int(&mut self, val: Val<'ctx>) -> IntValue<'ctx> {
        match val.0 {
            BasicValueEnum::IntValue(value) => value,
            other => {
                self.fail(Error::Backend(format!("an integer is expected, not {other}")));
                self.context.i64_type().const_zero()
            }
        }
    }

    pub(crate) fn pointer(&mut self, val: Val<'ctx>) -> PointerValue<'ctx> {
        match val.0 {
            BasicValueEnum::PointerValue(value) => value,
            other => {
                self.fail(Error::Backend(format!("an address is expected, not {other}")));
                self.context.ptr_type(Default::default()).const_zero()
            }
        }
    }

    /// An I32 as a truth value.
    pub(crate) fn truth(&mut self, cond: Val<'ctx>) -> IntValue<'ctx> {
        let cond = self.int(cond);
        let zero = cond.get_type().const_zero();
        let built = self.b.build_int_compare(inkwell::IntPredicate::NE, cond, zero, "");
        self.done(built).unwrap_or_else(|| self.context.bool_type().const_zero())
    }

    pub(crate) fn new_block(&self) -> BasicBlock<'ctx> {
        self.context.append_basic_block(self.function, "")
    }

    pub(crate) fn enum_attribute(&self, name: &str) -> Attribute {
        enum_attribute(self.context, name)
    }

    /// Calls an intrinsic of LLVM's that is overloaded on `ty`.
    pub(crate) fn intrinsic(
        &mut self,
        name: &str,
        ty: Ty,
        args: &[BasicMetadataValueEnum<'ctx>],
    ) -> Val<'ctx> {
        let declared = inkwell::intrinsics::Intrinsic::find(name)
            .and_then(|i| i.get_declaration(&self.module, &[self.ty(ty)]));
        let Some(declared) = declared else {
            self.fail(Error::Backend(format!("LLVM has no {name}")));
            return self.zero(ty);
        };
        let call = self.b.build_call(declared, args, "");
        match self.done(call).map(|call| call.try_as_basic_value()) {
            Some(ValueKind::Basic(value)) => Val(value),
            _ => self.zero(ty),
        }
    }

    /// What follows comes from the present offset and, if it faults, means `trap`.
    pub(crate) fn locate(&self, trap: Option<Trap>) {
        let line = self.wasm_offset.saturating_add(1);
        let column = trap.map_or(0, |trap| trap as u32);
        let scope = self.scope.as_debug_info_scope();
        let location = self.debug.create_debug_location(self.context, line, column, scope, None);
        self.b.set_current_debug_location(location);
    }

    fn allocate(&mut self, ty: BasicTypeEnum<'ctx>, align: u32) -> PointerValue<'ctx> {
        let built = self.entry.build_alloca(ty, "");
        let Some(place) = self.done(built) else {
            return self.context.ptr_type(Default::default()).const_zero();
        };
        if let Some(instruction) = place.as_instruction() {
            // It is a power of two.
            let _ = instruction.set_alignment(align);
        }
        place
    }

    fn returned(
        &mut self,
        sig: &Sig,
        call: Result<inkwell::values::CallSiteValue<'ctx>, BuilderError>,
    ) -> Option<Val<'ctx>> {
        let call = self.done(call);
        let ty = sig.result?;
        match call.map(|call| call.try_as_basic_value()) {
            Some(ValueKind::Basic(value)) => Some(Val(value)),
            _ => Some(self.zero(ty)),
        }
    }
}

fn enum_attribute(context: &Context, name: &str) -> Attribute {
    context.create_enum_attribute(Attribute::get_named_enum_kind_id(name), 0)
}

fn basic_type(context: &Context, ty: Ty) -> BasicTypeEnum<'_> {
    match ty {
        Ty::I32 => context.i32_type().into(),
        Ty::I64 => context.i64_type().into(),
        Ty::F32 => context.f32_type().into(),
        Ty::F64 => context.f64_type().into(),
        Ty::V128 => context.i64_type().vec_type(2).into(),
        Ty::Ptr => context.ptr_type(Default::default()).into(),
    }
}

fn function_type<'ctx>(context: &'ctx Context, sig: &Sig) -> FunctionType<'ctx> {
    let params: Vec<_> = sig.params.iter().map(|&ty| basic_type(context, ty).into()).collect();
    match sig.result {
        Some(ty) => basic_type(context, ty).fn_type(&params, false),
        None => context.void_type().fn_type(&params, false),
    }
}

/// A scope for debug locations; nothing else of it is looked at.
fn debug_info<'ctx>(
    context: &'ctx Context,
    module: &Module<'ctx>,
) -> (DebugInfoBuilder<'ctx>, DISubprogram<'ctx>) {
    let version = context.i32_type().const_int(3, false);
    module.add_basic_value_flag("Debug Info Version", FlagBehavior::Warning, version);
    let (debug, unit) = module.create_debug_info_builder(
        true,
        DWARFSourceLanguage::C,
        "wasm",
        ".",
        "waxwing",
        true,
        "",
        0,
        "",
        DWARFEmissionKind::LineTablesOnly,
        0,
        false,
        false,
        "",
        "",
    );
    let file = unit.get_file();
    let ty = debug.create_subroutine_type(file, None, &[], DIFlags::PUBLIC);
    let scope = unit.as_debug_info_scope();
    let name = code::OWN_NAME;
    let subprogram = debug.create_function(
        scope,
        name,
        None,
        file,
        1,
        ty,
        false,
        true,
        1,
        DIFlags::PUBLIC,
        true,
    );
    (debug, subprogram)
}

impl<'ctx> Emit for Emitter<'ctx> {
    type Val = Val<'ctx>;

    const DIVISION_TRAPS: bool = false;
    const TRUNCATION_TRAPS: bool = false;

    fn at(&mut self, wasm_offset: u32) {
        self.wasm_offset = wasm_offset;
        self.locate(None);
    }

    fn iconst(&mut self, ty: Ty, value: i64) -> Val<'ctx> {
        let i64_type = self.context.i64_type();
        match ty {
            Ty::I32 => {
                let bits = u64::from(value as u32);
                Val(self.context.i32_type().const_int(bits, false).into())
            }
            Ty::Ptr => {
                let address = i64_type.const_int(value as u64, false);
                Val(address.const_to_pointer(self.context.ptr_type(Default::default())).into())
            }
            _ => Val(i64_type.const_int(value as u64, false).into()),
        }
    }

    fn f32_const(&mut self, bits: u32) -> Val<'ctx> {
        let bits = self.context.i32_type().const_int(bits.into(), false);
        let built = self.b.build_bit_cast(bits, self.context.f32_type(), "");
        self.built(Ty::F32, built)
    }

    fn f64_const(&mut self, bits: u64) -> Val<'ctx> {
        let bits = self.context.i64_type().const_int(bits, false);
        let built = self.b.build_bit_cast(bits, self.context.f64_type(), "");
        self.built(Ty::F64, built)
    }

    fn v128_const(&mut self, bits: u128) -> Val<'ctx> {
        let i64_type = self.context.i64_type();
        let half = |bits: u128| i64_type.const_int(bits as u64, false);
        let halves = [half(bits), half(bits >> 64)];
        Val(inkwell::types::VectorType::const_vector(&halves).into())
    }

    fn dup(&mut self, val: Val<'ctx>) -> (Val<'ctx>, Val<'ctx>) {
        (Val(val.0), Val(val.0))
    }

    fn drop_val(&mut self, _val: Val<'ctx>) {}

    fn local_new(&mut self, ty: Ty) -> Local {
        let place = self.allocate(self.ty(ty), ty.size());
        self.locals.push((place, ty));
        Local(self.locals.len() as u32 - 1)
    }

    fn local_get(&mut self, local: Local) -> Val<'ctx> {
        let Some(&(place, ty)) = self.locals.get(local.0 as usize) else {
            self.fail(Error::Backend(format!("there is no local {}", local.0)));
            return self.zero(Ty::I64);
        };
        let built = self.b.build_load(self.ty(ty), place, "");
        self.built(ty, built)
    }

    fn local_set(&mut self, local: Local, val: Val<'ctx>) {
        let Some(&(place, _)) = self.locals.get(local.0 as usize) else {
            return self.fail(Error::Backend(format!("there is no local {}", local.0)));
        };
        let built = self.b.build_store(place, val.0);
        self.done(built);
    }

    fn vmctx(&mut self) -> Val<'ctx> {
        match self.function.get_nth_param(0) {
            Some(param) if self.hidden > 0 => Val(param),
            _ => {
                self.fail(Error::Backend("a leaf routine has no instance pointer".into()));
                self.zero(Ty::Ptr)
            }
        }
    }

    fn results_area(&mut self) -> Val<'ctx> {
        match self.function.get_nth_param(1) {
            Some(param) if self.hidden > 1 => Val(param),
            _ => {
                self.fail(Error::Backend("the function has no results area".into()));
                self.zero(Ty::Ptr)
            }
        }
    }

    fn unary(&mut self, op: UnOp, a: Val<'ctx>) -> Val<'ctx> {
        self.emit_unary(op, a)
    }

    fn binary(&mut self, op: BinOp, a: Val<'ctx>, b: Val<'ctx>) -> Val<'ctx> {
        self.emit_binary(op, a, b)
    }

    fn compare(&mut self, op: CmpOp, a: Val<'ctx>, b: Val<'ctx>) -> Val<'ctx> {
        self.emit_compare(op, a, b)
    }

    fn select(&mut self, ty: Ty, cond: Val<'ctx>, a: Val<'ctx>, b: Val<'ctx>) -> Val<'ctx> {
        let cond = self.truth(cond);
        let built = self.b.build_select(cond, a.0, b.0, "");
        self.built(ty, built)
    }

    fn simd(&mut self, op: SimdOp, args: Vec<Val<'ctx>>) -> Val<'ctx> {
        match (op, args.into_iter().next()) {
            // The leaf routines have no other.
            (SimdOp::I8x16Splat, Some(byte)) => self.splat_byte(byte),
            _ => self.no(format!("{op:?}"), op.result()),
        }
    }

    fn load(
        &mut self,
        op: LoadOp,
        base: Val<'ctx>,
        index: Option<Val<'ctx>>,
        disp: i32,
        region: Region,
    ) -> Val<'ctx> {
        self.emit_load(op, base, index, disp, region)
    }

    fn store(
        &mut self,
        op: StoreOp,
        base: Val<'ctx>,
        index: Option<Val<'ctx>>,
        disp: i32,
        value: Val<'ctx>,
        region: Region,
    ) {
        self.emit_store(op, base, index, disp, value, region);
    }

    fn wide(&mut self, op: WideOp, _: Vec<Val<'ctx>>) -> [Val<'ctx>; 2] {
        [self.no(format!("{op:?}"), Ty::I64), self.no(format!("{op:?}"), Ty::I64)]
    }

    fn atomic_load(&mut self, cell: Cell, _: Val<'ctx>, _: Region) -> Val<'ctx> {
        self.no("an atomic load".to_owned(), cell.ty)
    }

    fn atomic_store(&mut self, _: Cell, _: Val<'ctx>, _: Val<'ctx>, _: Region) {
        self.unsupported("an atomic store".to_owned());
    }

    fn atomic_rmw(
        &mut self,
        op: RmwOp,
        cell: Cell,
        _: Val<'ctx>,
        _: Val<'ctx>,
        _: Region,
    ) -> Val<'ctx> {
        self.no(format!("atomic {op:?}"), cell.ty)
    }

    fn atomic_cmpxchg(
        &mut self,
        cell: Cell,
        _: Val<'ctx>,
        _: Val<'ctx>,
        _: Val<'ctx>,
        _: Region,
    ) -> Val<'ctx> {
        self.no("an atomic compare-exchange".to_owned(), cell.ty)
    }

    fn fence(&mut self) {
        self.unsupported("a fence".to_owned());
    }

    fn area_new(&mut self, bytes: u32) -> Area {
        let place = self.allocate(self.context.i8_type().array_type(bytes).into(), 16);
        self.areas.push(place);
        Area(self.areas.len() as u32 - 1)
    }

    fn area_addr(&mut self, area: Area) -> Val<'ctx> {
        match self.areas.get(area.0 as usize) {
            Some(&place) => Val(place.into()),
            None => {
                self.fail(Error::Backend(format!("there is no area {}", area.0)));
                self.zero(Ty::Ptr)
            }
        }
    }

    fn block(&mut self, results: &[Ty]) -> Label {
        self.open_block(results)
    }

    fn loop_(
        &mut self,
        params: &[Ty],
        args: Vec<Val<'ctx>>,
        _results: &[Ty],
    ) -> (Label, Vec<Val<'ctx>>) {
        self.open_loop(params, args)
    }

    fn if_(&mut self, cond: Val<'ctx>, results: &[Ty], hint: Hint) -> Label {
        self.open_if(cond, results, hint)
    }

    fn else_(&mut self, label: Label, args: Option<Vec<Val<'ctx>>>) {
        self.begin_else(label, args);
    }

    fn end(&mut self, label: Label, args: Option<Vec<Val<'ctx>>>) -> Option<Vec<Val<'ctx>>> {
        self.close(label, args)
    }

    fn br(&mut self, label: Label, args: Vec<Val<'ctx>>) {
        self.branch(label, args);
    }

    fn br_if(
        &mut self,
        cond: Val<'ctx>,
        label: Label,
        args: Vec<Val<'ctx>>,
        hint: Hint,
    ) -> Vec<Val<'ctx>> {
        self.branch_if(cond, label, args, hint)
    }

    fn br_table(&mut self, index: Val<'ctx>, labels: &[Label], args: Vec<Val<'ctx>>) {
        self.branch_table(index, labels, args);
    }

    fn ret(&mut self, value: Option<Val<'ctx>>) {
        let built = match value {
            Some(value) => self.b.build_return(Some(&value.0)),
            None => self.b.build_return(None),
        };
        self.done(built);
    }

    fn trap(&mut self, trap: Trap) {
        self.stop(trap);
    }

    fn trap_if(&mut self, cond: Val<'ctx>, trap: Trap) {
        self.stop_if(cond, trap);
    }

    fn try_(&mut self, results: &[Ty]) -> Label {
        self.unsupported("exceptions");
        self.open_block(results)
    }

    fn catch_(&mut self, label: Label, args: Option<Vec<Val<'ctx>>>) -> Option<Val<'ctx>> {
        if let Some(args) = args {
            self.br(label, args);
        }
        None
    }

    fn raise(&mut self, _region: Label, _exception: Val<'ctx>) {
        self.unsupported("exceptions");
    }

    fn call_builtin(
        &mut self,
        code: Val<'ctx>,
        sig: &Sig,
        args: Vec<Val<'ctx>>,
    ) -> Option<Val<'ctx>> {
        self.call_ptr(code, sig, args)
    }

    fn call(&mut self, callee: Callee, sig: &Sig, args: Vec<Val<'ctx>>) -> Option<Val<'ctx>> {
        self.check_signature(sig);
        let name = symbol(callee);
        let declared = self.module.get_function(&name).unwrap_or_else(|| {
            self.module.add_function(&name, function_type(self.context, sig), None)
        });
        let args: Vec<BasicMetadataValueEnum<'_>> = args.iter().map(|arg| arg.0.into()).collect();
        let call = self.b.build_call(declared, &args, "");
        self.returned(sig, call)
    }

    fn call_ptr(&mut self, code: Val<'ctx>, sig: &Sig, args: Vec<Val<'ctx>>) -> Option<Val<'ctx>> {
        self.check_signature(sig);
        let code = self.pointer(code);
        let args: Vec<BasicMetadataValueEnum<'_>> = args.iter().map(|arg| arg.0.into()).collect();
        let ty = function_type(self.context, sig);
        let call = self.b.build_indirect_call(ty, code, &args, "");
        self.returned(sig, call)
    }

    fn ret_call(&mut self, _callee: Callee, _sig: &Sig, _args: Vec<Val<'ctx>>) {
        self.unsupported("tail calls");
    }

    fn ret_call_ptr(&mut self, _code: Val<'ctx>, _sig: &Sig, _args: Vec<Val<'ctx>>) {
        self.unsupported("tail calls");
    }

    fn call_keeping(&mut self, _code: Val<'ctx>, _arg: Val<'ctx>) {
        self.unsupported("metering");
    }

    fn fuel_take(&mut self, _cost: Val<'ctx>, _test: bool) -> Option<Val<'ctx>> {
        self.unsupported("metering");
        None
    }
}
