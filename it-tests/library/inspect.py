"""Looks at a Maven repository: each artifact that is named is whole, and there is no other. Prints what is wrong."""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

POM = "{http://maven.apache.org/POM/4.0.0}"
WANTED = ["name", "description", "url", "licenses/license/name", "licenses/license/url", "developers/developer/name",
          "scm/connection", "scm/url"]
LIBRARY = {"kyanos-bpf": "META-INF/bpf/x86/socket.bpf.o", "kyanos-native-bridge": "META-INF/native/linux-x86_64/libkyanos.so",
           "kyanos-pipeline": "io/kyanos/sink/PrometheusSink.class", "kyanos-actors": "io/kyanos/Kyanos.class"}


def path(names):
    return "/".join(POM + name for name in names.split("/"))


def problems(folder, artifact):
    poms = sorted(folder.glob("*/*.pom"))
    if len(poms) != 1:
        yield f"{artifact}: {len(poms)} poms"
        return
    base = poms[0].name[:-len(".pom")]
    for suffix in (".jar", "-sources.jar", "-javadoc.jar"):
        jar = poms[0].with_name(base + suffix)
        if not jar.exists():
            yield f"{artifact}: no {jar.name}"
        elif not [name for name in zipfile.ZipFile(jar).namelist() if not name.startswith("META-INF/maven")]:
            yield f"{artifact}: {jar.name} is empty"
    main = poms[0].with_name(base + ".jar")
    if main.exists() and LIBRARY[artifact] not in zipfile.ZipFile(main).namelist():
        yield f"{artifact}: {main.name} without {LIBRARY[artifact]}"
    if "${" in poms[0].read_text():
        yield f"{artifact}: its pom has a property that nothing sets"
    pom = ElementTree.parse(poms[0]).getroot()
    if pom.find(path("parent")) is not None:
        yield f"{artifact}: its pom needs a parent"
    for names in WANTED:
        if not (pom.findtext(path(names)) or "").strip():
            yield f"{artifact}: its pom has no {names}"
    for dependency in pom.iter(POM + "dependency"):
        scope = dependency.findtext(POM + "scope") or "compile"
        if scope not in ("compile", "runtime"):
            yield f"{artifact}: its pom has a dependency of scope {scope}"


def main(repository, *artifacts):
    group = pathlib.Path(repository, "io", "kyanos")
    found = sorted(folder.name for folder in group.iterdir())
    wrong = [] if found == sorted(artifacts) else [f"published: {found}"]
    for artifact in artifacts:
        wrong.extend(problems(group / artifact, artifact))
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
