"""Trust policies: whose signatures a checkpoint needs, and files that cannot mean what they say."""

import pytest

from tests.kit.logbook import LOG, WITNESSES, Logbook, SeedSigner, leaves_of
from xop.kernel.log.checkpoint import Checkpoint, signed_checkpoint
from xop.kernel.log.errors import FormatError, ProofError
from xop.kernel.log.merkle import EMPTY_ROOT
from xop.kernel.log.note import Note, cosign
from xop.kernel.log.trust import parse_trust, render_trust
from xop.kernel.log.verifier import log_verifier, witness_verifier

LOG_VKEY = log_verifier(LOG).vkey
W1, W2, W3 = (witness_verifier(witness).vkey for witness in WITNESSES)
TWO_OF_THREE = f"""\
# Who is trusted.
log {LOG_VKEY} https://xop.example/log
witness W1 {W1} https://witness.example/w1
\twitness  W2 {W2}

witness W3 {W3}
group two 2 W1 W2 W3
quorum two
"""


def cosigned(*places: int) -> Note:
    note = signed_checkpoint(Checkpoint(LOG.name, 0, EMPTY_ROOT), LOG)
    return note.with_signatures(cosign(note.text, WITNESSES[place - 1], 7) for place in places)


@pytest.mark.parametrize(
    ("places", "enough"),
    [((), False), ((1,), False), ((1, 3), True), ((2, 3), True), ((1, 2, 3), True)],
)
def test_a_quorum_is_met_by_any_two_of_three(places, enough):
    assert parse_trust(TWO_OF_THREE.encode()).satisfied(cosigned(*places)) is enough


@pytest.mark.parametrize(("rule", "enough"), [("any", True), ("all", False), ("1", True), ("3", False)])
def test_a_group_asks_for_any_all_or_a_number(rule, enough):
    policy = TWO_OF_THREE.replace("group two 2", f"group two {rule}")
    assert parse_trust(policy.encode()).satisfied(cosigned(1, 2)) is enough


def test_groups_can_be_members_of_groups():
    policy = (
        f"log {LOG_VKEY}\nwitness A {W1}\nwitness B {W2}\nwitness C {W3}\ngroup x any A B\ngroup y all x C\nquorum y\n"
    )
    trust = parse_trust(policy.encode())
    assert [trust.satisfied(cosigned(*places)) for places in ((1, 3), (2, 3), (1, 2), (3,))] == [
        True,
        True,
        False,
        False,
    ]


def test_a_missing_quorum_is_told_with_those_who_cosigned():
    trust = parse_trust(TWO_OF_THREE.encode())
    with pytest.raises(ProofError, match=r"quorum 'two' is not met: cosigned by W2"):
        trust.opened(cosigned(2))
    assert trust.cosigners(cosigned(2, 3)) == {"W2", "W3"}


def test_a_policy_may_ask_for_no_witness_but_always_for_the_log(tmp_path):
    trust = parse_trust(f"log {LOG_VKEY}\nquorum none\n".encode())
    assert trust.opened(cosigned()).size == 0
    other = Logbook(tmp_path, SeedSigner("other.example", bytes(32)))
    other.add(leaves_of(1))
    with pytest.raises(ProofError, match="not signed by a log of the trust policy"):
        trust.opened(other.checkpoint)


def test_the_address_of_a_witness_is_kept_for_those_who_ask_it():
    trust = parse_trust(TWO_OF_THREE.encode())
    assert (trust.witnesses["W1"].url, trust.witnesses["W2"].url) == ("https://witness.example/w1", "")
    assert parse_trust(render_trust(trust)) == trust


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ("", "no quorum line"),
        (f"log {LOG_VKEY}\n", "no quorum line"),
        ("quorum none\nquorum none\n", "line 2"),
        ("quorum W1\n", "not defined on a line before"),
        (f"group g 1 W1\nwitness W1 {W1}\nquorum g\n", "line 1 .*not defined on a line before"),
        (f"witness W1 {W1}\ngroup g 2 W1\nquorum g\n", "cannot ask for 2"),
        (f"witness W1 {W1}\ngroup g 0 W1\nquorum g\n", "cannot ask for 0"),
        (f"witness W1 {W1}\ngroup g some W1\nquorum g\n", "not a whole number"),
        (f"witness W1 {W1}\ngroup g 1\nquorum g\n", "no log, witness"),
        (f"witness W1 {W1}\ngroup g all W1 W1\nquorum g\n", "member already"),
        (f"witness W1 {W1}\ngroup g all W1\ngroup h all W1\nquorum g\n", "member already"),
        (f"witness W1 {W1}\nwitness W1 {W2}\nquorum W1\n", "is taken"),
        (f"witness none {W1}\nquorum none\n", "is taken"),
        (f"witness W1 {W1}\nwitness W2 {W1}\nquorum W1\n", "earlier line"),
        (f"log {LOG_VKEY}\nlog {LOG_VKEY}\nquorum none\n", "earlier line"),
        (f"log {W1}\nquorum none\n", "needs 0x01"),
        (f"witness W1 {LOG_VKEY}\nquorum none\n", "needs 0x04"),
        ("log not-a-key\nquorum none\n", "line 1"),
        ("quorum none\r\n", "control character"),
        ("allow everything\nquorum none\n", "no log, witness"),
    ],
)
def test_a_policy_that_cannot_mean_what_it_says_is_refused(policy, problem):
    with pytest.raises(FormatError, match=problem):
        parse_trust(policy.encode())
