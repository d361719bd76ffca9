; Boots a Linux kernel under UEFI with the least memory: \LINUX and \INITRD are
; read from the volume that this program lies on, the firmware is let go, and
; the kernel is put where it unpacks itself and entered as from a BIOS. The
; kernel's own EFI stub wants that place in one piece while the firmware still
; has things in the middle of it: 128 MB are too few for that.
;
; The protocol is the kernel's (Documentation/arch/x86/boot.rst, "64-bit Boot
; Protocol", and zero-page.rst); offsets into tables of the firmware are of the
; UEFI Specification 2.10, sections 4.3, 7 and 9.1.
;
;   nasm -f bin -o efi.bin efi.asm      (image_test.go compares)

bits 64
default rel
org 0

; Of the system table and its boot services
con_out                 equ 64
runtime_services        equ 88
boot_services           equ 96
output_string           equ 8
allocate_pages          equ 40
get_memory_map          equ 56
handle_protocol         equ 152
exit_boot_services      equ 232
stall                   equ 248
locate_protocol         equ 320
reset_system            equ 104

; Of the kernel's zero page
efi_info                equ 0x1c0
e820_entries            equ 0x1e8
setup_header            equ 0x1f1
ramdisk_image           equ 0x218
ramdisk_size            equ 0x21c
setup_end               equ 0x290
e820_table              equ 0x2d0
e820_most               equ 128

page                    equ 4096

; Our own memory, in pages
words                   equ 1           ; the kernel's command line; the zero page is the first
leap_page               equ 2           ; the last steps, and their stack from above
tables                  equ 3           ; one each of levels 5, 4 and 3, four of level 2
map                     equ 10          ; the firmware's map
map_pages               equ 16          ; 64 KB: 1,365 entries
all_pages               equ map + map_pages

tries                   equ 8           ; to let the firmware go
kept                    equ 8           ; MB that firmware may keep for itself
moment                  equ 5000000     ; microseconds to read a line in
piece                   equ 1 << 20     ; bytes per read: some firmware fails at more

; The file: what is at an address in it is at the same one in memory.
        db 'MZ'
        times 0x3c-($-$$) db 0
        dd header
header: db 'PE', 0, 0
        dw 0x8664, 2                    ; x86-64, two sections
        dd 0, 0, 0
        dw sections - optional
        dw 0x0206                       ; a program without debugging data
optional:
        dw 0x20b
        db 0, 0
        dd variables - begin, end - variables, 0
        dd entry, begin
        dq 0
        dd page, 512                    ; alignment in memory and in the file
        dw 0, 0, 0, 0, 0, 0
        dd 0
        dd (end - $$ + page - 1) / page * page
        dd begin                        ; all headers
        dd 0
        dw 10, 0                        ; an EFI application; the last steps run where they were written
        dq 0, 0, 0, 0
        dd 0, 6
        times 6 dq 0
sections:
        db '.text', 0, 0, 0
        dd variables - begin, begin, variables - begin, begin, 0, 0
        dw 0, 0
        dd 0x60000020                   ; code, to be read and run
        db '.data', 0, 0, 0
        dd end - variables, variables, end - variables, variables, 0, 0
        dw 0, 0
        dd 0xc0000040                   ; data, to be read and written
        times page-($-$$) db 0

begin:                                  ; at byte 4096, written by the maker
kernel_bytes    dd 0
initrd_bytes    dd 0
                dq 0
cmdline         times 256 db 0
needed          dd 0            ; MB of memory in which the kernel starts
least           dd 0            ; and those below which the kernel cannot unpack the initrd

entry:  push rbx
        push rbp
        push rsi
        push rdi
        push r12
        push r13
        push r14
        push r15
        sub rsp, 56             ; room for what is called: four registers, three arguments
        mov [stack], rsp
        mov [image], rcx
        mov [system], rdx
        mov rax, [rdx + boot_services]
        mov [services], rax

        lea rdx, [loaded_image]
        call protocol
        mov rcx, [rax + 24]     ; the device that this program is from
        lea rdx, [file_system]
        call protocol
        mov rcx, rax
        lea rdx, [volume]
        call [rax + 8]          ; OpenVolume
        test rax, rax
        jnz failed

        mov r8d, all_pages
        call allocate
        mov r12, rax            ; our own memory
        mov rdi, r12
        mov ecx, map * page
        xor eax, eax
        rep stosb
        call told
        test rax, rax
        jnz untold
        call enough

        lea rdx, [initrd]
        mov r8d, [initrd_bytes]
        call whole
        mov r14, rax
        lea rdx, [linux]
        mov r8d, [kernel_bytes]
        call whole
        xchg r14, rax           ; the kernel as it is packed

        lea rsi, [r14 + setup_header]
        lea rdi, [r12 + setup_header]
        mov ecx, setup_end - setup_header
        rep movsb
        mov [r12 + ramdisk_image], eax
        mov eax, [initrd_bytes]
        mov [r12 + ramdisk_size], eax
        mov byte [r12 + 0x210], 0xff    ; type_of_loader: one without a number
        lea rsi, [cmdline]
        lea rdi, [r12 + words * page]
        mov [r12 + 0x228], edi          ; cmd_line_ptr
        mov ecx, 256
        rep movsb
        movzx eax, byte [r14 + setup_header]    ; sectors of the real-mode part, without the first
        inc eax
        shl eax, 9
        add r14, rax
        mov r15d, [kernel_bytes]
        sub r15, rax

        call picture
        call leave              ; r13: where the kernel goes
        cli
        call address
        lea rsi, [leap]
        lea rdi, [r12 + leap_page * page]
        mov ecx, leap_end - leap
        rep movsb
        lea rax, [r12 + leap_page * page]
        lea rcx, [rax + table - leap]
        mov [rax + gdt - leap + 2], rcx
        lea rsp, [rax + page]
        jmp rax

; The last steps, where nothing will be written over them: move r15 bytes of
; the kernel from r14 to r13 and enter it.
leap:   mov cr3, rbx
        lgdt [gdt]
        mov eax, 0x18
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov rsi, r14
        mov rdi, r13
        mov rcx, r15
        cmp rdi, rsi
        jb .move
        lea rsi, [rsi + rcx - 1]        ; what overlaps is moved from its end
        lea rdi, [rdi + rcx - 1]
        std
.move:  rep movsb
        cld
        mov rsi, r12
        mov [rsi + 0x214], r13d ; code32_start
        lea rax, [r13 + 0x200]  ; the 64-bit entry
        push 0x10
        push rax
        retfq

        align 8
gdt     dw table_end - table - 1
        dq 0
        align 8
table   dq 0, 0
        dq 0x00af9a000000ffff   ; 10h: code of 64 bits
        dq 0x00cf92000000ffff   ; 18h: data
table_end:
leap_end:

small:  lea rdx, [too_small]
        jmp say
untold: lea rdx, [no_map]
        jmp say
failed: lea rdx, [unread]
say:    mov rsp, [stack]
        call print
quit:   mov rsp, [stack]
        mov rax, 0x8000000000000001     ; EFI_LOAD_ERROR
        add rsp, 56
        pop r15
        pop r14
        pop r13
        pop r12
        pop rdi
        pop rsi
        pop rbp
        pop rbx
        ret

; eax in decimal, on the screen
number: lea rdi, [digits_end]
        mov ecx, 10
.next:  xor edx, edx
        div ecx
        add edx, '0'
        sub rdi, 2
        mov [rdi], dx
        test eax, eax
        jnz .next
        mov rdx, rdi
; the text rdx, on the screen
print:  sub rsp, 40
        mov rcx, [system]
        mov rcx, [rcx + con_out]
        call [rcx + output_string]
        add rsp, 40
        ret

; the interface rdx of the handle rcx, in rax
protocol:
        sub rsp, 40
        lea r8, [value]
        mov rax, [services]
        call [rax + handle_protocol]
        add rsp, 40
        test rax, rax
        jnz failed
        mov rax, [value]
        ret

; r8 pages below 2 GB, where all of it can be reached, in rax
allocate:
        sub rsp, 40
        mov qword [value], 0x7fffffff
        mov ecx, 1              ; AllocateMaxAddress
        mov edx, 1              ; EfiLoaderCode: part of it will run
        lea r9, [value]
        mov rax, [services]
        call [rax + allocate_pages]
        add rsp, 40
        test rax, rax
        jnz small
        mov rax, [value]
        ret

; the file rdx of r8 bytes, read to rax
whole:  push rdi
        push rsi
        push rbx
        mov esi, r8d
        call open
        lea r8, [rsi + page - 1]
        shr r8, 12
        call allocate
        mov rbx, rax
        mov rdi, rax
        call read
        mov rax, rbx
        pop rbx
        pop rsi
        pop rdi
        ret

; open the file rdx of the volume
open:   sub rsp, 56
        mov rcx, [volume]
        mov r8, rdx
        lea rdx, [file]
        mov r9d, 1              ; to read
        mov qword [rsp + 32], 0
        call [rcx + 8]
        add rsp, 56
        test rax, rax
        jnz failed
        ret

; read rsi bytes of the file to rdi
read:   sub rsp, 40
.more:  mov eax, piece
        cmp rsi, rax
        cmovb rax, rsi
        mov [value], rax
        mov rcx, [file]
        lea rdx, [value]
        mov r8, rdi
        call [rcx + 32]
        test rax, rax
        jnz failed
        mov rax, [value]
        test rax, rax
        jz failed               ; the file is shorter
        add rdi, rax
        sub rsi, rax
        jnz .more
        add rsp, 40
        ret

; describe the screen to the kernel, if there is one that it can draw on
picture:
        sub rsp, 40
        lea rcx, [graphics]
        xor edx, edx
        lea r8, [value]
        mov rax, [services]
        call [rax + locate_protocol]
        test rax, rax
        jnz .none
        mov rax, [value]
        mov rax, [rax + 24]     ; the mode
        mov rdx, [rax + 8]      ; what is known of it
        mov ecx, [rdx + 12]
        cmp ecx, 1              ; 0: red first, 1: blue first; others are for none or few
        ja .none
        mov byte [r12 + 0x0f], 0x70     ; VIDEO_TYPE_EFI
        mov ebx, [rdx + 4]
        mov [r12 + 0x12], bx    ; width
        mov ebx, [rdx + 8]
        mov [r12 + 0x14], bx    ; height
        mov word [r12 + 0x16], 32
        mov rbx, [rax + 24]
        mov [r12 + 0x18], ebx   ; where
        shr rbx, 32
        mov [r12 + 0x3a], ebx
        mov dword [r12 + 0x36], 2       ; VIDEO_CAPABILITY_64BIT_BASE
        mov rbx, [rax + 32]
        mov [r12 + 0x1c], ebx   ; bytes
        mov ebx, [rdx + 32]
        shl ebx, 2
        mov [r12 + 0x24], bx    ; bytes of a line
        mov rax, 0x1808100808080008     ; bits and place of red, green, blue, the rest
        test ecx, ecx
        jz .order
        mov rax, 0x1808000808081008
.order: mov [r12 + 0x26], rax
.none:  add rsp, 40
        ret

; let the firmware go, with a place for the kernel found. The firmware's map may
; change while it is asked: then again. Once it was asked a part of it may have
; gone, its console with it: all that is left is to begin anew.
leave:  sub rsp, 56
        mov ebx, tries
.again: call told
        test rax, rax
        jnz .lost
        call place
        test r13, r13
        jz .small
        mov rcx, [image]
        mov rdx, [map_key]
        mov rax, [services]
        call [rax + exit_boot_services]
        test rax, rax
        jz .gone
        dec ebx
        jnz .again
.lost:  lea rdx, [no_map]
        jmp .end
.small: lea rdx, [too_small]
.end:   cmp ebx, tries
        je say                  ; nothing has gone yet
        xor ecx, ecx            ; EfiResetCold
        xor edx, edx
        xor r8d, r8d
        xor r9d, r9d
        mov rax, [system]
        mov rax, [rax + runtime_services]
        call [rax + reset_system]
.stop:  hlt
        jmp .stop
.gone:  add rsp, 56
        ret

; ask the firmware for its memory and tell the kernel; rax is 0 if it answered
told:   sub rsp, 56
        mov qword [map_bytes], map_pages * page
        lea rcx, [map_bytes]
        lea rdx, [r12 + map * page]
        lea r8, [map_key]
        lea r9, [entry_bytes]
        lea rax, [entry_version]
        mov [rsp + 32], rax
        mov rax, [services]
        call [rax + get_memory_map]
        test rax, rax
        jnz .done
        call memory
        xor eax, eax
.done:  add rsp, 56
        ret

; say so if there is less memory than needed, and stop if it cannot be enough.
; Else there is time to read it: the kernel may have more to say.
enough: sub rsp, 40
        xor ebx, ebx            ; usable bytes; then MB
        lea rsi, [r12 + e820_table]
        movzx ecx, byte [r12 + e820_entries]
.next:  cmp dword [rsi + 16], 1
        jne .other
        add rbx, [rsi + 8]
.other: add rsi, 20
        dec ecx
        jnz .next
        shr rbx, 20
        lea rax, [rbx + kept]
        mov ecx, [needed]
        cmp rax, rcx
        jae .done
        lea rdx, [needs]
        call print
        mov eax, [needed]
        call number
        lea rdx, [has]
        call print
        mov eax, ebx
        call number
        lea rdx, [line]
        call print
        cmp ebx, [least]
        jb quit
        mov ecx, moment
        mov rax, [services]
        call [rax + stall]
.done:  add rsp, 40
        ret

; r13: the first place, from the one that the kernel prefers, that has room to
; unpack it, apart from the initrd and from our own memory; 0 when there is none
place:  mov r13, [r12 + 0x258]  ; pref_address
.try:   mov r8d, [r12 + 0x260]  ; init_size
        add r8, r13
        lea rdi, [r12 + e820_table]
        movzx ecx, byte [r12 + e820_entries]
.entry: cmp dword [rdi + 16], 1
        jne .other
        cmp r13, [rdi]
        jb .other
        mov rax, [rdi]
        add rax, [rdi + 8]
        cmp r8, rax
        jbe .inside
.other: add rdi, 20
        dec ecx
        jnz .entry
.step:  mov eax, [r12 + 0x230]  ; kernel_alignment
        add r13, rax
        bt r13, 32
        jnc .try
        xor r13d, r13d
        ret
.inside:
        mov eax, [r12 + ramdisk_image]
        mov edx, [r12 + ramdisk_size]
        add rdx, rax
        cmp r13, rdx
        jae .apart
        cmp rax, r8
        jb .step
.apart: lea rdx, [r12 + all_pages * page]
        cmp r13, rdx
        jae .found
        cmp r12, r8
        jb .step
.found: ret

; rbx: tables that map the first 4 GB to themselves, in as many levels as the
; processor uses now. Those of the firmware may lie where the kernel goes.
address:
        lea rdi, [r12 + tables * page]
        lea rdx, [rdi + page]
        lea rax, [rdx + 3]      ; present, to be written to
        mov [rdi], rax
        lea rax, [rdx + page + 3]
        mov [rdx], rax
        lea rbx, [rdx + page]
        lea rdx, [rbx + page]   ; level 2
        lea rax, [rdx + 3]
        mov ecx, 4
.third: mov [rbx], rax
        add rax, page
        add rbx, 8
        dec ecx
        jnz .third
        mov eax, 0x83           ; pages of 2 MB
        mov ecx, 4 * 512
.second:
        mov [rdx], rax
        add rax, 2 << 20
        add rdx, 8
        dec ecx
        jnz .second
        mov rbx, rdi
        mov rax, cr4
        bt eax, 12              ; LA57
        jc .done
        add rbx, page
.done:  ret

; tell the kernel of the firmware and of the memory
memory: push rbx
        mov dword [r12 + efi_info], 'EL64'
        mov rax, [system]
        mov [r12 + efi_info + 4], eax
        shr rax, 32
        mov [r12 + efi_info + 24], eax
        mov eax, [entry_bytes]
        mov [r12 + efi_info + 8], eax
        mov eax, [entry_version]
        mov [r12 + efi_info + 12], eax
        lea rsi, [r12 + map * page]
        mov [r12 + efi_info + 16], esi
        mov rcx, [map_bytes]
        mov [r12 + efi_info + 20], ecx
        add rcx, rsi            ; the end
        lea rdi, [r12 + e820_table]
        xor ebx, ebx            ; entries
.next:  cmp rsi, rcx
        jae .done
        mov eax, [rsi]          ; the firmware's kind
        mov edx, 2              ; reserved
        cmp eax, 15
        jae .kind
        lea rdx, [kinds]
        movzx edx, byte [rdx + rax]
.kind:  mov r8, [rsi + 8]       ; where
        mov r9, [rsi + 24]
        shl r9, 12              ; bytes
        add rsi, [entry_bytes]
        test ebx, ebx
        jz .new
        cmp edx, [rdi - 4]      ; goes on where the last one ends?
        jne .new
        mov rax, [rdi - 20]
        add rax, [rdi - 12]
        cmp rax, r8
        jne .new
        add [rdi - 12], r9
        jmp .next
.new:   cmp ebx, e820_most
        jae .done
        mov [rdi], r8
        mov [rdi + 8], r9
        mov [rdi + 16], edx
        add rdi, 20
        inc ebx
        jmp .next
.done:  mov [r12 + e820_entries], bl
        pop rbx
        ret

; What the firmware's kinds of memory are to the kernel: 1 usable, 2 reserved,
; 3 and 4 of ACPI, 5 bad, 7 persistent. What belonged to programs is free now.
kinds   db 2, 1, 1, 1, 1, 2, 2, 1, 5, 3, 4, 2, 2, 2, 7

linux   dw __?utf16?__('\LINUX'), 0
initrd  dw __?utf16?__('\INITRD'), 0
unread  dw __?utf16?__(`buzzproof: the disk cannot be read\r\n`), 0
no_map  dw __?utf16?__(`buzzproof: the firmware does not tell of its memory\r\n`), 0
needs   dw __?utf16?__('buzzproof: this disk needs '), 0
has     dw __?utf16?__(' MB of memory, this machine has '), 0
line    dw __?utf16?__(`\r\n`), 0
too_small dw __?utf16?__(`buzzproof: this machine has too little memory for the disk\r\n`), 0

        align 8
loaded_image    dd 0x5b1b31a1
                dw 0x9562, 0x11d2
                db 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
file_system     dd 0x964e5b22
                dw 0x6459, 0x11d2
                db 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
graphics        dd 0x9042a9de
                dw 0x23dc, 0x4a38
                db 0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a

        align page, db 0
variables:
stack           dq 0
image           dq 0
system          dq 0
services        dq 0
volume          dq 0
file            dq 0
value           dq 0
map_bytes       dq 0
map_key         dq 0
entry_bytes     dq 0
entry_version   dq 0
digits          times 10 dw 0           ; of 32 bits at most
digits_end      dw 0
        align 512, db 0
end:
