"""What of the package a notebook can reach: the modules that its code leads to, read from the source without running it.

A name is followed from the notebook to the function, class or constant it stands for, through what packages pass on,
and from there to every name used in it; each module on the way counts, and so does what it does when it is imported.
A module that is imported but of which nothing is used does not count: an edit there changes no number of the notebook.

When in doubt, more counts. A module that is passed about as a value, or asked for a name that it does not have, counts
with all that it imports; one that does more at import than define names (fills a registry, changes a setting) counts
for everyone who imports it; and with `eval`, `importlib`, `import *`, magics, or anything else that hides names, the
whole package counts.

The same for the environment: the distributions that the package requires to run, and those they require.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HIDING = {"eval", "exec", "globals", "locals", "vars", "__import__", "import_module", "get_ipython"} | {
    "__subclasses__",
    "__init_subclass__",
}
"""Names that say that others are looked up where reading the source does not show it."""

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)

Target = tuple[str, str | None]
"""A module and a name in it, or None for the module itself."""

Bound = Mapping[str, Iterable[Target]]
"""What names are bound to by imports: mostly one thing each, but either may be imported where one is missing."""


class InDoubt(Exception):
    """The source hides what it leads to."""


@dataclass
class _Code:
    """What a piece of code uses: dotted names, what imports within it bind, and the modules those load."""

    uses: list[tuple[str, ...]] = field(default_factory=list)
    bound: dict[str, set[Target]] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    hides: bool = False


@dataclass
class _Source:
    """One module: its definitions by name, what its imports bind and load, and what it does at import besides."""

    definitions: dict[str, list[_Code]] = field(default_factory=dict)
    bound: dict[str, set[Target]] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    at_import: list[_Code] = field(default_factory=list)


class Package:
    """The source of a package, each module parsed when first asked for; `folder` is its own, named like it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
        self._files = {_dotted(folder.name, path): path.as_posix() for path in files if path.suffix == ".py"}
        self._others = [path for path in files if path.suffix not in {".py", ".pyc"}]
        self._sources: dict[str, _Source] = {}

    def reached_from(self, code: Iterable[str] = (), names: Iterable[tuple[str, str]] = ()) -> list[str]:
        """The files that code outside the package (a notebook's cells) and names of its modules lead to, sorted.

        Files that are not Python count with the package they are in. Code that cannot be read, or hides what it uses,
        reaches every file.
        """
        reach = _Reach(self)
        try:
            for module, name in names:
                reach.name(module, name)
            reach.script("\n".join(code))
        except (InDoubt, SyntaxError, RecursionError):
            reach.modules = set(self._files)
        packages = {module if self.is_package(module) else module.rpartition(".")[0] for module in reach.modules}
        others = [path.as_posix() for path in self._others if self._package_of(path) in packages]
        return sorted([*(self._files[module] for module in reach.modules), *others])

    def has(self, module: str) -> bool:
        return module in self._files

    def is_package(self, module: str) -> bool:
        return self._files[module].endswith("__init__.py")

    def source(self, module: str) -> _Source:
        if module not in self._sources:
            text = (self.folder / self._files[module]).read_text(encoding="utf-8")
            parent = module if self.is_package(module) else module.rpartition(".")[0]
            self._sources[module] = self._parsed(ast.parse(text), parent)
        return self._sources[module]

    def code(self, node: ast.AST, parent: str = "") -> _Code:
        """What a piece of code uses; `parent` is the package that its relative imports begin from."""
        found = _Code()
        pending = [node]
        while pending:
            one = pending.pop()
            if isinstance(one, IMPORTS):
                self._add_imports(one, parent, found)
            elif isinstance(one, ast.Attribute | ast.Name) and (names := _dotted_names(one)):
                found.uses.append(names)
                found.hides |= not HIDING.isdisjoint(names)
            elif _is_check_of_parameters(one):
                pending.append(one.func)
            else:
                found.hides |= isinstance(one, (ast.Attribute, *DEFINITIONS)) and _name_of(one) in HIDING
                pending.extend(ast.iter_child_nodes(one))
        return found

    def _parsed(self, tree: ast.Module, parent: str) -> _Source:
        found = _Source()
        for one in _imports_at_once(tree):
            self._add_imports(one, parent, found)
        own = {*found.bound, *(node.name for node in tree.body if isinstance(node, DEFINITIONS))}
        for node in tree.body:
            if isinstance(node, IMPORTS) or _is_for_the_command_line(node):
                continue
            code = self.code(node, parent)
            names = (
                [node.name]
                if isinstance(node, DEFINITIONS)
                else [one.id for one in ast.walk(node) if _is_assigned(one)]
            )
            for name in names:
                found.definitions.setdefault(name, []).append(code)
            if not _only_names(node) or own & {names[0] for one in _done(node) for names in self.code(one).uses}:
                found.at_import.append(code)
        return found

    def _add_imports(self, node: ast.Import | ast.ImportFrom, parent: str, found: _Code | _Source) -> None:
        """Note what an import statement binds and loads of this package."""
        for name, target in self._bindings(node, parent):
            found.bound.setdefault(name, set()).add(target)
        if isinstance(node, ast.Import):
            loaded = [one.name for one in node.names]
        else:
            targets = [target for _, target in self._bindings(node, parent)]
            loaded = [name for module, inner in targets for name in (module, f"{module}.{inner}")]
        for module in filter(self.has, loaded):
            parts = module.split(".")
            found.imported.update(".".join(parts[: n + 1]) for n in range(len(parts)))

    def _bindings(self, node: ast.Import | ast.ImportFrom, parent: str) -> Iterator[tuple[str, Target]]:
        if isinstance(node, ast.Import):
            for one in node.names:
                if self.has(one.name):
                    yield (one.asname, (one.name, None)) if one.asname else (self.folder.name, (self.folder.name, None))
            return
        above = parent.split(".")[: len(parent.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        if self.has(base):
            for one in node.names:
                if one.name == "*":
                    raise InDoubt
                yield one.asname or one.name, (base, one.name)

    def _package_of(self, path: Path) -> str:
        return next(
            name for folder in path.parents if self.has(name := _dotted(self.folder.name, folder / "__init__.py"))
        )


class _Reach:
    """One walk from a piece of code through the package."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.modules: set[str] = set()
        self._loaded: set[str] = set()
        self._seen: set[Target] = set()

    def script(self, text: str) -> None:
        """Follow code that stands outside the package."""
        code = self.package.code(ast.parse(text))
        for module in code.imported:
            self._load(module)
        self._follow(code, code.bound)

    def name(self, module: str, name: str) -> None:
        """Follow what a name of a module stands for."""
        if (module, name) in self._seen:
            return
        self._seen.add((module, name))
        self._count(module)
        source = self.package.source(module)
        for code in source.definitions.get(name, []):
            self._inside(module, code)
        for target in source.bound.get(name, ()):
            self._attributes(target, ())
        if self.package.has(inner := f"{module}.{name}"):
            self._everything_of(inner)
        elif name not in {*source.definitions, *source.bound} and not name.startswith("__"):
            self._everything_of(module)

    def _everything_of(self, module: str) -> None:
        """A module is used as a value: it counts with all that it defines and imports."""
        if (module, None) in self._seen:
            return
        self._seen.add((module, None))
        self._count(module)
        source = self.package.source(module)
        for name in source.definitions:
            self.name(module, name)
        for inner in source.imported:
            self._everything_of(inner)

    def _count(self, module: str) -> None:
        """A module counts, with what it does at import and the packages it is in."""
        if module in self.modules:
            return
        self.modules.add(module)
        self._load(module)
        if parent := module.rpartition(".")[0]:
            self._count(parent)
        for code in self.package.source(module).at_import:
            self._inside(module, code)

    def _load(self, module: str) -> None:
        """A module is imported: it counts where that does more than define names, and imports others in turn."""
        if module in self._loaded:
            return
        self._loaded.add(module)
        source = self.package.source(module)
        if source.at_import:
            self._count(module)
        for inner in source.imported:
            self._load(inner)

    def _inside(self, module: str, code: _Code) -> None:
        """Code of a module: names are its own, those of the module's imports, or the module's definitions."""
        source = self.package.source(module)
        for inner in code.imported:
            self._load(inner)
        self._follow(code, source.bound)
        self._follow(code, code.bound)
        for names in code.uses:
            if names[0] in source.definitions:
                self.name(module, names[0])

    def _follow(self, code: _Code, bound: Bound) -> None:
        if code.hides:
            raise InDoubt
        for names in code.uses:
            for target in bound.get(names[0], ()):
                self._attributes(target, names[1:])

    def _attributes(self, target: Target, names: tuple[str, ...]) -> None:
        """`a.b.c`, where `a` is a target: modules are followed as far as there are any, then it is a name of the last."""
        module, attribute = target
        names = names if attribute is None else (attribute, *names)
        if not names:
            self._everything_of(module)
            return
        first, rest = names[0], names[1:]
        source, inner = self.package.source(module), f"{module}.{first}"
        onward = [one for one in source.bound.get(first, ()) if one != (module, first)]
        if not rest or first in source.definitions or not (onward or self.package.has(inner)):
            self.name(module, first)
            return
        self._count(module)
        for one in [*onward, *([(inner, None)] if self.package.has(inner) else [])]:
            self._attributes(one, rest)


def _dotted(package: str, path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])


def _dotted_names(node: ast.AST) -> tuple[str, ...]:
    """The names of `a.b.c`, none where it does not begin with a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return (node.id, *names) if isinstance(node, ast.Name) else ()


def _name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else str(getattr(node, "name", ""))


def _imports_at_once(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements that run with the module, not those within its functions."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, IMPORTS):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
            pending.extend(ast.iter_child_nodes(node))


def _is_assigned(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _only_names(node: ast.AST) -> bool:
    """Whether a statement at the top of a module does no more than give values their names, as far as can be seen."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return all(isinstance(one, ast.Name | ast.Tuple) for one in targets)
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, DEFINITIONS)


def _is_for_the_command_line(node: ast.AST) -> bool:
    """`if __name__ == "__main__"`, which no import does."""
    return isinstance(node, ast.If) and "__name__" in {
        one.id for one in ast.walk(node.test) if isinstance(one, ast.Name)
    }


def _done(node: ast.AST) -> list[ast.AST]:
    """What is called to make a definition: where that is of this package, it may put it on a list."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *(one for statement in node.body for one in _done(statement))]
    within = node.args if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else node
    called = [one.func for one in ast.walk(within) if isinstance(one, ast.Call)]
    return [*getattr(node, "decorator_list", []), *called]


def _is_check_of_parameters(node: ast.AST) -> TypeGuard[ast.Call]:
    """`from_notebook(name, globals())`, which every notebook calls: it looks for the names of parameters alone."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "from_notebook"


def environment(package: str, code: Iterable[str] = ()) -> dict[str, str]:
    """The version of every installed distribution that a package needs to run, or that code imports besides, by name.

    What is needed is what `package` requires, without extras, and in turn what that requires on this system.
    """
    found = _closure([package])
    found.pop(canonicalize_name(package), None)  # its own code is known by module
    unknown = {name for name in map(canonicalize_name, _imported_by(code)) if name not in found} - {package}
    if unknown:  # finding whose a module is takes half a second
        owners = importlib.metadata.packages_distributions()
        names = [
            dist
            for module in _imported_by(code)
            if canonicalize_name(module) in unknown
            for dist in owners.get(module, [])
        ]
        found |= _closure(names)
    return dict(sorted(found.items()))


def asked_for(package: str) -> list[str]:
    """The distributions that a package asks for itself, extras included, by name."""
    asked = map(Requirement, importlib.metadata.requires(package) or [])
    return sorted({canonicalize_name(need.name) for need in asked})


def _closure(names: Iterable[str]) -> dict[str, str]:
    versions: dict[str, str] = {}
    pending = [(name, "") for name in names]
    seen = set()
    while pending:
        asked = pending.pop()
        if asked in seen:
            continue
        seen.add(asked)
        name, extra = asked
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found = importlib.metadata.distribution(name)
            versions[canonicalize_name(name)] = found.version
            for need in map(Requirement, found.requires or []):
                if need.marker is None or need.marker.evaluate({"extra": extra}):
                    pending += [(need.name, asked_for) for asked_for in ("", *need.extras)]
    return versions


def _imported_by(code: Iterable[str]) -> set[str]:
    """The modules outside the standard library that code imports, by the first part of their names."""
    found: set[str] = set()
    for text in code:
        with contextlib.suppress(SyntaxError):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Import):
                    found.update(one.name.partition(".")[0] for one in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names


def opens_files(code: Iterable[str]) -> bool:
    """Whether code may read files itself: then what it reads is not known by asking the package."""
    try:
        names = {name for text in code for node in ast.walk(ast.parse(text)) for name in _dotted_names(node)}
    except SyntaxError:
        return True
    return any(name.startswith("read_") for name in names) or not names.isdisjoint(
        {"open", "Path", "project_root", "os"}
    )
