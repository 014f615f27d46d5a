#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""packages.py PACKAGE...: the files of packages of this machine and of all that they depend on, one path a line.

By dpkg's database; without documentation. Each file is named by where it really is: links among the folders differ
between machines. Exit code 77 where one of the packages is not installed.
"""

import os
import re
import subprocess
import sys

LEFT_OUT = re.compile(r"^/usr/share/(doc|man|locale|info|lintian|bug|perl5?|zsh|bash-completion)/|/(lto1|[^/]*lto-dump[^/]*)$")
# these are for the installation alone
NOT_FOLLOWED = {"debconf", "debconf-2.0", "dpkg", "adduser", "perl", "perl-base", "lsb-base", "init-system-helpers", "mount"}


def dpkg_query(*arguments):
    return subprocess.run(("dpkg-query", *arguments), stdout=subprocess.PIPE, text=True, check=True).stdout


def names(alternatives):
    """Of `a (>= 1) | b:any`: a, b."""
    return [word.split()[0].split(":")[0] for word in alternatives.split("|") if word.strip()]


def installed():
    """What each installed package depends on, each a list of alternatives; and who provides a name."""
    depends, providers = {}, {}
    for line in dpkg_query("-W", "-f", "${db:Status-Status}\t${Package}\t${Pre-Depends},${Depends}\t${Provides}\n").splitlines():
        status, package, wanted, provides = line.split("\t")
        if status == "installed":
            depends[package] = [names(alternatives) for alternatives in wanted.split(",")]
            for name in names(provides.replace(",", "|")):
                providers.setdefault(name, package)
    return depends, providers


def first_known(alternatives, depends, providers):
    """The package that stands for them on this machine, in a list; none where none is installed."""
    known = [name if name in depends else providers[name] for name in alternatives if name in depends or name in providers]
    return known[:1]


def closure(packages, depends, providers):
    found, left = set(), [name for package in packages for name in first_known([package], depends, providers)]
    while left:
        package = left.pop()
        if package in found or package in NOT_FOLLOWED:
            continue
        found.add(package)
        for alternatives in depends[package]:
            left += first_known(alternatives, depends, providers)
    return found


def main(wanted):
    depends, providers = installed()
    # newer releases have other names for some, which provide the old ones
    missing = [package for package in wanted if not first_known([package], depends, providers)]
    if missing:
        print("apt-get install " + " ".join(missing), file=sys.stderr)
        return 77
    files = set()
    for path in dpkg_query("-L", *closure(wanted, depends, providers)).splitlines():
        if path.startswith("/") and os.path.lexists(path) and not LEFT_OUT.search(path):
            file = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
            if os.path.islink(file) or not os.path.isdir(file):
                files.add(file)
    print("\n".join(sorted(files)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
