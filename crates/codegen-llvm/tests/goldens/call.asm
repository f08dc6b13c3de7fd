function 0
    0  push rbp
    1  mov rbp,rsp
    4  mov eax,esi
    6  sub eax,ecx
    8  pop rbp
    9  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  mov eax,esi
    6  mov esi,ecx
    8  mov ecx,eax
    a  call 000000000000000Fh                   ; Func(0)-4
    f  pop rbp
   10  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  push rbx
    5  push rax
    6  lea ebx,[rsi+rsi*2]
    9  inc esi
    b  mov rdx,0FFFFFFFFFFFFFFFFh
   12  mov ecx,2
   17  call 000000000000001Ch                   ; Func(0)-4
   1c  add eax,ebx
   1e  add rsp,8
   22  pop rbx
   23  pop rbp
   24  ret

function 3
    0  push rbp
    1  mov rbp,rsp
    4  push rbx
    5  push rax
    6  test esi,esi
    8  je short 000000000000001Ch
    a  lea eax,[rsi-1]
    d  mov rbx,rsi
   10  mov esi,eax
   12  call 0000000000000017h                   ; Func(3)-4
   17  imul eax,ebx
   1a  jmp short 0000000000000021h
   1c  mov eax,1
   21  add rsp,8
   25  pop rbx
   26  pop rbp
   27  ret

