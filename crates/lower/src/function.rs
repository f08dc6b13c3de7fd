//! A function: its locals, its operators in their order, its end.

use crate::code::NO_OFFSET;
use crate::control::Frame;
use crate::fuel::Charges;
use crate::inline::ALLOWANCE;
use crate::operand::{Operand, Temps};
use crate::{Area, Emit, Env, Error, Hint, INLINED, Job, Label, Local, Place};
use wasmparser::{BinaryReader, FuncValidator, FunctionBody, OperatorsReader, ValidatorResources};
use waxwing_layout::abi::{Sig, Ty};
use waxwing_layout::builtin::Leaf;
use waxwing_module::{FuncType, HeapType};

/// The function whose operators are being lowered: that which is compiled, or one that is lowered in
/// the place of a call.
pub(crate) struct Scope<'a> {
    /// Its index.
    pub(crate) index: u32,
    /// Its type.
    pub(crate) ty: &'a FuncType,
    /// The WebAssembly locals, parameters first.
    pub(crate) locals: Vec<(Ty, Local)>,
    /// How many constructs were open when it began, its own included.
    pub(crate) frames: usize,
    /// Where it is called, if it stands in the place of a call: as [`Emit::at`] takes it.
    pub(crate) call: Option<u32>,
    /// In how many others it is lowered.
    pub(crate) depth: usize,
}

/// The state of a function that is being lowered.
pub(crate) struct Lower<'a, E: Emit> {
    pub(crate) emit: &'a mut E,
    pub(crate) env: &'a Env<'a>,
    pub(crate) scope: Scope<'a>,
    /// Bytes of code that may still be lowered in the place of calls.
    pub(crate) allowance: usize,
    pub(crate) stack: Vec<Operand<E::Val>>,
    pub(crate) frames: Vec<Frame>,
    /// The regions whose handlers have not begun, innermost last: where each stands among the
    /// constructs, and its label.
    pub(crate) regions: Vec<(usize, Label)>,
    /// If code is unreachable: how many constructs were opened since.
    pub(crate) dead: Option<u32>,
    pub(crate) temps: Temps,
    /// Areas for results of calls, with their sizes.
    pub(crate) areas: Vec<(u32, Area)>,
    /// Where the present operator stands in the module.
    pub(crate) offset: usize,
    /// Whether the back end was last told of a place in another function, behind which code was
    /// unreachable.
    pub(crate) astray: bool,
    /// The places in inlined functions that the back end was told of.
    pub(crate) places: Vec<Place>,
    /// How likely the condition of the present operator is.
    pub(crate) hint: Hint,
    /// The reference that the present operator tests or casts, as validation knows it.
    pub(crate) tested: Option<wasmparser::RefType>,
}

/// Validates a function and drives `emit` with its meaning.
///
/// `emit` has made the WebAssembly parameters locals 0 and following, without the instance pointer
/// and the results area. The answer is the places in inlined functions that it was told of, for
/// [`Code::keep_places`](crate::Code::keep_places).
///
/// # Errors
/// [`Error::Invalid`] if the code is not valid, [`Error::Unsupported`] if it uses an operator or a
/// type that has no meaning here yet. `emit` is then in the midst of a function and of no use.
pub fn function<E: Emit>(emit: &mut E, job: Job<'_>) -> Result<Vec<Place>, Error> {
    let Job { env, index, body, validate } = job;
    let mut validator = validate.into_validator(Default::default());
    let ty = env.module.func_type(index);
    let params = ty.params.iter().enumerate();
    let locals = params.map(|(i, &ty)| (Ty::of(ty), Local(i as u32))).collect();
    let mut lower = Lower {
        emit,
        env,
        scope: Scope { index, ty, locals, frames: 1, call: None, depth: 0 },
        allowance: ALLOWANCE + body.range().len(),
        stack: Vec::new(),
        frames: Vec::new(),
        regions: Vec::new(),
        dead: None,
        temps: Temps::default(),
        areas: Vec::new(),
        offset: body.range().start,
        astray: false,
        places: Vec::new(),
        hint: Hint::None,
        tested: None,
    };
    lower.body(&body, &mut validator)?;
    Ok(lower.places)
}

/// The signature of a function of the module, imported ones included.
///
/// # Panics
/// If there is no such function.
pub fn signature(env: &Env<'_>, index: u32) -> Sig {
    Sig::of(env.module.func_type(index))
}

/// The signature of a leaf routine. It has no instance pointer.
pub fn leaf_signature(leaf: Leaf) -> Sig {
    Sig { params: leaf.params().to_vec(), result: None }
}

/// The machine type of references to this.
pub(crate) fn reference_type(heap: HeapType) -> Ty {
    if heap.top() == HeapType::Func { Ty::Ptr } else { Ty::I32 }
}

impl<'a, E: Emit> Lower<'a, E> {
    /// Lowers the body of the function that is the present scope.
    pub(crate) fn body(
        &mut self,
        body: &FunctionBody<'_>,
        validator: &mut FuncValidator<ValidatorResources>,
    ) -> Result<(), Error> {
        let env = self.env;
        let start = body.range().start;
        let mut hints = env.hints.of(self.scope.index).iter().peekable();
        let mut reader = body.get_binary_reader();
        self.read_locals(&mut reader, validator)?;
        if self.scope.depth == 0 {
            self.open_function();
        }
        let mut charges = Charges::new(env, &reader);
        self.charge_behind(None, &mut charges);
        let mut operators = OperatorsReader::new(reader);
        while !operators.eof() {
            let (op, offset) = operators.read_with_offset()?;
            if crate::cast::tests(&op) {
                let top = validator.get_operand_type(0).flatten();
                self.tested = top.and_then(|ty| ty.as_reference_type());
            }
            validator.op(offset, &op)?;
            self.offset = offset;
            if self.astray && self.dead.is_none() {
                self.at();
                self.astray = false;
            }
            self.hint = Hint::None;
            while let Some(hint) = hints.next_if(|hint| hint.offset as usize <= offset - start) {
                if hint.offset as usize == offset - start {
                    self.hint = if hint.likely { Hint::Likely } else { Hint::Unlikely };
                }
            }
            self.charge_size(&op);
            self.operator(&op)?;
            self.charge_behind(Some(offset), &mut charges);
        }
        operators.finish()?;
        Ok(())
    }

    /// Makes the declared locals, which begin as zero or null.
    fn read_locals(
        &mut self,
        reader: &mut BinaryReader<'_>,
        validator: &mut FuncValidator<ValidatorResources>,
    ) -> Result<(), Error> {
        for _ in 0..reader.read_var_u32()? {
            self.offset = reader.original_position();
            let count: u32 = reader.read()?;
            let ty: wasmparser::ValType = reader.read()?;
            validator.define_locals(self.offset, count, ty)?;
            let ty = self.machine_type(ty)?;
            for _ in 0..count {
                let local = self.emit.local_new(ty);
                let zero = self.zero(ty);
                self.emit.local_set(local, zero);
                self.scope.locals.push((ty, local));
            }
        }
        Ok(())
    }

    /// Zero, or null.
    fn zero(&mut self, ty: Ty) -> E::Val {
        match ty {
            Ty::I32 | Ty::I64 | Ty::Ptr => self.emit.iconst(ty, 0),
            Ty::F32 => self.emit.f32_const(0),
            Ty::F64 => self.emit.f64_const(0),
            Ty::V128 => self.emit.v128_const(0),
        }
    }

    /// The machine type of a type as the parser knows it.
    pub(crate) fn machine_type(&self, ty: wasmparser::ValType) -> Result<Ty, Error> {
        Ok(match ty {
            wasmparser::ValType::I32 => Ty::I32,
            wasmparser::ValType::I64 => Ty::I64,
            wasmparser::ValType::F32 => Ty::F32,
            wasmparser::ValType::F64 => Ty::F64,
            wasmparser::ValType::V128 => Ty::V128,
            wasmparser::ValType::Ref(ty) => reference_type(self.heap_type(ty.heap_type())?),
        })
    }

    /// A heap type in our terms.
    pub(crate) fn heap_type(&self, ty: wasmparser::HeapType) -> Result<HeapType, Error> {
        let kind = |i: u32| self.env.module.types.get(i as usize).map(|t| t.composite.kind());
        waxwing_decode::heap_type(ty, kind)
            .ok_or_else(|| self.unsupported(&format!("heap type {ty:?}")))
    }

    pub(crate) fn unsupported(&self, what: &str) -> Error {
        Error::Unsupported(what.to_owned(), self.offset as u64)
    }

    /// Tells the back end where the operator that may trap or call stands.
    pub(crate) fn at(&mut self) {
        let place = self.here();
        self.emit.at(place);
    }

    /// Where the present operator stands, as [`Emit::at`] takes it.
    pub(crate) fn here(&mut self) -> u32 {
        let offset = u32::try_from(self.offset).unwrap_or(NO_OFFSET);
        let Some(caller) = self.scope.call else { return offset };
        let place = Place { function: self.scope.index, offset, caller };
        if self.places.last() != Some(&place) {
            self.places.push(place);
        }
        // There are not more than bytes in the bodies.
        u32::try_from(self.places.len() - 1).map_or(NO_OFFSET, |i| INLINED.saturating_add(i))
    }

    pub(crate) fn local_get(&mut self, index: u32) {
        let (ty, local) = self.scope.locals[index as usize];
        let val = self.emit.local_get(local);
        self.push(val, ty);
    }

    pub(crate) fn local_set(&mut self, index: u32) {
        let (_, local) = self.scope.locals[index as usize];
        let val = self.pop_val();
        self.emit.local_set(local, val);
    }

    pub(crate) fn local_tee(&mut self, index: u32) {
        let (_, local) = self.scope.locals[index as usize];
        let operand = self.pop();
        let (kept, set) = self.twice(operand);
        let set = self.val(set);
        self.emit.local_set(local, set);
        self.stack.push(kept);
    }
}
