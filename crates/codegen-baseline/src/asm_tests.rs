use super::Width::*;
use super::*;

const R12: Gpr = Gpr(12);
const R13: Gpr = Gpr(13);

/// What `f` writes, in hexadecimal.
fn hex(f: impl FnOnce(&mut Asm)) -> String {
    let mut asm = Asm::new(usize::MAX);
    f(&mut asm);
    asm.finish().iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}

// The expected bytes are those of the GNU assembler for the instruction in the comment.

#[test]
fn addresses() {
    let load = |m: Mem| hex(|a| a.mov(W64, RAX, m));
    assert_eq!(load(Mem::at(RBX, 0)), "48 8b 03"); // mov rax, [rbx]
    assert_eq!(load(Mem::at(RBP, 0)), "48 8b 45 00"); // mov rax, [rbp]
    assert_eq!(load(Mem::at(R13, 0)), "49 8b 45 00"); // mov rax, [r13]
    assert_eq!(load(Mem::at(RSP, 8)), "48 8b 44 24 08"); // mov rax, [rsp+8]
    assert_eq!(load(Mem::at(R12, 0)), "49 8b 04 24"); // mov rax, [r12]
    assert_eq!(load(Mem::at(RBX, -129)), "48 8b 83 7f ff ff ff"); // mov rax, [rbx-129]
    let indexed = |base, index, disp| load(Mem { base, index: Some(index), disp });
    assert_eq!(indexed(RBX, RCX, 0), "48 8b 04 0b"); // mov rax, [rbx+rcx]
    assert_eq!(indexed(RBP, R12, 0), "4a 8b 44 25 00"); // mov rax, [rbp+r12]
    assert_eq!(indexed(R15, R9, 0x1000), "4b 8b 84 0f 00 10 00 00"); // mov rax, [r15+r9+0x1000]
}

#[test]
fn moves() {
    assert_eq!(hex(|a| a.mov(W32, R8, RDI)), "44 8b c7"); // mov r8d, edi
    assert_eq!(hex(|a| a.mov_imm(W32, RAX, -1)), "b8 ff ff ff ff"); // mov eax, -1
    assert_eq!(hex(|a| a.mov_imm(W64, R9, -1)), "49 c7 c1 ff ff ff ff"); // mov r9, -1
    assert_eq!(hex(|a| a.mov_imm(W64, RSI, 1 << 31)), "be 00 00 00 80"); // mov esi, 0x80000000
    let wide = "49 ba ef cd ab 89 67 45 23 01"; // movabs r10, 0x123456789abcdef
    assert_eq!(hex(|a| a.mov_imm(W64, R10, 0x0123_4567_89ab_cdef)), wide);
    assert_eq!(hex(|a| a.store(1, Mem::at(RBX, 0), RSI)), "40 88 33"); // mov [rbx], sil
    assert_eq!(hex(|a| a.store(1, Mem::at(RBX, 0), RCX)), "88 0b"); // mov [rbx], cl
    assert_eq!(hex(|a| a.store(2, Mem::at(RBX, 0), R9)), "66 44 89 0b"); // mov [rbx], r9w
    assert_eq!(hex(|a| a.store(8, Mem::at(RBP, -8), RBX)), "48 89 5d f8"); // mov [rbp-8], rbx
    // mov qword ptr [rbp-16], -2
    assert_eq!(hex(|a| a.store_imm(8, Mem::at(RBP, -16), -2)), "48 c7 45 f0 fe ff ff ff");
    assert_eq!(hex(|a| a.store_imm(2, Mem::at(RBX, 1), 258)), "66 c7 43 01 02 01"); // mov word ptr [rbx+1], 258
    assert_eq!(hex(|a| a.extend(W32, Extend::Zero8, RAX, RSI)), "40 0f b6 c6"); // movzx eax, sil
    assert_eq!(hex(|a| a.extend(W64, Extend::Sign32, R10, RAX)), "4c 63 d0"); // movsxd r10, eax
    // movsx rdx, word ptr [rbx+rcx]
    let m = Mem { base: RBX, index: Some(RCX), disp: 0 };
    assert_eq!(hex(|a| a.extend(W64, Extend::Sign16, RDX, m)), "48 0f bf 14 0b");
    assert_eq!(hex(|a| a.lea(RDI, Mem::at(RBP, -256))), "48 8d bd 00 ff ff ff"); // lea rdi, [rbp-256]
    assert_eq!(hex(|a| a.cmov(W64, Cond::Less, R8, RAX)), "4c 0f 4c c0"); // cmovl r8, rax
    assert_eq!(hex(|a| a.setcc(Cond::Above, RDI)), "40 0f 97 c7"); // seta dil
}

#[test]
fn arithmetic() {
    assert_eq!(hex(|a| a.alu(W32, Alu::Add, RAX, RCX)), "03 c1"); // add eax, ecx
    assert_eq!(hex(|a| a.alu(W64, Alu::Cmp, R9, Mem::at(RBP, -8))), "4c 3b 4d f8"); // cmp r9, [rbp-8]
    assert_eq!(hex(|a| a.alu_imm(W64, Alu::Sub, RSP, 4096)), "48 81 ec 00 10 00 00"); // sub rsp, 4096
    assert_eq!(hex(|a| a.alu_imm(W32, Alu::And, R8, -1)), "41 83 e0 ff"); // and r8d, -1
    assert_eq!(hex(|a| a.test(W32, RSI, RSI)), "85 f6"); // test esi, esi
    assert_eq!(hex(|a| a.imul(W64, R10, RDX)), "4c 0f af d2"); // imul r10, rdx
    assert_eq!(hex(|a| a.imul_imm(W32, RAX, RCX, 1000)), "69 c1 e8 03 00 00"); // imul eax, ecx, 1000
    assert_eq!(hex(|a| a.div(W32, false, R8)), "41 f7 f0"); // div r8d
    assert_eq!(hex(|a| a.div(W64, true, RCX)), "48 f7 f9"); // idiv rcx
    assert_eq!(hex(|a| a.sign_rdx(W64)), "48 99"); // cqo
    assert_eq!(hex(|a| a.shift_cl(W32, Shift::Sar, RAX)), "d3 f8"); // sar eax, cl
    assert_eq!(hex(|a| a.shift_imm(W64, Shift::Rol, R8, 9)), "49 c1 c0 09"); // rol r8, 9
    assert_eq!(hex(|a| a.lzcnt(W64, R8, RDX)), "f3 4c 0f bd c2"); // lzcnt r8, rdx
    assert_eq!(hex(|a| a.tzcnt(W32, RAX, RDX)), "f3 0f bc c2"); // tzcnt eax, edx
    assert_eq!(hex(|a| a.popcnt(W32, RAX, R9)), "f3 41 0f b8 c1"); // popcnt eax, r9d
    assert_eq!(hex(|a| a.bit_scan(W64, true, RAX, RCX)), "48 0f bd c1"); // bsr rax, rcx
}

#[test]
fn control() {
    assert_eq!(hex(|a| a.push(RBP)), "55"); // push rbp
    assert_eq!(hex(|a| a.push(R12)), "41 54"); // push r12
    assert_eq!(hex(|a| a.ret(0)), "c3"); // ret
    assert_eq!(hex(|a| a.ret(0x110)), "c2 10 01"); // ret 0x110
    assert_eq!(hex(|a| a.call_reg(RAX)), "ff d0"); // call rax
    assert_eq!(hex(|a| a.call_reg(R10)), "41 ff d2"); // call r10
    assert_eq!(hex(|a| a.jmp_reg(R11)), "41 ff e3"); // jmp r11
    assert_eq!(hex(|a| a.jmp_to(11)), "e9 06 00 00 00"); // jmp .+11
    assert_eq!(hex(|a| a.load_table(R9, R11)), "4f 63 4c 8b 00"); // movsxd r9, dword ptr [r11+r9*4+0]
    assert_eq!(hex(|a| a.load_table(RAX, R11)), "49 63 44 83 00"); // movsxd rax, dword ptr [r11+rax*4+0]
    assert_eq!(hex(|a| assert_eq!(a.call(), 1)), "e8 00 00 00 00");
}

#[test]
fn jumps_reach_marks_before_and_after_them() {
    let code = hex(|a| {
        let (back, ahead) = (a.mark(), a.mark());
        a.bind(back);
        a.jcc(Cond::NotEqual, ahead);
        a.jmp(back);
        a.bind(ahead);
        a.lea_mark(R11, back);
        a.table_entry(back, ahead);
    });
    let expected = "0f 85 05 00 00 00 e9 f5 ff ff ff 4c 8d 1d ee ff ff ff 0b 00 00 00";
    assert_eq!(code, expected);
}

#[test]
fn every_condition_is_its_own_double_negation_and_double_swap() {
    use Cond::*;
    let all = [Below, AboveEq, Equal, NotEqual, BelowEq, Above, Less, GreaterEq, LessEq, Greater];
    for cond in all {
        assert_eq!(cond.negated() as u8, cond as u8 ^ 1);
        assert_eq!(cond.swapped().swapped(), cond);
    }
}

#[test]
fn a_full_buffer_stays_as_it_is() {
    let mut asm = Asm::new(2);
    asm.ud2();
    assert!(!asm.is_full());
    let mark = asm.mark();
    asm.jmp(mark);
    asm.mov_imm(W64, RAX, 1 << 40);
    assert!(asm.is_full());
    assert_eq!(asm.finish(), [0x0f, 0x0b]);
}
