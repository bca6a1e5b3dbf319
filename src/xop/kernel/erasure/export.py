"""What became true of exports: that a customer's data was handed out to them."""

from msgspec import Struct


class CustomerExported(Struct, frozen=True, tag=True, tag_field="fact"):
    """A customer was handed all that is known of them (GDPR Articles 15 and 20)."""

    export: str
    by: str
