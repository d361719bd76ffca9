// Starts the floppy in an emulator, when the visitor asks for it and not before.
'use strict';
const button = document.getElementById('boot');
const said = document.getElementById('boot-said');
const from = button.dataset.from;
const address = name => ({ url: from + name });

function script(source) {
  return new Promise((done, failed) => {
    const element = document.createElement('script');
    element.src = source;
    element.onload = done;
    element.onerror = () => failed(new Error(source + ' cannot be loaded'));
    document.head.append(element);
  });
}

async function boot() {
  button.disabled = true;
  said.textContent = 'Loading ...';
  const screen = document.getElementById('screen');
  try {
    await script(from + 'libv86.js');
    const machine = new V86({
      wasm_path: from + 'v86.wasm',
      memory_size: 16 << 20,
      vga_memory_size: 2 << 20,
      screen_container: screen,
      bios: address('bios.bin'),
      vga_bios: address('vgabios.bin'),
      fda: address('floppy.img'),
      disable_mouse: true,
      disable_speaker: true,
      autostart: true,
    });
    machine.add_listener('download-progress', p => {
      if (p.total) said.textContent = `Loading ${p.file_name.split('/').pop()}: ${Math.round(100 * p.loaded / p.total)} %`;
    });
    machine.add_listener('download-error', p => {
      said.textContent = `${p.file_name} cannot be loaded. The page above says the same.`;
    });
    machine.add_listener('emulator-started', () => {
      screen.hidden = false;
      said.textContent = 'Running. PgUp and PgDn turn its pages.';
      screen.scrollIntoView({ block: 'nearest' });
    });
    window.machine = machine;
  } catch (error) {
    said.textContent = `${error.message}. The page above says the same.`;
    button.disabled = false;
  }
}
button.addEventListener('click', boot);
