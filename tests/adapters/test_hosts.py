"""Which addresses are public, whatever they carry within them."""

import pytest

from xop.ports.hosts import is_public


@pytest.mark.parametrize(
    ("address", "everybody", "machine"),
    [
        ("93.184.216.34", True, True),
        ("2606:4700::1111", True, True),
        ("::ffff:93.184.216.34", True, True),
        ("64:ff9b::93.184.216.34", True, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("10.1.2.3", False, False),
        ("169.254.169.254", False, False),
        ("100.64.0.1", False, False),
        ("192.0.0.9", False, False),
        ("192.88.99.1", False, False),
        ("224.0.0.1", False, False),
        ("240.0.0.1", False, False),
        ("0.0.0.0", False, False),  # noqa: S104 - nothing is bound
        ("::", False, False),
        ("fc00::1", False, False),
        ("fe80::1%eth0", False, False),
        ("fec0::1", False, False),
        ("ff0e::1", False, False),
        ("::ffff:10.1.2.3", False, False),
        ("::10.1.2.3", False, False),
        ("::ffff:0:10.1.2.3", False, False),
        ("64:ff9b::10.1.2.3", False, False),
        ("64:ff9b::127.0.0.1", False, False),
        ("64:ff9b:1::1", False, False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False, False),
        ("2002:a01:203::1", False, False),
        ("2002:5db8:d822::1", False, False),
        ("3fff::1", False, False),
        ("5f00::1", False, False),
        ("not an address", False, False),
        ("", False, False),
    ],
)
def test_addresses_are_public_or_of_this_machine_or_neither(address, everybody, machine):
    assert is_public(address) is everybody
    assert is_public(address, loopback=True) is machine
