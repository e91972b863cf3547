"""A newer NEO that fails: examples/next_version.rs under a version and a fault of the test's choice.

Not the program itself. Both are marks of fixed length in the file, see tests/support/updates.rs.
"""

import os
import re
import subprocess
from pathlib import Path


def next_version(path, version, fault):
    """Writes the program into `path`."""
    built = Path(os.environ["NEO_NEXT_EXE"]).resolve()
    assert built.is_file(), f"there is no executable at {built}: build it first (make e2e) or set NEO_NEXT_EXE"
    subprocess.run(["strip", "--strip-all", "-o", str(path), str(built)], check=True)
    bytes_ = path.read_bytes()
    bytes_ = marked(bytes_, rb"@\(#\)neo=[0-9.]+;target=linux-x86_64; *", f"@(#)neo={version};target=linux-x86_64;", 64)
    bytes_ = marked(bytes_, rb"@\(#\)fault=none {26}", f"@(#)fault={fault}", 40)
    path.write_bytes(bytes_)
    return path


def marked(content, pattern, mark, length):
    places = [found.start() for found in re.finditer(pattern, content)]
    assert len(places) == 1, f"one mark {pattern}: {places}"
    at = places[0]
    return content[:at] + mark.encode().ljust(length) + content[at + length :]
