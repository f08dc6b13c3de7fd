"""Reads and writes files of every usual kind in the directory given."""

import csv
import io
import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

base = pathlib.Path(sys.argv[1])
print("argv", sys.argv[1:], "platform", sys.platform)

notes = base / "notes.txt"
with open(notes, "w", encoding="utf-8") as out:
    for n in range(1000):
        print(f"line {n} — größer", file=out)
text = notes.read_text(encoding="utf-8")
print("lines", text.count("\n"), "bytes", notes.stat().st_size)

with open(notes, "r+b") as both:
    both.seek(-6, io.SEEK_END)
    both.write(b"END!!\n")
    both.seek(0)
    print("first", both.readline(), "tell", both.tell())
    both.truncate(100)
print("truncated", os.path.getsize(notes))

with open(base / "table.csv", "w", newline="") as out:
    csv.writer(out).writerows([n, n * n, f"say \"{n}\", twice"] for n in range(5))
with open(base / "table.csv", newline="") as back:
    print("csv", list(csv.reader(back))[3])

tree = base / "tree" / "deep" / "deeper"
tree.mkdir(parents=True)
for name in ("a.txt", "b.bin", "c.txt"):
    (tree / name).write_bytes(name.encode() * 3)
os.symlink("a.txt", tree / "link")
print("walk", sorted((p.relative_to(base).as_posix(), p.is_dir()) for p in (base / "tree").rglob("*")))
print("link", os.readlink(tree / "link"), (tree / "link").read_text())
os.rename(tree / "b.bin", base / "moved.bin")
os.utime(base / "moved.bin", (1000000000, 1500000000))
print("times", os.stat(base / "moved.bin").st_atime, os.stat(base / "moved.bin").st_mtime)

with zipfile.ZipFile(base / "all.zip", "w") as archive:
    for path in sorted((base / "tree").rglob("*.txt")):
        archive.write(path, path.relative_to(base).as_posix())
with zipfile.ZipFile(base / "all.zip") as archive:
    print("zip", archive.namelist(), archive.testzip())

with tempfile.TemporaryDirectory(dir=base) as scratch:
    (pathlib.Path(scratch) / "x").touch()
    print("scratch", os.listdir(scratch))

for attempt in (lambda: open(base / "absent"), lambda: os.mkdir(base / "tree"),
                lambda: os.rmdir(base / "tree"), lambda: os.unlink(base / "tree" / "none")):
    try:
        attempt()
        print("no error?")
    except OSError as error:
        print(type(error).__name__, error.errno is not None)

shutil.rmtree(base / "tree")
print("left", sorted(os.listdir(base)))
