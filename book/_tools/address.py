"""Where the project lives: one address, in ``pyproject.toml``, and everything that repeats it.

    python book/_tools/address.py                                       say it, and where it stands
    python book/_tools/address.py https://github.com/somebody/their-copy    change it everywhere

Badges, install cells, links in the book and in the README, addresses of pictures: all follow. The install cell is part
of a chapter's code, so the record of what made the outputs is brought along; nothing needs to be run again.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+)")
HOSTS = r"(?:github\.com|raw\.githubusercontent\.com|colab\.research\.google\.com/github)"
KINDS = {".cff", ".bib", ".ipynb", ".js", ".html", ".json", ".md", ".py", ".svg", ".toml", ".txt", ".yaml", ".yml"}


class AddressError(ValueError):
    """The address is not one of a repository on GitHub."""


def current(root: Path = ROOT) -> str:
    """The address, from the one place where it stands."""
    return re.search(r'^Repository = "(.+)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.M)[1]


def name(address: str) -> str:
    """Owner and name of a repository, from its address.

    Raises:
        AddressError: if it is another kind of address. Colab opens notebooks from GitHub only.
    """
    found = ADDRESS.fullmatch(address.strip().rstrip("/").removesuffix(".git"))
    if not found:
        raise AddressError(f"{address!r} is not an address like https://github.com/somebody/their-copy")
    return f"{found[1]}/{found[2]}"


def mentions(repository: str) -> re.Pattern[str]:
    """Finds a repository by owner and name: on GitHub, where its raw files lie, and in Colab."""
    # Not scribe-lab, where scribe is meant; but scribe.git, and scribe at the end of a sentence.
    return re.compile(rf"({HOSTS}/){re.escape(repository)}(?=\.git\b|\.?(?![\w.-]))")


def texts(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """All files of text of the project, those not yet committed too, but for the licences of others."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if listed.returncode == 0:
        paths = [root / line for line in listed.stdout.splitlines()]
    else:  # from an archive, without git
        hidden = {".git", ".venv", "_build", "node_modules", "__pycache__"}
        paths = [path for path in sorted(root.rglob("*")) if not hidden & set(path.relative_to(root).parts)]
    for path in paths:
        if (path.suffix in KINDS or path.name == "NOTICE") and path.is_file() and "licences" not in path.parts:
            yield path, path.read_text(encoding="utf-8")


def change(new: str, root: Path = ROOT) -> list[Path]:
    """Put a new address in the place of the old one, everywhere.

    Returns:
        The files that were changed.
    """
    pattern, replacement = mentions(name(current(root))), name(new)
    changed = []
    for path, text in list(texts(root)):
        other = pattern.sub(lambda found: found[1] + replacement, text)
        if other != text:
            path.write_text(with_record(text, other) if path.suffix == ".ipynb" else other, encoding="utf-8")
            changed.append(path)
    return changed


def with_record(before: str, after: str) -> str:
    """A notebook whose address was changed: if its outputs belonged to its code before, they still do."""
    import nbformat
    from chapters import code_hash

    old, new = nbformat.reads(before, as_version=4), nbformat.reads(after, as_version=4)
    record = old.metadata.get("scribe", {})
    if record.get("code") != code_hash(old):
        return after
    return after.replace(record["code"], code_hash(new))


def main(arguments: Sequence[str]) -> int:
    old = current()
    try:
        if arguments:
            for path in change(arguments[0]):
                print(path.relative_to(ROOT))
            return 0
        pattern = mentions(name(old))
        print(old)
        for path, text in texts():
            count = len(pattern.findall(text))
            if count:
                print(f"{count:4} {path.relative_to(ROOT)}")
        return 0
    except AddressError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
