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
   20  imul eax,7
   26  mov ecx,[rbp-10h]
   29  sub ecx,3E8h
   2f  and eax,ecx
   31  mov rbx,[rbp-8]
   35  leave
   36  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov rax,[rbp-18h]
   1e  sub rax,3
   22  imul rax,[rbp-10h]
   27  mov rcx,123456789ABCDEFh
   31  add rax,rcx
   34  mov rbx,[rbp-8]
   38  leave
   39  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov [rbp-20h],rcx
   1e  mov eax,[rbp-10h]
   21  cmp eax,[rbp-18h]
   24  setl al
   27  movzx eax,al
   2a  mov ecx,[rbp-10h]
   2d  cmp ecx,[rbp-18h]
   30  setb cl
   33  movzx ecx,cl
   36  cmp qword ptr [rbp-20h],5
   3b  sete dl
   3e  movzx edx,dl
   41  add ecx,edx
   43  add eax,ecx
   45  mov rbx,[rbp-8]
   49  leave
   4a  ret

