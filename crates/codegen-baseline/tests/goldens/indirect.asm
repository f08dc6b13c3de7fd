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
   26  mov eax,[rbx-28h]
   29  mov ecx,[rbp-28h]
   2c  cmp ecx,eax
   2e  jae 00000000000000B0h
   34  mov rax,[rbx-30h]
   38  mov ecx,[rbp-28h]
   3b  shl rcx,5
   3f  add rax,rcx
   42  mov [rbp-30h],rax
   46  mov rax,[rbp-30h]
   4a  mov eax,[rax]
   4c  mov ecx,[rbx-80h]
   4f  cmp eax,ecx
   51  mov r11d,[rbp-20h]
   55  mov [rbp-38h],r11
   59  mov r11d,[rbp-18h]
   5d  mov [rbp-40h],r11
   61  je 000000000000008Ch
   67  mov eax,[rbx-80h]
   6a  mov ecx,[rbp-28h]
   6d  mov eax,eax
   6f  mov rdx,[rbx-10h]
   73  mov r8,rax
   76  mov rax,rdx
   79  mov rdi,rbx
   7c  mov esi,0Bh
   81  mov edx,0
   86  call rax
   88  mov [rbp-30h],rax
   8c  mov rax,[rbp-30h]
   90  mov rax,[rax+10h]
   94  mov rcx,[rbp-30h]
   98  mov rcx,[rcx+8]
   9c  mov rdi,rax
   9f  mov rax,rcx
   a2  mov esi,[rbp-40h]
   a5  mov edx,[rbp-38h]
   a8  call rax
   aa  mov rbx,[rbp-8]
   ae  leave
   af  ret
   b0  ud2                                      ; undefined element

