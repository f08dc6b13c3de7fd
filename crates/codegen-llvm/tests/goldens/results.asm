function 0
    0  push rbp
    1  mov rbp,rsp
    4  mov [rsi],edx                            ; out of bounds memory access
    6  mov rax,100000002h
   10  mov [rsi+10h],rax                        ; out of bounds memory access
   14  pop rbp
   15  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    8  mov edx,esi
    a  lea rsi,[rbp-20h]
    e  call 0000000000000013h                   ; Func(0)-4
   13  mov eax,[rbp-20h]
   16  add rax,[rbp-10h]
   1a  add rsp,20h
   1e  pop rbp
   1f  ret

