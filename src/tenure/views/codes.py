"""How the secret of the second step is shown: as a picture for the phone and as text to type."""

import secrets
from base64 import b32encode

import qrcode
from qrcode.image.svg import SvgPathImage


def secret() -> str:
    """A fresh secret, 160 bits in base 32."""
    return b32encode(secrets.token_bytes(20)).decode()


def grouped(text: str) -> str:
    """In fours, so that a person can type it."""
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def svg(url: str) -> str:
    """The QR code of an ``otpauth:`` address as inline SVG."""
    image = qrcode.make(url, image_factory=SvgPathImage, border=2)
    return str(image.to_string(encoding="unicode")).replace("<svg ", '<svg role="img" aria-label="QR code of the secret" ', 1)
