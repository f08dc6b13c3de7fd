function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  jmp 0000000000000012h

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov rdi,rbx
   15  call 000000000000001Ah                   ; Func(1)-4
   1a  mov rbx,[rbp-8]
   1e  leave
   1f  ret

