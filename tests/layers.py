"""The rooms of the house, and what a line of code may not do in each. Source in, complaints out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Lowest first; a room imports from its own floor and from those below.
FLOORS = (
    ("engine",),
    ("connectors",),
    ("sandbox",),
    ("catalog",),
    ("recipes",),
    ("models", "migrations"),
    ("services", "forms", "queue", "checks"),
    ("tasks",),
    ("urls", "views", "admin", "api", "management", "templatetags"),
    ("apps", "adapters"),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FIRST_FLOOR_WITH_DJANGO = FLOOR_OF["models"]

OURS = {"integrations", "ghlhub"}
DJANGO = {"django", "allauth", "django_q", "unfold", "csp", "whitenoise"}
NETWORK = {"httpx", "httpcore", "requests", "requests_oauthlib", "oauthlib", "urllib3", "aiohttp"}
NETWORK_MODULES = {"urllib.request", "http.client"}
MAY_USE_NETWORK = (
    "integrations.engine.transport",
    "integrations.engine.network",
    "integrations.engine.oauth2",
    "integrations.sandbox",
    "integrations.services.clients",
)
# What is particular to one app may say its name.
PARTICULAR = {"connectors", "sandbox", "recipes", "migrations"}


def sources() -> dict[str, str]:
    """Every module of the project: dotted name -> source."""
    found = [ROOT / "manage.py", *(ROOT / "ghlhub").rglob("*.py"), *(ROOT / "integrations").rglob("*.py")]
    return {dotted(path): path.read_text(encoding="utf-8") for path in found}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def slugs() -> set[str]:
    """The connectors' slugs, as their files are named."""
    entries = (ROOT / "integrations" / "connectors").iterdir()
    found = {path.stem for path in entries if path.suffix == ".py" or (path / "__init__.py").exists()}
    return {slug for slug in found if not slug.startswith("_")}


def room(module: str) -> str:
    """The room of a module of integrations, "" for the package itself and for what is not in it."""
    parts = module.split(".")
    return parts[1] if parts[0] == "integrations" and len(parts) > 1 else ""


def imports(module: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import; `from a import b` gives a.b, be it a module or a name in a."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                # One dot is the package; a package's own __init__ is rare enough here to be read as a module.
                package = module.split(".")[: -node.level]
                base = ".".join([*package, *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def looks_up(module: str, source: str) -> list[str]:
    own = room(module)
    if not own:
        return []
    if own not in FLOOR_OF:
        return [f"{module}: “{own}” is no room of the house; say in tests/layers.py on which floor it lies"]
    wrong = []
    for line, name in imports(module, ast.parse(source)):
        other = room(name)
        if name.split(".")[0] == "ghlhub":
            wrong.append(f"{module}:{line} imports {name}, which is wiring")
        elif FLOOR_OF.get(other, -1) > FLOOR_OF[own]:
            wrong.append(f"{module}:{line} imports {name}; {own} lies below {other}")
    return wrong


def knows_django(module: str, source: str) -> list[str]:
    if FLOOR_OF.get(room(module), FIRST_FLOOR_WITH_DJANGO) >= FIRST_FLOOR_WITH_DJANGO:
        return []
    return _imports_of(DJANGO, module, source, "Django ends above recipes")


def speaks_to_the_queue(module: str, source: str) -> list[str]:
    if module == "integrations.queue":
        return []
    return _imports_of({"django_q"}, module, source, "queue.py alone knows it")


def speaks_to_the_network(module: str, source: str) -> list[str]:
    if any(module == allowed or module.startswith(f"{allowed}.") for allowed in MAY_USE_NETWORK):
        return []
    return _imports_of(NETWORK | NETWORK_MODULES, module, source, "there is one way out of the house")


def _imports_of(packages: set[str], module: str, source: str, why: str) -> list[str]:
    return [
        f"{module}:{line} imports {name}; {why}"
        for line, name in imports(module, ast.parse(source))
        if any(name == package or name.startswith(f"{package}.") for package in packages)
    ]


def hides_an_import(module: str, source: str) -> list[str]:
    """An import of ours inside a function, or one by `import_module` of a name that is written out."""
    wrong = []
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for line, name in imports(module, function):
                if name.split(".")[0] in OURS:
                    wrong.append(f"{module}:{line} imports {name} inside a function")
    return wrong


def asks_which_app(module: str, source: str, apps: set[str]) -> list[str]:
    """A connector's name in a comparison, a `match`, a test for a prefix: engine/spec lacks a word there."""
    if room(module) in PARTICULAR:
        return []
    wrong = []
    for node in ast.walk(ast.parse(source)):
        for text in _compared(node):
            if text in apps:
                wrong.append(f"{module}:{node.lineno} asks whether an app is “{text}”")  # type: ignore[attr-defined]
    return wrong


def _compared(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        sides: list[ast.expr] = [node.left, *node.comparators]
        for side in sides:
            members = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
            yield from (m.value for m in members if isinstance(m, ast.Constant) and isinstance(m.value, str))
    elif isinstance(node, ast.MatchValue):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"startswith", "endswith"}
    ):
        yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
