"""tools/mkfs, built with sanitizers: what is on the disks that it makes, and what it refuses."""

from __future__ import annotations

import os
import random
import resource
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.tools.disk_image import (
    DEVICE,
    DIRECTORY,
    FILE,
    LOG_MAGIC,
    MAX_FILE,
    ROOT,
    DiskImage,
    checksum,
)
from tests.tools.disk_tools import compile_tool, run_tool

pytestmark = pytest.mark.xdist_group("disk_tools")

NOBODY = 65534
KIB = 1024
# Around every limit of the format: blocks, direct addresses, single and double indirect ones.
SIZES = [0, 1, 1023, 1024, 1025, 11 * KIB, 11 * KIB + 1, 267 * KIB, 267 * KIB + 1, 523 * KIB + 1]


@pytest.fixture(scope="module")
def mkfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_tool(tmp_path_factory.mktemp("tools"), "mkfs")


@pytest.fixture(scope="module")
def fsck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_tool(tmp_path_factory.mktemp("tools"), "fsck")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small tree."""
    root = tmp_path / "folder"
    (root / "bin").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "README").write_text("read me\n")
    (root / "bin" / "sh").write_bytes(b"shell" * 1000)
    os.link(root / "bin" / "sh", root / "sh")
    return root


def make(mkfs: Path, image: Path, folder: Path, *options: str) -> DiskImage:
    done = run_tool(mkfs, *options, image, folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return DiskImage.load(image)


def assert_refused(mkfs: Path, image: Path, *arguments: str | Path, words: list[str]) -> None:
    """mkfs ends with an error of one line that has the words, and leaves no file behind."""
    before = sorted(image.parent.iterdir())
    done = run_tool(mkfs, *arguments)
    assert done.returncode in (1, 2)
    line = done.stderr.splitlines()[0]
    for word in words:
        assert word in line
    assert sorted(image.parent.iterdir()) == before


def names_in(folder: Path) -> dict[str, Path]:
    """All names below the folder, as DiskImage.paths() gives them."""
    top = os.fsencode(folder)
    found = {"/": folder}
    for path in folder.rglob("*"):
        found[os.fsencode(path)[len(top) :].decode("latin-1")] = path
    return found


def assert_holds(disk: DiskImage, folder: Path, devices: dict[str, tuple[int, int]]) -> None:
    """The disk has the folder's names, contents and links, the devices, and nothing else."""
    paths = disk.paths()
    names = names_in(folder)
    assert set(paths) == set(names) | set(devices)
    for folder_name in (name for name in names if names[name].is_dir()):
        entries = [entry.name for entry in disk.entries(paths[folder_name])[2:]]
        assert entries == sorted(entries)
    for name, path in names.items():
        inode = disk.inode(paths[name])
        if path.is_dir():
            assert (inode.type, inode.links) == (DIRECTORY, 1)
            above = ROOT if name == "/" else paths[name.rpartition("/")[0] or "/"]
            dots = [(entry.inode, entry.name) for entry in disk.entries(paths[name])[:2]]
            assert dots == [(paths[name], b"." + bytes(13)), (above, b".." + bytes(12))]
        else:
            assert (inode.type, inode.links) == (FILE, path.stat().st_nlink)
            assert disk.content(paths[name]) == path.read_bytes()
    for name, numbers in devices.items():
        inode = disk.inode(paths[name])
        assert (inode.type, inode.major, inode.minor, inode.links) == (DEVICE, *numbers, 1)
        assert (inode.size, set(inode.address)) == (0, {0})


def numbers_in_order(disk: DiskImage, folder: int = ROOT) -> list[int]:
    """Inodes in the order in which a walk by names meets them; devices come after all others."""
    found = [folder]
    for entry in sorted(disk.entries(folder)[2:], key=lambda entry: entry.name):
        kind = disk.inode(entry.inode).type
        if kind == DIRECTORY:
            found += numbers_in_order(disk, entry.inode)
        elif kind == FILE:
            found.append(entry.inode)
    return list(dict.fromkeys(found))


def random_tree(folder: Path, seed: int) -> None:
    """Directories, files of all sizes, and hard links across them."""
    chance = random.Random(seed)
    folders = [folder]
    files: list[Path] = []
    for number in range(30):
        folders.append(chance.choice(folders) / f"folder{number}")
        folders[-1].mkdir(parents=True)
    letters = bytes(byte for byte in range(1, 256) if byte not in b"/.")
    for size in SIZES + [chance.randrange(40 * KIB) for _ in range(30)]:
        name = bytes(chance.choices(letters, k=chance.randrange(1, 15)))
        files.append(chance.choice(folders) / os.fsdecode(name))
        files[-1].write_bytes(chance.randbytes(size))
    for number in range(20):
        os.link(chance.choice(files), chance.choice(folders) / f"link{number}")


def test_disk_holds_the_folder(mkfs: Path, fsck: Path, tmp_path: Path, folder: Path) -> None:
    disk = make(
        mkfs, tmp_path / "disk", folder, "--device", "/console:1:0", "--device", "bin/x:65535:7"
    )
    assert_holds(disk, folder, {"/console": (1, 0), "/bin/x": (65535, 7)})
    assert run_tool(fsck, tmp_path / "disk").stdout == ""


@pytest.mark.parametrize("seed", range(3))
def test_disk_holds_a_random_tree(mkfs: Path, fsck: Path, tmp_path: Path, seed: int) -> None:
    random_tree(tmp_path / "folder", seed)
    disk = make(mkfs, tmp_path / "disk", tmp_path / "folder")
    assert_holds(disk, tmp_path / "folder", {})
    numbers = numbers_in_order(disk)
    assert numbers == list(range(ROOT, len(numbers) + 1))  # whatever the order on the host
    done = run_tool(fsck, "--list", tmp_path / "disk")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == len(disk.paths())


def test_deep_folders(mkfs: Path, fsck: Path, tmp_path: Path) -> None:
    """Deeper than a path of the host can be."""
    depth = 400
    name = "a_long_name_14"
    (tmp_path / "folder").mkdir()
    here = os.open(tmp_path / "folder", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    disk = make(mkfs, tmp_path / "disk", tmp_path / "folder")
    assert max(path.count("/") for path in disk.paths()) == depth
    assert run_tool(fsck, tmp_path / "disk").stdout == ""


def test_largest_file(mkfs: Path, fsck: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    large = tmp_path / "folder" / "large"
    with large.open("wb") as file:
        file.truncate(MAX_FILE - 3)
        file.seek(0, os.SEEK_END)
        file.write(b"end")
    disk = make(mkfs, tmp_path / "disk", tmp_path / "folder")
    assert disk.inode(disk.paths()["/large"]).size == MAX_FILE
    assert disk.block(disk.word(disk.word(disk.inode(2).address[12], 255), 255))[-3:] == b"end"
    assert run_tool(fsck, tmp_path / "disk").stdout == ""
    with large.open("ab") as file:
        file.write(b"x")
    assert_refused(
        mkfs,
        *(tmp_path / "new", tmp_path / "new", tmp_path / "folder"),
        words=["folder/large: ", str(MAX_FILE)],
    )


def test_parts_of_the_disk(mkfs: Path, tmp_path: Path, folder: Path) -> None:
    disk = make(mkfs, tmp_path / "disk", folder, "--size", "900K", "--inodes", "33", "--log", "20")
    assert disk.super == {
        **{"magic": 0x43775346, "version": 2, "block_size": 1024, "blocks": 900},
        **{"log_start": 1, "log_blocks": 20, "inode_start": 21, "inodes": 33},
        **{"bitmap_start": 24, "data_start": 25},
    }
    assert len(disk.data) == 900 * KIB
    assert disk.super_is_sealed()
    header = [disk.word(1, index) for index in range(5)]
    assert header == [LOG_MAGIC, 0, 0, 0, checksum([LOG_MAGIC, 0, 0, 0])]
    used = [block for block in range(1024) if disk.is_marked(block)]
    assert used == list(range(used[-1] + 1))
    assert disk.paths().keys() >= {"/", "/README", "/bin/sh"}


@pytest.mark.parametrize(
    ("options", "blocks", "log"),
    [([], 4096, 252), (["--size", "2M"], 2048, 252), (["--size", "80K"], 80, 11)],
)
def test_defaults(
    mkfs: Path, tmp_path: Path, folder: Path, options: list[str], blocks: int, log: int
) -> None:
    disk = make(mkfs, tmp_path / "disk", folder, *options)
    assert (disk.super["blocks"], disk.super["log_blocks"]) == (blocks, log)
    assert disk.super["inodes"] >= 64


def test_default_size_leaves_room(mkfs: Path, tmp_path: Path, folder: Path) -> None:
    (folder / "large").write_bytes(bytes(20 << 20))
    disk = make(mkfs, tmp_path / "disk", folder)
    free = disk.super["blocks"] - disk.free_block()
    assert 6 * KIB < free < 7 * KIB


def test_units_of_sizes(mkfs: Path, tmp_path: Path, folder: Path) -> None:
    sizes = ["3M", "3072K", str(3 << 20)]
    disks = [make(mkfs, tmp_path / "disk", folder, "--size", size).data for size in sizes]
    assert disks[0] == disks[1] == disks[2]
    assert run_tool(mkfs, "--size", "1G", tmp_path / "disk", folder).returncode == 0
    assert (tmp_path / "disk").stat().st_size == 1 << 30


def test_image_depends_on_names_and_contents_alone(mkfs: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    random_tree(first, 1)
    second = tmp_path / "elsewhere" / "second"
    second.mkdir(parents=True, mode=0o700)
    for path in sorted(first.rglob("*"), key=lambda path: (len(path.parts), str(path)[::-1])):
        copy = second / path.relative_to(first)
        same = [
            second / other.relative_to(first)
            for other in first.rglob("*")
            if other.is_file() and other.samefile(path)
            if (second / other.relative_to(first)).exists()
        ]
        if path.is_dir():
            copy.mkdir()
        elif same:
            os.link(same[0], copy)
        else:
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o600)
            os.utime(copy, (1, 1))
    left = make(mkfs, tmp_path / "left", first, "--device", "/console:1:0")
    right = make(mkfs, tmp_path / "right", second, "--device", "/console:1:0")
    assert left.data == right.data


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["IMAGE and FOLDER are needed"]),
        (["{image}"], ["IMAGE and FOLDER are needed"]),
        (["{image}", "{folder}", "third"], ["'third'", "too many"]),
        (["--frob", "{image}", "{folder}"], ["--frob"]),
        (["--size", "0", "{image}", "{folder}"], ["--size", "'0'", "multiple of 1024"]),
        (["--size", "1000", "{image}", "{folder}"], ["--size", "'1000'"]),
        (["--size", "16Q", "{image}", "{folder}"], ["--size", "'16Q'"]),
        (["--size", "16MB", "{image}", "{folder}"], ["--size", "'16MB'"]),
        (["--size", "-16M", "{image}", "{folder}"], ["--size", "'-16M'"]),
        (["--size", "", "{image}", "{folder}"], ["--size", "''"]),
        (["--size", "4096G", "{image}", "{folder}"], ["--size", "4096G"]),
        (["--size", "99999999999999999999", "{image}", "{folder}"], ["--size", "99999999999"]),
        (["--inodes", "1", "{image}", "{folder}"], ["--inodes", "'1'", "2 to 65535"]),
        (["--inodes", "65536", "{image}", "{folder}"], ["--inodes", "'65536'"]),
        (["--inodes", "10x", "{image}", "{folder}"], ["--inodes", "'10x'"]),
        (["--log", "10", "{image}", "{folder}"], ["--log", "'10'", "11 to 252"]),
        (["--log", "253", "{image}", "{folder}"], ["--log", "'253'"]),
        (["--device", "/console", "{image}", "{folder}"], ["--device", "PATH:MAJOR:MINOR"]),
        (["--device", "/console:1", "{image}", "{folder}"], ["--device", "PATH:MAJOR:MINOR"]),
        (["--device", ":1:1", "{image}", "{folder}"], ["--device", "PATH:MAJOR:MINOR"]),
        (["--device", "/c:1:65536", "{image}", "{folder}"], ["--device", "'/c:1:65536'", "65535"]),
        (["--device", "/c:1:0:1", "{image}", "{folder}"], ["--device", "'/c:1:0:1'"]),
        (["--device", "/dev/c:1:0", "{image}", "{folder}"], ["/dev/c", "dev is no folder"]),
        (["--device", "/README/c:1:0", "{image}", "{folder}"], ["README is no folder"]),
        (["--device", "/bin/sh:1:0", "{image}", "{folder}"], ["/bin/sh", "of this name"]),
        (["--device", "/:1:0", "{image}", "{folder}"], ["device /", "a name is missing"]),
        (["--device", "/c:1:0", "--device", "c:2:0", "{image}", "{folder}"], ["of this name"]),
        (["--device", "a_name_with_15b:1:0", "{image}", "{folder}"], ["15 bytes", "at most 14"]),
        (["--inodes", "5", "{image}", "{folder}"], ["/folder: ", "needs 6", "at most 5"]),
        (["{image}", "{folder}/README"], ["README: not a folder"]),
        (["{image}", "{folder}/nowhere"], ["nowhere: No such file"]),
        (["{folder}", "{folder}/bin"], ["/folder: exists and is not a file"]),
        (["{folder}/../no/image", "{folder}"], ["no/image: No such file"]),
        (["{folder}/image", "{folder}"], ["/image: in the folder of which"]),
        (["{folder}/bin/image", "{folder}/empty/.."], ["/image: in the folder of which"]),
    ],
)
def test_bad_arguments(
    mkfs: Path, tmp_path: Path, folder: Path, arguments: list[str], words: list[str]
) -> None:
    image = tmp_path / "disk"
    filled = [word.format(image=image, folder=folder) for word in arguments]
    assert_refused(mkfs, image, *filled, words=words)


@pytest.mark.parametrize("log", ["11", "100", "252"])
def test_disk_too_small(mkfs: Path, fsck: Path, tmp_path: Path, folder: Path, log: str) -> None:
    """The message says how large the disk must be: so large is enough, and less is not."""
    (folder / "file").write_bytes(b"f" * 300_000)
    image = tmp_path / "disk"
    options = ["--log", log, "--inodes", "100"]
    done = run_tool(mkfs, *options, "--size", "80K", image, folder)
    assert done.returncode == 1
    assert "the disk is too small with 80 KiB; it needs at least " in done.stderr
    needed = int(done.stderr.rstrip().rpartition(" ")[2].removesuffix("K"))
    assert_refused(
        mkfs,
        image,
        *options,
        "--size",
        f"{needed - 1}K",
        str(image),
        str(folder),
        words=["too small", f"at least {needed}K"],
    )
    disk = make(mkfs, image, folder, *options, "--size", f"{needed}K")
    assert all(disk.is_marked(block) for block in range(needed))
    assert run_tool(fsck, image).stdout == ""


def test_name_too_long(mkfs: Path, tmp_path: Path, folder: Path) -> None:
    (folder / "bin" / "fourteen_bytes").touch()
    make(mkfs, tmp_path / "disk", folder)
    (folder / "bin" / "äöü_not_9_but_12").touch()
    assert_refused(
        mkfs,
        *(tmp_path / "new", tmp_path / "new", folder),
        words=["folder/bin/äöü_not_9_but_12: the name has 19 bytes", "at most 14"],
    )


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "socket"])
def test_types_that_a_disk_cannot_hold(
    mkfs: Path, tmp_path: Path, folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = folder / "bin" / "odd"
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "socket":
        monkeypatch.chdir(odd.parent)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("odd")
    else:
        odd.symlink_to("sh" if kind == "link" else "nowhere")
    words = ["bin/odd: ", "symbolic link" if odd.is_symlink() else "neither file nor folder"]
    assert_refused(mkfs, tmp_path / "new", tmp_path / "new", folder, words=words)


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user, for whom files are unreadable")
def test_unreadable(mkfs: Path, folder: Path, what: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)
        shutil.copy(mkfs, top / "mkfs")
        shutil.copytree(folder, top / "folder")
        secret = top / "folder" / ("README" if what == "file" else "bin")
        secret.chmod(0)
        done = subprocess.run(
            [top / "mkfs", top / "disk", top / "folder"],
            capture_output=True,
            text=True,
            user=NOBODY,
            timeout=60,
        )
        assert done.returncode == 1
        assert f"folder/{secret.name}: Permission denied" in done.stderr
        assert not (top / "disk").exists()


def test_image_is_whole_or_as_before(mkfs: Path, tmp_path: Path, folder: Path) -> None:
    """Writing fails half way."""
    image = tmp_path / "disk"
    before = bytes(make(mkfs, image, folder).data)
    (folder / "README").write_bytes(b"x" * 100_000)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100 * KIB, 100 * KIB))

    files = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [mkfs, image, folder],
        preexec_fn=limit,
        restore_signals=False,  # the limit is an error, not a signal
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "disk" in done.stderr and "File too large" in done.stderr
    assert image.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == files


def test_image_is_replaced(mkfs: Path, tmp_path: Path, folder: Path) -> None:
    image = tmp_path / "disk"
    image.write_bytes(b"old")
    umask = os.umask(0o027)
    try:
        make(mkfs, image, folder)
    finally:
        os.umask(umask)
    assert image.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "folder"]


def test_help(mkfs: Path) -> None:
    done = run_tool(mkfs, "--help")
    assert done.returncode == 0
    for word in ("IMAGE FOLDER", "--size", "--inodes", "--log", "--device"):
        assert word in done.stdout
