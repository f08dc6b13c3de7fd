function 0
    0  push rbp
    1  mov rbp,rsp
    4  mov eax,esi
    6  mov eax,[rdi+rax+8]                      ; out of bounds memory access
    a  add eax,[rdi+10h]                        ; out of bounds memory access
    d  pop rbp
    e  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  mov eax,esi
    6  mov [rdi+rax+4],edx                      ; out of bounds memory access
    a  mov [rdi+20h],rcx                        ; out of bounds memory access
    e  mov byte ptr [rdi+rax],7                 ; out of bounds memory access
   12  mov eax,edx
   14  mov [rdi+rax],cx                         ; out of bounds memory access
   18  pop rbp
   19  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  mov eax,esi
    6  mov ecx,[rdi+rax]                        ; out of bounds memory access
    9  movsx rax,byte ptr [rdi+rax+1]           ; out of bounds memory access
    f  add rax,rcx
   12  pop rbp
   13  ret

function 3
    0  push rbp
    1  mov rbp,rsp
    4  mov eax,esi
    6  mov ecx,0FFFFFFF4h
    b  add rcx,rax
    e  cmp rcx,[rdi-38h]                        ; out of bounds memory access
   12  ja short 0000000000000021h
   14  add rdi,rax
   17  mov eax,0FFFFFFF0h
   1c  mov eax,[rax+rdi]                        ; out of bounds memory access
   1f  pop rbp
   20  ret
   21  ud1 eax,[eax+2]                          ; out of bounds memory access

