function 0
       unsupported at offset 0x26: parameters on the stack (LLVM tier)

function 1
       unsupported at offset 0x4d: parameters on the stack (LLVM tier)

