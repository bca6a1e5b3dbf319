"""A witness of logs (C2SP tlog-witness): it cosigns what only grew, and remembers what it has seen."""

from xop.faces.witness.app import build_witness
from xop.faces.witness.desk import Desk
from xop.faces.witness.server import serve_witness
from xop.faces.witness.store import WitnessStore, opened_witness

__all__ = ["Desk", "WitnessStore", "build_witness", "opened_witness", "serve_witness"]
