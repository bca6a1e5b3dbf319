"""Passkeys: key pairs in people's own devices, by which they come in without a password and without typing a name."""

import logging
from secrets import token_bytes

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from xop.faces.console.sign_in.challenges import LASTING, Challenges
from xop.faces.console.sign_in.place import Place
from xop.faces.console.sign_in.store import Store
from xop.ports.clock import Clock

LOG = logging.getLogger("xop.console")

MOST = 20
"""Passkeys of one operator."""

LONGEST_NAME = 60

_SIGNING_IN = "sign-in"

_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What the library raises for an answer that is not right, or that is none."""


class Passkey(Struct, frozen=True):
    """One passkey of an operator."""

    id: str
    """As the browser names it, in base64url."""
    operator: str
    name: str
    """What its owner calls it."""
    public_key: bytes
    made: int
    used: int = 0
    """When it last let somebody in; 0 for never."""
    is_shared: bool = False
    """Whether it is kept in an account of its maker's and so is on several devices."""


class PasskeyRefused(Exception):  # noqa: N818 - names what happened
    """An answer of a device is not accepted; the text says what to do."""


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Passkey)


class Passkeys:
    """The passkeys of operators."""

    def __init__(self, store: Store, clock: Clock, challenges: Challenges) -> None:
        self._store = store
        self._clock = clock
        self._challenges = challenges

    def of(self, operator: str) -> list[Passkey]:
        """Return an operator's passkeys, the oldest first."""
        rows = self._store.rows("SELECT record FROM passkeys WHERE operator = ?", operator)
        return sorted((_DECODER.decode(row[0]) for row in rows), key=lambda each: each.made)

    def question(self, place: Place) -> str:
        """Return what a browser is told to ask its devices for so that somebody comes in, as JSON."""
        options = generate_authentication_options(
            rp_id=place.name,
            challenge=self._challenges.issue(_SIGNING_IN),
            timeout=LASTING,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def operator(self, answer: str, place: Place) -> str:
        """Return whom a device's answer lets in; raises PasskeyRefused."""
        try:
            credential = parse_authentication_credential_json(answer)
            challenge = parse_client_data_json(credential.response.client_data_json).challenge
            rows = self._store.rows("SELECT record, count FROM passkeys WHERE id = ?", credential.id)
        except _UNREADABLE as error:
            raise PasskeyRefused("The answer of the device cannot be read: try again.") from error
        if not self._challenges.take(challenge, _SIGNING_IN):
            raise PasskeyRefused("It took too long, or the page was used before: try again.")
        if not rows:
            raise PasskeyRefused("This passkey is not known here, or was removed: sign in another way.")
        passkey: Passkey = _DECODER.decode(rows[0][0])
        if credential.response.user_handle != self._handle(passkey.operator):
            raise PasskeyRefused("The passkey is somebody else's: sign in another way.")
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=place.name,
                expected_origin=place.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=rows[0][1],
                require_user_verification=True,
            )
        except _UNREADABLE as error:
            LOG.warning("a passkey of %s was refused: %s", passkey.operator, error)
            raise PasskeyRefused("The passkey does not fit: try again, or sign in another way.") from error
        self._keep(replace(passkey, used=self._clock.now()), verified.new_sign_count)
        return passkey.operator

    def invitation(self, operator: str, workspace: str, place: Place, session: str) -> str:
        """Return what a browser is told so that a device makes a passkey for whoever has this session, as JSON."""
        known = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.id)) for each in self.of(operator)]
        options = generate_registration_options(
            rp_id=place.name,
            rp_name=f"XOP {workspace}",
            user_id=self._handle(operator),
            user_name=operator,
            challenge=self._challenges.issue(session),
            timeout=LASTING,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=known,
        )
        return options_to_json(options)

    def add(self, operator: str, name: str, answer: str, place: Place, session: str) -> Passkey:
        """Return the passkey that a device made, kept; raises PasskeyRefused."""
        if len(self.of(operator)) >= MOST:
            raise PasskeyRefused(f"There are {MOST} passkeys already: remove one first.")
        try:
            credential = parse_registration_credential_json(answer)
            challenge = parse_client_data_json(credential.response.client_data_json).challenge
        except _UNREADABLE as error:
            raise PasskeyRefused("The answer of the device cannot be read: try again.") from error
        if not self._challenges.take(challenge, session):
            raise PasskeyRefused("It took too long, or the page was used before: try again.")
        try:
            verified = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=place.name,
                expected_origin=place.origin,
                require_user_verification=True,
            )
        except _UNREADABLE as error:
            LOG.warning("a new passkey of %s was refused: %s", operator, error)
            raise PasskeyRefused("What the device made is not accepted: try again, or take another device.") from error
        id, shared = bytes_to_base64url(verified.credential_id), verified.credential_backed_up
        if self._store.rows("SELECT 1 FROM passkeys WHERE id = ?", id):
            raise PasskeyRefused("The passkey is known already.")
        name = name[:LONGEST_NAME] or "Passkey"
        passkey = Passkey(id, operator, name, verified.credential_public_key, self._clock.now(), is_shared=bool(shared))
        self._keep(passkey, verified.sign_count)
        return passkey

    def remove(self, operator: str, id: str) -> bool:
        """Remove a passkey of an operator, and say whether there was one."""
        gone = "DELETE FROM passkeys WHERE id = ? AND operator = ? RETURNING id"
        return bool(self._store.rows(gone, id, operator))

    def forget(self, operator: str) -> None:
        """Remove all passkeys of an operator, and the handle by which devices know them."""
        self._store.rows("DELETE FROM passkeys WHERE operator = ?", operator)
        self._store.rows("DELETE FROM handles WHERE operator = ?", operator)

    def _handle(self, operator: str) -> bytes:
        """Return what devices know an operator by: nothing that says who they are."""
        rows = self._store.rows("SELECT handle FROM handles WHERE operator = ?", operator)
        if rows:
            return bytes(rows[0][0])
        handle = token_bytes(32)
        self._store.rows("INSERT INTO handles VALUES (?, ?)", operator, handle)
        return handle

    def _keep(self, passkey: Passkey, count: int) -> None:
        self._store.rows(
            "INSERT INTO passkeys VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET count = ?3, record = ?4",
            *(passkey.id, passkey.operator, count, _ENCODER.encode(passkey)),
        )
