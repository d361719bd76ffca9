; The whole program of the floppy: one boot sector that shows pages.
;
; A page is a screen as the graphics card keeps it, 80 x 25 cells of a
; character and its colour: 4,000 bytes in 8 sectors. The first is in sector 1.
; Showing one is reading 8 sectors and copying them.
;
;   nasm -f bin -o viewer.bin viewer.asm      (floppy_test.go compares)

cpu 8086                        ; any PC
bits 16
org 0x7c00

pagesectors equ 8
buffer      equ 0x8000          ; 4 KB that cross no 64 KB border, as DMA wants it

        jmp short start
        nop
        db 'BUZZPROF'
        times 62-($-$$) db 0    ; some BIOSes write a parameter block here

start:  cli
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        cld
        jmp 0:begin             ; some BIOSes start us at 07c0:0000
begin:  mov [drive], dl
        mov ax, 0x0003          ; colour text, 80 x 25; a monochrome card stays in its own
        int 0x10
        mov ax, 0x1003          ; bright backgrounds instead of blinking
        xor bx, bx
        int 0x10
        mov ah, 0x01            ; no cursor
        mov cx, 0x2000
        int 0x10

        test byte [drive], 0x80 ; a stick that plays hard disk has a geometry of its own;
        jz show                 ; for floppies the BIOS may tell the drive's instead of the disk's
        mov ah, 0x08
        mov dl, [drive]
        int 0x13
        jc show
        and cx, 0x3f
        mov [sectors], cx
        mov dl, dh
        xor dh, dh
        inc dx
        mov [heads], dx

show:   mov ax, [page]
        mov cl, 3
        shl ax, cl
        inc ax                  ; ax: the first sector of the page
        xor bx, bx
        mov es, bx
        mov bx, buffer
        mov si, pagesectors
.next:  call read
        jc failed
        inc ax
        add bx, 512
        dec si
        jnz .next

        mov ax, 0xb800
        cmp byte [0x449], 7     ; the BIOS's note of the mode: 7 is monochrome
        jne .copy
        mov ax, 0xb000
.copy:  mov es, ax
        xor di, di
        mov si, buffer
        mov cx, 2000
        rep movsw

key:    xor ah, ah
        int 0x16                ; ah: scan code, al: character
        mov bx, [page]
        mov dx, [pages]
        dec dx                  ; the last page
        cmp ah, 0x47
        je .first               ; Home
        cmp ah, 0x4f
        je .last                ; End
        cmp ah, 0x49
        je .back                ; PgUp
        cmp ah, 0x4b
        je .back                ; left
        cmp ah, 0x48
        je .back                ; up
        cmp ah, 0x51
        je .on                  ; PgDn
        cmp ah, 0x4d
        je .on                  ; right
        cmp ah, 0x50
        je .on                  ; down
        cmp al, ' '
        je .on
        cmp al, 13
        je .on
        sub al, '1'
        cmp al, 8
        ja key                  ; no key of ours
        xor ah, ah
        mov bx, ax
        jmp short .turn
.first: xor bx, bx
        jmp short .turn
.last:  mov bx, dx
        jmp short .turn
.back:  or bx, bx
        jz key
        dec bx
        jmp short .turn
.on:    inc bx
.turn:  cmp bx, dx
        jbe .set
        jmp key                 ; there is no such page
.set:   mov [page], bx
        jmp show

failed: mov si, error
.say:   lodsb
        or al, al
        jz .wait
        mov ah, 0x0e
        mov bx, 0x0007
        int 0x10
        jmp short .say
.wait:  xor ah, ah
        int 0x16
        jmp show

; read sector ax to es:bx; three tries, for the motor takes its time. Carry: failed.
read:   push ax
        push bx
        push si
        xor dx, dx
        div word [sectors]
        inc dx
        mov cl, dl              ; sector, from 1
        xor dx, dx
        div word [heads]
        mov ch, al              ; cylinder
        mov dh, dl              ; head
        mov si, 3
.try:   mov dl, [drive]
        mov ax, 0x0201
        int 0x13
        jnc .done
        xor ax, ax              ; reset
        mov dl, [drive]
        int 0x13
        dec si
        jnz .try
        stc
.done:  pop si
        pop bx
        pop ax
        ret

sectors dw 18
heads   dw 2
page    dw 0
drive   db 0
error   db 13, 10, 'Disk error. Any key tries again.', 0

        times 508-($-$$) db 0
pages   dw 1                    ; written by whoever makes the disk
        dw 0xaa55
