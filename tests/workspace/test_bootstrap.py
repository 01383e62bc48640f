"""How the scripts come by uv and by Qt's system libraries, with stand-ins for the system's tools.

No test here may install anything: each tool that could is a stand-in that says how it was called.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

# `python -m venv PART`, then `PART/bin/python -m pip install uv`, as far as a script can tell.
PYTHON = """\
#!/usr/bin/env bash
case "$*" in
    *_base_executable*) echo "$0" ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip install "*) echo "installing" >&2
        printf '#!/usr/bin/env bash\\necho installed uv: "$@"\\n' >"${0%/*}/uv"
        chmod +x "${0%/*}/uv" ;;
esac
"""
LDD = """\
#!/usr/bin/env bash
cat <<'END'
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
	libGL.so.1 => not found
	libdbus-1.so.3 => not found
	libglib-2.0.so.0 => not found
	libgthread-2.0.so.0 => not found
	libxcb-cursor.so.0 => not found
	libX11-xcb.so.1 => not found
	libGL.so.1 => not found
END
"""


@dataclass(frozen=True)
class Machine:
    """A machine whose tools are the system's own, but for those that a test puts before them."""

    root: Path

    def tool(self, name: str, text: str) -> None:
        file = self.root / "tools" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text if text.startswith("#!") else f"#!/usr/bin/env bash\n{text}\n")
        file.chmod(0o755)

    def run(self, script: str, *arguments: str, **variables: str) -> tuple[int, str]:
        env = {"PATH": f"{self.root / 'tools'}:{os.environ['PATH']}", "PYTHON": "python"}
        done = subprocess.run(  # noqa: S603  a script of ours, in a copy of its folder
            [self.root / "scripts" / script, *arguments],
            cwd=self.root,
            env=env | variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    it = Machine(tmp_path)
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    it.tool("python", PYTHON)
    it.tool("uv", "exit 127")  # as a version manager's shim does that leads nowhere
    it.tool("id", "echo 1000")
    return it


def test_a_uv_on_the_path_is_taken(machine: Machine) -> None:
    machine.tool("uv", 'echo "uv on PATH: $*"')
    assert machine.run("uv.sh", "sync", HOME="home") == (0, "uv on PATH: sync\n")


@pytest.mark.parametrize(("set_by_user", "used"), [({}, "1"), ({"UV_SYSTEM_CERTS": "0"}, "0")])
def test_uv_trusts_the_certificates_of_the_system_unless_told_otherwise(
    machine: Machine, set_by_user: dict[str, str], used: str
) -> None:
    machine.tool("uv", 'echo "certificates: $UV_SYSTEM_CERTS"')
    assert machine.run("uv.sh", "sync", **set_by_user) == (0, f"certificates: {used}\n")


def test_pip_is_told_where_the_certificates_of_the_system_are(machine: Machine) -> None:
    answers = PYTHON.replace(
        "case", 'case "$*" in *cafile*) echo /system/certs; exit;; esac\ncase', 1
    )
    machine.tool("python", answers.replace('"installing"', '"installing with $PIP_CERT"'))
    _, output = machine.run("uv.sh", "sync", HOME=str(machine.root))
    assert "installing with /system/certs" in output


def test_without_one_uv_is_installed_once_for_this_user(machine: Machine) -> None:
    home = machine.root / "home"
    home.mkdir()
    code, output = machine.run("uv.sh", "run", "it", HOME=str(home))
    assert code == 0
    assert "installing" in output
    assert output.endswith("installed uv: run it\n")
    assert [file.name for file in home.glob(".cache/tek/uv/*")] == ["bin"]
    assert machine.run("uv.sh", "run", "it", HOME=str(home)) == (0, "installed uv: run it\n")


@pytest.mark.parametrize("home", [None, "", "/dev/null"])
def test_without_a_home_uv_stays_in_the_workspace(machine: Machine, home: str | None) -> None:
    variables = {} if home is None else {"HOME": home}
    assert machine.run("uv.sh", "sync", **variables)[0] == 0
    assert (machine.root / ".make/uv/bin/uv").exists()


def test_an_install_that_fails_leaves_nothing_behind(machine: Machine) -> None:
    machine.tool("python", PYTHON.replace('echo "installing" >&2', 'echo "no network"; exit 1'))
    code, output = machine.run("uv.sh", "sync", HOME=str(machine.root))
    assert code
    assert "no network" in output
    assert not list(machine.root.glob(".cache/tek/uv/*"))


def test_a_python_that_can_install_nothing_is_said_in_one_line(machine: Machine) -> None:
    machine.tool("python", '[[ $* == *_base_executable* ]] && echo "$0"')
    code, output = machine.run("uv.sh", "sync", HOME=str(machine.root))
    assert code
    assert output == "Python cannot install uv: sudo apt-get install python3-venv\n"


def test_root_has_debian_packages_installed(machine: Machine) -> None:
    machine.tool("id", "echo 0")
    machine.tool("apt-get", 'echo "apt-get $*" >&2')
    code, output = machine.run("debian.sh", "Qt cannot load", "libgl1", "libegl1")
    assert code == 0
    assert output.startswith("Qt cannot load: apt-get install libgl1 libegl1\n")
    assert output.endswith(" --no-install-recommends libgl1 libegl1\n")


def test_root_is_told_when_the_install_fails(machine: Machine) -> None:
    machine.tool("id", "echo 0")
    machine.tool("apt-get", "exit 100")
    code, output = machine.run("debian.sh", "Qt cannot load", "libgl1")
    assert code
    assert output.endswith("Qt cannot load: sudo apt-get install libgl1\n")


def test_what_qt_lacks_is_named_as_debian_names_it(machine: Machine) -> None:
    machine.tool("ldd", LDD)
    package = machine.root / ".venv/lib/python3.11/site-packages/PySide6"
    package.mkdir(parents=True)
    (package / "QtWidgets.abi3.so").touch()
    names = "libdbus-1-3 libgl1 libglib2.0-0 libx11-xcb1 libxcb-cursor0"
    said = f"Qt cannot load: sudo apt-get install {names}\n"
    assert machine.run("qt.sh") == (1, said)


def test_nothing_is_said_where_qt_lacks_nothing_or_is_not_there(machine: Machine) -> None:
    assert machine.run("qt.sh") == (0, "")
    machine.tool("ldd", "echo 'libc.so.6 => /lib/libc.so.6'")
    package = machine.root / ".venv/lib/python3.11/site-packages/PySide6"
    package.mkdir(parents=True)
    (package / "QtWidgets.abi3.so").touch()
    assert machine.run("qt.sh") == (0, "")
