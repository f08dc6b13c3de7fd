function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov eax,[rbp-10h]
   1d  add eax,[rbp-18h]
   20  mov rbx,[rbp-8]
   24  leave
   25  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov eax,[rbp-10h]
   1d  sub eax,[rbp-18h]
   20  mov rbx,[rbp-8]
   24  leave
   25  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,40h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov [rbp-20h],rcx
   1e  mov r11d,[rbp-10h]
   22  mov [rbp-28h],r11
   26  mov eax,[rbx-38h]
   29  mov ecx,[rbp-28h]
   2c  cmp ecx,eax
   2e  jae 00000000000000B6h
   34  mov rax,[rbx-40h]
   38  mov ecx,[rbp-28h]
   3b  shl rcx,5
   3f  add rax,rcx
   42  mov [rbp-30h],rax
   46  mov rax,[rbp-30h]
   4a  mov eax,[rax]
   4c  mov ecx,[rbx-90h]
   52  cmp eax,ecx
   54  mov r11d,[rbp-20h]
   58  mov [rbp-38h],r11
   5c  mov r11d,[rbp-18h]
   60  mov [rbp-40h],r11
   64  je 0000000000000092h
   6a  mov eax,[rbx-90h]
   70  mov ecx,[rbp-28h]
   73  mov eax,eax
   75  mov rdx,[rbx-10h]
   79  mov r8,rax
   7c  mov rax,rdx
   7f  mov rdi,rbx
   82  mov esi,0Bh
   87  mov edx,0
   8c  call rax
   8e  mov [rbp-30h],rax
   92  mov rax,[rbp-30h]
   96  mov rax,[rax+10h]
   9a  mov rcx,[rbp-30h]
   9e  mov rcx,[rcx+8]
   a2  mov rdi,rax
   a5  mov rax,rcx
   a8  mov esi,[rbp-40h]
   ab  mov edx,[rbp-38h]
   ae  call rax
   b0  mov rbx,[rbp-8]
   b4  leave
   b5  ret
   b6  ud2                                      ; undefined element

