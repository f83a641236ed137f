"""The names in a blueprint, without reading what else it says: also of one that has mistakes."""

from __future__ import annotations

from typing import NamedTuple

from kmsgen.blueprint.document import Opener, read_document
from kmsgen.blueprint.expansion import Expansion
from kmsgen.errors import Problems
from kmsgen.reading.fields import Reader


class Names(NamedTuple):
    """What a blueprint calls things, each in the order in which it stands there."""

    keys: tuple[str, ...] = ()
    """As `SOURCE#KEY` takes them: with environments `prod/orders`."""
    environments: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def names(text: str, name: str, open_file: Opener) -> Names:
    """The names in a blueprint's text; `name` and `open_file` as `parse` has them. Mistakes are passed over."""
    problems = Problems()
    document = read_document(Reader(problems), text, name, open_file)
    if document is None:
        return Names()
    keys = (
        f"{environment}/{draft.name}" if environment else draft.name
        for environment in document.environments or (None,)
        for draft in Expansion(document, problems, environment).drafts()
    )
    return Names(
        tuple(dict.fromkeys(keys)), tuple(document.environments), tuple(document.principals), tuple(document.accounts)
    )
