"""A Postfix that keeps every mail: whatever the recipient's domain, it ends in one Maildir of this run.

Not how mails are judged: see mails.py. It is the system's default instance (the product calls /usr/sbin/sendmail by its
fixed path), but of the arena's own /etc/postfix, and it has no service that could speak to another machine.
"""

import pwd
import shutil
import subprocess
from pathlib import Path

from support.process import RUN_DIR, USER, Daemon, accepts, eventually, free_port

# `refused@` and `later@` any domain are what mail servers say about readers who are gone or whose mailbox is full.
MAIN = """
compatibility_level = 3.6
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
maillog_file = {work}/mail.log
maillog_file_prefixes = {work}
myhostname = mail.example.jp
myorigin = example.jp
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:Maildir/
virtual_mailbox_base = {work}
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
default_transport = error:no mail leaves this machine
relay_transport = error:no mail leaves this machine
smtpd_recipient_restrictions = check_recipient_access regexp:{work}/recipients, permit_mynetworks, reject
biff = no
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
smtpd_tls_security_level = may
smtpd_tls_cert_file = {work}/server.pem
smtpd_tls_key_file = {work}/server.key
smtpd_tls_received_header = yes
smtp_tls_security_level = none
"""

RECIPIENTS = """
/^refused@/  550 5.1.1 no such user here
/^later@/    450 4.2.2 the mailbox is full
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{paced} inet n - n - - smtpd
  -o smtpd_client_message_rate_limit=60
  -o smtpd_client_event_limit_exceptions=
127.0.0.1:{slow} inet n - n - - smtpd
  -o {{ smtpd_client_restrictions = sleep 1 }}
pickup     unix  n  -  n  60   1  pickup
cleanup    unix  n  -  n  -    0  cleanup
qmgr       unix  n  -  n  300  1  qmgr
rewrite    unix  -  -  n  -    -  trivial-rewrite
bounce     unix  -  -  n  -    0  bounce
defer      unix  -  -  n  -    0  bounce
trace      unix  -  -  n  -    0  bounce
verify     unix  -  -  n  -    1  verify
flush      unix  n  -  n  1000? 0 flush
proxymap   unix  -  -  n  -    -  proxymap
showq      unix  n  -  n  -    -  showq
error      unix  -  -  n  -    -  error
retry      unix  -  -  n  -    -  error
virtual    unix  -  n  n  -    -  virtual
anvil      unix  -  -  n  -    1  anvil
tlsmgr     unix  -  -  n  1000? 1 tlsmgr
postlog    unix-dgram n - n -  1  postlogd
"""


class Postfix:
    """A running Postfix and the folder where its mails arrive."""

    def __init__(self):
        self.port = free_port()
        # The same mailboxes behind a server that takes 60 mails a minute and then says 450, and one that is slow.
        self.paced_port = free_port()
        self.slow_port = free_port()
        self.work = RUN_DIR / "postfix"
        self.work.mkdir(mode=0o755)
        self.maildir = self.work / "Maildir"
        owner = pwd.getpwnam(USER)
        self._write_configuration(owner)
        self.daemon = Daemon(
            "postfix", ["/usr/sbin/postfix", "start-fg"], lambda: accepts(self.port), self.work / "start.out", 20
        )

    def _write_configuration(self, owner):
        shutil.chown("/var/lib/postfix", "postfix", "postfix")
        (self.work / "recipients").write_text(RECIPIENTS)
        self.authority = make_certificates(self.work)
        Path("/etc/postfix/main.cf").write_text(MAIN.format(work=self.work, uid=owner.pw_uid, gid=owner.pw_gid))
        Path("/etc/postfix/master.cf").write_text(MASTER.format(port=self.port, paced=self.paced_port, slow=self.slow_port))
        shutil.chown(self.work, USER, USER)

    def files(self):
        """The mails that have arrived, oldest first."""
        folder = self.maildir / "new"
        if not folder.exists():
            return []
        return sorted(folder.iterdir(), key=lambda path: (path.stat().st_mtime_ns, path.name))

    def queue_is_empty(self):
        """Whether nothing is on its way any more."""
        busy = ("maildrop", "incoming", "active")
        return not any(path.is_file() for name in busy for path in Path("/var/spool/postfix", name).rglob("*"))

    def settled(self, count, seconds=20):
        """Waits until at least `count` mails have arrived and no other is on its way; their files."""
        eventually(f"{count} mails in the Maildir", lambda: len(self.files()) >= count, seconds)
        eventually("an empty mail queue", self.queue_is_empty, seconds)
        return self.files()

    def log(self):
        path = self.work / "mail.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self):
        """`postfix stop` ends the master and its services, which have left our session; the wrapper script then ends too."""
        subprocess.run(["/usr/sbin/postfix", "stop"], capture_output=True, timeout=30, check=False)
        self.daemon.stop()


def make_certificates(folder):
    """A private authority and the server's certificate for `localhost`, good for a day; the authority's file."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, capture_output=True, timeout=30, check=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
    constraints = ("-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-x509", *new, "-subj", "/CN=e2e authority", *constraints, "-keyout", "authority.key", "-out", "authority.pem")
    openssl(
        "req", "-x509", *new, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-addext", "basicConstraints=critical,CA:FALSE", "-CA", "authority.pem", "-CAkey", "authority.key",
        "-keyout", "server.key", "-out", "server.pem",
    )
    return folder / "authority.pem"
