function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov rax,[rbp-10h]
   1e  mov ecx,[rbp-18h]
   21  mov [rax],ecx
   23  mov rax,[rbp-10h]
   27  mov rcx,100000002h
   31  mov [rax+10h],rcx
   35  mov rbx,[rbp-8]
   39  leave
   3a  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,40h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov qword ptr [rbp-18h],0
   1e  mov rdi,rbx
   21  lea rsi,[rbp-40h]
   25  mov edx,[rbp-10h]
   28  call 000000000000002Dh                   ; Func(0)-4
   2d  mov eax,[rbp-40h]
   30  mov rcx,[rbp-30h]
   34  mov [rbp-18h],rcx
   38  mov eax,eax
   3a  add rax,[rbp-18h]
   3e  mov rbx,[rbp-8]
   42  leave
   43  ret

