"""The kenmerk a resident gets as a receipt: VH-XXXX-XX, in Crockford's letters, the last one a check (Luhn mod 32)."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SPACE = 32**5
"""How many kenmerken there are before the first one returns."""
_STEP = 15_485_863
"""Odd, hence a permutation of the numbers below `SPACE`: successive kenmerken do not look alike."""


def kenmerk_of(number: int) -> str:
    """The kenmerk of the n-th verhuizing; different for all n below `SPACE`."""
    scattered = number * _STEP % SPACE
    digits = [scattered >> shift & 31 for shift in (20, 15, 10, 5, 0)]
    text = "".join(ALPHABET[digit] for digit in [*digits, _check(digits)])
    return f"VH-{text[:4]}-{text[4:]}"


def is_kenmerk(text: str) -> bool:
    """Whether a text is a kenmerk without a typing error."""
    letters = text.removeprefix("VH-").replace("-", "")
    if not text.startswith("VH-") or len(letters) != 6 or any(letter not in ALPHABET for letter in letters):
        return False
    digits = [ALPHABET.index(letter) for letter in letters]
    return _check(digits[:-1]) == digits[-1]


def _check(digits: list[int]) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        weighed = digit * 2 if place % 2 == 0 else digit
        total += weighed // 32 + weighed % 32
    return -total % 32
