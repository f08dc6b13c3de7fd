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
    4  sub rsp,30h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov qword ptr [rbp-18h],0
   1e  mov r11d,[rbp-10h]
   22  mov [rbp-20h],r11
   26  mov qword ptr [rbp-28h],1
   2e  mov rax,[rbp-20h]
   32  mov rcx,[rbp-28h]
   36  mov [rbp-18h],rcx
   3a  mov [rbp-10h],rax
   3e  mov eax,[rbp-10h]
   41  imul eax,[rbp-18h]
   45  mov [rbp-18h],rax
   49  mov eax,[rbp-10h]
   4c  sub eax,1
   4f  cmp dword ptr [rbp-10h],1
   53  mov [rbp-20h],rax
   57  mov r11d,[rbp-18h]
   5b  mov [rbp-28h],r11
   5f  ja 000000000000002Eh
   65  add eax,[rbp-18h]
   68  mov rbx,[rbp-8]
   6c  leave
   6d  ret

