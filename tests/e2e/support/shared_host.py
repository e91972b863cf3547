"""One Apache with a hundred customers' sites, each at an address of its own: 127.1.PROVIDER.NUMBER.

Not a single document root (web_servers.py) nor what is installed (site.py). Programs run by suexec as the owner of their
files. While a file named after a provider lies in `refused`, calls of the vendor's poller are refused there with 403.
"""

from support.process import RUN_DIR, USER, Daemon, accepts, free_port
from support.site import WWW
from support.web_servers import MODULES

CONFIGURATION = """
ServerRoot {work}
PidFile {work}/pid
Listen 0.0.0.0:{port}
ServerName localhost
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule env_module {modules}/mod_env.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule suexec_module {modules}/mod_suexec.so
LoadModule vhost_alias_module {modules}/mod_vhost_alias.so
LoadModule cgid_module {modules}/mod_cgid.so
ScriptSock {work}/cgid
User www-data
Group www-data
ErrorLog {work}/error.log
LogLevel warn
TypesConfig /etc/mime.types
Timeout 60
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<VirtualHost *:{port}>
    SuexecUserGroup {user} {user}
    VirtualDocumentRootIP {www}/fleet/%0/public_html
    <Directory {www}/fleet>
        AllowOverride None
        Options +ExecCGI
        AddHandler cgi-script .cgi
        <RequireAll>
            Require all granted
            {refusals}
        </RequireAll>
    </Directory>
</VirtualHost>
<VirtualHost 127.0.0.1:{port}>
    DocumentRoot {www}/vendor
    DirectoryIndex index.html
    <Directory {www}/vendor>
        Require all granted
    </Directory>
</VirtualHost>
"""
REFUSAL = "Require expr !(-f '{flag}' && %{{HTTP_USER_AGENT}} =~ /^neo-fleet/ && %{{HTTP_HOST}} =~ /^127\\.1\\.{number}\\./)"


class SharedHost:
    """The running Apache; the vendor's folder is at 127.0.0.1."""

    def __init__(self, providers):
        self.port = free_port()
        self.work = RUN_DIR / f"shared-{self.port}"
        self.refused = self.work / "refused"
        self.vendor = WWW / "vendor"
        for folder in (self.refused, self.vendor, WWW / "fleet"):
            folder.mkdir(parents=True, mode=0o755)
        refusals = [REFUSAL.format(flag=self.refused / str(number), number=number) for number in providers]
        values = {"work": self.work, "port": self.port, "www": WWW, "user": USER, "modules": MODULES}
        path = self.work / "server.conf"
        path.write_text(CONFIGURATION.format(refusals="\n            ".join(refusals), **values))
        command = ["/usr/sbin/apache2", "-f", str(path), "-DFOREGROUND"]
        self.daemon = Daemon("apache", command, lambda: accepts(self.port), self.work / "apache.out")

    def url(self, address):
        return f"http://{address}:{self.port}"

    def refuse_the_poller(self, provider):
        (self.refused / str(provider)).touch()

    def let_the_poller_in(self, provider):
        (self.refused / str(provider)).unlink()

    def log(self):
        path = self.work / "error.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self):
        self.daemon.stop()
