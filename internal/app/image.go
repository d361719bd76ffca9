package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"buzzproof/internal/floppy"
	"buzzproof/internal/image"
	"buzzproof/internal/resume"
)

// imageOptions are the flags of image as they were given.
type imageOptions struct {
	out     string
	format  string
	resume  string
	floppy  string
	web     string
	kernel  string
	stub    string
	program string
	v86     string
	seabios string
	address []string
	gateway []string
	uplink  string
	tls     string
	watch   string
	small   bool
	sample  bool
	run     bool
}

func (p *Program) imageCommand() *cobra.Command {
	var o imageOptions
	cmd := &cobra.Command{
		Use:   "image [DIR]",
		Short: "a bootable disk: the site, the résumé, nothing else",
		Long: "Packs the current snapshot in DIR, or a plain folder, with this program and a\n" +
			"Linux kernel into a disk image that boots under BIOS and UEFI, serves the site\n" +
			"on port 80 and shows the résumé on its console. --floppy and --web need no DIR.",
		Example: `  buzzproof image --init-resume > resume.json
  buzzproof image --resume resume.json --floppy resume.img
  buzzproof image copy -o site.img --resume resume.json --run`,
		Args: wants(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return p.image(cmd.Context(), args, &o) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.out, "output", "o", "buzzproof.img", "`FILE` of the disk")
	flags.StringVar(&o.format, "format", "", "`FORM` of the disk: raw, qcow2 or iso, which is a CD (default: as -o ends, else raw)")
	flags.StringVar(&o.resume, "resume", "", "JSON Resume `FILE` for console, floppy and /resume/")
	flags.BoolVar(&o.sample, "init-resume", false, "print a résumé to begin with, and no more")
	flags.StringVar(&o.floppy, "floppy", "", "`FILE` for a 1.44 MB disk of the résumé alone")
	flags.StringVar(&o.web, "web", "", "`DIR` for the web pages of the résumé, for any site")
	flags.StringVar(&o.kernel, "kernel", "", "`FILE` of the kernel; its modules are taken from ../lib/modules beside it, or are those of this machine (default: the one of the Go module that docs/image.md names, or else this machine's, as in /boot)")
	flags.StringVar(&o.stub, "stub", "", "`FILE` of the EFI stub for arm64 (default: that of the package systemd-boot-efi)")
	flags.StringVar(&o.program, "program", "", "`FILE`: a static buzzproof for Linux (default: this one)")
	flags.StringVar(&o.v86, "v86", "", "`DIR` of npm's v86: lets visitors boot the floppy in their browser")
	flags.StringVar(&o.seabios, "seabios", "/usr/share/seabios", "`DIR` of the BIOS that goes with it")
	flags.StringSliceVar(&o.address, "address", nil, "fixed `CIDR` of the machine, such as 192.0.2.10/24 or 2001:db8::10/64, or one of each (default: by DHCP and by what routers announce)")
	flags.StringSliceVar(&o.gateway, "gateway", nil, "`IP` of the router, with --address; one for each family")
	flags.StringVar(&o.uplink, "uplink", "auto", "`RATE` of the line that visitors are reached through, as of up")
	flags.StringVar(&o.tls, "tls", "", "`CERT,KEY`, PEM files: HTTPS on port 443 as well; whoever has the disk has the key")
	flags.StringVar(&o.watch, "watch-key", "", "`KEY`, or file:PATH, or env:NAME: let who has it watch the machine on port "+watchPort+"; whoever has the disk has the key")
	flags.BoolVar(&o.small, "small", false, "pack it as small as it gets: with xz, which must be installed, and without the lines of source that a panic names")
	flags.BoolVar(&o.run, "run", false, "boot the disk in qemu and print its address")
	return cmd
}

func (o *imageOptions) check(args []string) error {
	switch {
	case (o.floppy != "" || o.web != "" || o.v86 != "") && o.resume == "":
		return errors.New("--floppy, --web and --v86 are of a résumé: give --resume FILE\nbegin with: buzzproof image --init-resume > resume.json")
	case len(args) == 0 && o.floppy == "" && o.web == "":
		return errors.New("image wants the DIR of a site, or --floppy, or --web\nsee: buzzproof image --help")
	case len(args) == 0 && o.run:
		return errors.New("--run boots a disk, which needs the DIR of a site")
	case o.run && len(o.address) > 0:
		return errors.New("--run boots the disk in a network of qemu's own, where a machine with --address is not reached: leave one of them out")
	case !slices.Contains(image.Formats, o.format):
		return fmt.Errorf("--format %s: want one of %s", o.format, strings.Join(image.Formats, ", "))
	}
	if _, _, err := o.network(); err != nil {
		return err
	}
	if _, err := (&upOptions{uplink: o.uplink}).line(nil); err != nil {
		return err
	}
	if o.tls != "" && strings.Count(o.tls, ",") != 1 {
		return errors.New("--tls wants two PEM files: CERT,KEY")
	}
	return nil
}

func (p *Program) image(ctx context.Context, args []string, o *imageOptions) error {
	if o.sample {
		_, err := p.Stdout.Write(resume.Sample)
		return err
	}
	if o.format == "" {
		o.format = formatOf(o.out)
	}
	err := o.check(args)
	if err == nil {
		err = o.checkOutputs(args)
	}
	if err != nil {
		return withStatus(statusMisused, err)
	}
	r, source, err := p.readResume(o.resume)
	if err != nil {
		return err
	}
	pages, err := p.resumePages(r, source, o)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return nil
	}
	memory, err := p.disk(args[0], pages, source, o)
	if err != nil || !o.run {
		return err
	}
	return p.runImage(ctx, o, memory)
}

// readResume reads the résumé and passes its notes on. None is nil.
func (p *Program) readResume(name string) (*resume.Resume, []byte, error) {
	if name == "" {
		return nil, nil, nil
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	r, notes, err := resume.Parse(name, source)
	for _, note := range notes {
		p.talk("note: %s", note)
	}
	return r, source, err
}

// resumePages writes what was asked for of the résumé alone and returns its
// pages for the site.
func (p *Program) resumePages(r *resume.Resume, source []byte, o *imageOptions) ([]floppy.File, error) {
	if r == nil {
		return nil, nil
	}
	if o.floppy != "" {
		disk, err := floppy.Image(r)
		if err == nil {
			err = writeFile(o.floppy, disk, 0o644)
		}
		if err != nil {
			return nil, err
		}
		p.talk("floppy: %d pages in %s", len(r.Pages(floppy.Screen)), o.floppy)
	}
	var parts *floppy.Parts
	if o.v86 != "" {
		parts = &floppy.Parts{V86: o.v86, SeaBIOS: o.seabios}
	}
	pages, err := floppy.Web(r, source, parts)
	if errors.Is(err, floppy.ErrNoParts) {
		err = fmt.Errorf("%w\nget the emulator by: npm pack v86, and the BIOS by: apt-get install seabios", err)
	}
	if err != nil || o.web == "" {
		return pages, err
	}
	for _, f := range pages {
		name := filepath.Join(o.web, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return nil, err
		}
		if err := writeFile(name, f.Data, 0o644); err != nil {
			return nil, err
		}
	}
	p.talk("web pages: %d files in %s", len(pages), o.web)
	return pages, nil
}

// disk writes the disk image and returns how many MB of memory it wants.
func (p *Program) disk(dir string, pages []floppy.File, source []byte, o *imageOptions) (memory int, err error) {
	system, kernel, err := p.findParts(o)
	if err != nil {
		return 0, err
	}
	if err := checkOutput(o.out, []string{kernel.file}); err != nil {
		return 0, withStatus(statusMisused, err)
	}
	if o.run && system.Arch != "amd64" {
		return 0, withStatus(statusMisused, fmt.Errorf("--run boots disks for amd64, and the program is one for %s", system.Arch))
	}
	site, err := siteFiles(dir, pages)
	if err != nil {
		return 0, err
	}
	more, err := o.settings(dir, source)
	if err != nil {
		return 0, err
	}
	system.Files = append(append(system.Files, more...), site...)
	initrd, err := system.Initrd()
	if errors.Is(err, image.ErrNoXZ) {
		err = fmt.Errorf("--small: %w\ninstall it: apt-get install xz-utils; or make the disk without --small", err)
	}
	if err != nil {
		return 0, err
	}
	system.Needs = memoryToUnpack(system, kernel.pinned, initrd)
	made, err := system.Disk(initrd, o.format)
	if err != nil {
		return 0, err
	}
	if err := writeFile(o.out, made, o.mode()); err != nil {
		return 0, err
	}
	memory = memoryFor(system, kernel.pinned, initrd, site)
	p.talk("disk: %s in %s: kernel %s, program and site %s packed; it wants %d MB of memory", bytesText(int64(len(made))), o.out,
		bytesText(int64(len(system.Kernel))), bytesText(int64(len(initrd))), memory)
	return memory, nil
}

// siteFiles are the files of the site in dir, with its pages of a résumé.
func siteFiles(dir string, pages []floppy.File) ([]image.File, error) {
	scratch, err := os.MkdirTemp("", "buzzproof-image-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	site, err := image.Site(dir, pages, "srv/site", scratch)
	return site, explainEmpty(err, dir)
}

// findParts reads what is not ours to carry: kernel, stub, and the program.
func (p *Program) findParts(o *imageOptions) (*image.System, *systemKernel, error) {
	program := o.program
	if program == "" {
		if runtime.GOOS != "linux" {
			return nil, nil, withStatus(statusMisused, errors.New("the disk runs Linux: name a buzzproof for linux/amd64 with --program FILE"))
		}
		self, err := os.Executable()
		if err != nil {
			return nil, nil, err
		}
		program = self
	}
	binary, arch, err := readProgram(program, o.small)
	if err != nil {
		return nil, nil, err
	}
	kernel, err := p.findKernel(o, arch)
	if err != nil {
		return nil, nil, err
	}
	s := &image.System{Small: o.small, Arch: arch, Kernel: kernel.data}
	s.Files = append([]image.File{{Name: "init", Mode: 0o555, Data: binary}}, kernel.drivers...)
	if arch != "arm64" {
		return s, kernel, nil
	}
	if s.Stub, err = os.ReadFile(cmp.Or(o.stub, armStub)); err != nil {
		return nil, nil, fmt.Errorf("read EFI stub: %w\ninstall it: apt-get install systemd-boot-efi:arm64, or name one with --stub", err)
	}
	return s, kernel, nil
}
