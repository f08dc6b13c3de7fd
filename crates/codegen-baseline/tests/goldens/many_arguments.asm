function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,30h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov [rbp-20h],rcx
   1e  mov [rbp-28h],r8
   22  mov [rbp-30h],r9
   26  mov eax,[rbp-10h]
   29  movsxd rcx,[rbp+18h]
   2d  add rcx,[rbp+20h]
   31  add rcx,[rbp+10h]
   35  sub rax,rcx
   38  mov rbx,[rbp-8]
   3c  leave
   3d  ret 20h

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov eax,[rbp-10h]
   1d  add eax,1
   20  sub rsp,20h
   24  mov r11,[rbp-18h]
   28  mov [rsp],r11
   2c  mov [rsp+8],rax
   31  mov qword ptr [rsp+10h],3E8h
   3a  mov rdi,rbx
   3d  mov esi,[rbp-10h]
   40  mov edx,2
   45  mov ecx,3
   4a  mov r8d,4
   50  mov r9d,5
   56  call 000000000000005Bh                   ; Func(0)-4
   5b  add rax,[rbp-18h]
   5f  mov rbx,[rbp-8]
   63  leave
   64  ret

