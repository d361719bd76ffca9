package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// nginx starts an nginx with the given lines inside its one server block and
// waits until it listens.
func nginx(t testing.TB, s *stage, port int, server string) *origin {
	t.Helper()
	dir := s.subfolder(t, "nginx")
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // the folders of the tests belong to who runs them
	}
	conf := filepath.Join(dir, "nginx.conf")
	log := filepath.Join(dir, "access.log")
	writeFile(t, conf, fmt.Sprintf(`%s
daemon off;
worker_processes 1; # one worker: the access log is in the order of the answers
pid %[2]s/pid;
error_log stderr warn;
events { worker_connections 512; }
http {
	%[3]s
	access_log %[4]s rig;
	client_body_temp_path %[2]s/body;
	fastcgi_temp_path %[2]s/fastcgi;
	proxy_temp_path %[2]s/proxy;
	uwsgi_temp_path %[2]s/uwsgi;
	scgi_temp_path %[2]s/scgi;
	include /etc/nginx/mime.types;
	default_type application/octet-stream;
	sendfile on;
	server {
		listen 127.0.0.1:%[5]d;
		location %[6]s { return 204; }
%[7]s
	}
}
`, user, dir, accessFormat, log, port, markPath, server))
	p := s.start(t, filepath.Join(dir, "error.log"), exec.Command("nginx", "-c", conf, "-p", dir))
	o := &origin{URL: "http://" + loopback(port) + "/", AccessLog: log, server: p}
	waitUntil(t, p, 10*time.Second, "nginx", func() bool { return listens(port) })
	return o
}

// phpServer is the server block of a PHP application that stands in root.
// front is the try_files line that sends addresses of no file to a script.
//
// nginx hands every request header to PHP, Host with its port included. Debian's
// fastcgi.conf is left aside because setups that add HTTP_HOST from $host lose
// the port, and WordPress then redirects to itself for ever.
func phpServer(root, socket, front string) string {
	return fmt.Sprintf(`		root %s;
		index index.php index.html;
		location / { try_files $uri $uri/ %s; }
		location ~ \.php$ {
			try_files $uri =404;
			fastcgi_pass unix:%s;
			fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
			fastcgi_param SCRIPT_NAME $fastcgi_script_name;
			fastcgi_param DOCUMENT_ROOT $document_root;
			fastcgi_param DOCUMENT_URI $document_uri;
			fastcgi_param QUERY_STRING $query_string;
			fastcgi_param REQUEST_METHOD $request_method;
			fastcgi_param REQUEST_URI $request_uri;
			fastcgi_param CONTENT_TYPE $content_type;
			fastcgi_param CONTENT_LENGTH $content_length;
			fastcgi_param SERVER_PROTOCOL $server_protocol;
			fastcgi_param REQUEST_SCHEME $scheme;
			fastcgi_param SERVER_SOFTWARE nginx;
			fastcgi_param REMOTE_ADDR $remote_addr;
			fastcgi_param REMOTE_PORT $remote_port;
			fastcgi_param SERVER_ADDR $server_addr;
			fastcgi_param SERVER_PORT $server_port;
			fastcgi_param SERVER_NAME 127.0.0.1;
			fastcgi_param REDIRECT_STATUS 200;
		}`, root, front, socket)
}

// proxyServer is the server block of an application with its own web server.
func proxyServer(port int) string {
	return fmt.Sprintf(`		location / {
			proxy_pass http://%s;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_set_header X-Forwarded-For $remote_addr;
		}`, loopback(port))
}
