"""Keys for the owner of a data folder: whoever may open the folder may act as any principal of its workspace."""

import secrets

from xop.assembly import environment
from xop.faces.cli.failure import CommandFailed
from xop.kernel.base.principal import Principal
from xop.kernel.release import Release
from xop.ports.secret import MissingSecretError, resolve


class Lent:
    """The process's secrets, with a made-up key lent to the one principal that the owner acts as."""

    def __init__(self) -> None:
        self._lent: dict[str, str] = {}

    def __call__(self, name: str) -> str | None:
        """Return the value of a secret, or None."""
        return environment(name) or self._lent.get(name)

    def key(self, release: Release, name: str | None) -> str:
        """Return a key of the principal called `name`, or of the operator who may do most; raises `CommandFailed` without one."""
        principal = _chosen(release, name)
        try:
            return resolve(principal.key, self._lend)
        except MissingSecretError as error:
            raise CommandFailed(str(error), "correct the variable or unset it") from error

    def _lend(self, name: str) -> str:
        return environment(name) or self._lent.setdefault(name, secrets.token_urlsafe(24))


def _chosen(release: Release, name: str | None) -> Principal:
    principals = [each for each in release.principals.values() if each.key]
    chosen = [each for each in principals if (each.kind == "operator" if name is None else each.name == name)]
    if chosen:
        return max(chosen, key=lambda each: len(each.granted_scopes))
    listed = ", ".join(sorted(each.name for each in principals)) or "none"
    if name is None:
        raise CommandFailed(
            "the workspace declares no operator with a key to act as",
            f"add one to agents.yaml and publish, or act as another principal with --as (there are: {listed})",
        )
    raise CommandFailed(f"no principal {name!r} with a key is declared", f"use one of: {listed}")
