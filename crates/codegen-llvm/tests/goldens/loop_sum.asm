function 0
    0  push rbp
    1  mov rbp,rsp
    4  test esi,esi
    6  je short 0000000000000020h
    8  lea ecx,[rsi-1]
    b  mov eax,ecx
    d  imul eax,ecx
   10  add eax,esi
   12  add esi,0FFFFFFFEh
   15  imul rsi,rcx
   19  shr rsi,1
   1c  sub eax,esi
   1e  pop rbp
   1f  ret
   20  xor eax,eax
   22  pop rbp
   23  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  cmp esi,0Bh
    7  mov eax,0Ah
    c  cmovge eax,esi
    f  add eax,0FFFFFFF7h
   12  pop rbp
   13  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  xor eax,eax
    6  pop rbp
    7  ret

