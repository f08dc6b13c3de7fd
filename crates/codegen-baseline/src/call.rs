//! Calls by the external convention (see [`waxwing_layout::abi`]).

use crate::asm::{Gpr, Mem, R11, RAX, RSP, Width};
use crate::emitter::{Emitter, INT_PARAMS};
use crate::vals::{Loc, Operand, Val};
use waxwing_layout::abi::{self, Sig};
use waxwing_lower::{Callee, Error};

/// A value that is to be in a register when the call is made.
struct Move {
    to: Gpr,
    operand: Operand,
}

impl Emitter {
    pub(crate) fn call_direct(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        let moves = self.arguments(sig, args, None);
        self.shuffle(moves);
        let at = self.v.asm.call();
        self.reloc(at, callee);
        self.returned(sig)
    }

    pub(crate) fn call_address(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        let moves = self.arguments(sig, args, Some(code));
        self.shuffle(moves);
        self.v.asm.call_reg(RAX);
        self.returned(sig)
    }

    /// Calls code at an address that keeps every register, with an argument.
    pub(crate) fn call_kept(&mut self, code: Val, arg: Val) {
        self.v.flush_flags();
        let moves = [(RAX, code), (INT_PARAMS[0], arg)];
        let moves = moves.map(|(to, val)| Move { to, operand: self.v.take(val) }).into();
        self.v.spill_registers();
        self.shuffle(moves);
        self.v.asm.call_reg(RAX);
    }

    /// Saves what outlives the call, and writes stack arguments. What is left are the moves to
    /// registers; the callee's address goes to rax, which carries no argument.
    fn arguments(&mut self, sig: &Sig, args: Vec<Val>, code: Option<Val>) -> Vec<Move> {
        self.v.flush_flags();
        let mut moves = Vec::new();
        if let Some(code) = code {
            moves.push(Move { to: RAX, operand: self.v.take(code) });
        }
        let args: Vec<Operand> = args.into_iter().map(|arg| self.v.take(arg)).collect();
        self.v.spill_registers();
        if args.len() != sig.params.len() {
            let message = format!("{} arguments for {} parameters", args.len(), sig.params.len());
            self.v.fail(Error::Backend(message));
        }
        let (locs, bytes) = abi::locate(&sig.params);
        self.grow_stack(bytes);
        for (operand, loc) in args.into_iter().zip(locs) {
            match loc {
                abi::Loc::Int(n) => moves.push(Move { to: INT_PARAMS[n as usize], operand }),
                abi::Loc::Stack(n) => {
                    self.v.write(operand, Mem::at(RSP, n as i32));
                    self.v.release(operand);
                }
                abi::Loc::Float(_) => {}
            }
        }
        for &ty in sig.params.iter().chain(&sig.result) {
            self.v.check(ty);
        }
        moves
    }

    /// Moves all at once, although one's target may be another's source.
    fn shuffle(&mut self, moves: Vec<Move>) {
        for m in &moves {
            self.v.release(m.operand);
        }
        let (mut registers, rest): (Vec<Move>, Vec<Move>) =
            moves.into_iter().partition(|m| matches!(m.operand.loc, Loc::Reg(_)));
        registers.retain(|m| m.operand.loc != Loc::Reg(m.to));
        while !registers.is_empty() {
            let ready = registers
                .iter()
                .position(|m| registers.iter().all(|other| other.operand.loc != Loc::Reg(m.to)));
            match ready {
                Some(i) => {
                    let m = registers.swap_remove(i);
                    if let Loc::Reg(from) = m.operand.loc {
                        self.v.asm.mov(Width::W64, m.to, from);
                    }
                }
                None => {
                    // A circle: open it at one place.
                    if let Loc::Reg(from) = registers[0].operand.loc {
                        self.v.asm.mov(Width::W64, R11, from);
                    }
                    registers[0].operand.loc = Loc::Reg(R11);
                }
            }
        }
        for m in rest {
            self.v.read_into(m.operand, m.to);
        }
    }

    fn returned(&mut self, sig: &Sig) -> Option<Val> {
        let ty = sig.result?;
        self.v.claim(RAX, &mut []);
        Some(self.v.push(ty, Loc::Reg(RAX)))
    }
}
