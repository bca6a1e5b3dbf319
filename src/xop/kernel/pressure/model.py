"""Contacts made, and what became true of them."""

from msgspec import Struct


class Contact(Struct, frozen=True, array_like=True):
    """One contact made or reserved for a customer."""

    at: int
    purpose: str
    channel: str
    sender: str
    invocation: str = ""
    """The invocation that made it; empty for another sender's contact heard of by a signal."""


class ContactRecorded(Struct, frozen=True, tag=True, tag_field="fact"):
    """Another sender contacted the customer."""

    purpose: str
    channel: str
    sender: str
    since: int
    """Contacts before this moment (milliseconds since the epoch) no longer matter to any cap."""


def add_contact(contacts: tuple[Contact, ...], contact: Contact, since: int) -> tuple[Contact, ...]:
    """Return the contacts with one more, without those before `since`."""
    kept = contacts if not contacts or contacts[0].at >= since else tuple(each for each in contacts if each.at >= since)
    if kept and kept[-1].at > contact.at:
        return tuple(sorted((*kept, contact), key=lambda each: each.at))
    return (*kept, contact)


def release_contact(contacts: tuple[Contact, ...], invocation: str) -> tuple[Contact, ...]:
    """Return the contacts without the one reserved for an invocation that never left."""
    return tuple(each for each in contacts if each.invocation != invocation)
