"""Apache, lighttpd and nginx as shared hosts run them: the program runs as the owner of its files.

Not their start and stop (process.py) nor what is installed (site.py).
"""

import shutil

from support.process import RUN_DIR, USER, Daemon, accepts, free_port

MODULES = "/usr/lib/apache2/modules"

APACHE = """
ServerRoot {work}
PidFile {work}/pid
Listen 127.0.0.1:{port}
ServerName localhost
LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule env_module {modules}/mod_env.so
LoadModule suexec_module {modules}/mod_suexec.so
LoadModule {cgi}_module {modules}/mod_{cgi}.so
{cgi_options}
User www-data
Group www-data
SuexecUserGroup {user} {user}
ErrorLog {work}/error.log
LogLevel warn
TypesConfig /etc/mime.types
Timeout 60
DocumentRoot {docroot}
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory {docroot}>
    AllowOverride None
    Options +ExecCGI
    AddHandler cgi-script .cgi
    Require all granted
</Directory>
"""

LIGHTTPD = """
server.modules = ( "mod_indexfile", "mod_cgi" )
server.document-root = "{docroot}"
server.bind = "127.0.0.1"
server.port = {port}
server.username = "{user}"
server.groupname = "{user}"
server.errorlog = "{work}/error.log"
server.upload-dirs = ( "{work}/uploads" )
cgi.assign = ( ".cgi" => "" )
"""

NGINX = """
daemon off;
user www-data;
worker_processes 1;
pid {work}/pid;
error_log {work}/error.log warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {work}/body;
    fastcgi_temp_path {work}/fastcgi;
    proxy_temp_path {work}/proxy;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {docroot};
        location ~ [.]cgi(/|$) {{
            fastcgi_split_path_info ^(.+?[.]cgi)(/.*)$;
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_param PATH_INFO $fastcgi_path_info;
            fastcgi_pass unix:{work}/fcgiwrap.sock;
        }}
    }}
}}
"""


class WebServer:
    """A running web server over one document root."""

    def __init__(self, kind, docroot, user=USER):
        self.kind = kind
        self.user = user
        self.docroot = docroot
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.work = RUN_DIR / f"{kind}-{self.port}"
        self.work.mkdir(mode=0o755)
        self.daemons = []
        try:
            KINDS[kind](self)
        except BaseException:
            self.stop()
            raise

    def configure(self, template, **values):
        path = self.work / "server.conf"
        path.write_text(template.format(work=self.work, port=self.port, docroot=self.docroot, user=self.user, **values))
        return path

    def start(self, name, command, ready=None):
        ready = ready or (lambda: accepts(self.port))
        self.daemons.append(Daemon(name, command, ready, self.work / f"{name}.out"))

    def log(self):
        """What the server has to say about the program, for the message of a failed test."""
        path = self.work / "error.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.stop()
        self.daemons = []


def _apache(server, mpm, cgi, cgi_options=""):
    config = server.configure(APACHE, modules=MODULES, mpm=mpm, cgi=cgi, cgi_options=cgi_options.format(work=server.work))
    server.start("apache", ["/usr/sbin/apache2", "-f", str(config), "-DFOREGROUND"])


def _apache_event(server):
    _apache(server, "event", "cgid", "ScriptSock {work}/cgid")


def _apache_prefork(server):
    _apache(server, "prefork", "cgi")


def _lighttpd(server):
    (server.work / "uploads").mkdir()
    for path in (server.work, server.work / "uploads"):
        shutil.chown(path, server.user, server.user)
    server.start("lighttpd", ["/usr/sbin/lighttpd", "-D", "-f", str(server.configure(LIGHTTPD))])


def _nginx(server):
    socket = server.work / "fcgiwrap.sock"
    shutil.chown(server.work, server.user, server.user)
    as_user = ["setpriv", "--reuid", server.user, "--regid", server.user, "--clear-groups"]
    command = as_user + ["/usr/sbin/fcgiwrap", "-c", "4", "-s", f"unix:{socket}"]
    server.start("fcgiwrap", command, socket.exists)
    socket.chmod(0o666)
    server.start("nginx", ["/usr/sbin/nginx", "-c", str(server.configure(NGINX)), "-e", f"{server.work}/error.log"])


KINDS = {
    "apache": _apache_event,
    "apache-prefork": _apache_prefork,
    "lighttpd": _lighttpd,
    "nginx": _nginx,
}
