function 0
    0  push rbp
    1  mov rbp,rsp
    4  add edx,esi
    6  lea ecx,[rdx*8]
    d  sub ecx,edx
    f  lea eax,[rsi-3E8h]
   15  and eax,ecx
   17  pop rbp
   18  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  lea rcx,[rdx-3]
    8  imul rcx,rsi
    c  mov rax,123456789ABCDEFh
   16  add rax,rcx
   19  pop rbp
   1a  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  xor eax,eax
    6  cmp rcx,5
    a  sete al
    d  xor ecx,ecx
    f  cmp esi,edx
   11  setl cl
   14  adc eax,ecx
   16  pop rbp
   17  ret

