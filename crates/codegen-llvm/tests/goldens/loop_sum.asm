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
    4  cmp esi,1
    7  mov ecx,esi
    9  adc ecx,0
    c  mov eax,1
   11  mov r8d,esi
   14  cmp esi,4
   17  jb 0000000000000150h
   1d  cmp esi,20h
   20  jae short 000000000000002Bh
   22  xor edx,edx
   24  mov edi,esi
   26  jmp 00000000000000E8h
   2b  mov edx,ecx
   2d  and edx,0FFFFFFE0h
   30  mov edi,esi
   32  sub edi,edx
   34  vmovd xmm0,esi
   38  vpbroadcastd ymm0,xmm0
   3d  vpaddd ymm1,ymm0,[180h]
   45  vpbroadcastd ymm0,[1A0h]
   4e  vpbroadcastd ymm2,[1A4h]
   57  vpbroadcastd ymm3,[1A8h]
   60  vpbroadcastd ymm4,[1ACh]
   69  vpbroadcastd ymm5,[1B0h]
   72  mov eax,edx
   74  vmovdqa ymm6,ymm0
   78  vmovdqa ymm7,ymm0
   7c  vmovdqa ymm8,ymm0
   80  vpaddd ymm9,ymm1,ymm2
   84  vpmulld ymm6,ymm6,ymm9
   89  vpaddd ymm9,ymm1,ymm3
   8d  vpmulld ymm7,ymm7,ymm9
   92  vpaddd ymm9,ymm1,ymm4
   96  vpmulld ymm8,ymm8,ymm9
   9b  vpmulld ymm0,ymm0,ymm1
   a0  vpaddd ymm1,ymm1,ymm5
   a4  add eax,0FFFFFFE0h
   a7  jne short 0000000000000080h
   a9  vpmulld ymm0,ymm6,ymm0
   ae  vpmulld ymm0,ymm7,ymm0
   b3  vpmulld ymm0,ymm8,ymm0
   b8  vextracti128 xmm1,ymm0,1
   be  vpmulld xmm0,xmm0,xmm1
   c3  vpshufd xmm1,xmm0,0EEh
   c8  vpmulld xmm0,xmm0,xmm1
   cd  vpshufd xmm1,xmm0,55h
   d2  vpmulld xmm0,xmm0,xmm1
   d7  vmovd eax,xmm0
   db  mov r8d,esi
   de  sub r8d,edx
   e1  je short 000000000000015Ah
   e3  test cl,1Ch
   e6  je short 0000000000000150h
   e8  and ecx,0FFFFFFFCh
   eb  mov r8d,esi
   ee  vmovdqa xmm0,[1C0h]
   f6  vpinsrd xmm0,xmm0,eax,0
   fc  vmovd xmm1,edi
  100  vpbroadcastd xmm1,xmm1
  105  vpaddd xmm1,xmm1,[1D0h]
  10d  sub r8d,ecx
  110  sub edx,ecx
  112  vpbroadcastd xmm2,[1B4h]
  11b  nop [rax+rax]
  120  vpmulld xmm0,xmm0,xmm1
  125  vpaddd xmm1,xmm1,xmm2
  129  add edx,4
  12c  jne short 0000000000000120h
  12e  vpshufd xmm1,xmm0,0EEh
  133  vpmulld xmm0,xmm0,xmm1
  138  vpshufd xmm1,xmm0,55h
  13d  vpmulld xmm0,xmm0,xmm1
  142  vmovd eax,xmm0
  146  cmp esi,ecx
  148  je short 000000000000015Ah
  14a  nop [rax+rax]
  150  imul eax,r8d
  154  sub r8d,1
  158  ja short 0000000000000150h
  15a  cmp esi,1
  15d  sbb eax,0
  160  pop rbp
  161  vzeroupper
  164  ret
  165  add [rax],al
  167  add [rax],al
  169  add [rax],al
  16b  add [rax],al
  16d  add [rax],al
  16f  add [rax],al
  171  add [rax],al
  173  add [rax],al
  175  add [rax],al
  177  add [rax],al
  179  add [rax],al
  17b  add [rax],al
  17d  add [rax],al
  17f  add [rax],al
  181  add [rax],al
  183  add bh,bh
  185  (bad)
  187  (bad)
  189  (bad)
  18b  (bad)
  18d  (bad)
  18f  (bad)
  191  (bad)
  193  (bad)
  195  (bad)
  197  (bad)
  199  (bad)
  19b  (bad)
  19d  (bad)
  19f  inc dword ptr [rcx]
  1a1  add [rax],al
  1a3  add al,bh
  1a5  (bad)
  1a7  push rax
  1a9  (bad)
  1ab  (bad)
  1ad  (bad)
  1af  jmp rax
  1b1  (bad)
  1b3  (bad)
  1b5  (bad)
  1b7  inc dword ptr [rax]
  1b9  add [rax],al
  1bb  add [rax],al
  1bd  add [rax],al
  1bf  add [rax],al
  1c1  add [rax],al
  1c3  add [rcx],al
  1c5  add [rax],al
  1c7  add [rcx],al
  1c9  add [rax],al
  1cb  add [rcx],al
  1cd  add [rax],al
  1cf  add [rax],al
  1d1  add [rax],al
  1d3  add bh,bh
  1d5  (bad)
  1d7  (bad)
  1d9  (bad)
  1db  (bad)
  1dd  (bad)
  1df  (bad)

