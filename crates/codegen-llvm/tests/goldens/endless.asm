function 0
    0  push rbp
    1  mov rbp,rsp
    4  nop [rax+rax]
   10  jmp short 0000000000000010h

function 1
    0  push rbp
    1  mov rbp,rsp
    4  call 9                                   ; Func(1)-4
    9  pop rbp
    a  ret

