// Package tun joins two network namespaces by a simulated line.
//
// Each namespace has a TUN device, and what the kernel of one writes to its
// device is carried by a link.Runner to the device of the other. So real
// programs, with the kernel's own TCP, meet over a line that is ours. The
// namespaces have no names: they are held by threads of this process and
// vanish with it, however it ends. It takes root, on Linux.
package tun
