function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov qword ptr [rbp-18h],0
   1e  cmp dword ptr [rbp-10h],0
   22  je 0000000000000041h
   28  mov eax,[rbp-18h]
   2b  add eax,[rbp-10h]
   2e  mov [rbp-18h],rax
   32  mov eax,[rbp-10h]
   35  sub eax,1
   38  mov [rbp-10h],rax
   3c  jmp 000000000000001Eh
   41  mov eax,[rbp-18h]
   44  mov rbx,[rbp-8]
   48  leave
   49  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  cmp dword ptr [rbp-10h],0Ah
   1a  jge 000000000000002Dh
   20  mov qword ptr [rbp-18h],1
   28  jmp 0000000000000037h
   2d  mov eax,[rbp-10h]
   30  sub eax,9
   33  mov [rbp-18h],rax
   37  mov eax,[rbp-18h]
   3a  mov rbx,[rbp-8]
   3e  leave
   3f  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov r11d,[rbp-10h]
   1a  mov [rbp-18h],r11
   1e  mov qword ptr [rbp-20h],1
   26  mov rax,[rbp-18h]
   2a  mov rcx,[rbp-20h]
   2e  imul ecx,[rbp-10h]
   32  mov [rbp-10h],rcx
   36  sub eax,1
   39  mov [rbp-10h],rax
   3d  cmp dword ptr [rbp-10h],0
   41  mov r11d,[rbp-10h]
   45  mov [rbp-18h],r11
   49  mov r11d,[rbp-10h]
   4d  mov [rbp-20h],r11
   51  jne 0000000000000026h
   57  mov eax,[rbp-10h]
   5a  add eax,[rbp-10h]
   5d  mov rbx,[rbp-8]
   61  leave
   62  ret

