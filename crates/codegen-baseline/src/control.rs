//! Blocks, loops, branches.
//!
//! What a branch carries goes to the construct's *mailbox*: slots that nothing but its branches
//! write and nothing but its label reads. A branch therefore may write there even when it is not
//! taken, and the order of the writes does not matter.

use crate::asm::{Alu, Cond, Mark, Mem, R11, RAX, RBP, Width};
use crate::emitter::Emitter;
use crate::vals::{Loc, Operand, Val};
use std::collections::HashMap;
use std::rc::Rc;
use waxwing_layout::abi::Ty;
use waxwing_lower::{Error, Label};

/// What kind of construct is open.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    /// Where the second arm begins, until it has begun.
    If(Option<Mark>),
}

/// A construct that is open. Its [`Label`] is its place in the stack of constructs.
#[derive(Debug)]
pub struct Construct {
    kind: Kind,
    label: Mark,
    /// What branches carry.
    carried: Rc<[Ty]>,
    /// The slots of `carried`, once there has been a branch.
    mailbox: Option<Vec<i32>>,
    /// Whether the label is reached by a branch.
    targeted: bool,
    /// How many operands are older than the construct.
    depth: usize,
}

impl Emitter {
    fn open(&mut self, kind: Kind, carried: &[Ty]) -> Label {
        let construct = Construct {
            kind,
            label: self.v.asm.mark(),
            carried: self.type_list(carried),
            mailbox: None,
            targeted: false,
            depth: self.v.depth(),
        };
        self.constructs.push(construct);
        Label(self.constructs.len() as u32 - 1)
    }

    pub(crate) fn open_block(&mut self, results: &[Ty]) -> Label {
        self.v.spill_all();
        self.open(Kind::Block, results)
    }

    pub(crate) fn open_if(&mut self, cond: Val, results: &[Ty]) -> Label {
        let cond = self.condition(cond);
        self.v.spill_all();
        let else_mark = self.v.asm.mark();
        self.v.asm.jcc(cond.negated(), else_mark);
        self.open(Kind::If(Some(else_mark)), results)
    }

    pub(crate) fn open_loop(
        &mut self,
        params: &[Ty],
        args: Vec<Val>,
        results: &[Ty],
    ) -> (Label, Vec<Val>) {
        // Only the check of the types is of use here: results reach the end by falling through.
        self.type_list(results);
        let args: Vec<Operand> = args.into_iter().map(|arg| self.v.take(arg)).collect();
        self.v.spill_all();
        let label = self.open(Kind::Loop, params);
        self.mail(label, &args);
        for arg in args {
            self.v.release(arg);
        }
        let construct = &self.constructs[label.0 as usize];
        let (mark, mailbox) = (construct.label, construct.mailbox.clone().unwrap_or_default());
        self.v.asm.bind(mark);
        // The operands leave the mailbox at once, so that branches back may write there while the
        // operands still are needed.
        let vals = params.iter().zip(mailbox).map(|(&ty, slot)| self.read_mailbox(ty, slot));
        (label, vals.collect())
    }

    fn read_mailbox(&mut self, ty: Ty, slot: i32) -> Val {
        let from = Mem::at(RBP, slot);
        if let Some(reg) = self.v.try_alloc() {
            self.v.asm.mov(Width::W64, reg, from);
            return self.v.push(ty, Loc::Reg(reg));
        }
        let own = self.v.new_slot();
        self.v.asm.mov(Width::W64, R11, from);
        self.v.asm.store(8, Mem::at(RBP, own), R11);
        self.v.push(ty, Loc::Slot(own))
    }

    /// Writes operands to a construct's mailbox. Changes neither flags nor registers.
    fn mail(&mut self, label: Label, args: &[Operand]) {
        let Some(construct) = self.constructs.get_mut(label.0 as usize) else {
            return self.v.fail(Error::Backend("a branch to a construct that is not open".into()));
        };
        construct.targeted = true;
        let count = construct.carried.len();
        if construct.mailbox.is_none() {
            construct.mailbox = Some((0..count).map(|_| self.v.new_slot()).collect());
        }
        if args.len() != count {
            let message = format!("a branch carries {} operands, not {count}", args.len());
            return self.v.fail(Error::Backend(message));
        }
        for (i, &arg) in args.iter().enumerate() {
            let slot = self.constructs[label.0 as usize].mailbox.as_ref().map_or(0, |m| m[i]);
            self.v.write(arg, Mem::at(RBP, slot));
        }
    }

    fn jump(&mut self, label: Label) {
        if let Some(construct) = self.constructs.get(label.0 as usize) {
            self.v.asm.jmp(construct.label);
        }
    }

    pub(crate) fn begin_else(&mut self, label: Label, args: Option<Vec<Val>>) {
        if let Some(args) = args {
            self.branch(label, args);
        }
        let Some(construct) = self.constructs.get_mut(label.0 as usize) else {
            return self.v.fail(Error::Backend("else without if".into()));
        };
        self.v.truncate(construct.depth);
        match std::mem::replace(&mut construct.kind, Kind::If(None)) {
            Kind::If(Some(mark)) => self.v.asm.bind(mark),
            _ => self.v.fail(Error::Backend("else without if".into())),
        }
    }

    pub(crate) fn close(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Vec<Val>> {
        let joined = match self.constructs.get(label.0 as usize) {
            Some(c) if label.0 as usize + 1 == self.constructs.len() => match c.kind {
                Kind::Loop => false,
                Kind::Block | Kind::If(None) => c.targeted,
                Kind::If(Some(_)) => true,
            },
            _ => {
                self.v.fail(Error::Backend("constructs end in the wrong order".into()));
                return args;
            }
        };
        let args: Option<Vec<Operand>> =
            args.map(|args| args.into_iter().map(|arg| self.v.take(arg)).collect());
        if joined {
            self.v.flush_flags();
            if let Some(args) = &args {
                self.mail(label, args);
            }
        }
        let Construct { kind, label, carried, mailbox, depth, .. } = self.constructs.pop()?;
        self.v.truncate(depth);
        if !joined {
            self.free_mailbox(mailbox);
            return args.map(|args| args.into_iter().map(|arg| self.push(arg)).collect());
        }
        for arg in args.into_iter().flatten() {
            self.v.release(arg);
        }
        self.v.asm.bind(label);
        if let Kind::If(Some(mark)) = kind {
            self.v.asm.bind(mark);
        }
        let results = carried.iter().zip(mailbox.unwrap_or_default());
        Some(results.map(|(&ty, slot)| self.v.push(ty, Loc::Slot(slot))).collect())
    }

    fn free_mailbox(&mut self, mailbox: Option<Vec<i32>>) {
        for slot in mailbox.into_iter().flatten() {
            self.v.free_slot(slot);
        }
    }

    pub(crate) fn branch(&mut self, label: Label, args: Vec<Val>) {
        let args: Vec<Operand> = args.into_iter().map(|arg| self.v.take(arg)).collect();
        self.mail(label, &args);
        for arg in args {
            self.v.release(arg);
        }
        self.jump(label);
    }

    pub(crate) fn branch_if(&mut self, cond: Val, label: Label, args: Vec<Val>) -> Vec<Val> {
        let cond = self.condition(cond);
        let carried: Vec<Operand> = args.iter().map(|arg| self.v.peek(arg)).collect();
        self.mail(label, &carried);
        if let Some(construct) = self.constructs.get(label.0 as usize) {
            self.v.asm.jcc(cond, construct.label);
        }
        args
    }

    pub(crate) fn branch_table(&mut self, index: Val, labels: &[Label], args: Vec<Val>) {
        let Some((&last, numbered)) = labels.split_last() else {
            return self.v.fail(Error::Backend("br_table without labels".into()));
        };
        let mut index = self.v.take(index);
        self.v.flush_flags();
        let args: Vec<Operand> = args.into_iter().map(|arg| self.v.take(arg)).collect();
        let mut stubs = Stubs::default();
        if !numbered.is_empty() {
            let index = self.v.own(&mut index);
            let (count, table) = (numbered.len() as i32, self.v.asm.mark());
            self.v.asm.alu_imm(Width::W32, Alu::Cmp, index, count);
            let default = self.stub(&mut stubs, last, &args);
            self.v.asm.jcc(Cond::AboveEq, default);
            self.v.asm.mov(Width::W32, index, index);
            self.v.asm.lea_mark(R11, table);
            self.v.asm.load_table(index, R11);
            self.v.asm.alu(Width::W64, Alu::Add, R11, index);
            self.v.asm.jmp_reg(R11);
            self.v.asm.bind(table);
            for &label in numbered {
                let to = self.stub(&mut stubs, label, &args);
                self.v.asm.table_entry(table, to);
            }
        } else {
            let to = self.stub(&mut stubs, last, &args);
            self.v.asm.jmp(to);
        }
        for (label, mark) in stubs.pending {
            self.v.asm.bind(mark);
            self.mail(label, &args);
            self.jump(label);
        }
        self.v.release(index);
        for arg in args {
            self.v.release(arg);
        }
    }

    /// Where to jump in order to reach a label with these operands.
    fn stub(&mut self, stubs: &mut Stubs, label: Label, args: &[Operand]) -> Mark {
        if args.is_empty()
            && let Some(construct) = self.constructs.get_mut(label.0 as usize)
        {
            construct.targeted = true;
            return construct.label;
        }
        if let Some(&mark) = stubs.marks.get(&label.0) {
            return mark;
        }
        let mark = self.v.asm.mark();
        stubs.marks.insert(label.0, mark);
        stubs.pending.push((label, mark));
        mark
    }

    pub(crate) fn return_(&mut self, value: Option<Val>) {
        if let Some(value) = value {
            let operand = self.v.take(value);
            self.v.read_into(operand, RAX);
            self.v.release(operand);
        }
        self.epilogue();
    }
}

/// Pieces of code that carry operands to labels, one for each label.
#[derive(Default)]
struct Stubs {
    marks: HashMap<u32, Mark>,
    pending: Vec<(Label, Mark)>,
}
