package health

// Kinds makes an empty configuration for each kind of check.
func Kinds() map[string]func() any {
	return map[string]func() any{
		"http":        func() any { return new(HTTPConfig) },
		"tcp":         func() any { return new(TCPConfig) },
		"icmp":        func() any { return new(ICMPConfig) },
		"dns":         func() any { return new(DNSConfig) },
		"certificate": func() any { return new(CertificateConfig) },
		"file":        func() any { return new(FileConfig) },
		"process":     func() any { return new(ProcessConfig) },
		"disk":        func() any { return new(DiskConfig) },
		"memory":      func() any { return new(MemoryConfig) },
		"load":        func() any { return new(LoadConfig) },
		"temperature": func() any { return new(TemperatureConfig) },
	}
}
