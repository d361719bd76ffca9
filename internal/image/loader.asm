; Boots a Linux kernel from files on a FAT volume without knowing FAT: the
; disk's maker writes into the table below where in sectors of 512 bytes kernel
; and initrd lie. On a disk the first sector is the MBR and the other three lie
; behind the partition table; from a CD the BIOS loads all four.
;
; The protocol is the kernel's (Documentation/arch/x86/boot.rst): the real-mode
; part at 10000h, the rest at 1 MB, the initrd as high as the kernel bears it and
; memory goes, as the BIOS's map (ACPI Specification 6.5, section 15.1) shows it.
;
;   nasm -f bin -o loader.bin loader.asm      (image_test.go compares)

cpu 386
bits 16
org 0x7c00

chunk   equ 64                  ; sectors per read: 32 KB, which any BIOS grants
setup   equ 0x1000              ; segment of the real-mode kernel
bounce  equ 0x2000              ; segment where reads arrive
about   equ 0x600               ; what the BIOS says of the drive
entry   equ 0x620               ; what the BIOS says of a piece of memory
usable  equ 0x640               ; bytes of usable memory in all; then MB
free    equ 0x700               ; usable memory: where it begins and ends; zeros end the list
most    equ free + 128 * 8
kept    equ 8                   ; MB that firmware may keep for itself
moment  equ 5000000             ; microseconds to read a line in
lowest  equ 0x100000            ; where the kernel is put
highest equ 0xfffff000          ; nothing beyond is reached

start:  cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        cld
        jmp 0:begin
begin:  mov [drive], dl
        mov ah, 0x48            ; what kind of drive is it?
        mov si, about
        mov word [si], 0x1e
        int 0x13
        jc .disk
        cmp word [about + 0x18], 2048
        jne .disk
        mov byte [shift], 2     ; 2,048 bytes are four of our sectors
        jmp second
.disk:  mov word [packet + 2], 3        ; the rest of this program
        mov word [packet + 4], 0x7e00
        mov word [packet + 6], 0
        mov dword [packet + 8], 34
        call read
        jmp second

; read what the packet says
read:   mov cl, [shift]
        shr word [packet + 2], cl
        shr dword [packet + 8], cl
        mov ah, 0x42
        mov dl, [drive]
        mov si, packet
        int 0x13
        jc failed
        ret

failed: mov si, unread
say:    call print
.stop:  hlt
        jmp .stop

print:  lodsb
        or al, al
        jz .done
        call put
        jmp print
.done:  ret

put:    mov ah, 0x0e
        mov bx, 7
        int 0x10
        ret

unread  db 13, 10, 'buzzproof: the disk cannot be read', 13, 10, 0
small   db 13, 10, 'buzzproof: this machine has too little memory for the disk', 13, 10, 0
drive   db 0
shift   db 0                    ; from our sectors to those of the drive
        align 4
packet  db 16, 0
        dw 0, 0, 0
        dd 0, 0

        times 440-($-$$) db 0
        times 510-($-$$) db 0   ; disk signature and partitions, written by the maker
        dw 0xaa55

table:                          ; at byte 512, written by the maker
kernel_sector   dd 0
kernel_bytes    dd 0
initrd_sector   dd 0
initrd_bytes    dd 0
cmdline         times 256 db 0
needed          dd 0            ; MB of memory in which the kernel starts
least           dd 0            ; and those below which the kernel cannot unpack the initrd

second: mov ax, 0x2401          ; A20: by the BIOS and by the fast gate
        int 0x15
        in al, 0x92
        or al, 2
        and al, 0xfe
        out 0x92, al
        call unreal

        mov eax, [kernel_sector] ; the first 64 sectors hold the real-mode part
        mov [packet + 8], eax
        mov word [packet + 2], chunk
        mov word [packet + 4], 0
        mov word [packet + 6], setup
        call read
        mov ax, setup
        mov es, ax
        cmp dword [es:0x202], 0x53726448        ; "HdrS"
        jne failed
        movzx eax, byte [es:0x1f1]      ; sectors of the real-mode part, without the first
        inc eax
        mov ebx, [kernel_sector]
        add ebx, eax
        shl eax, 9
        mov ecx, [kernel_bytes]
        sub ecx, eax

        push ecx
        call memory
        call enough
        pop ecx
        mov eax, lowest
        lea edx, [ecx + lowest]
        push edx
        call within             ; for the kernel as it is packed
        mov eax, [es:0x258]     ; pref_address
        mov edx, [es:0x260]     ; init_size
        add edx, eax
        call within             ; and as it unpacks itself
        pop eax
        cmp edx, eax
        jae .above
        mov edx, eax
.above: call high
        mov [es:0x218], edi
        mov eax, [initrd_bytes]
        mov [es:0x21c], eax
        push edi
        mov edi, lowest
        call load
        pop edi
        mov ebx, [initrd_sector]
        mov ecx, [initrd_bytes]
        call load

        mov ax, setup
        mov es, ax
        mov byte [es:0x210], 0xff       ; a loader without a number
        or byte [es:0x211], 0x80        ; the heap may be used
        mov word [es:0x224], 0xde00     ; up to here
        mov dword [es:0x228], 0x1e000   ; the command line
        mov word [es:0x1fa], 0xffff     ; the ordinary text mode
        mov si, cmdline
        mov di, 0xe000
        mov cx, 256
        rep movsb
        cli
        mov ax, setup
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov sp, 0xe000
        jmp setup + 0x20:0

; list the usable memory
memory: push es
        push ebx
        xor ax, ax
        mov es, ax
        xor ebx, ebx            ; from the beginning
        mov [usable], ebx
        mov [usable + 4], ebx
        mov si, free
.next:  mov eax, 0xe820
        mov edx, 'PAMS'
        mov ecx, 20
        mov di, entry
        push si
        int 0x15
        pop si
        jc .end
        cmp eax, 'PAMS'
        jne .end
        cmp dword [entry + 16], 1
        jne .skip
        mov eax, [entry + 8]
        add [usable], eax
        mov eax, [entry + 12]
        adc [usable + 4], eax
        cmp dword [entry + 4], 0
        jne .skip               ; it begins beyond 4 GB
        mov eax, [entry]
        mov edx, [entry + 8]
        add edx, eax
        jc .clip
        cmp dword [entry + 12], 0
        je .add
.clip:  mov edx, highest
.add:   mov [si], eax
        mov [si + 4], edx
        add si, 8
.skip:  or ebx, ebx
        jz .end
        cmp si, most
        jb .next
.end:   mov dword [si + 4], 0
        pop ebx
        pop es
        ret

; say so if there is less memory than needed, and stop if it cannot be enough.
; Else there is time to read it: the kernel may have more to say.
enough: mov eax, [usable]
        mov edx, [usable + 4]
        shrd eax, edx, 20
        mov [usable], eax
        add eax, kept
        cmp eax, [needed]
        jae .done
        push ebx
        mov si, needs
        call print
        mov eax, [needed]
        call number
        mov si, has
        call print
        mov eax, [usable]
        call number
        mov si, line
        call print
        pop ebx
        mov eax, [usable]
        cmp eax, [least]
        jb say.stop
        mov ah, 0x86            ; wait
        mov cx, moment >> 16
        mov dx, moment & 0xffff
        int 0x15
.done:  ret

; print eax in decimal
number: mov ecx, 10
        xor di, di
.next:  xor edx, edx
        div ecx
        push dx
        inc di
        or eax, eax
        jnz .next
.digit: pop ax
        add al, '0'
        call put
        dec di
        jnz .digit
        ret

needs   db 13, 10, 'buzzproof: this disk needs ', 0
has     db ' MB of memory, this machine has ', 0
line    db 13, 10, 0

; stop unless all from eax to edx is usable
within: mov si, free
.next:  cmp dword [si + 4], 0
        je .none
        cmp eax, [si]
        jb .skip
        cmp edx, [si + 4]
        jbe .found
.skip:  add si, 8
        jmp .next
.none:  mov si, small
        jmp say
.found: ret

; edi: the highest place from edx on that has room for the initrd
high:   xor edi, edi
        mov si, free
.next:  mov eax, [si + 4]       ; its end
        or eax, eax
        jz .end
        mov ebp, [es:0x22c]     ; initrd_addr_max
        cmp eax, ebp
        jbe .below
        mov eax, ebp
.below: sub eax, [initrd_bytes]
        jb .skip
        and eax, 0xfffff000
        cmp eax, [si]
        jb .skip
        cmp eax, edx
        jb .skip
        cmp eax, edi
        jb .skip
        mov edi, eax
.skip:  add si, 8
        jmp .next
.end:   or edi, edi
        jz within.none
        ret

; load ecx bytes from sector ebx to edi, anywhere in memory
load:   mov [packet + 8], ebx
        mov word [packet + 2], chunk
        mov word [packet + 4], 0
        mov word [packet + 6], bounce
        push ebx
        push ecx
        push edi
        call read
        call unreal             ; some BIOSes leave other limits
        pop edi
        pop ecx
        pop ebx
        mov esi, bounce * 16
        mov edx, chunk * 512
        cmp ecx, edx
        jae .whole
        mov edx, ecx
.whole: sub ecx, edx
        push ecx
        mov ecx, edx
        add ecx, 3
        shr ecx, 2
        xor ax, ax
        mov es, ax
        a32 rep movsd           ; ds and es are 0 and without limit
        pop ecx
        add ebx, chunk
        or ecx, ecx
        jnz load
        ret

; give ds and es 4 GB: the limits stay when protected mode is left again
unreal: cli
        lgdt [gdt]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp .on
.on:    mov bx, 8
        mov ds, bx
        mov es, bx
        and al, 0xfe
        mov cr0, eax
        jmp .off
.off:   xor bx, bx
        mov ds, bx
        mov es, bx
        sti
        ret

        align 8
gdt     dw 15                   ; its own first entry, which nothing reads, says where it is
        dd gdt
        dw 0
        dw 0xffff, 0
        db 0, 0x92, 0xcf, 0

        times 2048-($-$$) db 0
